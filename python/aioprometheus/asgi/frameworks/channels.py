"""The templates of the routers of Django Channels."""

from __future__ import annotations

from typing import Any

from ..route import MAX_WRAPPERS, Missing, Search
from .django import cleaned

# The key in a scope for what the routers around one have matched.
MATCHED = "aioprometheus.matched"


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The template of the route that takes a request or a websocket.

    A router by protocol has none itself. Of the path, a router in another one gets what the other
    has left; all other applications get the whole path.
    """
    by_protocol = getattr(app, "application_mapping", None)
    if by_protocol is not None:
        inner = by_protocol.get(scope["type"])
        return Missing.ROUTE if inner is None else search.below(inner, scope, prefix)
    path = scope.get("path_remaining")
    if path is None:
        path = scope["path"].removeprefix(scope.get("root_path") or "")
    path = path.lstrip("/")
    for route in app.routes:
        match = route.pattern.match(path)
        if match:
            found: str = scope.get(MATCHED, prefix).rstrip("/") + cleaned(str(route.pattern))
            inner_scope = dict(scope, path_remaining=match[0], **{MATCHED: found})
            answer = search.below(route.callback, inner_scope, prefix)
            if answer is Missing.ROUTER:
                return found
            if answer is not Missing.ROUTE or not _is_router(route.callback):
                return answer
    return Missing.ROUTE


def _is_router(app: Any) -> bool:
    """Whether an application is a router by path, which may be wrapped in Channels' middlewares."""
    for _ in range(MAX_WRAPPERS):
        if app is None or getattr(app, "_path_routing", False):
            return app is not None
        app = getattr(app, "inner", None) or getattr(app, "application", None)
    return False
