"""
Reads from the scope of an ASGI request which route it took.

Routers are known by what they look like, so that neither Starlette nor FastAPI is imported: a
router has a list of `routes`, and a route says by `matches(scope)` whether it takes a request.
`scope["router"]` is the outermost of them, once it has run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

Scope = dict[str, Any]

# Values of starlette.routing.Match.
NO_MATCH = 0
FULL_MATCH = 2

# The ways from a middleware to the application in it: Starlette's, ours, Connexion's.
WRAPPED = ("app", "asgi_callable", "next_app")

# Middlewares that may lie around a router; a bound for objects that answer to every attribute.
MAX_WRAPPERS = 100


class Missing(Enum):
    """Why a request has no template."""

    ROUTE = "no route takes it"
    ROUTER = "what takes it has no router that is known"


def full_path(scope: Mapping[str, Any]) -> str:
    """
    The path of a request as the client sent it, as text that has an encoding.

    That is root_path and path, where servers do not agree on whether path has root_path in it.
    """
    root, path = _server_root(scope), _text(scope.get("path"))
    return path if _starts_with(path, root) else root + path


def app_path(scope: Mapping[str, Any]) -> str:
    """The path of a request below the root_path of the application."""
    root, path = _text(scope.get("root_path")).rstrip("/"), _text(scope.get("path"))
    return path[len(root) :] if _starts_with(path, root) else path


def find_router(app: Any, visited: tuple[Any, ...] = ()) -> Any | None:
    """
    The router of an application that may be wrapped in middlewares, or None.

    :param visited: routers that are not meant: the application stands behind them.
    """
    for _ in range(MAX_WRAPPERS):
        app = getattr(app, "__self__", app)  # a method stands for the object that it belongs to
        inner = next(filter(None, (getattr(app, name, None) for name in WRAPPED)), None)
        router = getattr(app, "router", app)
        routes = getattr(router, "routes", None)
        if (
            isinstance(routes, list)
            and all(hasattr(route, "matches") for route in routes[:1])
            # Connexion has a middleware with a router that is there for the lifespan only.
            and (routes or router is app or inner is None)
            and not any(router is other for other in visited)
        ):
            return router
        if inner is None:
            break
        app = inner
    return None


def find_template(router: Any, scope: Mapping[str, Any]) -> str | Missing:
    """
    The template of the route that an outermost router has chosen, or would choose, for a request:
    the prefixes of mounts and the path of the route in them, such as "/users/{user_id}".

    What is mounted and has no routes (static files, say) is known by its prefix alone. Where a
    router has no route and hands over to a default of the user's, the search goes on in there.
    """
    try:
        return _marked_template(scope) or _search(router, _outermost(scope), "", ())
    except Exception:
        # Whatever a route of somebody's own has tripped over; the router will have, too.
        return Missing.ROUTE


def litestar_template(scope: Mapping[str, Any]) -> str | Missing:
    """The template of the route that Litestar has put into the scope, or the prefix of a mount."""
    handler, template = scope.get("route_handler"), scope.get("path_template")
    if getattr(handler, "is_mount", False):  # then it is that of another route
        routes = getattr(scope.get("app"), "routes", ())
        of_mounts = (r.path for r in routes if getattr(r, "route_handler", None) is handler)
        template = next(of_mounts, None)
    return template if handler is not None and isinstance(template, str) else Missing.ROUTER


def _marked_template(scope: Mapping[str, Any]) -> str | None:
    """
    The path of the route that the router has put into the scope, if that is the whole template.

    It is not below mounts, and not for a route that FastAPI (0.137 and later) has included from
    another router under a prefix: there the "effective route context" knows the path.
    """
    if "app_root_path" in scope:  # set by a mount
        return None
    path = app_path(scope)
    route: Any
    for route in (_fastapi_mark(scope, "effective_route_context"), scope.get("route")):
        route = getattr(route, "starlette_route", None) or route
        regex = getattr(route, "path_regex", None)
        if regex is not None and regex.match(path):
            template: str = route.path
            return template
    return None


def _outermost(scope: Mapping[str, Any]) -> Scope:
    """A copy of a scope as the outermost router got it, without what the routers have added."""
    outermost = dict(scope, path_params={}, root_path=_server_root(scope))
    outermost["fastapi"] = {"frontend_path": _fastapi_mark(scope, "frontend_path")}
    return outermost


def _search(router: Any, scope: Scope, prefix: str, visited: tuple[Any, ...]) -> str | Missing:
    """The template that a router below a prefix chooses, which is found as Starlette does it."""
    found = _first_match(router.routes, scope)
    if found is None and getattr(router, "redirect_slashes", False) and scope["type"] == "http":
        path = scope["path"]
        other = path.rstrip("/") if path.endswith("/") else path + "/"
        found = _first_match(router.routes, dict(scope, path=other))
    visited = (*visited, router)
    if found is not None:
        return _template(*found, prefix, visited)
    frontend = _frontend_template(scope)
    return (
        prefix + frontend
        if frontend is not None
        else _search_default(router, scope, prefix, visited)
    )


def _search_default(
    router: Any, scope: Scope, prefix: str, visited: tuple[Any, ...]
) -> str | Missing:
    """The template that is chosen by what a router hands over to when it has no route."""
    default = getattr(router, "default", None)
    if default is None or default == getattr(router, "not_found", None):
        return Missing.ROUTE
    after = find_router(default, visited)
    if after is None:
        return Missing.ROUTER
    found = _search(after, scope, prefix, visited)
    if isinstance(found, Missing) and prefix:
        # Connexion hands over the scope as it was outside of the mount.
        found = _search(after, _outermost(scope), "", visited)
    return found


def _first_match(routes: Iterable[Any], scope: Scope) -> tuple[Any, Scope] | None:
    """The first route for a request, or else the first that only takes other methods."""
    partial = None
    for route in routes:
        match, child_scope = route.matches(scope)
        if match.value == FULL_MATCH:
            return route, {**scope, **child_scope}
        if match.value != NO_MATCH and partial is None:
            partial = route, {**scope, **child_scope}
    return partial


def _template(route: Any, scope: Scope, prefix: str, visited: tuple[Any, ...]) -> str | Missing:
    """The template of a route that matches, with that of the route below it."""
    route = getattr(route, "starlette_route", None) or route
    if hasattr(route, "effective_route_contexts"):  # a router that FastAPI has included
        found = _first_match(route.effective_route_contexts(), scope)
        return Missing.ROUTE if found is None else _template(*found, prefix, visited)
    path: str = prefix + getattr(route, "path", "")  # a Host has none
    if hasattr(route, "endpoint"):
        return path
    router = find_router(getattr(route, "app", None), visited)
    return path or "/" if router is None else _search(router, scope, path, visited)


def _frontend_template(scope: Scope) -> str | None:
    """The prefix of the FastAPI frontend that has taken a request which no route takes."""
    file, path = scope["fastapi"]["frontend_path"], app_path(scope)
    if file is None or not path.endswith(file):
        return None
    return path[: len(path) - len(file)].rstrip("/") or "/"


def _fastapi_mark(scope: Mapping[str, Any], name: str) -> Any | None:
    """What FastAPI has noted about a request under a name."""
    marks = scope.get("fastapi")
    return marks.get(name) if isinstance(marks, dict) else None


def _server_root(scope: Mapping[str, Any]) -> str:
    """The root_path that the server or FastAPI has set, without what mounts have added to it."""
    return _text(scope.get("app_root_path", scope.get("root_path"))).rstrip("/")


def _starts_with(path: str, root: str) -> bool:
    return path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/")


def _text(value: Any) -> str:
    """A string that can be encoded: a lone surrogate becomes a question mark."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else _text(str(value))
