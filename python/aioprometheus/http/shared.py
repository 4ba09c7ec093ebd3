"""What middlewares and clients have in common: a registry, its metrics, and constant labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, TypeVar

from .. import _core
from ..collectors import Counter, Gauge, Histogram, Registry
from ..note import wrong_registry

M = TypeVar("M", Counter, Gauge, Histogram)


def registry_or_none(registry: Registry | None) -> Registry | None:
    """Return a registry, or None, which stands for the default one or for that of an application.

    :param registry: The registry.
    :raises Exception: If it is another object.
    """
    if registry is not None and not isinstance(registry, Registry):
        error = Exception(f"registry must be a Registry, got: {type(registry)}")
        raise wrong_registry(error, registry)
    return registry


def label_texts(labels: Mapping[str, Any] | None) -> dict[str, str]:
    """Return constant labels with their values as text.

    :param labels: The labels.
    """
    return {name: str(value) for name, value in (labels or {}).items()}


def made_or_found(kind: Any, name: str, doc: str, registry: Registry, **settings: Any) -> Any:
    """Make a metric, or take what has its name from the registry.

    :param kind: The class of the metric.
    :param name: Its name.
    :param doc: Its HELP.
    :param registry: The registry.
    :param settings: Further arguments of the class.
    :raises ValueError: If it cannot be made for another reason than its name.
    """
    try:
        return kind(name, doc, registry=registry, **settings)
    except ValueError:
        prefix, _ = _core.settings_of(registry)
        there = registry.collectors.get(f"{prefix}{name}")
        if there is None:
            raise
        return there


def shared(
    owner: tuple[str, str], registry: Registry, kind: type[M], name: str, doc: str, **settings: Any
) -> M:
    """Make a metric, or take that of the same name from the registry.

    :param owner: The name of what measures, and what it is, for messages.
    :param registry: The registry.
    :param kind: The class of the metric.
    :param name: Its name.
    :param doc: Its HELP.
    :param settings: Further arguments of the class.
    :raises ValueError: If the registry has a metric of another class under the name, or one with
      labels that a user has declared.
    """
    metric: M = made_or_found(kind, name, doc, registry, **settings)
    if type(metric) is not kind or metric.labelnames is not None:
        raise ValueError(
            f"{owner[0]}: {name} in the registry is not a {kind.__name__} of this {owner[1]}: give "
            "prefix= or another registry"
        )
    if isinstance(metric, Histogram) and not _has_bounds(metric, settings["buckets"]):
        import logging

        logging.getLogger(__name__).warning(
            "%s: %s in the registry has the buckets %s of the %s that came first, and keeps them: "
            "give the same buckets, prefix= or another registry",
            owner[0],
            name,
            metric.upper_bounds,
            owner[1],
        )
    return metric


def _has_bounds(histogram: Histogram, bounds: Sequence[float]) -> bool:
    """Whether a histogram has these upper bounds, of which +Inf need not be one."""
    return [bound for bound in histogram.upper_bounds if bound != inf] == [
        bound for bound in map(float, bounds) if bound != inf
    ]
