"""The templates of Falcon's routes, sinks and static routes."""

from __future__ import annotations

from typing import Any

from ..route import Missing, Search, app_path


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The template of the route, sink or static route that takes a request.

    A sink has its regular expression, and a static route its prefix. Falcon matches the whole path
    of ASGI, with the prefix of mounts.
    """
    if getattr(app, "_ASGI", False):
        path = scope["path"] or "/"
        root = scope.get("root_path")
        if root and path.startswith(root):
            prefix = ""
    else:
        path = app_path(scope) or "/"
    stripping = getattr(app.req_options, "strip_url_path_trailing_slash", False)
    if stripping and len(path) != 1 and path.endswith("/"):
        path = path[:-1]
    found = app._router_search(path, req=None)
    if found is not None and found[0] is not None:
        if len(found) < 4 or not isinstance(found[3], str):
            return Missing.ROUTER  # a router of the user that does not say it
        return prefix + found[3]
    for matcher, route, is_sink in app._sink_and_static_routes:
        if matcher.match(path):
            known = matcher.pattern.removeprefix("^") if is_sink else route._prefix.rstrip("/")
            return prefix + (known or "/")
    return Missing.ROUTE
