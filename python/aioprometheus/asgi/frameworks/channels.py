"""The templates of the routers of Django Channels."""

from __future__ import annotations

from typing import Any

from ..route import Missing, Search
from .django import cleaned


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The template of the route that takes a request or a websocket.

    A router by protocol has none itself.
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
            found = prefix.rstrip("/") + cleaned(str(route.pattern))
            if not getattr(route.callback, "_path_routing", False):
                return found
            inner_scope = dict(scope, path_remaining=match[0])
            answer = template(route.callback, inner_scope, found, search)
            if answer is not Missing.ROUTE:
                return answer
    return Missing.ROUTE
