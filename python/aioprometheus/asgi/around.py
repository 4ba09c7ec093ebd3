"""The registry of the application around a handler, and the answer of the handler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..collectors import Registry
from ..handler import Handler, Values
from ..mypy_types import LabelsType
from .explain import explained
from .protocol import middlewares_around

SETTING = "app.state.registry"
"""Where an application has its registry."""


async def respond(
    handler: Handler,
    scope: Mapping[str, Any],
    header: Values,
    parameter: Values,
    default: Registry,
    own: Any = None,
    setting: str = SETTING,
) -> tuple[bytes, LabelsType]:
    """Answer a scrape with the registry of the handler, of an application around it, or another.

    :param handler: The options of the handler.
    :param scope: The scope of the request.
    :param header: Returns the values of a header of the request.
    :param parameter: Returns the values of a parameter of its query.
    :param default: The registry that is served if there is no other.
    :param own: The registry that the handler has found in its application.
    :param setting: Where it would be.
    :returns: The body and the headers of the response.
    :raises Exception: If what is found is not a registry.
    """
    registry: Any = handler.registry
    if registry is not None:
        setting = "registry="
    else:
        registry = registry_around(scope) if own is None else own
        registry = default if registry is None else registry
    with explained(scope, registry, setting):
        return await handler.answer(registry, header, parameter)


def registry_around(scope: Mapping[str, Any]) -> Any:
    """Return the registry of the nearest application around a handler that has one, or None.

    :param scope: The scope of the request.
    """
    for app in _applications(scope):
        registry = getattr(getattr(app, "state", None), "registry", None)
        if registry is not None:
            return registry
    # What the lifespan of the outermost application yields. Other things may have this name there.
    state = scope.get("state")
    registry = state.get("registry") if isinstance(state, dict) else None
    return registry if isinstance(registry, Registry) else None


def _applications(scope: Mapping[str, Any]) -> Iterator[Any]:
    """The applications around a handler that can be found, the innermost first.

    A mounted application of Starlette takes the place of the one around it in the scope.
    """
    yield scope.get("app")
    for middleware in reversed(middlewares_around(scope)):
        yield getattr(middleware, "starlette_app", None)
        yield getattr(middleware, "asgi_callable", None)
    # The outermost router, which in FastAPI has its application.
    yield getattr(scope.get("router"), "dependency_overrides_provider", None)
