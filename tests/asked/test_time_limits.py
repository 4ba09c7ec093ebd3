"""Time limits of what a scrape asks Python code for, and what hangs."""

import asyncio
import contextlib
import gc
import threading
import weakref

import pytest

from aioprometheus import Gauge, Registry
from aioprometheus.renderer import answer
from tests.support.asked import text_async as text
from tests.support.loops import run

SHORT = 0.05
"""A limit that is certainly reached, in seconds."""


class Hanging:
    """A function that hangs until it is let go, in threads that end with the test."""

    def __init__(self):
        self.go = threading.Event()
        self.calls = 0
        self.ended = threading.Event()

    def __call__(self):
        self.calls += 1
        self.go.wait(60)
        self.ended.set()
        return 1


@pytest.fixture
def hanging():
    function = Hanging()
    yield function
    function.go.set()


def test_a_function_that_hangs_costs_its_own_metric(hanging, caplog):
    registry = Registry()
    gauge = Gauge("slow", "d", registry=Registry())
    gauge.set_function(hanging)
    registry.register(gauge, timeout=SHORT)
    Gauge("good", "d", registry=registry).set_function(lambda: 2)

    async def main():
        for _ in range(20):
            body = await text(registry)
            assert "\nslow" not in body
            assert "\ngood 2\n" in body
        assert hanging.calls == 1
        assert 'errors_total{collector="slow"} 20' in body
        hanging.go.set()
        while "\nslow 1\n" not in body:
            body = await text(registry)

    run(main())
    [record] = caplog.records
    assert "0.05 seconds" in record.getMessage()


def test_many_that_hang(hanging):
    """More than there are threads at a time: the others are asked all the same."""
    registry = Registry()
    functions = []
    for number in range(60):
        gauge = Gauge(f"slow_{number}", "d", registry=Registry())
        function = Hanging()
        function.go = hanging.go
        functions.append(function)
        gauge.set_function(function)
        registry.register(gauge, timeout=SHORT)
    good = Gauge("good", "d", registry=Registry())
    good.set_function(lambda: 2)
    registry.register(good, timeout=30)

    async def main():
        body = await text(registry)
        assert "\ngood 2\n" in body
        assert "\nslow" not in body

    run(main())


def test_an_async_function_that_never_ends(caplog):
    registry = Registry()
    cancelled = []

    async def never():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    gauge = Gauge("slow", "d", registry=Registry())
    gauge.set_function(never)
    registry.register(gauge, timeout=SHORT)

    async def main():
        for number in range(1, 4):
            assert "\nslow" not in await text(registry)
            await asyncio.sleep(0)
            assert len(cancelled) == number

    run(main())


def test_an_async_function_that_ignores_its_cancellation():
    registry = Registry()
    calls = []

    async def stubborn():
        calls.append(1)
        while not done:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
        return 5

    done = []
    gauge = Gauge("slow", "d", registry=Registry())
    gauge.set_function(stubborn)
    registry.register(gauge, timeout=SHORT)

    async def main():
        for _ in range(3):
            assert "\nslow" not in await text(registry)
        assert calls == [1]
        done.append(1)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        body = ""
        while "\nslow 5\n" not in body:
            body = await text(registry)

    asyncio.run(main())


def test_the_limit_of_a_scrape(hanging):
    registry = Registry()
    gauge = Gauge("slow", "d", registry=registry)
    gauge.set_function(hanging)

    async def main():
        assert "\nslow" not in await text(registry, timeout=SHORT)

    run(main())


@pytest.mark.parametrize("value", [["0.05"], ["0.05", "9"]])
def test_the_limit_of_a_scraper(hanging, value):
    registry = Registry()
    Gauge("slow", "d", registry=registry).set_function(hanging)
    Gauge("good", "d", registry=registry).set(1)

    def header(name):
        return value if name.lower() == "x-prometheus-scrape-timeout-seconds" else []

    async def main():
        body, _ = await answer(registry, header, lambda name: [])
        assert b"\nslow" not in body
        assert b"\ngood 1\n" in body

    run(main())


