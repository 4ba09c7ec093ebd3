"""The template of the route of a request, whatever framework the application is made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

from .frameworks import blacksheep, channels, django, falcon, litestar, quart, socketio
from .route import (
    MAX_WRAPPERS,
    WRAPPED,
    Missing,
    Scope,
    Search,
    Way,
    fastapi_mark,
    find_router,
    find_template,
    outermost,
    paths_of,
)

# The attributes of other middlewares that hold the application: Django's handler of static files
# (of which the module takes care), Channels', and what runs an application of WSGI.
HOLDERS = (*WRAPPED, "application", "inner", "wsgi_application")

# The modules of the classes of applications, and what finds the templates of these. What has a
# router that `find_router` knows has None.
APPLICATIONS: dict[str, ModuleType | None] = {
    "starlette.applications": None,
    "starlette.routing": None,
    "fastapi.applications": None,
    "fastapi.routing": None,
    "connexion": None,
    "quart.app": quart,
    "flask.app": quart,
    "django.core.handlers": django,
    "django.contrib.staticfiles.handlers": django,
    "falcon.app": falcon,
    "falcon.api": falcon,
    "falcon.asgi.app": falcon,
    "blacksheep.server.application": blacksheep,
    "litestar.app": litestar,
    "channels.routing": channels,
    "engineio.async_drivers.asgi": socketio,
}


def template_of(
    app: Any,
    scope: Mapping[str, Any],
    *,
    status: Any = None,
    path: str | None = None,
    way: Way | None = None,
) -> str | Missing:
    """The template of the route that has taken a request, such as "/users/{user_id}".

    It has the prefixes of mounts, and not the root path of the server. A route that takes the path
    with other methods only counts, too, and the one that the answer redirects to. The template is
    written as the framework writes it. Nothing is raised, and nothing in the application changes.

    :param app: The application, which may be wrapped in middlewares.
    :param scope: The scope of the request, after the application has had it.
    :param status: The status of the answer, where it is known: with it, a request that Starlette or
      FastAPI has no route for takes no longer with many routes.
    :param path: The path of the request before the application had the scope, with or without the
      root path of the server. A middleware may have changed it, or an application that is mounted.
    :param way: Notes what the search meets.
    :returns: The template; ``Missing.ROUTE`` if no route takes the request, or ``Missing.ROUTER``
      if the framework is not known.
    """
    try:
        known, framework = _outermost(app, scope)
        if framework is None:
            for one in (scope.get("router"), scope.get("app"), app if known is None else known):
                router = None if one is None else _router(one)
                if router is not None:
                    return find_template(
                        router, scope, status=status, path=path, below=_in_application, way=way
                    )
            known, framework = _known(scope.get("app"))
            if framework is None:
                return Missing.ROUTER
        return _first(Search(scope, status, _in_application, way), known, scope, path)
    except Exception:
        # A converter of the user failed, as it will have failed in the framework.
        return Missing.ROUTE


def counted_template(
    apps: Sequence[Any], scope: Mapping[str, Any], path: str | None = None, way: Way | None = None
) -> str | Missing:
    """The template for the four counters, which know the routers of Starlette, FastAPI and Litestar
    alone: with other frameworks, their labels are the paths of requests, as in 23.12.0.

    :param apps: The applications that may have the router, the likeliest first. The last one is
      around the others.
    :param scope: As for :func:`template_of`.
    :param path: As for :func:`template_of`.
    :param way: As for :func:`template_of`.
    """
    try:
        known, framework = _outermost(apps[-1], scope)
        if framework is not litestar:
            for one in (scope.get("router"), *apps):
                router = None if one is None else find_router(one)
                if router is not None:
                    return find_template(router, scope, path=path, below=_in_litestar, way=way)
            known, framework = _known(scope.get("app"))
            if framework is not litestar:
                return Missing.ROUTER
        return _first(Search(scope, None, _in_litestar, way), known, scope, path)
    except Exception:
        return Missing.ROUTE


def is_marked(scope: Mapping[str, Any]) -> bool:
    """Whether the objects that routers have put into a scope stand for its route: all requests with
    the same ones, and below the same mounts, have the same template.

    A router of FastAPI leaves the mark of another router in the scope when a route without a mark
    takes the request. But every route puts its endpoint there.
    """
    handler = scope.get("route_handler")
    if handler is not None:
        has_template = "path_template" in scope and not getattr(handler, "is_mount", False)
        return has_template and "endpoint" not in scope
    route = fastapi_mark(scope, "effective_route_context") or scope.get("route")
    route = getattr(route, "starlette_route", None) or route
    endpoint = getattr(route, "endpoint", None)
    return endpoint is not None and endpoint is scope.get("endpoint")


def _outermost(app: Any, scope: Mapping[str, Any]) -> tuple[Any | None, ModuleType | None]:
    """What `_known` knows of the application within a middleware. Litestar puts its middlewares
    around its routes, so that it may be around the middleware instead."""
    known, framework = _known(app)
    handler = scope.get("route_handler")
    if known is None and handler is not None:
        router = scope.get("router")  # the outermost; it may be around Litestar, or mounted in it
        if router is None or find_router(litestar.mounted(handler)) is router:
            return litestar.application(scope), litestar
    return known, framework


def _first(search: Search, app: Any, scope: Mapping[str, Any], path: str | None) -> str | Missing:
    """The template with the first of the paths that a router may have got which has one."""
    found: str | Missing = Missing.ROUTE
    for one in paths_of(scope, path):
        search.entered.clear()
        found = search.below(app, outermost(scope, one), "")
        if isinstance(found, str):
            break
    return found


def _in_application(search: Search, app: Any, scope: Scope, prefix: str) -> str | Missing:
    """The template in an application that gets a scope below a prefix."""
    known, framework = _known(app)
    if prefix:  # which is not that of a mount of Starlette, or has no router of it below
        search.way.marks_suffice = False
    if framework is not None:
        found: str | Missing = framework.template(known, scope, prefix, search)
        return found if isinstance(found, (str, Missing)) else Missing.ROUTER
    router = find_router(app if known is None else known)
    if router is None or id(router) in search.entered:  # it hands over to itself
        return Missing.ROUTER
    return search.in_router(router, scope, prefix, (), search.mark_of(router))


def _in_litestar(search: Search, app: Any, scope: Scope, prefix: str) -> str | Missing:
    """As `_in_application`, but other frameworks than Litestar and Starlette are not known."""
    if _known(app)[1] not in (None, litestar):
        return Missing.ROUTER
    return _in_application(search, app, scope, prefix)


def _router(app: Any) -> Any | None:
    """The router of an application, or the router itself."""
    own = getattr(app, "router", app)
    if hasattr(own, "redirect_slashes"):  # the usual case, which is quicker so
        routes = getattr(own, "routes", None)
        if isinstance(routes, list) and routes:
            return own
    return find_router(app)


def _known(app: Any) -> tuple[Any | None, ModuleType | None]:
    """The router or the application of a known framework in middlewares, and the module for it."""
    for _ in range(MAX_WRAPPERS):
        app = getattr(app, "__self__", app)  # a method stands for the object that it belongs to
        kind: Any = type(app)
        is_known, framework = _of_class(kind)
        known = _router(app) if is_known and framework is None else app
        if is_known and known is not None:
            return known, framework
        # An application of Connexion has its middlewares apart.
        names = ("middleware", *HOLDERS) if is_known else HOLDERS
        inner = next(filter(None, (getattr(app, name, None) for name in names)), None)
        if inner is None:
            break
        app = inner
    return None, None


@lru_cache(maxsize=256)
def _of_class(kind: type) -> tuple[bool, ModuleType | None]:
    """Whether a class is of a known framework, and the module for it."""
    for base in kind.__mro__:
        name = base.__module__
        while name:
            if name in APPLICATIONS:
                return True, APPLICATIONS[name]
            name = name.rpartition(".")[0]
    return False, None
