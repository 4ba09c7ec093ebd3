"""Notes and warnings for a handler that serves another registry than its user meant."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ..collectors import get_registry
from ..http import unserved
from .nested import metrics_of
from .protocol import middlewares_around

if TYPE_CHECKING:
    from .middleware import MetricsMiddleware


def explained(
    scope: Mapping[str, Any], registry: Any, setting: str
) -> AbstractContextManager[None]:
    """Explain errors while a handler renders, and warn of metrics that it does not serve.

    :param scope: The scope of the request.
    :param registry: The registry that the handler serves.
    :param setting: The attribute from which the handler takes it.
    """
    around: tuple[MetricsMiddleware, ...] = middlewares_around(scope)
    return unserved.explained(
        lambda: [_counted(middleware) for middleware in around],
        registry,
        scope.get("path"),
        setting,
    )


def _counted(middleware: MetricsMiddleware) -> unserved.Counted:
    registry = get_registry() if middleware.registry is None else middleware.registry
    return unserved.Counted(middleware, registry, metrics_of(middleware))
