"""Functions that give the values of series at a scrape."""

import asyncio
import gc
import threading
import warnings
import weakref

import pytest

from aioprometheus import (
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Registry,
    Summary,
)
from tests.support.asked import text, text_async
from tests.support.loops import run


@pytest.fixture
def registry():
    return Registry()


def test_each_kind_of_a_value(registry):
    Counter("c_total", "d", registry=registry).set_function(lambda: 3)
    Gauge("g", "d", registry=registry).set_function({"a": "x"}, lambda: -1.5)
    Info("i", "d", registry=registry).set_function(lambda: {"version": "1"})
    Enum("e", "d", states=["on", "off"], registry=registry).set_function(lambda: "off")
    lines = text(registry).splitlines()
    for line in ["c_total 3", 'g{a="x"} -1.5', 'i_info{version="1"} 1.0', 'e{e="off"} 1.0']:
        assert line in lines


@pytest.mark.parametrize("accept", ["application/openmetrics-text", "text/plain"])
def test_every_format(registry, accept):
    Gauge("g", "d", registry=registry).set_function(lambda: 7)
    assert "\ng 7\n" in text(registry, accepts_headers=accept)


def test_each_scrape_asks(registry):
    numbers = iter(range(1, 10))
    gauge = Gauge("g", "d", registry=registry)
    gauge.set_function(lambda: next(numbers))
    assert "\ng 1\n" in text(registry)
    assert "\ng 2\n" in text(registry)
    gauge.set_function(None)
    assert "\ng 2\n" in text(registry)
    assert next(numbers) == 3


def test_a_child(registry):
    gauge = Gauge("g", "d", labelnames=["a"], registry=registry)
    gauge.labels("x").set_function(lambda: 1)
    gauge.set_function({"a": "y"}, lambda: 2)
    gauge.set_function(labels={"a": "z"}, function=lambda: 3)
    for line in ['g{a="x"} 1', 'g{a="y"} 2', 'g{a="z"} 3']:
        assert line in text(registry).splitlines()


def test_a_subclass_that_stores_its_values(registry):
    class Doubled(Gauge):
        def set_value(self, labels, value):
            super().set_value(labels, 2 * value)

    gauge = Doubled("g", "d", registry=registry)
    gauge.set_function(lambda: 4)
    assert "\ng 8\n" in text(registry)
    gauge.labels(a="b").set_function(lambda: 5)
    assert 'g{a="b"} 10' in text(registry)


def test_an_async_function_without_a_loop(registry):
    async def later():
        await asyncio.sleep(0)
        return 6

    Gauge("g", "d", registry=registry).set_function(later)
    mine = asyncio.new_event_loop()
    asyncio.set_event_loop(mine)
    try:
        assert "\ng 6\n" in text(registry)
        assert asyncio.get_event_loop_policy().get_event_loop() is mine
    finally:
        asyncio.set_event_loop(None)
        mine.close()


def test_an_async_function_in_a_loop(registry):
    async def later():
        await asyncio.sleep(0)
        return 6

    Gauge("g", "d", registry=registry).set_function(later)
    Gauge("other", "d", registry=registry).set(1)

    async def main():
        assert "\ng 6\n" in await text_async(registry)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            body = text(registry)
        assert "\ng " not in body
        assert "\nother 1\n" in body
        assert "errors_total" not in body
        [warning] = caught
        assert warning.category is RuntimeWarning
        assert "render_async" in str(warning.message)
        assert "metric g " in str(warning.message)

    run(main())


def test_a_function_that_returns_a_future(registry):
    async def main():
        def function():
            asyncio.get_running_loop()
            return asyncio.ensure_future(asyncio.sleep(0, 9))

        Gauge("g", "d", registry=registry).set_function(function)
        assert "\ng 9\n" in await text_async(registry)

    run(main())


def test_a_function_that_needs_the_loop(registry):
    Gauge("tasks", "d", registry=registry).set_function(lambda: len(asyncio.all_tasks()))

    async def main():
        await asyncio.gather(*(text_async(registry) for _ in range(2)))
        return await text_async(registry)

    assert "\ntasks 1\n" in asyncio.run(main())


def test_plain_functions_run_on_threads_at_once(registry):
    barrier = threading.Barrier(3)

    def function():
        barrier.wait(30)
        return threading.get_ident() != loop_thread

    for name in "abc":
        gauge = Gauge(name, "d", registry=registry)
        gauge.set_function(lambda: int(function()))
    loop_thread = threading.get_ident()
    body = asyncio.run(text_async(registry))
    assert all(f"\n{name} 1\n" in body for name in "abc")


def test_async_functions_run_at_once(registry):
    async def main():
        count = 0
        all_there = asyncio.Event()

        async def function():
            nonlocal count
            count += 1
            if count == 4:
                all_there.set()
            await all_there.wait()
            return 1

        first = Gauge("a", "d", registry=registry)
        for label in "xy":
            first.set_function({"label": label}, function)
        for name in "bc":
            Gauge(name, "d", registry=registry).set_function(function)
        body = await text_async(registry)
        assert body.count(" 1\n") == 4

    run(main())


@pytest.mark.parametrize("bad", ["junk", None, True, object(), {}])
def test_nonsense_costs_its_own_metric(registry, bad, caplog):
    Gauge("bad", "d", registry=registry).set_function(lambda: bad)
    Gauge("good", "d", registry=registry).set(1)
    for _ in range(2):
        for body in (text(registry), asyncio.run(text_async(registry))):
            assert "\ngood 1\n" in body
            assert "\nbad" not in body
            assert 'aioprometheus_collector_errors_total{collector="bad"}' in body
    [record] = caplog.records
    assert "metric bad" in record.getMessage()


