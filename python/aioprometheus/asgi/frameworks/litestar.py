"""The templates of Litestar's routes, and whether Litestar compresses an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..route import Missing, Search

if TYPE_CHECKING:
    from ...handler import Handler

# The methods of routes that are not said where another one is refused; None is a websocket's.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", None)


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The template of the route that takes a request, also with another method.

    It is in the scope if a route takes the request and no middleware has made a copy before. Older
    ones put only the handler there, or an empty text for some routes.
    """
    path, method = _path(scope), scope.get("method")
    is_marked = scope.get("route_handler") is not None and application(scope) is app
    marks = scope if is_marked else _routed(app, path, method)
    if marks is None:
        return Missing.ROUTE
    found = _of_handler(app, marks, path)
    if isinstance(found, Missing):
        return found
    handler = marks["route_handler"]
    inner = mounted(handler)
    if inner is None:
        return prefix + found
    routed = _answer(app, path, method)
    # Within Litestar's middlewares, the path is already the one below the mount.
    is_whole = not isinstance(routed, Exception) and routed[1] is handler
    rest = routed[2] if is_whole else scope["path"]
    inner_scope = dict(scope, path=rest)
    if scope.get("route_handler") is handler:  # and so not one of the application below
        inner_scope["route_handler"] = None
    below = search.below(inner, inner_scope, prefix + found)
    return prefix + found if below is Missing.ROUTER else below


def application(scope: Mapping[str, Any]) -> Any:
    """The innermost application of Litestar around a request. An older one is known by the route,
    because what is mounted in it takes its place in the scope."""
    app = scope.get("litestar_app")
    if app is None:
        layers = getattr(scope.get("route_handler"), "ownership_layers", None)
        app = layers[0] if layers else scope.get("app")
    return app


def mounted(handler: Any) -> Any | None:
    """The application that a route handler has mounted, or None."""
    if not getattr(handler, "is_mount", False):
        return None
    app = handler.fn
    return getattr(app, "value", app)  # older ones have it in a reference


def compressing(handler: Handler, scope: Mapping[str, Any]) -> Handler:
    """A handler of scrapes, without compression where Litestar compresses each answer, also one
    that is compressed already.

    :param handler: The handler.
    :param scope: The scope of the scrape.
    """
    if getattr(application(scope), "compression_config", None) is None:
        return handler
    return type(handler)(handler.registry, False, handler.timeout)


def _routed(app: Any, path: str, method: str | None) -> dict[str, Any] | None:
    """The marks of the route for a path, or of one that takes it with another method."""
    found = _answer(app, path, method)
    if isinstance(found, Exception) and getattr(found, "status_code", None) == 405:
        allowed = (getattr(found, "headers", None) or {}).get("allow")  # older ones do not say it
        methods = [allowed.partition(",")[0]] if allowed else METHODS
        answers = (_answer(app, path, other) for other in methods)
        found = next((one for one in answers if not isinstance(one, Exception)), found)
    if isinstance(found, Exception):
        return None
    return {"route_handler": found[1], "path_template": found[-1]}


def _answer(app: Any, path: str, method: str | None) -> Any:
    """What Litestar's router says of a path, or the exception that it raises."""
    try:
        return app.asgi_router.handle_routing(path=path, method=method)
    except Exception as error:
        return error


def _of_handler(app: Any, marks: Mapping[str, Any], path: str) -> str | Missing:
    """The template of the route that has led a path to the handler in a scope."""
    handler, found = marks["route_handler"], marks.get("path_template")
    if getattr(handler, "is_mount", False):  # then the scope has the template of another route
        of_mounts = (
            one.path for one in app.routes if getattr(one, "route_handler", None) is handler
        )
        found = next(of_mounts, None)
    if isinstance(found, str) and found:  # older ones have an empty text for some routes
        return found
    routes = app.asgi_router.route_mapping.get(handler.name or str(handler), ())
    templates = [route.path_format for route in routes]
    fitting = [one for one in templates if len(templates) == 1 or _fits(one, path)]
    return max(fitting, key=lambda one: one.count("/"), default=Missing.ROUTER)


def _fits(template: str, path: str) -> bool:
    """Whether a path may be one of a template. A parameter at its end may have slashes."""
    parts, given = template.split("/"), path.split("/")
    is_long = len(given) > len(parts) and parts[-1].startswith("{")
    return (is_long or len(given) == len(parts)) and all(
        part == one or part.startswith("{") for part, one in zip(parts, given, strict=False)
    )


def _path(scope: dict[str, Any]) -> str:
    """The path that is matched, as Litestar normalizes it."""
    path: str = scope["path"]
    if root := scope.get("root_path"):
        path = path.split(root, maxsplit=1)[-1]
    return "/" + "/".join(part for part in path.split("/") if part)
