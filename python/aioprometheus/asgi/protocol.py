"""The types of ASGI: scopes, messages, and the functions that pass these."""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
"""The scope of an ASGI call."""
Message = dict[str, Any]
"""A message of ASGI."""
Receive = Callable[[], Awaitable[Message]]
"""Returns the next message for an application."""
Send = Callable[[Message], Awaitable[None]]
"""Takes a message from an application."""
ASGICallable = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application, or a middleware around one."""
