"""The way of the results of `render_async` to the event loop."""

import asyncio
import sys
import threading

import pytest

from aioprometheus import render, render_async
from support.make import numbers

#: The limit that only a hang reaches, in seconds.
DEADLINE = 60

#: The renderings that are under way at a time, as in the core.
THREADS = 4


@pytest.fixture(scope="module")
def small():
    return numbers(500)


def test_the_event_loop_goes_on(small, use):
    """No rendering comes to its end before callbacks have run that were scheduled after it."""
    gone_on, errors = threading.Event(), []

    def on_result():
        if not gone_on.wait(DEADLINE):
            errors.append("the loop waits for a rendering")

    async def scenario():
        renderings = asyncio.gather(*(render_async(small, None) for _ in range(16)))
        await asyncio.sleep(0)  # they begin here
        events = []

        def callback():
            events.append("called")
            if len(events) < 10 or "timer" not in events:
                loop.call_soon(callback)
            else:
                gone_on.set()

        loop = asyncio.get_running_loop()
        loop.call_soon(callback)
        loop.call_later(0, events.append, "timer")
        bodies = await renderings
        assert gone_on.is_set()
        assert bodies == [render(small, None)] * 16

    use(scenario, on_result=on_result)
    assert errors == []


def test_results_come_one_by_one(small, use):
    """The first of many comes before the last one is handed over, and few wait for that."""
    first, go_on = threading.Event(), threading.Event()
    begun, errors = [], []

    def on_result():
        begun.append(None)
        if not go_on.wait(DEADLINE):
            errors.append("nothing goes on")
        if len(begun) == 40 and not first.wait(DEADLINE):
            errors.append("the first result waits for the last one")

    async def scenario():
        tasks = [asyncio.ensure_future(render_async(small, None)) for _ in range(40)]
        for task in tasks:
            task.add_done_callback(lambda _: first.set())
        while len(begun) < THREADS:
            await asyncio.sleep(0.001)
        # A rendering that began before these are handed over would come now; none does.
        await asyncio.sleep(0.2)
        assert len(begun) == THREADS
        go_on.set()
        assert await asyncio.gather(*tasks) == [render(small, None)] * 40

    try:
        use(scenario, on_result=on_result)
    finally:
        go_on.set()
    assert errors == []
    assert len(begun) == 40


def test_a_result_that_finds_no_memory_on_its_way(small, use):
    """The one that awaits it learns of that; it does not wait for ever."""
    failures = [MemoryError("on the way")] * 3

    def on_result():
        if failures:
            raise failures.pop()

    async def scenario():
        with pytest.raises(MemoryError, match="on the way"):
            await render_async(small, None)
        assert failures == []
        assert await render_async(small, None) == render(small, None)

    use(scenario, on_result=on_result)


def test_a_result_that_is_lost_is_reported(small, use, monkeypatch):
    """An event loop that takes no results is wrong, and says so."""
    lost = asyncio.Event()

    def on_result():
        raise ValueError("no results today")

    async def scenario():
        loop = asyncio.get_running_loop()
        reports = []

        def hook(report):
            reports.append(report.exc_value)
            type(loop).__mro__[1].call_soon_threadsafe(loop, lost.set)

        monkeypatch.setattr(sys, "unraisablehook", hook)
        task = asyncio.ensure_future(render_async(small, None))
        await lost.wait()
        task.cancel()
        assert [str(report) for report in reports] == ["no results today"]

    use(scenario, on_result=on_result)
