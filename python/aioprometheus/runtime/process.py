"""A collector of a process: its time on processors, its memory, its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isinf
from os import PathLike, fspath

from .. import _core
from ..collectors import Registry
from ..families import CounterFamily, GaugeFamily
from .standard import StandardCollector

Process = int | str | Callable[[], int | str]
"""The number of a process, or a function that returns it."""

_Family = CounterFamily | GaugeFamily

_FAMILIES: Sequence[tuple[type[CounterFamily] | type[GaugeFamily], str, str]] = (
    (CounterFamily, "cpu_seconds_total", "Time spent on processors, in user and system mode"),
    (GaugeFamily, "virtual_memory_bytes", "Size of the address space"),
    (GaugeFamily, "resident_memory_bytes", "Part of the address space that is in memory"),
    (GaugeFamily, "start_time_seconds", "When the process began, in seconds since 1970"),
    (GaugeFamily, "open_fds", "Open file descriptors"),
    (GaugeFamily, "max_fds", "Most file descriptors that may be open"),
)
"""The families, in the order of the values that the core reads."""


class ProcessCollector(StandardCollector):
    """A collector of the standard metrics of a process, such as ``process_cpu_seconds_total``.

    They are read from ``/proc`` without the interpreter's lock. Where there is none, as on systems
    other than Linux, nothing is exposed.

    :param namespace: What stands before the names, as in ``namespace_process_open_fds``.
    :param pid: The process: its number, or a function that returns it at each scrape. Without it,
      the process that is scraped, also after a fork.
    :param proc: Where the file system ``/proc`` is mounted.
    :param registry: The registry in which it is registered at once. Without one,
      ``registry.register(collector)`` does that.
    :raises ValueError: If the namespace is malformed, or if it is registered there already.
    """

    def __init__(
        self,
        namespace: str = "",
        pid: Process = "self",
        proc: str | PathLike[str] = "/proc",
        registry: Registry | None = None,
    ) -> None:
        self._prefix = f"{namespace}_process_" if namespace else "process_"
        self._pid = pid
        self._proc = fspath(proc)
        self._boot_time = _core.boot_time(self._proc)
        self.describe()  # checks the names
        super().__init__(registry)

    def describe(self) -> Iterable[_Family]:
        """Return the families without their series."""
        return [kind(f"{self._prefix}{name}", doc) for kind, name, doc in _FAMILIES]

    def collect(self) -> Iterable[_Family]:
        """Return what is known of the process now."""
        process = str(self._pid() if callable(self._pid) else self._pid).strip()
        *reading, most = _core.process_reading(self._proc, process, self._boot_time)
        # There may be no limit.
        reading.append(most if most is None or isinf(most) else int(most))
        families = []
        for family, value in zip(self.describe(), reading, strict=True):
            if value is not None:
                family.add_metric({}, value)
                families.append(family)
        return families
