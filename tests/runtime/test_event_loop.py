"""The collector of event loops: their lag, also while they stand, and how they come and go."""

import asyncio
import contextvars
import gc
import os
import threading
import weakref

import pytest

from aioprometheus import Registry, render_async
from aioprometheus.asgi.middleware import MetricsMiddleware
from aioprometheus.runtime import EventLoopCollector, install
from aioprometheus.runtime.event_loop import MOST_THREADS
from tests.support.processes import wait_until
from tests.support.runtime import (
    FAST,
    LOOPS,
    LoopInAThread,
    counts,
    of_loops,
    scraped,
    ticked,
)

LAG = "asyncio_loop_lag_seconds"
PENDING = "asyncio_loop_pending_lag_seconds"
STALLS = "asyncio_loop_stalls_total"


def test_a_loop_that_stands_shows_it_while_it_stands_and_afterwards(registry, other):
    collector = EventLoopCollector(registry, **FAST)
    other.call(collector.watch)
    ticked(registry)
    other.block()
    before, stalls = counts(registry)["worker"], of_loops(registry, STALLS)["worker"]
    wait_until(lambda: of_loops(registry, PENDING)["worker"] > 0.5, "the lag of the pending tick")
    first = of_loops(registry, PENDING)["worker"]
    assert of_loops(registry, PENDING)["worker"] >= first  # it grows
    assert counts(registry)["worker"] == before
    other.go_on()
    ticked(registry, after=before)
    samples = scraped(registry)
    # The tick that was late stands for those that could not come: each 10 ms of the lag.
    late = [
        value - samples[f"{LAG}_bucket", (("le", "0.2"), ("thread", "worker"))]
        for (name, labels), value in samples.items()
        if name == f"{LAG}_bucket" and dict(labels)["le"] == "+Inf"
    ]
    assert late[0] >= 30
    assert samples[f"{LAG}_sum", (("thread", "worker"),)] > 30 * 0.2
    assert of_loops(registry, STALLS)["worker"] >= stalls + 1
    wait_until(lambda: of_loops(registry, PENDING)["worker"] < 0.5, "the loop goes on")


def test_it_begins_with_the_first_scrape_on_a_loop(registry, use):
    collector = EventLoopCollector(registry, **FAST)
    assert counts(registry) == {}

    async def main():
        body, _ = await render_async(registry)
        assert b'asyncio_loop_pending_lag_seconds{thread="MainThread"} 0' in body
        while not counts(registry)["MainThread"]:
            await asyncio.sleep(0.01)
        seen = counts(registry)["MainThread"]
        await render_async(registry)
        collector.watch()
        while counts(registry)["MainThread"] <= seen:
            await asyncio.sleep(0.01)
        assert len(collector._loops()) == 1

    use(main)


@pytest.mark.parametrize("metrics", ["counters", "standard"])
def test_it_begins_with_the_first_request(registry, use, metrics):
    EventLoopCollector(registry, **FAST)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    async def send(message):
        pass

    async def main():
        middleware = MetricsMiddleware(app, registry=Registry(), metrics=metrics)
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await middleware(scope, None, send)
        assert of_loops(registry, PENDING).keys() == {"MainThread"}

    use(main)


def test_install_begins_at_once_where_a_loop_runs(registry, use):
    async def main():
        installed = install(registry)
        try:
            assert of_loops(registry, PENDING).keys() == {"MainThread"}
        finally:
            installed.uninstall()

    use(main)


def test_after_the_last_uninstall_nothing_ticks(registry, use):
    first, second = install(registry), install(Registry())
    collector = first.collectors[-1]

    async def main():
        await render_async(registry)
        first.uninstall()
        assert collector._ticks.go_on
        second.uninstall()
        assert not collector._ticks.go_on
        ((tick, _),) = collector._loops()
        weak = weakref.ref(tick)
        del tick
        while weak():
            await asyncio.sleep(0.01)
        again = install(registry)
        assert again.collectors[-1] is not collector
        again.uninstall()

    use(main)


def test_several_loops_in_several_threads(registry):
    collector = EventLoopCollector(registry, **FAST)
    with (
        LoopInAThread(asyncio.new_event_loop(), "one") as one,
        LoopInAThread(asyncio.new_event_loop(), "two") as two,
    ):
        one.call(collector.watch)
        two.call(collector.watch)
        ticked(registry, "one")
        ticked(registry, "two")
        one.block()
        wait_until(lambda: of_loops(registry, PENDING)["one"] > 0.2, "one stands")
        before = counts(registry)["two"]
        ticked(registry, "two", before + 5)
        one.go_on()
    assert of_loops(registry, PENDING) == {}
    # What was counted stays, as it must for a counter.
    assert counts(registry).keys() == {"one", "two"}


