"""Collectors of the interpreter: its version, and its garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any

from ..collectors import Registry
from ..families import CounterFamily, GaugeFamily
from .standard import StandardCollector


class PlatformCollector(StandardCollector):
    """A collector of ``python_info``: which Python runs.

    :param registry: The registry in which it is registered at once. Without one,
      ``registry.register(collector)`` does that.
    :param platform: What is asked in the place of the module ``platform``.
    :raises ValueError: If it is registered there already.
    """

    def __init__(self, registry: Registry | None = None, platform: Any = None) -> None:
        if platform is None:
            import platform
        major, minor, patchlevel = platform.python_version_tuple()
        self._labels = {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "major": major,
            "minor": minor,
            "patchlevel": patchlevel,
        }
        super().__init__(registry)

    def describe(self) -> Iterable[GaugeFamily]:
        """Return the family without its series."""
        return [GaugeFamily("python_info", "The Python that runs")]

    def collect(self) -> Iterable[GaugeFamily]:
        """Return the family."""
        info = GaugeFamily("python_info", "The Python that runs")
        info.add_metric(self._labels, 1)
        return [info]


class GCCollector(StandardCollector):
    """A collector of what the garbage collector has done, by generation.

    Under interpreters other than CPython, nothing is exposed.

    :param registry: The registry in which it is registered at once. Without one,
      ``registry.register(collector)`` does that.
    :raises ValueError: If it is registered there already.
    """

    _FAMILIES = (
        ("collected", "objects_collected", "Objects that were collected"),
        ("uncollectable", "objects_uncollectable", "Objects that could not be collected"),
        ("collections", "collections", "Collections of this generation"),
    )

    def __init__(self, registry: Registry | None = None) -> None:
        super().__init__(registry)

    def describe(self) -> Iterable[CounterFamily]:
        """Return the families without their series."""
        return [
            CounterFamily(f"python_gc_{name}_total", doc, labels=["generation"])
            for _, name, doc in self._FAMILIES
        ]

    def collect(self) -> Iterable[CounterFamily]:
        """Return the counts of all generations."""
        stats: Any = getattr(gc, "get_stats", list)()
        if not stats or not isinstance(stats, list):
            return []
        families = list(self.describe())
        for family, (key, _, _) in zip(families, self._FAMILIES, strict=True):
            for generation, counts in enumerate(stats):
                family.add_metric([str(generation)], counts[key])
        return families
