"""The route of an ASGI request, found from its scope.

Routers are recognized by their attributes, so that neither Starlette nor FastAPI is imported. A
router has a list of `routes`, and `matches(scope)` of a route returns whether it takes a request.
Once the outermost router has run, it is `scope["router"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from .candidates import candidates, goes_by_path, included_routes

Scope = dict[str, Any]

# Values of starlette.routing.Match.
NO_MATCH = 0
FULL_MATCH = 2

# The attributes of middlewares that hold the application: Starlette's, ours, Connexion's.
WRAPPED = ("app", "asgi_callable", "next_app")

# The largest number of middlewares around a router: a limit for objects that have every attribute.
MAX_WRAPPERS = 100


# The package whose routers pass on the scope that came to their middleware.
CONNEXION = "connexion."


class Missing(Enum):
    """The reason why a request has no template."""

    ROUTE = "no route takes it"
    ROUTER = "what takes it has no router that is known"


Below = Callable[["Search", Any, Scope, str], str | Missing]
"""Returns the template in an application that gets a scope below a prefix, in one search."""


def full_path(scope: Mapping[str, Any]) -> str:
    """The path of a request as the client sent it, as text that can be encoded.

    It is root_path followed by path, or path alone where the server includes root_path in it.
    """
    root, path = server_root(scope), _text(scope.get("path"))
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


def find_template(
    router: Any,
    scope: Mapping[str, Any],
    *,
    status: Any = None,
    path: str | None = None,
    below: Below | None = None,
    way: Way | None = None,
) -> str | Missing:
    """The template of the route that the outermost router chooses for a request.

    It consists of the prefixes of mounts and the path of the route below them, such as
    "/users/{user_id}". A mounted application without routes, such as static files, has its prefix
    alone. If a router has no route and passes the request to the user's default application, the
    search goes on there.

    :param router: The outermost router.
    :param scope: The scope, after the application has had it.
    :param status: The status of the answer, where it is known. It saves the search for the route
      that a redirect leads to.
    :param path: The path of the request before the application had the scope.
    :param below: Returns the template in an application that is mounted and has no such router.
    :param way: Notes what the search meets.
    """
    try:
        search = Search(scope, status, below, way)
        mark = search.mark_of(router)
        if "app_root_path" not in scope:  # no mount has set it
            marked = search.marked_template(scope, mark)
            if marked is not None:
                return marked
        scopes = [outermost(scope, one) for one in paths_of(scope, path)]
        found: str | Missing = Missing.ROUTE
        # What has left a mark is looked for with each path, before what may take one by chance.
        for is_strict in (True, False) if len(scopes) > 1 else (False,):
            search.is_strict = is_strict
            for one in scopes:
                search.entered.clear()
                found = search.in_router(router, one, "", (), mark)
                if isinstance(found, str):
                    return found
        return found
    except Exception:
        # A route of the user's class failed, as it will have failed in the router.
        return Missing.ROUTE


def outermost(scope: Mapping[str, Any], path: str | None = None) -> Scope:
    """A copy of a scope as the outermost router got it, without the additions of routers.

    :param scope: The scope, after the application has had it.
    :param path: The path that the router got, if it is another one than in the scope.
    """
    copy = dict(scope, path_params={}, root_path=server_root(scope))
    copy["fastapi"] = {"frontend_path": fastapi_mark(scope, "frontend_path")}
    if path is not None:
        copy["path"] = path
    return copy


def paths_of(scope: Mapping[str, Any], before: str | None) -> list[str | None]:
    """The paths that the outermost router may have got, the likeliest first.

    A middleware may have changed the path in the scope before the router got it, or an application
    below a mount after that, as Litestar does.

    :param scope: The scope, after the application has had it.
    :param before: The path of the request before that, with or without the root_path; or None.
    """
    now = scope.get("path")
    has_changed = before is not None and before not in (now, full_path(scope))
    root = _text(scope.get("root_path")).rstrip("/")
    if "app_root_path" in scope and not _starts_with(_text(now), root):
        whole = root + _text(now)
        return [before, whole] if has_changed else [whole, now]
    if not has_changed:
        return [now]
    return [now, before] if scope.get("route_handler") is None else [before]


class Way:
    """What a search has met on its way to a route."""

    marks_suffice = True
    """Whether requests with the same marks of a route, below a mount at the same path, have the
    same template: nothing but the path has decided, and all prefixes are those of mounts."""


UNKNOWN = object()
"""The mark of a router, if what its route leaves in the scope would not be seen, such as in a copy
that a middleware has made."""


class Search:
    """The search for the template of one request.

    Routers leave marks in the scope: the outermost router itself, the endpoint of the route, and
    mostly the route. Where they can be trusted, only the routes that can have left them are
    matched again, by the rules of Starlette's router, and not all routes. The mark of a router is
    the endpoint that its route has left, itself or below a mount: None means that it has chosen no
    route that leaves one.

    :param scope: The scope, after the application has had it.
    :param status: The status of the answer, or None.
    :param below: Returns the template in an application that has no router of this kind.
    :param way: Notes what the search meets.
    """

    is_strict = False
    """Whether routes count only if they can have left the mark, where it is known."""

    def __init__(
        self,
        scope: Mapping[str, Any],
        status: Any = None,
        below: Below | None = None,
        way: Way | None = None,
    ) -> None:
        self.way = Way() if way is None else way
        self._marks = scope
        self._endpoint = scope.get("endpoint")
        self._root = _text(scope.get("root_path")).rstrip("/")
        # Whether the answer may be the redirect to a path with a slash more or less.
        self.may_redirect = status is None or str(status)[:1] == "3"
        self._is_missing = str(status)[:1] == "4"
        self._below = below
        # The scopes that routers have got and the prefixes before them, by the identities of these.
        self.entered: dict[int, tuple[Scope, str]] = {}

    def mark_of(self, router: Any) -> Any:
        """The mark of an outermost router."""
        return self._endpoint if self._marks.get("router") is router else UNKNOWN

    def in_router(
        self, router: Any, scope: Scope, prefix: str, visited: tuple[Any, ...], mark: Any
    ) -> str | Missing:
        """The template that a router below a prefix chooses."""
        self.entered[id(router)] = scope, prefix
        marked = self.marked_template(scope, mark)
        if marked is not None:
            return prefix + marked
        found = self._first(router, router.routes, scope, mark)
        if found is None and mark is not None and mark is not UNKNOWN and not self.is_strict:
            found = self._first(router, router.routes, scope, UNKNOWN)
        visited = (*visited, router)
        if found is not None:
            return self._template(*found[1:], prefix, visited)
        frontend = _frontend_template(scope)
        if frontend is not None:
            return prefix + frontend
        if self.may_redirect and getattr(router, "redirect_slashes", False):
            found = self._redirect(router, scope)
            if found is not None:
                return self._template(*found[1:], prefix, visited)
        return self._in_default(router, scope, prefix, visited, mark)

    def marked_template(self, scope: Mapping[str, Any], mark: Any) -> str | None:
        """The path of the route in the scope, if it is one of the router that got this scope.

        That is the innermost router. The mark of another one may still be there where the route has
        left none. A route that FastAPI (0.137 and later) has included from another router under a
        prefix has its whole path in the "effective route context".
        """
        if (
            mark is None
            or mark is UNKNOWN
            or _text(scope.get("root_path")).rstrip("/") != self._root
        ):
            return None
        path = app_path(scope)
        marks = self._marks
        route: Any
        for route in (fastapi_mark(marks, "effective_route_context"), marks.get("route")):
            route = getattr(route, "starlette_route", None) or route
            if getattr(route, "endpoint", None) is mark:
                regex = getattr(route, "path_regex", None)
                if regex is not None and regex.match(path):
                    template: str = route.path
                    return template
        return None

    def _first(
        self, owner: Any, routes: Sequence[Any], scope: Scope, mark: Any
    ) -> tuple[int, Any, Scope] | None:
        """The first route that matches a request, or else the first that takes only other methods.

        :param owner: The router whose routes they are, or one that FastAPI has included.
        """
        partial = None
        trusted = mark is not UNKNOWN
        for route in candidates(owner, routes, mark) if trusted else routes:
            included = included_routes(route, trusted)
            if included is not None:
                found = self._first(route, included, scope, mark)
            else:
                self.way.marks_suffice &= trusted and goes_by_path(route)
                match, child_scope = route.matches(scope)
                value = match.value
                found = None if value == NO_MATCH else (value, route, {**scope, **child_scope})
            if found is not None and found[0] == FULL_MATCH:
                return found
            partial = partial or found
        return partial

    def _redirect(self, router: Any, scope: Scope) -> tuple[int, Any, Scope] | None:
        """The route that takes a request with a slash more or less at the end of its path."""
        if scope["type"] != "http":
            return None
        path = scope["path"]
        other = path.rstrip("/") if path.endswith("/") else path + "/"
        return self._first(router, router.routes, dict(scope, path=other), UNKNOWN)

    def _in_default(
        self, router: Any, scope: Scope, prefix: str, visited: tuple[Any, ...], mark: Any
    ) -> str | Missing:
        """The template in the default application of a router, which handles what has no route."""
        default = getattr(router, "default", None)
        if default is None or default == getattr(router, "not_found", None):
            return Missing.ROUTE
        after = find_router(default, visited)
        of_connexion = type(getattr(default, "__self__", default)).__module__.startswith(CONNEXION)
        scopes = {prefix: scope}
        for above in reversed(visited) if after is not None or of_connexion else ():
            scope, prefix = self.entered[id(above)]
            scopes.setdefault(prefix, scope)
        if of_connexion and len(scopes) > 1:  # it passes on the scope as it was outside the mount
            del scopes[next(iter(scopes))]
            mark = UNKNOWN
        found: str | Missing = Missing.ROUTE
        for prefix, scope in scopes.items():
            if after is None:
                found = self.below(default, scope, prefix)
            else:
                found = self.in_router(after, scope, prefix, visited, mark or UNKNOWN)
            if isinstance(found, str):
                break
            mark = UNKNOWN
        return found

    def below(self, app: Any, scope: Scope, prefix: str) -> str | Missing:
        """The template in an application below a prefix, if it has no router of this kind."""
        return Missing.ROUTER if self._below is None else self._below(self, app, scope, prefix)

    def _template(
        self, route: Any, scope: Scope, prefix: str, visited: tuple[Any, ...]
    ) -> str | Missing:
        """The template of a route that matches, with the route below it."""
        route = getattr(route, "starlette_route", None) or route
        path: str = prefix + getattr(route, "path", "")  # a Host has none
        if hasattr(route, "endpoint"):
            return path
        app = getattr(route, "app", None)
        router = find_router(app, visited)
        if router is None:
            found = self.below(app, scope, path)
            return (path or "/") if found is Missing.ROUTER else found
        return self.in_router(router, scope, path, visited, self._mark_below(app, router))

    def _mark_below(self, app: Any, router: Any) -> Any:
        """The mark of a router in an application that is mounted."""
        if self._endpoint is None:
            return UNKNOWN
        if self._endpoint is not app:
            return self._endpoint
        # It is the mark of the mount itself: nothing below left one, or not in this scope.
        stack = getattr(router, "middleware_stack", None)
        passes_on = self._is_missing and (stack is None or stack == router.app)
        if app is not router:
            has_run = self._marks.get("app") is app and getattr(app, "router", None) is router
            passes_on = passes_on and has_run and getattr(app, "user_middleware", None) == []
        return None if passes_on else UNKNOWN


def _frontend_template(scope: Scope) -> str | None:
    """The prefix of the FastAPI frontend that has taken a request which no route takes."""
    file, path = scope["fastapi"]["frontend_path"], app_path(scope)
    if file is None or not path.endswith(file):
        return None
    return path[: len(path) - len(file)].rstrip("/") or "/"


def fastapi_mark(scope: Mapping[str, Any], name: str) -> Any | None:
    """The value that FastAPI has put into a scope under a name."""
    marks = scope.get("fastapi")
    return marks.get(name) if isinstance(marks, dict) else None


def server_root(scope: Mapping[str, Any]) -> str:
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
