"""The templates of Quart's and Flask's rules, matched by Werkzeug as they do it."""

from __future__ import annotations

from typing import Any

from ..route import Missing, Search, app_path

# The ports that are not part of a host.
DEFAULT_PORTS = {"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}

# The largest number of paths that are tried for one request: a slash is added, slashes are merged.
MOST_PATHS = 3


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The template of the rule that takes a request, also one that it is redirected to.

    A rule for other methods counts, too.
    """
    websocket = scope["type"] == "websocket"
    if websocket and not hasattr(app, "asgi_app"):
        return Missing.ROUTE  # Flask has none
    rules = app.url_map
    rules.update()
    path = _path(app, scope)
    method = str(scope.get("method") or "GET").upper()
    rule = _rule(rules, _domain(app, scope), path, method, websocket)
    return Missing.ROUTE if rule is None else prefix + str(rule.rule)


def _path(app: Any, scope: dict[str, Any]) -> str:
    """The path that is matched."""
    path: str = scope["path"]
    if hasattr(app, "asgi_app"):  # Quart's; a space stands for what has no route
        root = scope.get("root_path") or ""
        if root:
            below = path.startswith(root) and path != root
            path = path[len(root) :] if below else " "
    else:
        path = app_path(scope)
    return f"/{path.lstrip('/')}" if path else ""


def _rule(rules: Any, domain: str, path: str, method: str, websocket: bool) -> Any | None:
    """The rule that takes a request, or that takes it with another path or method."""
    match = rules._matcher.match
    for _ in range(MOST_PATHS):
        try:
            return match(domain, path, method, websocket)[0]
        except Exception as error:
            other_path = getattr(error, "path_info", None)
            methods = getattr(error, "have_match_for", ())
            if other_path is not None:
                path = other_path
            elif hasattr(error, "matched_values"):  # an alias
                aliased = rules.iter_rules(error.endpoint)  # type: ignore[attr-defined]
                return next((rule for rule in aliased if not rule.alias), None)
            elif methods:
                method = "GET" if "GET" in methods else min(methods)
            elif getattr(error, "websocket_mismatch", False):
                websocket = not websocket
            else:
                return None
    return None


def _domain(app: Any, scope: dict[str, Any]) -> str:
    """The subdomain or the host that is matched with the path."""
    rules = app.url_map
    name = app.config.get("SERVER_NAME")
    if not rules.host_matching:
        default = rules.default_subdomain
        if default and not getattr(app, "subdomain_matching", False):
            return str(default)
        if name is None:
            return ""
    headers = scope.get("headers") or ()
    header = next((value for key, value in headers if key.lower() == b"host"), b"")
    host = _without_port(scope, header.decode("latin-1").lower())
    own = host if name is None else _without_port(scope, name.lower())
    if rules.host_matching:
        return own
    labels, suffix = host.split("."), own.split(".")
    if labels[-len(suffix) :] != suffix:
        return "<invalid>"
    return ".".join(filter(None, labels[: -len(suffix)]))


def _without_port(scope: dict[str, Any], host: str) -> str:
    return host.removesuffix(DEFAULT_PORTS.get(scope.get("scheme", "http"), ":80"))
