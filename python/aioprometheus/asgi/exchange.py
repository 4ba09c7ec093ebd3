"""One request and its answer, which are counted once however they end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from ..collectors import Counter
from ..mypy_types import LabelsType

Scope = dict[str, Any]
"""The scope of an ASGI call."""
Message = dict[str, Any]
"""A message of ASGI."""
Receive = Callable[[], Awaitable[Message]]
"""Returns the next message for an application."""
Send = Callable[[Message], Awaitable[None]]
"""Takes a message from an application."""

# Methods that become labels unchanged. Clients may send any other word (methods are case
# sensitive). All others share one label, so that the number of series stays bounded.
KNOWN_METHODS = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
)
OTHER_METHOD = "<other>"
# The scope of a websocket has no method: the handshake is a GET in HTTP/1.1, a CONNECT in HTTP/2.
WEBSOCKET_METHOD = "WEBSOCKET"

# The status of a request that was given up. No standard defines one; nginx logs 499.
GIVEN_UP = 499

# Exceptions that mean that the client has gone, by package and name, so that no framework is
# imported.
CLIENT_GONE = frozenset(
    (
        ("starlette", "ClientDisconnect"),
        ("starlette", "WebSocketDisconnect"),
        ("litestar", "WebSocketDisconnect"),
        ("blacksheep", "WebSocketDisconnectError"),
        ("django", "RequestAborted"),
        ("uvicorn", "ClientDisconnected"),
    )
)
# The arguments of the RuntimeError that Starlette's BaseHTTPMiddleware raises when the application
# below it ends without an answer.
NO_ANSWER_BELOW = ("No response returned.",)


class Counting(Protocol):
    """What an exchange needs of the middleware that counts it."""

    requests_counter: Counter
    responses_counter: Counter
    exceptions_counter: Counter
    status_codes_counter: Counter
    group_status_codes: bool

    def _excludes(self, path: Any) -> bool: ...

    def _path_label(self, scope: Scope, requested: str, status: str) -> str: ...

    def _log_error(self) -> None: ...


class Exchange:
    """One request and its answer, as far as they have been seen.

    They are counted when the answer starts or when the call ends, whichever is first. If the client
    goes before the answer starts, they are counted at the end of the call, because only then it is
    known whether the application has given up, too.
    """

    def __init__(
        self, middleware: Counting, scope: Scope, path: str, around: tuple[Any, ...]
    ) -> None:
        self.middleware = middleware
        self.scope = scope
        # The path as it was before the application got the scope, which it may change.
        self.path = path
        # The other middlewares around the request.
        self.around = around
        self.counted = False
        self.client_gone = False
        self.request_is_whole = False
        # The status of an answer that started after the client had gone.
        self.late_status: Any | None = None
        # None until the request is counted, and None if its path is excluded.
        self.labels: LabelsType | None = None

    def received(self, message: Message) -> None:
        """Note what a message from the server says about the client."""
        if not isinstance(message, Mapping):
            return  # not a message; the application reports it
        kind = message.get("type")
        if kind == "http.request":
            self.request_is_whole = not message.get("more_body")
        elif kind in ("http.disconnect", "websocket.disconnect"):
            self.client_gone = True

    def sent(self, message: Message) -> None:
        """Count the request if a message from the application starts the answer."""
        if self.counted or self.late_status is not None:
            return
        try:
            status = _status_started_by(message)
        except Exception:
            return  # not a message; the server reports it
        if status is None:
            return
        if not self.client_gone:
            self.count(status)
        elif self.scope["type"] == "http":
            self.late_status = status

    def ended(self) -> None:
        """Count the request at the end of the call, unless it is counted already."""
        status = self.late_status
        if status is None:
            status = GIVEN_UP if self.client_gone else 500
        elif not self.request_is_whole and _status_text(status)[:1] in ("4", "5"):
            status = GIVEN_UP  # the framework's answer to an incomplete request
        self.count(status)

    def failed(self, error: BaseException) -> None:
        """Count the request, unless it is counted already, and its exception.

        An exception that means that the request was given up is not counted as one.
        """
        try:
            if self._is_giving_up(error):
                self.count(GIVEN_UP)
                return
            self.count(500 if self.late_status is None else self.late_status)
            if self.labels is not None:
                self.middleware.exceptions_counter.inc(self.labels)
        except Exception:
            self.middleware._log_error()

    def _is_giving_up(self, error: BaseException) -> bool:
        """Whether an exception means that the call was cancelled, or that the client has gone."""
        group = getattr(error, "exceptions", None)
        if isinstance(group, (tuple, list)) and group:  # Python 3.10 has no ExceptionGroup to test
            return all(self._is_giving_up(one) for one in group)
        if not isinstance(error, Exception):
            return True
        if self.client_gone and type(error) is RuntimeError and error.args == NO_ANSWER_BELOW:
            return True
        kinds = type(error).__mro__
        return any((kind.__module__.split(".")[0], kind.__name__) in CLIENT_GONE for kind in kinds)

    def count(self, status: Any) -> None:
        """Count the request with its status code, unless it is counted already."""
        if self.counted:
            return
        self.counted = True
        middleware = self.middleware
        try:
            status = _status_text(status)
            path = middleware._path_label(self.scope, self.path, status)
            if middleware._excludes(path):
                return
            if middleware.group_status_codes:
                status = f"{status[0]}xx"
            self.labels = {"method": _method_label(self.scope), "path": path}
            middleware.requests_counter.inc(self.labels)
            middleware.responses_counter.inc(self.labels)
            middleware.status_codes_counter.inc({**self.labels, "status_code": status})
        except Exception:
            middleware._log_error()


def _method_label(scope: Scope) -> str:
    if scope["type"] == "websocket":
        return WEBSOCKET_METHOD
    method = scope.get("method")
    return method if isinstance(method, str) and method in KNOWN_METHODS else OTHER_METHOD


def _status_started_by(message: Message) -> Any | None:
    """The status code of the response that a message starts, if it starts one."""
    kind = message.get("type")
    if kind in ("http.response.start", "websocket.http.response.start"):
        return message.get("status", 500)
    if kind == "websocket.accept":
        return 101
    if kind == "websocket.close":  # before it is accepted, servers answer 403
        return 403
    return None


def _status_text(status: Any) -> str:
    """A status code as text; members of http.HTTPStatus are numbers."""
    return str(int(status)) if isinstance(status, int) else str(status)
