"""What a collector of the runtime exposes, as a reader of the text format sees it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aioprometheus import Registry, render
from tests.support.processes import wait_until

try:
    import uvloop
except ImportError:  # it has no wheel for this platform
    uvloop = None

#: What makes event loops, as parameters of tests.
LOOPS = [
    pytest.param(asyncio.new_event_loop, id="asyncio"),
    pytest.param(
        uvloop and uvloop.new_event_loop,
        id="uvloop",
        marks=pytest.mark.skipif(uvloop is None, reason="UVLOOP IS NOT INSTALLED"),
    ),
]
#: Settings of a collector for which a test need not wait long.
FAST = {"interval": 0.01, "idle_interval": 0.01}
#: The limit that only a hang reaches, in seconds.
DEADLINE = 60

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples_of(text: str) -> Samples:
    """Return the samples of an exposition by their names and sorted labels; none is there twice."""
    samples: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in samples
            samples[key] = sample.value
    return samples


def scraped(registry: Registry) -> Samples:
    """Return the samples of a registry."""
    return samples_of(render(registry)[0].decode())


def values(collector: Any) -> dict[str, float]:
    """Return what a collector exposes, by the names of its samples, which have no labels."""
    registry = Registry()
    registry.register(collector)
    samples = scraped(registry)
    assert not any(labels for _, labels in samples)
    return {name: value for (name, _), value in samples.items()}


def of_loops(registry: Registry, name: str) -> dict[str, float]:
    """Return the samples of a name by their threads."""
    samples = scraped(registry)
    return {
        dict(labels)["thread"]: value for (key, labels), value in samples.items() if key == name
    }


def counts(registry: Registry) -> dict[str, float]:
    """Return how many lags were seen, by threads."""
    return of_loops(registry, "asyncio_loop_lag_seconds_count")


def ticked(registry: Registry, thread: str = "worker", after: float = 0.0) -> None:
    """Wait until a loop has ticked more often than that."""
    wait_until(lambda: counts(registry).get(thread, 0) > after, "a tick")


def of_tasks(registry: Registry, thread: str = "MainThread") -> dict[str, float]:
    """Return how many tasks there are on the loop of a thread, by their coroutines."""
    found = {}
    for (name, labels), value in scraped(registry).items():
        if name == "asyncio_tasks" and dict(labels)["thread"] == thread:
            found[dict(labels)["coroutine"]] = value
    return found


class LoopInAThread:
    """An event loop that runs in a thread, which can be made to stand."""

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str) -> None:
        self.loop = loop
        self.name = name
        self._thread = threading.Thread(target=loop.run_forever, name=name)
        self._go_on = threading.Event()

    def __enter__(self) -> LoopInAThread:
        self._thread.start()
        return self

    def call(self, function: Callable[[], Any]) -> Any:
        """Call a function on the loop, and return its result."""

        async def called() -> Any:
            return function()

        return self.run(called())

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine on the loop, and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(DEADLINE)

    def block(self) -> None:
        """Have a callback hold the loop until :meth:`go_on` is called."""
        stands = threading.Event()
        self._go_on.clear()

        def hold() -> None:
            stands.set()
            self._go_on.wait(DEADLINE)

        self.loop.call_soon_threadsafe(hold)
        assert stands.wait(DEADLINE)

    def go_on(self) -> None:
        """End that callback."""
        self._go_on.set()

    def __exit__(self, *_: object) -> None:
        self._go_on.set()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(DEADLINE)
        self.loop.close()