@pytest.mark.parametrize("value", ["", "junk", "nan", "inf", "-1", "0", "1e300"])
def test_a_limit_that_is_none(value):
    registry = Registry()
    Gauge("good", "d", registry=registry).set_function(lambda: 1)

    async def main():
        body, _ = await answer(registry, lambda name: [value], lambda name: [])
        assert b"good 1\n" in body

    run(main())


def test_a_scrape_that_is_given_up(hanging):
    """What it has begun goes on for the scrapes that come then."""
    registry = Registry()
    go = asyncio.Event()
    calls = []

    async def later():
        calls.append(1)
        await go.wait()
        return 1

    Gauge("slow", "d", registry=registry).set_function(hanging)
    Gauge("later", "d", registry=registry).set_function(later)

    async def main():
        task = asyncio.ensure_future(text(registry))
        while not hanging.calls or not calls:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        others = [asyncio.ensure_future(text(registry)) for _ in range(20)]
        assert "\nlater" not in await text(registry, timeout=SHORT)
        hanging.go.set()
        go.set()
        for other in others:
            body = await other
            assert "\nslow 1\n" in body
            assert "\nlater 1\n" in body
        assert (hanging.calls, calls) == (1, [1])

    run(main())


def test_a_short_limit_of_one_scraper_costs_no_other(hanging):
    registry = Registry()
    Gauge("slow", "d", registry=registry).set_function(hanging)

    async def main():
        assert "\nslow" not in await text(registry, timeout=SHORT)
        hanging.go.set()
        body = await text(registry)
        assert "\nslow 1\n" in body
        assert 'collector="slow"} 1\n' in body

    run(main())


def test_loops_that_come_and_go_take_one_thread(hanging):
    registry = Registry()
    Gauge("slow", "d", registry=registry).set_function(hanging)
    for _ in range(10):
        assert "\nslow" not in asyncio.run(text(registry, timeout=SHORT))
    assert hanging.calls == 1
    hanging.go.set()
    assert "\nslow 1\n" in asyncio.run(text(registry))


def test_a_slow_function_before_the_scrape_costs_nothing_else(hanging):
    registry = Registry()
    registry.before_scrape(hanging)
    Gauge("good", "d", registry=registry).set_function(lambda: 1)

    async def main():
        body = await text(registry, timeout=20 * SHORT)
        assert "\ngood 1\n" in body

    run(main())
    with pytest.raises(ValueError, match="timeout must be more than 0"):
        registry.before_scrape(timeout=-1)

    @registry.before_scrape(timeout=1)
    def refresh():
        pass

    assert refresh() is None


def test_a_collector_is_given_back_when_it_has_ended():
    class Slow(Hanging):
        collect = Hanging.__call__

    registry = Registry()
    slow = Slow()
    registry.register(slow, timeout=SHORT)
    asyncio.run(text(registry))
    slow.go.set()
    slow.ended.wait()
    registry.clear()
    there = weakref.ref(slow)
    del slow
    while there() is not None:
        gc.collect()


def test_nothing_is_held_by_cycles():
    registry = Registry()

    class Big:
        pass

    def fail():
        big = Big()
        made.append(weakref.ref(big))
        raise ValueError("on purpose")

    made = []
    gauge = Gauge("bad", "d", registry=registry)
    gauge.set_function(fail)
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            asyncio.run(text(registry))
        # The log has the first one, and a thread may still let go of the last.
        assert sum(big() is not None for big in made[1:-1]) == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_limits_that_are_refused(timeout):
    with pytest.raises(ValueError, match="timeout must be more than 0"):
        Registry().register(Gauge("g", "d", registry=Registry()), timeout=timeout)


@pytest.mark.parametrize("timeout", ["1", True, [1]])
def test_limits_that_are_no_numbers(timeout):
    with pytest.raises(TypeError, match="timeout must be a number of seconds"):
        Registry().register(Gauge("g", "d", registry=Registry()), timeout=timeout)
