"""A request to an application of aiohttp and its answer, counted once however they end."""

from __future__ import annotations

import asyncio
from typing import Any, TypeGuard

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
            if _has_whole_body(response) and not response.prepared:
                self._unhook()
                if response.body:
                    self._call.first_byte()
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
            if isinstance(error, asyncio.CancelledError) or (
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
        task = asyncio.current_task()
        of_connection = self._request.task
        # Another task is one of a test, for example, which has no server.
        is_served = isinstance(of_connection, asyncio.Task) and task is not of_connection
        if task is None or not is_served or self._status == GIVEN_UP:
            self._over()
        else:
            task.add_done_callback(self._over)

    def _client_is_gone(self) -> bool:
        transport = self._request.transport
        return transport is None or transport.is_closing()

    def _over(self, _task: object = None) -> None:
        """Count the request, whose answer has been sent, or could not be sent."""
        try:
            websocket, response, status = self._websocket, self._response, self._status
            if websocket is not None and websocket.is_open:
                websocket.ended(_BROKEN if self._error is None else _FAILED)
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
        request, response = self._request, self._response
        self._call.close(
            self._place,
            status,
            self._request_bytes(),
            size,
            (request, response, self._error),
            self._is_stream(response),
        )

    def _release(self) -> None:
        """Forget the request, so that it is not kept in a circle of references."""
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
        if not request.body_exists:
            return 0
        announced = request.content_length
        if announced is not None and request.content.is_eof():
            return announced
        total = request.content.total_bytes
        return total if isinstance(total, int) else 0  # a mocked request has something else

    def _response_bytes(self, response: web.StreamResponse) -> float:
        """The bytes of the body that were sent; of an answer in chunks without their frames."""
        if response.body_length == 0:
            if response.prepared or not _has_whole_body(response):
                return self._bytes  # it broke off
            # Another middleware has answered something else.
            return len(response.body) if isinstance(response.body, (bytes, bytearray)) else 0
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

    def _is_stream(self, response: Any) -> bool:
        if self._pieces < 2 or not isinstance(response, web.StreamResponse):
            return False
        return (
            "Content-Length" not in response.headers or response.content_type == "text/event-stream"
        )


def _has_whole_body(response: Any) -> TypeGuard[web.Response]:
    """Whether an answer has its body in memory, so that its size will be in its headers."""
    return (
        isinstance(response, web.Response)
        and not response.chunked
        and isinstance(response.body, (bytes, bytearray, type(None)))
    )
