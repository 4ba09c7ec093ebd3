"""The templates of Django's URL patterns."""

from __future__ import annotations

import sys
from contextvars import copy_context
from typing import Any
from weakref import WeakKeyDictionary

from ..route import Missing, Search

# The largest number of paths of which the templates are remembered for a resolver, and the longest
# of these: Django searches its patterns one by one.
MOST_PATHS = 1024
LONGEST_PATH = 256

_remembered: WeakKeyDictionary[Any, dict[tuple[str, str], str]] = WeakKeyDictionary()


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The template of the pattern that takes a request, also one that it is redirected to.

    In the context of the request, Django says which patterns and which language it has. What the
    handler of static files takes has the prefix of these.
    """
    static = getattr(app, "base_url", None)
    if static is not None and hasattr(app, "application"):
        if app._should_handle(scope["path"]):
            return str(static[2]).rstrip("/") or "/"
        return search.below(app.application, scope, prefix)
    settings = sys.modules["django.conf"].settings
    urls = sys.modules["django.urls"]
    path = scope["path"].removeprefix(_root(scope))
    resolver = urls.get_resolver(urls.get_urlconf())
    found = _template(resolver, path)
    if found is None and settings.USE_I18N:
        found = _in_language_of_path(resolver, path)
    if found is None and search.may_redirect and _appends_slash(settings, path):
        found = _template_with_slash(resolver, path)
    return Missing.ROUTE if found is None else prefix + found


def _root(scope: dict[str, Any]) -> str:
    """The root path of a request: what Django 5 says that it is, or that of the scope."""
    of_scope = getattr(sys.modules.get("django.core.handlers.asgi"), "get_script_prefix", None)
    if of_scope is not None:
        return str(of_scope(scope))
    return scope.get("root_path") or ""


def cleaned(route: str) -> str:
    """The template of a route: it begins with a slash, and has no anchors of a regular expression.

    :param route: The route of a path, or the regular expression.
    """
    return "/" + route.removeprefix("^").removeprefix("/").removesuffix("$").removesuffix(r"\Z")


def _template(resolver: Any, path: str) -> str | None:
    """The template of the pattern that takes a path in the language of now."""
    language = sys.modules["django.utils.translation"].get_language() or ""
    remembered = _remembered.setdefault(resolver, {})
    found = remembered.get((language, path))
    if found is not None:
        return found
    match = _resolved(resolver, path)
    if match is None:
        return None
    found = cleaned(str(match.route))
    if len(path) <= LONGEST_PATH:
        if len(remembered) >= MOST_PATHS:
            remembered.clear()
        remembered[language, path] = found
    return found


def _template_with_slash(resolver: Any, path: str) -> str | None:
    """The template of the pattern that takes a path with a slash more, if it allows a redirect."""
    match = _resolved(resolver, path + "/")
    if match is None or not getattr(match.func, "should_append_slash", True):
        return None
    return cleaned(str(match.route))


def _resolved(resolver: Any, path: str) -> Any | None:
    try:
        return resolver.resolve(path)
    except sys.modules["django.urls"].Resolver404:
        return None


def _in_language_of_path(resolver: Any, path: str) -> str | None:
    """The template in the language of the path, which may be another than at the end of a view."""
    translation = sys.modules["django.utils.translation"]
    language = translation.get_language_from_path(path)
    if language is None or language == translation.get_language():
        return None

    def find() -> str | None:
        with translation.override(language):
            return _template(resolver, path)

    return copy_context().run(find)


def _appends_slash(settings: Any, path: str) -> bool:
    if path.endswith("/"):
        return False
    common = (str(name).endswith("CommonMiddleware") for name in settings.MIDDLEWARE)
    return bool(settings.APPEND_SLASH) and any(common)
