"""Metrics that fail while they are rendered: logged once, counted, and left out."""

import logging
from collections.abc import Iterable
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from aioprometheus.collectors import Collector, Counter, Registry

logger = logging.getLogger(__name__)

COUNTER_NAME = "aioprometheus_collector_errors_total"
"""The counter that tells of failures; it appears after the first."""


class Failures:
    """The failures of the metrics of one registry."""

    _of_registry: ClassVar["WeakKeyDictionary[Any, Failures]"] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._counter: Counter | None = None
        self._logged: set[str] = set()

    @classmethod
    def known(cls, registry: Registry) -> "Failures | None":
        """The failures of this registry, if there were any.

        Before the first of the process, nothing is locked for that: without the interpreter's lock,
        threads wait for each other in a look-up by a weak reference, and a fork meanwhile may leave
        the child waiting.
        """
        if not cls._of_registry:
            return None
        try:
            return cls._of_registry.get(registry)
        except TypeError:  # a registry of another kind, which knows no weak references
            return None

    @classmethod
    def of(cls, registry: Registry) -> "Failures":
        """The failures of this registry so far, to which more can be added."""
        try:
            return cls._of_registry.setdefault(registry, cls())
        except TypeError:  # as above; they are those of one scrape
            return cls()

    def add(self, collector: Collector, error: Exception) -> None:
        """Count a failure, and log it if it is the metric's first."""
        name = _name(collector)
        if self._counter is None:
            self._counter = Counter(
                COUNTER_NAME,
                "Metrics that raised an exception while they were rendered, and were left out",
                registry=Registry(),
            )
        self._counter.inc({"collector": name})
        if name not in self._logged:
            self._logged.add(name)
            logger.error(
                "metric %s was left out of the exposition: %r", name, error, exc_info=error
            )

    def counter(self, collectors: Iterable[Collector]) -> Counter | None:
        """The counter of the failures, if there were any and no metric of the user has its name."""
        if self._counter is None or any(
            _name(collector) == COUNTER_NAME for collector in collectors
        ):
            return None
        return self._counter


def _name(collector: Collector) -> str:
    """The name of a metric, or that of its class if even that cannot be had as text."""
    try:
        name = str(collector.name)
        name.encode()
    except Exception:
        return type(collector).__name__
    return name
