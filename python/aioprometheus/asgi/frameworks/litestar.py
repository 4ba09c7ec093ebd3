"""The templates of Litestar's routes, and whether Litestar compresses an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..route import Missing, Search, litestar_template

if TYPE_CHECKING:
    from ...handler import Handler

# The methods of routes that are not said where another one is refused; None is a websocket's.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", None)


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The template of the route that takes a request, also with another method.

    It is in the scope if a route takes the request and no middleware has made a copy before. Older
    ones put only the handler there, or an empty text for some routes.
    """
    path = _path(scope)
    if scope.get("route_handler") is not None and scope.get("app") is app:
        found = _of_handler(scope, path)
    else:
        found = _routed(app, path, scope.get("method"))
    return found if isinstance(found, Missing) else prefix + found


def compressing(handler: Handler, scope: Mapping[str, Any]) -> Handler:
    """A handler of scrapes, without compression where Litestar compresses each answer, also one
    that is compressed already.

    :param handler: The handler.
    :param scope: The scope of the scrape.
    """
    apps = (scope.get("litestar_app"), scope.get("app"))
    if all(getattr(app, "compression_config", None) is None for app in apps):
        return handler
    return type(handler)(handler.registry, False, handler.timeout)


def _routed(app: Any, path: str, method: str | None) -> str | Missing:
    """The template of the route for a path, or of one that takes it with another method."""
    found = _answer(app, path, method)
    if isinstance(found, Exception) and getattr(found, "status_code", None) == 405:
        allowed = (getattr(found, "headers", None) or {}).get("allow")  # older ones do not say it
        methods = [allowed.partition(",")[0]] if allowed else METHODS
        answers = (_answer(app, path, other) for other in methods)
        found = next((one for one in answers if not isinstance(one, Exception)), found)
    if isinstance(found, Exception):
        return Missing.ROUTE
    marks = {"app": app, "route_handler": found[1], "path_template": found[-1]}
    return _of_handler(marks, path)


def _answer(app: Any, path: str, method: str | None) -> Any:
    """What Litestar's router says of a path, or the exception that it raises."""
    try:
        return app.asgi_router.handle_routing(path=path, method=method)
    except Exception as error:
        return error


def _of_handler(marks: dict[str, Any], path: str) -> str | Missing:
    """The template of the route that has led a path to the handler in a scope."""
    found = litestar_template(marks)
    if isinstance(found, str):
        return found
    handler = marks["route_handler"]
    routes = marks["app"].asgi_router.route_mapping.get(handler.name or str(handler), ())
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
