"""The tick of an event loop: what it counts as late, and how often it comes."""

import asyncio
import time

import pytest

from aioprometheus import render
from aioprometheus.runtime import EventLoopCollector
from aioprometheus.runtime import tick as tick_module
from tests.support.processes import wait_until
from tests.support.runtime import FAST, LOOPS, LoopInAThread, counts, of_loops, ticked

PENDING = "asyncio_loop_pending_lag_seconds"
STALLS = "asyncio_loop_stalls_total"


def test_a_stall_counts_from_the_limit_on(registry, other):
    collector = EventLoopCollector(registry, stall_limit=1e9, **FAST)
    other.call(collector.watch)
    other.block()
    wait_until(lambda: of_loops(registry, PENDING)["worker"] > 0.2, "a lag")
    before = counts(registry).get("worker", 0)
    other.go_on()
    ticked(registry, after=before + 5)
    assert of_loops(registry, STALLS)["worker"] == 0


@pytest.mark.parametrize("new", LOOPS)
def test_a_loop_that_is_stopped_and_run_again_was_not_late(registry, new):
    collector = EventLoopCollector(registry, **FAST)
    loop = new()

    async def watch():
        collector.watch()

    async def watch_again():
        late = tick.pending_lag()
        collector.watch()  # as a scrape on the loop does
        assert late == 0 or tick.pending_lag() < late  # uvloop has let the tick come first

    async def tick_five_times():
        before = counts(registry)["MainThread"]
        while counts(registry)["MainThread"] < before + 5:
            await asyncio.sleep(0.01)

    try:
        loop.run_until_complete(watch())
        ((tick, _),) = collector._loops()
        wait_until(lambda: tick.pending_lag() > 0.5, "the tick is due")
        assert of_loops(registry, PENDING) == {}  # it does not run
        loop.run_until_complete(watch_again())
        loop.run_until_complete(tick_five_times())
        bound = 'asyncio_loop_lag_seconds_bucket{le="0.5",thread="MainThread"} '
        text = render(registry)[0].decode()
        assert f"{bound}{counts(registry)['MainThread']:.1f}\n" in text
    finally:
        loop.close()


def test_an_idle_loop_is_woken_up_less_often(registry, use, monkeypatch):
    collector = EventLoopCollector(registry, interval=0.01, idle_interval=0.02)
    used = 0.0
    monkeypatch.setattr(tick_module, "thread_time", lambda: used * time.monotonic())

    async def main():
        nonlocal used
        collector.watch()
        ((tick, _),) = collector._loops()
        for part, interval in ((0.005, 0.02), (0.02, 0.01), (0, 0.02)):
            used = part
            while tick._interval != interval:
                await asyncio.sleep(0.01)

    use(main)


def test_after_a_stall_the_ticks_are_fast(registry, monkeypatch):
    collector = EventLoopCollector(registry, interval=0.1, idle_interval=0.2, stall_limit=0.3)
    monkeypatch.setattr(tick_module, "thread_time", lambda: 0.0)
    with LoopInAThread(asyncio.new_event_loop(), "worker") as other:
        other.call(collector.watch)
        ((tick, _),) = collector._loops()
        wait_until(lambda: tick._interval == 0.2, "it is idle")
        intervals = []
        set_timer = tick._set
        tick._set = lambda loop: intervals.append(tick._interval) or set_timer(loop)
        other.block()
        wait_until(lambda: tick.pending_lag() > 0.3, "a stall")
        other.go_on()
        wait_until(lambda: intervals, "a tick")
        assert intervals[0] == 0.1
