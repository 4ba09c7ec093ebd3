"""Exceptions that mean that a request was given up, and are no errors of the application."""

from __future__ import annotations

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


def is_giving_up(error: BaseException, client_is_gone: bool) -> bool:
    """Whether an exception means that the call was cancelled, or that the client has gone."""
    group = getattr(error, "exceptions", None)
    if isinstance(group, (tuple, list)) and group:  # Python 3.10 has no ExceptionGroup to test
        return all(is_giving_up(one, client_is_gone) for one in group)
    if not isinstance(error, Exception):
        return True
    if client_is_gone and type(error) is RuntimeError and error.args == NO_ANSWER_BELOW:
        return True
    kinds = type(error).__mro__
    return any((kind.__module__.split(".")[0], kind.__name__) in CLIENT_GONE for kind in kinds)
