"""Metrics of a registry that several middlewares, or several clients, share."""

from __future__ import annotations

from typing import Any, TypeVar

from .. import _core
from ..collectors import Counter, Gauge, Histogram, Registry

M = TypeVar("M", Counter, Gauge, Histogram)


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
    :raises ValueError: If the registry has a metric of another class under the name.
    """
    try:
        return kind(name, doc, registry=registry, **settings)
    except ValueError:
        prefix, _ = _core.settings_of(registry)
        there = registry.collectors.get(f"{prefix}{name}")
        if there is None:
            raise
    if type(there) is not kind:
        raise ValueError(
            f"{owner[0]}: {name} in the registry is not a {kind.__name__} of this {owner[1]}: give "
            "prefix= or another registry"
        )
    return there
