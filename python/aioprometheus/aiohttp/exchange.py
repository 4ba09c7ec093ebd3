"""A request to an application of aiohttp and its answer, counted once however they end."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import ClientPayloadError, web

from .. import _core
from .websocket import Owner, Websocket

ERROR = 500
"""The status that aiohttp answers if a handler fails."""

TIMED_OUT = 504
"""The status that aiohttp answers if a time-out ends a handler."""

GIVEN_UP = 499
"""The status of a request that was given up. No standard defines it; nginx logs this one."""

_BROKEN, _FAILED = 1006, 1011
"""The close codes of websockets that have none: of a connection that broke, and of a failure."""

_CLIENT_ERRORS = (ConnectionError, web.RequestPayloadError, ClientPayloadError)
"""What a handler gets that reads from a client that has gone, or writes to it."""


class Exchange:
    """A request under way, and what has been seen of its answer.

    aiohttp sends an answer after the middlewares have returned it. So it is measured up to the end
    of the task that aiohttp has made for the request.

    :param middleware: The middleware that counts it.
    :param request: The request.
    :param place: What stands for its path labels.
    :param call: What the core measures of it.
    """

    __slots__ = (
        "_around",
        "_bytes",
        "_call",
        "_error",
        "_middleware",
        "_pieces",
        "_place",
        "_request",
        "_response",
        "_size",
        "_status",
        "_websocket",
    )

    def __init__(
        self,
        middleware: Owner,
        request: web.Request,
        place: object,
        call: _core.HttpCall,
    ) -> None:
        self._middleware = middleware
        self._request = request
        self._place = place
        self._call = call
        self._response: Any = None
        self._error: BaseException | None = None
        self._status = ERROR
        self._bytes = self._pieces = 0
        # The bytes of a body that is in memory, and sent as it is.
        self._size = -1
        self._websocket: Websocket | None = None
        # What aiohttp uses for its clients' traces. Without it, an answer that the handler writes
        # itself would have no first byte.
        writer: Any = request.writer
        self._around = getattr(writer, "_on_chunk_sent", None)
        writer._on_chunk_sent = self._sent
        if "Upgrade" in request.headers:
            self._websocket = Websocket(middleware, self._place, call, request)

    async def _sent(self, chunk: Any) -> None:
        """Note a piece of the body, before it is sent."""
        if self._pieces == 0:
            self._call.first_byte()
        if self._around is not None:
            await self._around(chunk)
        self._pieces += 1
        self._bytes += chunk.nbytes if isinstance(chunk, memoryview) else len(chunk)

    def answered(self, response: Any) -> None:
        """Note the answer of the handler, which aiohttp will send.

        :param response: What the handler has returned, or the ``HTTPException`` that it raised.
        """
        try:
            self._response = response
            if self._websocket is not None:
                self._websocket.left()
            body = _body_of(response)
            if body is not None and not response.prepared:
                self._unhook()
                if body:
                    self._call.first_byte()
                if not response.compression:
                    self._size = len(body)
            elif isinstance(response, web.FileResponse):
                self._call.first_byte()
            self._end()
        except Exception as error:
            self._middleware._log_failure(error)

    def failed(self, error: BaseException) -> None:
        """Note that the handler has raised something else than an answer.

        :param error: The exception.
        """
        try:
            if isinstance(error, (asyncio.CancelledError, GeneratorExit)) or (
                isinstance(error, _CLIENT_ERRORS) and self._client_is_gone()
            ):
                self._status = GIVEN_UP
            else:
                self._error = error
                self._status = TIMED_OUT if isinstance(error, asyncio.TimeoutError) else ERROR
            self._end()
        except Exception as failure:
            self._middleware._log_failure(failure)

    def _end(self) -> None:
        """Count the request, when aiohttp has sent the answer."""
        if self._status != GIVEN_UP:
            task, of_connection = asyncio.current_task(), self._request.task
            # Otherwise this is a test, for example, which has no server.
            if isinstance(of_connection, asyncio.Task) and of_connection is not task is not None:
                task.add_done_callback(self._over)
                return
        self._over()

    def _client_is_gone(self) -> bool:
        transport = self._request.transport
        return transport is None or transport.is_closing()

    def _over(self, _task: object = None) -> None:
        """Count the request, whose answer has been sent, or could not be sent."""
        try:
            websocket, response, status = self._websocket, self._response, self._status
            if websocket is not None and websocket.is_open:
                websocket.ended(_BROKEN if self._error is None else _FAILED)
            elif self._size >= 0 and response.status == 200 and response.body_length:
                self._close(200, self._size)
            elif isinstance(response, web.StreamResponse):
                status = response.status
                if status >= 400 and self._client_is_gone() and not self._request_is_whole():
                    status = GIVEN_UP
                self._close(status, self._response_bytes(response))
            else:
                self._close(status, self._bytes)
        except Exception as error:
            self._middleware._log_failure(error)
        self._release()

    def _close(self, status: int, size: float) -> None:
        request = self._request
        self._call.close(
            self._place,
            status,
            self._request_bytes() if request.body_exists else 0,
            size,
            (request, self._response, self._error),
            self._pieces > 1 and self._is_stream(),
        )

    def _release(self) -> None:
        """Forget the request, so that it is not kept in a circle of references."""
        if self._size < 0:
            self._unhook()
        if self._websocket is not None:
            self._websocket.release()

    def _unhook(self) -> None:
        writer: Any = self._request.writer
        if getattr(writer, "_on_chunk_sent", None) == self._sent:
            writer._on_chunk_sent, self._around = self._around, None

    def _request_is_whole(self) -> bool:
        return not self._request.body_exists or self._request.content.is_eof()

    def _request_bytes(self) -> float:
        """The bytes of the body of the request, as far as they have come."""
        request = self._request
        announced = request.content_length
        if announced is not None and request.content.is_eof():
            return announced
        total = request.content.total_bytes
        return total if isinstance(total, int) else 0  # a mocked request has something else

    def _response_bytes(self, response: web.StreamResponse) -> float:
        """The bytes of the body that were sent; of an answer in chunks without their frames."""
        if response.body_length == 0:
            # It broke off, or another middleware has answered something else.
            body = None if response.prepared else _body_of(response)
            return self._bytes if body is None else len(body)
        headers = response.headers
        announced = headers.get("Content-Length")
        if announced is not None and announced.isdecimal():
            return int(announced)
        if response.compression and "Content-Encoding" in headers and self._pieces:
            return max(0, response.body_length - self._head_bytes(response))
        return self._bytes

    def _head_bytes(self, response: web.StreamResponse) -> int:
        """The bytes of the status line and the headers."""
        version = self._request.version
        line = f"HTTP/{version.major}.{version.minor} {response.status} {response.reason}"
        lines = [line, *(f"{name}: {value}" for name, value in response.headers.items())]
        return sum(len(line.encode("utf-8", "replace")) + 2 for line in lines) + 2

    def _is_stream(self) -> bool:
        """Whether an answer in several pieces is a stream."""
        response = self._response
        return isinstance(response, web.StreamResponse) and (
            "Content-Length" not in response.headers or response.content_type == "text/event-stream"
        )


def _body_of(response: Any) -> bytes | bytearray | None:
    """The body of an answer that has all of it in memory: its headers will have the size."""
    if not isinstance(response, web.Response) or response.chunked:
        return None
    body = response.body
    if body is None:
        return b""
    return body if isinstance(body, (bytes, bytearray)) else None
