"""The route of an ASGI request, found from its scope.

Routers are recognized by their attributes, so that neither Starlette nor FastAPI is imported. A
router has a list of `routes`, and `matches(scope)` of a route returns whether it takes a request.
Once the outermost router has run, it is `scope["router"]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

Scope = dict[str, Any]

# Values of starlette.routing.Match.
NO_MATCH = 0
FULL_MATCH = 2

# The attributes of middlewares that hold the application: Starlette's, ours, Connexion's.
WRAPPED = ("app", "asgi_callable", "next_app")

# The largest number of middlewares around a router: a limit for objects that have every attribute.
MAX_WRAPPERS = 100


class Missing(Enum):
    """The reason why a request has no template."""

    ROUTE = "no route takes it"
    ROUTER = "what takes it has no router that is known"


def full_path(scope: Mapping[str, Any]) -> str:
    """The path of a request as the client sent it, as text that can be encoded.

    It is root_path followed by path, or path alone where the server includes root_path in it.
    """
    root, path = _server_root(scope), _text(scope.get("path"))
    return path if _starts_with(path, root) else root + path


def app_path(scope: Mapping[str, Any]) -> str:
    """The path of a request below the root_path of the application."""
    root, path = _text(scope.get("root_path")).rstrip("/"), _text(scope.get("path"))
    return path[len(root) :] if _starts_with(path, root) else path


def find_router(app: Any, visited: tuple[Any, ...] = ()) -> Any | None:
    """The router of an application that may be wrapped in middlewares, or None.

    :param app: The application.
    :param visited: Routers that were searched before and are skipped.
    """
    for _ in range(MAX_WRAPPERS):
        app = getattr(app, "__self__", app)  # a method stands for the object that it belongs to
        inner = next(filter(None, (getattr(app, name, None) for name in WRAPPED)), None)
        router = getattr(app, "router", app)
        routes = getattr(router, "routes", None)
        if (
            isinstance(routes, list)
            and all(hasattr(route, "matches") for route in routes[:1])
            # Connexion has a middleware whose router has no routes and handles only the lifespan.
            and (routes or router is app or inner is None)
            and not any(router is other for other in visited)
        ):
            return router
        if inner is None:
            break
        app = inner
    return None


def find_template(router: Any, scope: Mapping[str, Any]) -> str | Missing:
    """The template of the route that the outermost router chooses for a request.

    It consists of the prefixes of mounts and the path of the route below them, such as
    "/users/{user_id}". A mounted application without routes, such as static files, has its prefix
    alone. If a router has no route and passes the request to the user's default application, the
    search goes on there.
    """
    try:
        return _marked_template(scope) or _search(router, _outermost(scope), "", ())
    except Exception:
        # A route of the user's class failed, as it will have failed in the router.
        return Missing.ROUTE


def litestar_template(scope: Mapping[str, Any]) -> str | Missing:
    """The template of the route that Litestar has put into the scope, or the prefix of a mount."""
    handler, template = scope.get("route_handler"), scope.get("path_template")
    if getattr(handler, "is_mount", False):  # then the scope has the template of another route
        routes = getattr(scope.get("app"), "routes", ())
        of_mounts = (r.path for r in routes if getattr(r, "route_handler", None) is handler)
        template = next(of_mounts, None)
    return template if handler is not None and isinstance(template, str) else Missing.ROUTER


def is_marked(scope: Mapping[str, Any]) -> bool:
    """Whether the objects that routers have put into a scope stand for its route: all requests with
    the same ones, and below the same mounts, have the same template.

    A router of FastAPI leaves the mark of another router in the scope when a route without a mark
    takes the request. But every route puts its endpoint there.
    """
    if scope.get("route_handler") is not None:
        return "path_template" in scope and "endpoint" not in scope
    route = _fastapi_mark(scope, "effective_route_context") or scope.get("route")
    route = getattr(route, "starlette_route", None) or route
    endpoint = getattr(route, "endpoint", None)
    return endpoint is not None and endpoint is scope.get("endpoint")


def _marked_template(scope: Mapping[str, Any]) -> str | None:
    """The path of the route that the router has put into the scope, if it is the whole template.

    Below a mount it is not. Neither is it for a route that FastAPI (0.137 and later) has included
    from another router under a prefix: there the "effective route context" has the path.
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
    """A copy of a scope as the outermost router got it, without the additions of routers."""
    outermost = dict(scope, path_params={}, root_path=_server_root(scope))
    outermost["fastapi"] = {"frontend_path": _fastapi_mark(scope, "frontend_path")}
    return outermost


def _search(router: Any, scope: Scope, prefix: str, visited: tuple[Any, ...]) -> str | Missing:
    """The template that a router below a prefix chooses, by the rules of Starlette's router."""
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
    """The template in the default application of a router, which handles what has no route."""
    default = getattr(router, "default", None)
    if default is None or default == getattr(router, "not_found", None):
        return Missing.ROUTE
    after = find_router(default, visited)
    if after is None:
        return Missing.ROUTER
    found = _search(after, scope, prefix, visited)
    if isinstance(found, Missing) and prefix:
        # Connexion passes on the scope as it was outside the mount.
        found = _search(after, _outermost(scope), "", visited)
    return found


def _first_match(routes: Iterable[Any], scope: Scope) -> tuple[Any, Scope] | None:
    """The first route that matches a request, or else the first that takes only other methods."""
    partial = None
    for route in routes:
        match, child_scope = route.matches(scope)
        if match.value == FULL_MATCH:
            return route, {**scope, **child_scope}
        if match.value != NO_MATCH and partial is None:
            partial = route, {**scope, **child_scope}
    return partial


def _template(route: Any, scope: Scope, prefix: str, visited: tuple[Any, ...]) -> str | Missing:
    """The template of a route that matches, with the route below it."""
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
    """The value that FastAPI has put into a scope under a name."""
    marks = scope.get("fastapi")
    return marks.get(name) if isinstance(marks, dict) else None


def _server_root(scope: Mapping[str, Any]) -> str:
    """The root_path that the server or FastAPI has set, without the prefixes of mounts."""
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
