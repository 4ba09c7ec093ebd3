"""A request to an application of aiohttp and its answer, counted once however they end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
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

_LARGE = 0x10000
"""The bytes from which on a piece of a body may wait in the buffer of its connection, which aiohttp
empties beyond that."""


class _Nothing:
    """What the hooks of an answer return to be awaited: less work than a coroutine that ends at
    once."""

    def __await__(self) -> Any:
        return iter(())


_NOTHING = _Nothing()


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
        "_file",
        "_headers",
        "_is_answered",
        "_is_awaited",
        "_is_over",
        "_middleware",
        "_pieces",
        "_place",
        "_request",
        "_response",
        "_status",
        "_unsent",
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
        # The status of an answer that failed.
        self._status: int | None = None
        self._is_answered = self._is_awaited = self._is_over = False
        # The headers of the answer, as soon as they are sent.
        self._headers: Any = None
        # Whether a file comes after them; None for an answer that is no file.
        self._file: bool | None = None
        self._bytes = self._pieces = 0
        # Those of the last piece that were still in the buffer of the connection.
        self._unsent = 0
        self._websocket: Websocket | None = None
        # What aiohttp uses for its clients' traces. All clones of the request have this writer.
        writer: Any = request.writer
        self._around = (
            getattr(writer, "_on_headers_sent", None),
            getattr(writer, "_on_chunk_sent", None),
        )
        writer._on_headers_sent = self._begun
        writer._on_chunk_sent = self._sent
        if "Upgrade" in request.headers:
            self._websocket = Websocket(middleware, self._place, call, request)

    @staticmethod
    def earlier(middleware: Owner, hook: Any) -> Exchange | None:
        """Return what a middleware has begun to measure of a request, or None.

        :param middleware: The middleware.
        :param hook: What is called for pieces of the answer.
        """
        while isinstance(exchange := getattr(hook, "__self__", None), Exchange):
            if exchange._middleware is middleware:
                return exchange
            hook = exchange._around[1]
        return None

    def again(self) -> Exchange | None:
        """Return this, if its handler has ended and is called again: by a middleware that retries.
        Otherwise the handler is still running, and this is a call within it."""
        if not self._is_answered:
            return None
        self._is_answered = False
        self._response = self._error = self._status = None
        return self

    def _begun(self, headers: Any) -> Awaitable[None]:
        """Note the headers, before they are sent."""
        self._headers = headers
        if self._file:
            self._first_byte()
        around: Any = self._around[0]
        return _NOTHING if around is None else around(headers)

    def _sent(self, chunk: Any) -> Awaitable[None]:
        """Note a piece of the body, before it is sent."""
        size = chunk.nbytes if isinstance(chunk, memoryview) else len(chunk)
        self._unsent = 0
        if size and not self._client_is_gone():
            if self._pieces == 0 and self._request.method != "HEAD":
                self._first_byte()
            self._pieces += 1
            self._bytes += size
            if size > _LARGE:
                self._unsent = size
                asyncio.get_running_loop().call_soon(self._look)
        around: Any = self._around[1]
        return _NOTHING if around is None else around(chunk)

    def _first_byte(self) -> None:
        try:
            self._call.first_byte()
        except Exception as error:
            self._middleware._log_failure(error)

    def _look(self) -> None:
        """Note how much of a large piece waits. If the client goes, nobody knows it any more."""
        transport = self._request.transport
        if transport is not None and not transport.is_closing():
            self._unsent = min(self._unsent, transport.get_write_buffer_size())

    def answered(self, response: Any) -> None:
        """Note the answer of the handler, which aiohttp will send.

        :param response: What the handler has returned, or the ``HTTPException`` that it raised.
        """
        try:
            self._response = response
            if self._websocket is not None:
                self._websocket.left()
            if isinstance(response, web.FileResponse):
                self._answered_by_file(response)
            self._end()
        except Exception as error:
            self._middleware._log_failure(error)

    def _answered_by_file(self, response: web.FileResponse) -> None:
        """Have a file measured, whose bytes the system may send past all pieces."""
        if not response.body_length:
            self._file = False
            vars(response)["_sendfile"] = self._file_sender(response._sendfile)
        elif not self._pieces and self._request.method != "HEAD":  # the handler has sent it
            self._bytes = response.content_length or 0
            if self._bytes:
                self._call.first_byte()

    def _file_sender(self, method: Any) -> Any:
        async def send(request: Any, file: Any, offset: int, count: int) -> Any:
            self._file = True
            before, end = self._pieces, None
            try:
                sent = await method(request, file, offset, count)
                end = offset + count
                return sent
            finally:
                if self._pieces == before and self._headers is not None:
                    self._bytes += _position(file, offset) - offset if end is None else count

        return send

    def failed(self, error: BaseException) -> None:
        """Note that the handler has raised something else than an answer.

        :param error: The exception.
        """
        try:
            self._note(error)
            if isinstance(error, GeneratorExit):  # the task will not come to an end
                self._over()
            else:
                self._end()
        except Exception as failure:
            self._middleware._log_failure(failure)

    def _note(self, error: BaseException) -> None:
        """Note an exception instead of an answer, or one that breaks it off."""
        if isinstance(error, (asyncio.CancelledError, GeneratorExit)) or (
            isinstance(error, _CLIENT_ERRORS) and self._client_is_gone()
        ):
            self._status = GIVEN_UP
        else:
            self._error = error
            self._status = TIMED_OUT if isinstance(error, asyncio.TimeoutError) else ERROR

    def _end(self) -> None:
        """Count the request, when aiohttp has sent the answer."""
        self._is_answered = True
        if self._is_awaited:
            return
        task = self._task()
        if task is None:
            self._over()
        else:
            task.add_done_callback(self._over)
            self._is_awaited = True

    def _task(self) -> asyncio.Task[Any] | None:
        """The task that aiohttp has made for the request; a middleware may have made others within
        it. None where there is no server, as in a test."""
        of_connection = self._request.task
        if not isinstance(of_connection, asyncio.Task):
            return None
        # It has just begun, if the task of the connection does not wait for it yet.
        awaited = getattr(of_connection, "_fut_waiter", None)
        if isinstance(awaited, asyncio.Task):
            return awaited
        task = asyncio.current_task()
        return None if task is of_connection else task

    def _client_is_gone(self) -> bool:
        transport = self._request.transport
        return transport is None or transport.is_closing()

    def _over(self, task: asyncio.Task[Any] | None = None) -> None:
        """Count the request, whose answer has been sent, or could not be sent."""
        if self._is_over:
            return
        self._is_over = True
        try:
            is_whole = task is not None and self._is_sent_by(task)
            websocket, response, status = self._websocket, self._response, self._status
            if websocket is not None and websocket.is_open:
                websocket.ended(_BROKEN if self._error is None else _FAILED)
            else:
                if status is None:
                    status = self._status_of(response)
                self._close(status, self._response_bytes(is_whole))
        except Exception as error:
            self._middleware._log_failure(error)
        self._release()

    def _is_sent_by(self, task: asyncio.Task[Any]) -> bool:
        """Note how the task of the request has ended, and return whether all of the answer was sent
        by it, as far as that is known."""
        try:
            sent = task.result()  # the answer, and whether its client has gone
        except ConnectionError:
            return False
        except BaseException as error:
            # After a failure of the handler, this is one of the page that says so.
            if self._status is None:
                self._note(error)
            return False
        is_broken = isinstance(sent, tuple) and sent[1:] == (True,)
        return not is_broken and self._request.transport is not None

    def _status_of(self, response: Any) -> int:
        if not isinstance(response, web.StreamResponse):
            return ERROR
        status = response.status
        if status >= 400 and self._client_is_gone() and not self._request_is_whole():
            return GIVEN_UP
        return status

    def _close(self, status: int, size: float) -> None:
        request = self._request
        self._call.close(
            self._place,
            status,
            self._request_bytes() if request.body_exists else 0,
            size,
            (request, self._response, self._error),
            self._middleware._options["streams"] != "whole" and self._is_stream(),
        )

    def _release(self) -> None:
        """Forget the request, so that it is not kept in a circle of references."""
        writer: Any = self._request.writer
        if getattr(writer, "_on_chunk_sent", None) == self._sent:
            writer._on_headers_sent, writer._on_chunk_sent = self._around
        if self._file is not None:
            vars(self._response).pop("_sendfile", None)
        if self._websocket is not None:
            self._websocket.release()
        # The traceback of the error has the frame of the middleware, which has this.
        self._error = self._response = None

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

    def _response_bytes(self, is_whole: bool) -> float:
        """The bytes of the body that were sent; of an answer in chunks without their frames."""
        size = self._bytes
        if size == 0 or self._headers is None:
            return size
        writer: Any = self._request.writer
        if self._pieces and getattr(writer, "_compress", None) is not None:
            size = max(0, writer.output_size - self._head_bytes())
        elif is_whole and self._pieces == 1 and isinstance(self._response, web.Response):
            return size
        announced = self._headers.get("Content-Length")
        if announced is not None and announced.isdecimal():
            size = min(size, int(announced))  # aiohttp drops the rest
        return size if is_whole else max(0, size - self._unsent)

    def _head_bytes(self) -> int:
        """The bytes of the status line and the headers."""
        version, response = self._request.version, self._response
        is_known = isinstance(response, web.StreamResponse)
        status = f"{response.status} {response.reason}" if is_known else "200 OK"
        line = f"HTTP/{version.major}.{version.minor} {status}"
        lines = [line, *(f"{name}: {value}" for name, value in self._headers.items())]
        return sum(len(line.encode("utf-8", "replace")) + 2 for line in lines) + 2

    def _is_stream(self) -> bool:
        """Whether the answer is of server-sent events, or has several pieces and no length."""
        headers = self._headers
        if headers is None:
            return False
        if self._pieces > 1 and "Content-Length" not in headers:
            return True
        kind: str = headers.get("Content-Type", "")
        return kind[:17].lower() == "text/event-stream"


def _position(file: Any, otherwise: int) -> int:
    """Where the system has stopped to read a file."""
    try:
        return max(otherwise, os.lseek(file.fileno(), 0, os.SEEK_CUR))
    except (OSError, ValueError):
        return otherwise