@pytest.mark.parametrize("new", LOOPS)
def test_loops_that_end_are_collected(registry, new):
    collector = EventLoopCollector(registry, **FAST)

    async def main():
        collector.watch()
        while not counts(registry):
            await asyncio.sleep(0.01)

    for _ in range(3):
        loop = new()
        weak = weakref.ref(loop)
        loop.run_until_complete(main())
        assert collector._loops()[0][1] is loop
        loop.close()
        assert collector._loops() == []
        del loop
        gc.collect()
        assert weak() is None
        assert [known() for known in collector._known.values()] == [None]
    assert of_loops(registry, PENDING) == {}


def test_a_loop_that_is_never_closed_is_collected(registry):
    collector = EventLoopCollector(registry, **FAST)

    async def main():
        collector.watch()

    loop = asyncio.new_event_loop()
    weak = weakref.ref(loop)
    loop.run_until_complete(main())
    loop._selector.close()
    loop._ssock.close()
    loop._csock.close()
    loop._closed = True  # so that Python does not warn of it
    del loop
    gc.collect()
    assert weak() is None
    assert collector._loops() == []


def test_a_collector_that_goes_leaves_no_timer(registry, use):
    class Strange:
        pass

    async def main():
        registry = Registry()
        collector = EventLoopCollector(registry, **FAST)
        collector.watch()
        tick, ticks = weakref.ref(collector._loops()[0][0]), weakref.ref(collector._ticks)
        del collector, registry
        gc.collect()
        assert ticks() is None
        while tick():
            await asyncio.sleep(0.01)

    use(main)


def test_the_context_of_the_first_request_is_not_kept(registry, use):
    class Value:
        pass

    variable = contextvars.ContextVar("variable")
    collector = EventLoopCollector(registry, **FAST)

    async def request():
        value = Value()
        variable.set(value)
        collector.watch()
        return weakref.ref(value)

    async def main():
        weak = await asyncio.create_task(request())
        await asyncio.sleep(0)
        gc.collect()
        assert weak() is None

    use(main)


def test_threads_with_labels_of_their_own_are_bounded(registry):
    collector = EventLoopCollector(registry, **FAST)

    async def main():
        collector.watch()

    for number in range(MOST_THREADS + 5):
        thread = threading.Thread(target=asyncio.run, args=(main(),), name=f"n{number}")
        thread.start()
        thread.join()
    expected = {f"n{number}" for number in range(MOST_THREADS)} | {"<other>"}
    assert counts(registry).keys() == expected


def test_hostile_names_of_threads(registry):
    collector = EventLoopCollector(registry)

    async def main():
        collector.watch()

    names = ['a"b\n\\', "\ud800", "x" * 100_000, "", "<other>"]
    for name in names:
        thread = threading.Thread(target=asyncio.run, args=(main(),))
        thread.name = name
        thread.start()
        thread.join()
    threads = counts(registry).keys()
    assert threads == {'a"b\n\\', "\\ud800", "x" * 200, "", "<other>"}


def test_the_child_of_a_fork_has_no_loops_of_its_parent(registry, other):
    collector = EventLoopCollector(registry, **FAST)
    other.call(collector.watch)
    ticked(registry)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            result = [of_loops(registry, PENDING), of_loops(registry, "asyncio_executor_threads")]

            async def main():
                collector.watch()
                result.append(of_loops(registry, PENDING).keys() == {"MainThread"})
                before = counts(registry).get("MainThread", 0)
                while counts(registry)["MainThread"] <= before:
                    await asyncio.sleep(0.01)

            asyncio.run(main())
            os.write(writer, repr(result).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    assert os.read(reader, 1000) == b"[{}, {}, True]"
    os.close(reader)


@pytest.mark.parametrize("name", ["interval", "idle_interval", "stall_limit", "max_coroutines"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_settings_that_have_no_meaning(name, value):
    with pytest.raises(ValueError, match=f"{name} must be above 0, not"):
        EventLoopCollector(**{name: value})


def test_where_no_loop_runs_nothing_happens(registry):
    collector = EventLoopCollector(registry)
    collector.watch()
    assert scraped(registry) == {}
