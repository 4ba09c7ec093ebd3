"""The templates of Litestar's routes, where they are not in the scope."""

from __future__ import annotations

from typing import Any

from ..route import Missing, Search, litestar_template


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The template of the route that takes a request, also with another method.

    It is in the scope if a route takes the request and no middleware has made a copy before.
    """
    if scope.get("route_handler") is not None and scope.get("app") is app:
        found = litestar_template(scope)
        return found if isinstance(found, Missing) else prefix + found
    path = _path(scope)
    found = _routed(app, path, scope.get("method"))
    return found if isinstance(found, Missing) else prefix + found


def _routed(app: Any, path: str, method: str | None, other_method: bool = False) -> str | Missing:
    """The template of the route for a path, or of one that takes it with another method."""
    try:
        answer = app.asgi_router.handle_routing(path=path, method=method)
    except Exception as error:
        allowed = (getattr(error, "headers", None) or {}).get("allow")
        if other_method or not allowed:
            return Missing.ROUTE
        return _routed(app, path, allowed.partition(",")[0], True)
    marks = {"app": app, "route_handler": answer[1], "path_template": answer[-1]}
    return litestar_template(marks)


def _path(scope: dict[str, Any]) -> str:
    """The path that is matched, as Litestar normalizes it."""
    path: str = scope["path"]
    if root := scope.get("root_path"):
        path = path.split(root, maxsplit=1)[-1]
    return "/" + "/".join(part for part in path.split("/") if part)
