"""The types of ASGI: scopes, messages, and the functions that pass these."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
"""The scope of an ASGI call."""
Message = MutableMapping[str, Any]
"""A message of ASGI."""
Receive = Callable[[], Awaitable[Message]]
"""Returns the next message for an application."""
Send = Callable[[Message], Awaitable[None]]
"""Takes a message from an application."""
ASGICallable = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application, or a middleware around one."""

MIDDLEWARES = "aioprometheus.middlewares"
"""The key for the middlewares of this package around a request, the outermost first. The core puts
them into the dict "asgi" of the scope, into a copy if others have the dict too, or into a scope
that has no such dict."""


def middlewares_around(scope: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the middlewares of this package that a request has passed, the outermost first.

    :param scope: The scope of the request.
    """
    asgi = scope.get("asgi")
    found: tuple[Any, ...] = (asgi if type(asgi) is dict else scope).get(MIDDLEWARES, ())
    return found