@pytest.mark.parametrize(
    "error", [ValueError("x"), StopIteration(), SystemExit(1), asyncio.CancelledError()]
)
def test_what_a_function_raises(registry, error, caplog):
    def function():
        raise error

    async def later():
        raise error

    Gauge("bad", "d", registry=registry).set_function(function)
    Gauge("worse", "d", registry=registry).set_function(later)
    Gauge("good", "d", registry=registry).set(1)
    for number, scrape in enumerate([text, lambda it: asyncio.run(text_async(it))] * 2, start=1):
        body = scrape(registry)
        assert "\ngood 1\n" in body
        assert "\nbad" not in body
        assert "\nworse" not in body
        assert f'collector="bad"}} {number}\n' in body
        assert f'collector="worse"}} {number}\n' in body


def test_a_failure_beside_an_async_function(registry):
    async def later():
        return 1

    gauge = Gauge("bad", "d", registry=registry)
    gauge.set_function({"a": "1"}, later)
    gauge.set_function({"a": "2"}, lambda: 1 / 0)
    gauge.set_function({"a": "3"}, later)
    for body in (text(registry), asyncio.run(text_async(registry))):
        assert "\nbad" not in body


def test_one_function_that_needs_the_loop_beside_others(registry):
    gauge = Gauge("g", "d", registry=registry)
    calls = []
    gauge.set_function({"a": "1"}, lambda: calls.append(threading.get_ident()) or 1)
    gauge.set_function({"a": "2"}, lambda: len(asyncio.all_tasks()))
    for number in (1, 2):
        body = asyncio.run(text_async(registry))
        assert 'g{a="1"} 1\n' in body
        assert 'g{a="2"} ' in body
        assert len(calls) == number
        assert threading.get_ident() not in calls


def test_a_negative_counter_is_left_out(registry):
    counter = Counter("c_total", "d", registry=registry)
    counter.set_function(lambda: -1)
    assert "\nc_total" not in text(registry)
    counter.set_function(lambda: 2)
    assert "\nc_total 2\n" in text(registry)


def test_a_removed_series_is_not_asked(registry):
    gauge = Gauge("g", "d", registry=registry)
    calls = []
    gauge.set_function({"a": "x"}, lambda: calls.append("x") or 1)
    gauge.set_function({"a": "y"}, lambda: calls.append("y") or 1)
    del gauge.values[{"a": "x"}]
    assert "x" not in text(registry)
    assert calls == ["y"]
    gauge.values.clear()
    assert "g{" not in text(registry)
    assert calls == ["y"]


def test_a_function_that_removes_its_series(registry):
    gauge = Gauge("g", "d", registry=registry)

    def function():
        gauge.values.clear()
        return 1

    gauge.set_function(function)
    assert "\ng " not in text(registry)
    assert "\ng " not in text(registry)


def test_functions_that_use_the_registry(registry):
    gauge = Gauge("g", "d", registry=registry)
    depth = []

    def function():
        if len(depth) < 3:
            depth.append(1)
            text(registry)
        Gauge(f"born_{len(registry)}", "d", registry=registry)
        gauge.set_function({"a": "b"}, lambda: 1)
        return len(registry)

    gauge.set_function(function)
    assert "\ng " in text(registry)
    assert "born_1" in text(registry)


def test_names_that_are_not_asked_for(registry):
    called = []
    Gauge("a", "d", registry=registry).set_function(lambda: called.append("a") or 1)
    Gauge("b", "d", registry=registry).set_function(lambda: called.append("b") or 1)
    assert "b 1" in text(registry, names=["b"])
    assert called == ["b"]


@pytest.mark.parametrize("kind", [Histogram, Summary])
def test_observations_have_no_function(registry, kind):
    metric = kind("m", "d", registry=registry)
    assert not hasattr(metric, "set_function")
    assert not hasattr(metric.labels(), "set_function")


def test_mistakes(registry):
    gauge = Gauge("my_gauge", "d", labelnames=["a"], registry=registry)
    with pytest.raises(TypeError, match=r"my_gauge.*not the int 5"):
        gauge.set_function({"a": "x"}, 5)
    with pytest.raises(TypeError, match=r"my_gauge: give the function after the labels"):
        gauge.set_function({"a": "x"})
    with pytest.raises(TypeError, match="my_gauge"):
        gauge.set_function()
    with pytest.raises(ValueError, match="my_gauge"):
        gauge.set_function(lambda: 1)
    with pytest.raises(TypeError, match="my_gauge"):
        gauge.labels("x").set_function(5)
    assert gauge.get_all() == [({"a": "x"}, 0)]


def test_a_function_is_collected_with_its_metric():
    class Function:
        def __call__(self):
            return self.gauge.get()

    registry = Registry()
    function = Function()
    function.gauge = Gauge("g", "d", registry=registry)
    function.gauge.set_function(function)
    there = weakref.ref(function)
    del function, registry
    gc.collect()
    assert there() is None


def test_metrics_are_requested_once():
    """They may be costly in a registry of the user's class."""

    class Counting(Registry):
        requests = 0

        def get_all(self):
            self.requests += 1
            return super().get_all()

    registry = Counting()
    Gauge("g", "d", registry=registry).set_function(lambda: 1)
    assert "\ng 1\n" in text(registry)
    assert "\ng 1\n" in asyncio.run(text_async(registry))
    assert "\ng 1\n" in text(registry, accepts_headers="application/openmetrics-text")
    assert registry.requests == 3
