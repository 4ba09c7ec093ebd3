"""Notes and warnings for a handler that serves another registry than its user meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from ..collectors import Registry, get_registry
from ..note import wrong_registry
from ..views import one_of, parts_of


class Counted(NamedTuple):
    """What a middleware around a handler counts in."""

    middleware: Any
    """The middleware. Its attribute ``_other_registry_logged`` says whether it was warned of."""
    registry: Registry
    """Its registry."""
    metrics: set[int]
    """Its metrics, by their addresses."""


@contextmanager
def explained(
    around: Callable[[], Iterable[Counted]], registry: Any, path: Any, setting: str
) -> Iterator[None]:
    """Explain errors while a handler renders, and warn of metrics that it does not serve.

    :param around: Returns the middlewares around the handler, the outermost first.
    :param registry: The registry that the handler serves.
    :param path: The path of the handler.
    :param setting: The parameter or attribute from which the handler takes the registry.
    """
    served = one_of(registry)
    if isinstance(served, Registry):
        with suppress(Exception):  # a warning that fails must not fail the scrape
            counted = list(around())
            if counted and not any(
                _is_in(each, one) for one in parts_of(served) for each in counted
            ):
                _warn(counted[-1], served, path, setting)
    try:
        yield
    except Exception as error:
        if not isinstance(served, Registry):
            wrong_registry(error, registry, setting)
        raise


def _is_in(counted: Counted, registry: Registry) -> bool:
    """Whether a registry has a metric of a middleware."""
    there = {id(metric) for metric in registry.collectors.values()}
    return registry is counted.registry or not there.isdisjoint(counted.metrics)


def _warn(counted: Counted, served: Registry, path: Any, setting: str) -> None:
    """Log once that a handler serves a registry without the metrics of a middleware."""
    middleware = counted.middleware
    if middleware._other_registry_logged:
        return
    middleware._other_registry_logged = True
    import logging

    logging.getLogger(type(middleware).__module__).warning(
        "%s serves %s, but MetricsMiddleware counts in %s, which is not served there: "
        "set %s to the registry of the middleware (this is logged once)",
        path,
        _called(served),
        _called(counted.registry),
        setting,
    )


def _called(registry: Registry) -> str:
    name = repr(registry)
    return f"the default registry ({name})" if registry is get_registry() else name
