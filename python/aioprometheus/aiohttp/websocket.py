"""A websocket of aiohttp's server, as far as it is counted."""

from __future__ import annotations

import asyncio
import functools
import time
from typing import Any, Protocol

from aiohttp import WSMsgType, web

from .. import _core
from ..http.options import StandardOptions
from ..http.owner import EndedWebsocket, OpenWebsocket, Place

_MESSAGES = (WSMsgType.TEXT, WSMsgType.BINARY)
_SENDING = ("send_str", "send_bytes", "send_frame")


class Owner(Protocol):
    """What a request asks of the middleware that counts it."""

    _options: StandardOptions

    def _log_failure(self, error: BaseException) -> None:
        """Log that a metric failed."""

    def _place_of(self, route: Any) -> Place:
        """The path labels of a request."""

    def _websocket_row(self, path: str) -> OpenWebsocket:
        """The series of an open websocket."""

    def _websocket_ended(self, path: str, code: str, is_of_client: bool) -> EndedWebsocket:
        """The series of a websocket that has ended."""


class Websocket:
    """A request for a websocket, which is one as soon as its answer is prepared.

    The methods of that one object which send and receive are wrapped, as attributes of it: its
    class, and subclasses of users, stay as they are.

    :param middleware: The middleware that counts.
    :param place: What stands for the path labels.
    :param call: The request, which is not counted as one of HTTP when the websocket opens.
    :param request: The request.
    """

    def __init__(
        self,
        middleware: Owner,
        place: object,
        call: _core.HttpCall,
        request: web.Request,
    ) -> None:
        self._middleware = middleware
        self._place = place
        self._call = call
        # The request and its clones, one of which prepares the websocket.
        self._requests: list[web.Request] = []
        self._start = time.perf_counter()
        self._path: str | None = None
        self._series: OpenWebsocket | None = None
        self._response: web.WebSocketResponse | None = None
        self._client_closed = False
        self._senders: set[object] = set()
        self.is_open = False
        self._watch(request)

    def _watch(self, request: web.Request) -> None:
        """Note when an answer to the request, or to a clone of it, is about to start."""
        if not hasattr(type(request), "_prepare_hook"):
            return
        self._requests.append(request)
        # These may be those of another middleware around this one.
        prepare = functools.partial(self._prepare, request._prepare_hook)
        clone = functools.partial(self._clone, request.clone)
        # Not by setattr(), of which aiohttp warns in debug mode.
        object.__setattr__(request, "_prepare_hook", prepare)
        object.__setattr__(request, "clone", clone)

    def _clone(self, method: Any, **changes: Any) -> web.Request:
        clone: web.Request = method(**changes)
        self._watch(clone)
        return clone

    async def _prepare(self, method: Any, response: web.StreamResponse) -> None:
        """Note that an answer is about to start."""
        await method(response)
        if isinstance(response, web.WebSocketResponse) and not self.is_open:
            try:
                self._opened(response)
            except Exception as error:
                self._middleware._log_failure(error)

    def _opened(self, response: web.WebSocketResponse) -> None:
        self._call.complete()
        self.is_open = True
        self._response = response
        self._path = self._middleware._place_of(self._place).of_standard
        if self._path is None:
            return
        series = self._middleware._websocket_row(self._path)
        if series.connections is not None:
            series.connections.inc()
        self._series = series
        if series.received is not None:
            vars(response)["receive"] = self._receiver(response.receive, series.received)
        if series.sent is not None:
            for name in _SENDING:
                if hasattr(response, name):  # older versions of aiohttp have not all
                    method = getattr(response, name)
                    vars(response)[name] = self._sender(method, series.sent)

    def _receiver(self, method: Any, counter: _core.BoundCounter) -> Any:
        async def receive(*arguments: Any, **named: Any) -> Any:
            message = await method(*arguments, **named)
            if message.type in _MESSAGES:
                counter.inc()
            elif message.type is WSMsgType.CLOSE:
                self._client_closed = True
            return message

        return receive

    def _sender(self, method: Any, counter: _core.BoundCounter) -> Any:
        senders = self._senders

        async def send(*arguments: Any, **named: Any) -> Any:
            # A method of a subclass may send by another one: that is one message.
            task = asyncio.current_task()
            if task in senders:
                return await method(*arguments, **named)
            senders.add(task)
            try:
                sent = await method(*arguments, **named)
            finally:
                senders.discard(task)
            counter.inc()
            return sent

        return send

    def left(self) -> None:
        """Note that the handler has ended: the websocket is not open any more."""
        series, self._series = self._series, None
        if series is not None and series.connections is not None:
            series.connections.dec()

    def ended(self, otherwise: int) -> None:
        """Count the websocket.

        :param otherwise: The close code, if it has none.
        """
        self.left()
        if self._path is None or self._response is None:
            return
        code = self._response.close_code
        code = otherwise if code is None else int(code)
        ended = self._middleware._websocket_ended(self._path, str(code), self._client_closed)
        if ended.connections is not None:
            ended.connections.inc()
        if ended.duration is not None:
            ended.duration.observe(time.perf_counter() - self._start)

    def release(self) -> None:
        """Take the wrapped methods away again, which refer to the object that has them."""
        for request in self._requests:
            vars(request).pop("_prepare_hook", None)
            vars(request).pop("clone", None)
        self._requests.clear()
        if self._response is not None:
            for name in ("receive", *_SENDING):
                vars(self._response).pop(name, None)
