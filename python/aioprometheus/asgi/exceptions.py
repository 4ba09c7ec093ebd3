"""What an exception means with which a call of an application ends."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..http.cancelled import is_cancelling, is_one_of

# Exceptions by package and name, so that no framework is imported: those that mean that the client
# has gone, groups, which Python 3.10 has from a package, and those that frameworks answer.
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
GROUP = frozenset((("builtins", "BaseExceptionGroup"), ("exceptiongroup", "BaseExceptionGroup")))
OF_STARLETTE = frozenset((("starlette", "HTTPException"),))
OF_LITESTAR = frozenset((("litestar", "HTTPException"),))
# The arguments of the RuntimeError that Starlette's BaseHTTPMiddleware raises when the application
# below it ends without an answer.
NO_ANSWER_BELOW = ("No response returned.",)


def is_giving_up(error: BaseException, client_is_gone: bool) -> bool:
    """Whether an exception means that the call was cancelled, or that the client has gone.

    A coroutine that is closed, and not run to its end, has been given up as well. Any other
    exception is an error, also one that is no ``Exception``: servers answer with the status 500.
    """
    if is_cancelling(error):
        return True
    if is_one_of(error, GROUP):
        members: tuple[BaseException, ...] = error.exceptions  # type: ignore[attr-defined]
        return all(is_giving_up(member, client_is_gone) for member in members)
    if client_is_gone and type(error) is RuntimeError and error.args == NO_ANSWER_BELOW:
        return True
    return is_one_of(error, CLIENT_GONE)


def answers_exceptions(scope: Mapping[str, Any]) -> bool:
    """Whether an application around the caller answers the ``HTTPException`` of Starlette, as those
    of Litestar do, too.

    :param scope: The scope of a request, before the application has had it.
    """
    return "starlette.exception_handlers" in scope or "litestar_app" in scope


def status_around(error: BaseException, is_answered: bool) -> int | None:
    """The status with which a framework around the middleware answers an exception; None if it is
    an error.

    :param is_answered: Whether the framework answers the ``HTTPException`` of Starlette.
    """
    # Litestar calls its middlewares within what answers the exceptions.
    if is_one_of(error, OF_LITESTAR) or (is_answered and is_one_of(error, OF_STARLETTE)):
        with suppress(Exception):  # a class of the user's may ask more than it has
            status = error.status_code  # type: ignore[attr-defined]
            return int(status) if 100 <= status < 600 else None
    return None
