"""The templates of BlackSheep's routes."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import quote, unquote

from ..route import Missing, Search

# The characters that are not escaped in a path.
IN_PATHS = "/:@!$&'()*+,;=~"


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The pattern of the route that takes a request, below those of mounts."""
    raw = _raw_path(scope)
    for route in app.mount_registry.mounted_apps:
        match = getattr(route, "match_by_path", route.match)(raw)
        if match is not None:
            tail = "/" + (match.values or {}).get("tail", "")
            pattern = route.pattern.decode().removesuffix("*").rstrip("/")
            inner = dict(scope, path=tail, raw_path=None, root_path="")
            found = search.below(route.handler, inner, prefix + pattern)
            return (prefix + pattern or "/") if found is Missing.ROUTER else found
    root = scope.get("root_path") or ""
    for given in dict.fromkeys((root, "")):  # older ones match the whole path
        known = _pattern(app.router, scope, given)
        if known is not None:
            return (prefix if given == root else "") + known
    return Missing.ROUTE


def _raw_path(scope: dict[str, Any]) -> bytes:
    """The path as it came, unless the scope has another path by now."""
    raw, path = scope.get("raw_path"), scope["path"]
    if isinstance(raw, bytes) and unquote(raw.decode("latin-1")) == path:
        return raw
    return quote(path, IN_PATHS, errors="replace").encode()


def _pattern(router: Any, scope: dict[str, Any], root: str) -> str | None:
    """The pattern of a route below the root path, unless it is the fallback of the router."""
    by_path = getattr(router, "get_match_by_method_and_path", None)
    if scope["type"] == "websocket":
        path = scope["path"].removeprefix(root) or "/"
        match = by_path("GET_WS", path) if by_path else router.get_ws_match(path)
    else:
        raw = _raw_path(scope).removeprefix(root.encode()) or b"/"
        match = router.get_match(*((_request(scope, raw),) if by_path else (scope["method"], raw)))
    if match is None:
        return None
    routers = (router, *(getattr(router, "_sub_routers", None) or ()))
    fallbacks = [getattr(one.fallback, "handler", None) for one in routers]
    if any(match.handler is fallback for fallback in fallbacks):
        return None
    pattern: str = match.pattern.decode()
    return pattern if pattern.startswith("/") else "/" + pattern


def _request(scope: dict[str, Any], path: bytes) -> Any:
    """A request for the filters of routes, without content."""
    kind = sys.modules["blacksheep.messages"].Request
    headers, query = list(scope.get("headers") or ()), scope.get("query_string") or b""
    request = kind.incoming(scope["method"], path, query, headers)
    request.scope = scope
    return request
