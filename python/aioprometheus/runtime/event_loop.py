"""A collector of the event loops of a process: how late they are, and what they have to do."""

from __future__ import annotations

import sys
from collections import Counter as Counts
from collections.abc import Iterable, Sequence
from threading import current_thread
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..collectors import Counter, Histogram, Registry
from ..families import GaugeFamily
from ..loop import add_watcher
from .standard import StandardCollector
from .tasks import OTHER, Places, executor_of, names_of_tasks, short
from .tick import Tick, Ticks

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
"""The default bounds of the lags. Loops of asyncio wake up to a millisecond late when idle."""
MOST_THREADS = 16
"""How many threads have labels of their own."""


class EventLoopCollector(StandardCollector):
    """A collector of the event loops of asyncio and uvloop, by the threads on which they run.

    A timer ticks on each loop. How late it comes is how late anything comes that waits for the
    loop; while the loop stands, a scrape on another thread sees how late the tick is already. It
    begins with the first scrape or request on a loop, or where :meth:`watch` is called.

    :param registry: The registry in which it is registered at once. Without one,
      ``registry.register(collector)`` does that.
    :param interval: The time from one tick to the next, in seconds.
    :param idle_interval: The same while the loop has little to do, so that an idle service is not
      woken up all the time.
    :param stall_limit: The lag from which a tick counts as a stall, in seconds.
    :param max_coroutines: How many coroutines have labels of their own.
    :param buckets: The bounds of the lags, in seconds.
    :raises TypeError: If ``max_coroutines`` is not an int.
    :raises ValueError: If a time or number is not above 0, if the bounds are malformed, or if it is
      registered there already.
    """

    def __init__(
        self,
        registry: Registry | None = None,
        *,
        interval: float = 0.1,
        idle_interval: float = 0.5,
        stall_limit: float = 0.1,
        max_coroutines: int = 50,
        buckets: Sequence[float] = BUCKETS,
    ) -> None:
        for name, value in (
            ("interval", interval),
            ("idle_interval", idle_interval),
            ("stall_limit", stall_limit),
            ("max_coroutines", max_coroutines),
        ):
            if not value > 0:
                raise ValueError(f"{type(self).__name__}: {name} must be above 0, not {value!r}")
        if not isinstance(max_coroutines, int):
            name = type(self).__name__
            raise TypeError(f"{name}: max_coroutines must be an int, not {max_coroutines!r}")
        own = Registry()
        self._lag = Histogram(
            "asyncio_loop_lag_seconds",
            "How late the event loop runs what is due, seen by a timer",
            labelnames=["thread"],
            buckets=buckets,
            registry=own,
        )
        self._stalls = Counter(
            "asyncio_loop_stalls_total",
            f"Ticks of the event loop that came {stall_limit:g} seconds late or later",
            labelnames=["thread"],
            registry=own,
        )
        self._ticks = Ticks(interval, idle_interval, stall_limit)
        #: The ticks by the identities of their loops, which alone keep them alive.
        self._known: dict[int, ref[Tick]] = {}
        self._threads: set[str] = set()
        self._places = Places(max_coroutines)
        add_watcher(self)
        super().__init__(registry)

    def watch(self) -> None:
        """Begin with the event loop that runs in this thread, if there is one."""
        # Where nobody has imported it, no loop runs.
        asyncio = sys.modules.get("asyncio")
        loop = None if asyncio is None else asyncio._get_running_loop()
        if loop is None or not self._ticks.go_on:
            return
        for key, known in list(self._known.items()):
            tick = known()
            if tick is None:
                if self._known.get(key) is known:  # and not that of a new loop
                    self._known.pop(key, None)
            elif tick.is_of(loop):
                tick.resume()
                return
        labels = {"thread": self._label()}
        lag, stalls = self._lag.labels(labels), self._stalls.labels(labels)
        self._known[id(loop)] = ref(Tick(self._ticks, loop, labels["thread"], lag, stalls))

    def stop(self) -> None:
        """End the ticks, for good."""
        self._ticks.go_on = False

    def _label(self) -> str:
        name = short(current_thread().name)
        if name not in self._threads:
            if len(self._threads) >= MOST_THREADS:
                return OTHER
            self._threads.add(name)
        return name

    def describe(self) -> Iterable[Any]:
        """Return the families without their series."""
        return [self._lag, self._stalls, *_gauges()]

    def collect(self) -> Iterable[Any]:
        """Return the lags and what the event loops have to do now; on any thread."""
        pending, tasks, threads, waiting = _gauges()
        lags: dict[str, float] = {}
        names: dict[str, Counts[str]] = {}
        executors: dict[str, list[int]] = {}
        for tick, loop in self._loops():
            if loop.is_running():
                lags[tick.thread] = max(tick.pending_lag(), lags.get(tick.thread, 0.0))
            names.setdefault(tick.thread, Counts()).update(names_of_tasks(loop))
            of_thread = executors.setdefault(tick.thread, [0, 0])
            for place, number in enumerate(executor_of(loop)):
                of_thread[place] += number
        shown = self._places.shown(names.values())
        for thread, lag in lags.items():
            pending.add_metric({"thread": thread}, lag)
        for thread, counts in names.items():
            by_label: Counts[str] = Counts()
            for name, count in counts.items():
                by_label[name if name in shown else OTHER] += count
            for label, count in by_label.items():
                tasks.add_metric({"coroutine": label, "thread": thread}, count)
        for thread, numbers in executors.items():
            threads.add_metric({"thread": thread}, numbers[0])
            waiting.add_metric({"thread": thread}, numbers[1])
        return [self._lag, self._stalls, pending, tasks, threads, waiting]

    def _loops(self) -> list[tuple[Tick, AbstractEventLoop]]:
        """The ticks whose loops are open."""
        ticks = [known() for known in list(self._known.values())]
        pairs = ((tick, tick.open_loop()) for tick in ticks if tick is not None)
        return [(tick, loop) for tick, loop in pairs if loop is not None]


def _gauges() -> tuple[GaugeFamily, GaugeFamily, GaugeFamily, GaugeFamily]:
    """The families of what is known at the scrape only."""
    return (
        GaugeFamily(
            "asyncio_loop_pending_lag_seconds",
            "How late the next tick of a running event loop is already",
        ),
        GaugeFamily("asyncio_tasks", "Tasks that are not done, by the name of their coroutine"),
        GaugeFamily(
            "asyncio_executor_threads", "Threads of the default executor of the event loop"
        ),
        GaugeFamily(
            "asyncio_executor_queue_length", "Calls that wait for a thread of the default executor"
        ),
    )
