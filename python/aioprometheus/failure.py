"""Failures of metrics during rendering, which are logged once, counted, and left out.

Samples that a metric reports twice are treated in the same way, because a server would keep one of
them or refuse the whole exposition.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from ._core import Collector, Counter, Registry

COUNTER_NAME = "aioprometheus_collector_errors_total"
"""The name of the counter of failures, which is exposed after the first one."""


class Failures:
    """The failures of the metrics of one registry."""

    _of_registry: ClassVar["WeakKeyDictionary[Any, Failures]"] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._counter: Counter | None = None
        self._logged: set[tuple[str, bool]] = set()

    @classmethod
    def known(cls, registry: Registry) -> "Failures | None":
        """The failures of this registry, or None if there were none.

        Before the first failure in the process, this takes no lock. On free-threaded Python a
        look-up by a weak reference takes one, and a fork at that moment could leave the child
        process waiting for it.
        """
        if not cls._of_registry:
            return None
        try:
            return cls._of_registry.get(registry)
        except TypeError:  # a registry of another class, without support for weak references
            return None

    @classmethod
    def of(cls, registry: Registry) -> "Failures":
        """The failures of this registry, to which more can be added."""
        try:
            return cls._of_registry.setdefault(registry, cls())
        except TypeError:  # as above; these failures last for one scrape
            return cls()

    def add(self, collector: Collector, error: Exception) -> None:
        """Count a failure, and log it if it is the first of the metric."""
        name = _name(collector)
        self._count(name)
        if self._is_first(name, False):
            _log_error(
                "metric %s raised %r while it was rendered, and was left out of the exposition; "
                "the others were served. Mend its class, as the traceback shows (this is logged "
                "once, and %s counts every time)",
                name,
                error,
                COUNTER_NAME,
                exc_info=error,
            )

    def add_repeated(self, collector: Collector, samples: list[str]) -> None:
        """Count samples that were left out, and log them if they are the first of the metric."""
        name = _name(collector)
        self._count(name)
        self.log_repeated(name, samples)

    def log_repeated(self, name: str, samples: list[str]) -> None:
        """Log samples that were left out, if they are the first of the metric."""
        if self._is_first(name, True):
            _log_error(
                "metric %s reports samples twice, with labels that are the same for a server; only "
                "the first of each was exposed. Make its class report each once (this is logged "
                "once, and %s counts every time). Left out: %s",
                name,
                COUNTER_NAME,
                ", ".join(samples[:10]) + (", ..." if len(samples) > 10 else ""),
            )

    def _is_first(self, name: str, repeated: bool) -> bool:
        """Whether nothing of this kind was logged for the metric before."""
        known = len(self._logged)
        self._logged.add((name, repeated))
        return len(self._logged) > known

    def _count(self, name: str) -> None:
        if self._counter is None:
            self._counter = Counter(
                COUNTER_NAME,
                "Metrics that raised an exception while they were rendered, and were left out",
                registry=Registry(),
            )
        self._counter.inc({"collector": name})

    def counter(self, collectors: Iterable[Collector]) -> Counter | None:
        """The counter of failures, or None if there were none or a user's metric has its name."""
        if self._counter is None or any(
            _name(collector) == COUNTER_NAME for collector in collectors
        ):
            return None
        return self._counter


#: The samples that were left out so far while a registry is rendered, by metric.
_repeated: ContextVar["list[tuple[Collector, list[str]]] | None"] = ContextVar(
    "aioprometheus_repeated", default=None
)

#: The failures of metrics whose samples were read outside of a rendering.
_alone = Failures()


@contextmanager
def noting_repeated() -> Iterator[list[tuple[Collector, list[str]]]]:
    """Collect in a list what :func:`leave_out` is given within the block."""
    noted: list[tuple[Collector, list[str]]] = []
    token = _repeated.set(noted)
    try:
        yield noted
    finally:
        _repeated.reset(token)


def leave_out(collector: Collector, samples: list[str]) -> None:
    """Note samples that a metric reports twice.

    They count as a failure in the registry that is being rendered. Outside of a rendering, they are
    only logged.
    """
    if not samples:
        return
    noted = _repeated.get()
    if noted is None:
        _alone.log_repeated(_name(collector), samples)
    else:
        noted.append((collector, samples))


def _log_error(message: str, *arguments: object, exc_info: Exception | None = None) -> None:
    # Here, because logging takes a fourth of the time of importing the package.
    import logging

    logging.getLogger(__name__).error(message, *arguments, exc_info=exc_info)


def _name(collector: Collector) -> str:
    """The name of a metric, or the name of its class if the metric has no name that is text."""
    try:
        name = str(collector.name)
        name.encode()
    except Exception:
        return type(collector).__name__
    return name
