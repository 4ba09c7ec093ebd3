"""Notes and warnings for a handler that serves another registry than its user meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ..collectors import Registry, get_registry
from ..note import wrong_registry
from ..views import one_of, parts_of
from .middleware import MetricsMiddleware
from .nested import metrics_of
from .protocol import middlewares_around


@contextmanager
def explained(scope: Mapping[str, Any], registry: Any, setting: str) -> Iterator[None]:
    """Explain errors while a handler renders, and warn of metrics that it does not serve.

    :param scope: The scope of the request.
    :param registry: The registry that the handler serves.
    :param setting: The attribute from which the handler takes it.
    """
    served = one_of(registry)
    if isinstance(served, Registry):
        around = middlewares_around(scope)
        with suppress(Exception):  # a warning that fails must not fail the scrape
            if around and not any(
                _counts_in(middleware, one) for one in parts_of(served) for middleware in around
            ):
                _warn(around[-1], served, scope.get("path"), setting)
    try:
        yield
    except Exception as error:
        if not isinstance(served, Registry):
            wrong_registry(error, registry, setting)
        raise


def _counts_in(middleware: MetricsMiddleware, registry: Registry) -> bool:
    """Whether a registry has a metric of a middleware."""
    there = {id(metric) for metric in registry.collectors.values()}
    return registry is _registry(middleware) or not there.isdisjoint(metrics_of(middleware))


def _registry(middleware: MetricsMiddleware) -> Registry:
    return get_registry() if middleware.registry is None else middleware.registry


def _warn(middleware: MetricsMiddleware, served: Registry, path: Any, setting: str) -> None:
    """Log once that a handler serves a registry without the metrics of a middleware.

    :param path: The path of the handler.
    :param setting: The attribute that makes the handler serve another registry.
    """
    if middleware._other_registry_logged:
        return
    middleware._other_registry_logged = True
    import logging

    logging.getLogger(type(middleware).__module__).warning(
        "%s serves %s, but MetricsMiddleware counts in %s, which is not served there: "
        "set %s to the registry of the middleware (this is logged once)",
        path,
        _called(served),
        _called(_registry(middleware)),
        setting,
    )


def _called(registry: Registry) -> str:
    name = repr(registry)
    return f"the default registry ({name})" if registry is get_registry() else name
