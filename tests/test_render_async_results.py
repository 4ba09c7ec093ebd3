"""The way of the results of `render_async` to the event loop."""

import asyncio
import sys
import threading
import tracemalloc

import pytest

from aioprometheus import Counter, Registry, render, render_async

#: The limit that only a hang reaches, in seconds.
DEADLINE = 60


def _registry(series):
    registry = Registry()
    counter = Counter("numbers_total", "doc", registry=registry)
    for number in range(series):
        counter.inc({"n": str(number)}, number)
    return registry


@pytest.fixture(scope="module")
def small():
    return _registry(500)


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


def test_results_come_one_by_one(use):
    """What is rendered is handed over before the next one is: few pages exist at a time."""
    pages, registry = [], _registry(20_000)

    def on_result():
        pages.append((tracemalloc.get_traced_memory()[0] - before) / len(page))

    async def scenario():
        between = sys.getswitchinterval()
        sys.setswitchinterval(1000)  # no rendering gets the interpreter before all have begun
        renderings = asyncio.gather(*(render_async(registry, None) for _ in range(40)))
        await asyncio.sleep(0)
        sys.setswitchinterval(between)
        await renderings

    page, _ = render(registry, None)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        use(scenario, on_result=on_result)
    finally:
        tracemalloc.stop()
    assert len(pages) == 40
    # Four threads render, and as many may hand over.
    assert pages[0] < 12, pages


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
