"""Views of registries: several of them together, or the part of one that has certain names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from . import _core
from .collectors import Collector, Registry

Called = tuple[Any, "float | None"]
"""What is called at a scrape, and its time limit in seconds."""


class View(Registry):
    """What some registries have at the moment of a scrape, in their order.

    What is registered here is registered in the first of them, which also counts the failures.

    :param registries: The registries, at least one.
    """

    def __init__(self, registries: Sequence[Registry]) -> None:
        self._registries = registries
        self.collectors = registries[0].collectors

    def get_all(self) -> list[Collector]:
        """Return a list of all metrics. One that is in several registries is there once."""
        metrics = [metric for registry in self._registries for metric in registry.get_all()]
        return list({id(metric): metric for metric in metrics}.values())

    def sources(self) -> tuple[list[Called], list[Called], dict[str, float]]:
        """Return what :func:`sources_of` does."""
        collectors: dict[int, Called] = {}
        before: dict[int, Called] = {}
        limits: dict[str, float] = {}
        for registry in self._registries:
            its_collectors, its_before, its_limits = sources_of(registry)
            for called in its_collectors:
                collectors.setdefault(id(called[0]), called)
            for called in its_before:
                before.setdefault(id(called[0]), called)
            limits = {**its_limits, **limits}
        return list(collectors.values()), list(before.values()), limits

    def selects(self, family: Collector | _core.Report) -> bool:
        """Return whether this view has a family.

        :param family: A metric, or what a collector has reported.
        """
        return True


class Restricted(View):
    """The metrics of a registry that have certain names, also those that come later.

    :param registry: The registry.
    :param names: The names of the metrics, or of their samples.
    :raises TypeError: If the names are not a collection of str.
    """

    def __init__(self, registry: Registry, names: Collection[str]) -> None:
        super().__init__([registry])
        if isinstance(names, (str, bytes)):
            raise TypeError(f"names must be a list of names, not {names!r}: [{names!r}]")
        # Without names, a request asks for everything; no metric has an empty one.
        self.names = list(names) or [""]
        self._request = _core.Scrape(_core.negotiate([]), None, self.names)

    def get_all(self) -> list[Collector]:
        """Return a list of the metrics that have these names."""
        return [metric for metric in super().get_all() if self.selects(metric)]

    def selects(self, family: Collector | _core.Report) -> bool:
        """Return whether a family has one of these names.

        :param family: A metric, or what a collector has reported.
        """
        return self._request.selects(family)


def sources_of(registry: Registry) -> tuple[list[Called], list[Called], dict[str, float]]:
    """Return what a registry calls at a scrape beside its metrics.

    :param registry: The registry, or a view.
    :returns: The collectors and the functions that are called before, each with its time limit in
      seconds or None; and the time limits of metrics by their names.
    """
    if isinstance(registry, View):
        return registry.sources()
    return _core.sources_of(registry)


def one_of(registries: Registry | Sequence[Registry]) -> Registry:
    """Return a registry, or several of them as one.

    :param registries: The registry, or a list or tuple of registries.
    """
    if not isinstance(registries, (list, tuple)) or not registries:
        return registries  # type: ignore[return-value]
    if not all(isinstance(registry, Registry) for registry in registries):
        return registries  # type: ignore[return-value]
    return View(registries)


def parts_of(registry: Registry) -> Sequence[Registry]:
    """Return the registries of a view, or a registry alone.

    :param registry: The registry, or the view.
    """
    return registry._registries if isinstance(registry, View) else [registry]


def restriction_of(registry: Registry) -> Collection[str]:
    """Return the names that a registry is restricted to; none if it is not.

    :param registry: The registry.
    """
    return registry.names if isinstance(registry, Restricted) else ()
