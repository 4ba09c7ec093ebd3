"""Collectors: objects whose families are asked for at each scrape."""

import asyncio
import gc
import threading
import weakref

import prometheus_client
import pytest
from prometheus_client import core as theirs

from aioprometheus import Counter, Gauge, PrometheusClientCollector, Registry, _core
from tests.support.asked import Collected, both, gauge, text, text_async
from tests.support.loops import run


@pytest.fixture
def registry():
    return Registry()


def test_it_is_called_at_each_scrape_and_not_before(registry):
    collector = Collected(gauge("a"), gauge("b", 2))
    registry.register(collector)
    assert collector.calls == 0
    assert "a 1\n" in text(registry)
    assert "b 2\n" in asyncio.run(text_async(registry))
    assert collector.calls == 2
    assert collector in registry
    assert len(registry) == 0
    assert list(registry) == []


class Async:
    async def collect(self):
        await asyncio.sleep(0)
        return [gauge("a")]


class AsyncGenerator:
    async def collect(self):
        yield gauge("a")
        await asyncio.sleep(0)
        yield gauge("b")


class ReturnsAGenerator:
    async def collect(self):
        return AsyncGenerator().collect()


class ReturnsAFuture:
    def collect(self):
        loop = asyncio.get_running_loop()
        return loop.create_task(Async().collect())


@pytest.mark.parametrize("collector", [Async(), AsyncGenerator(), ReturnsAGenerator()])
def test_async_collectors(registry, collector):
    registry.register(collector)
    assert "a 1\n" in both(registry)


def test_a_future(registry):
    registry.register(ReturnsAFuture())
    assert "a 1\n" in asyncio.run(text_async(registry))


def test_a_sync_one_leaves_the_loop_alone(registry):
    class Waiting:
        def collect(self):
            called.set()
            loop_went_on.wait(60)
            return [gauge("a", threading.get_ident() != loop_thread)]

    called, loop_went_on, loop_thread = threading.Event(), threading.Event(), threading.get_ident()
    registry.register(Waiting())

    async def main():
        scrape = asyncio.ensure_future(text_async(registry))
        while not called.is_set():
            await asyncio.sleep(0)
        loop_went_on.set()
        assert "a 1\n" in await scrape

    run(main())


def test_all_run_at_once(registry):
    barrier = threading.Barrier(3)

    class Meeting:
        def __init__(self, name):
            self.name = name

        def collect(self):
            barrier.wait(60)
            return [gauge(self.name)]

    for name in "abc":
        registry.register(Meeting(name))
    body = asyncio.run(text_async(registry))
    assert all(f"\n{name} 1\n" in body for name in "abc")


def test_metrics_may_be_yielded(registry):
    elsewhere = Registry()
    counter = Counter("c_total", "d", registry=elsewhere)
    counter.inc({"a": "b"})
    registry.register(Collected(counter))
    assert 'c_total{a="b"} 1\n' in both(registry)


def test_all_that_prometheus_client_has(registry):
    other = prometheus_client.CollectorRegistry()
    prometheus_client.Counter("c", "d", ["l"], registry=other).labels("x").inc(3)
    prometheus_client.Histogram("h", "d", registry=other).observe(2)
    prometheus_client.Info("i", "d", registry=other).info({"v": "1"})
    registry.register(other)
    Gauge("own", "d", registry=registry).set(1)
    lines = both(registry).splitlines()
    for line in ['c_total{l="x"} 3.0', 'h_bucket{le="2.5"} 1.0', 'i_info{v="1"} 1.0', "own 1"]:
        assert line in lines


def test_only_the_names_that_are_asked_for(registry):
    registry.register(Collected(gauge("a"), gauge("b")))
    assert "b 1" not in text(registry, names=["a"])
    body = text(registry.restricted(["a"]))
    assert "a 1" in body
    assert "b 1" not in body


@pytest.mark.parametrize(
    "families",
    [None, 5, "junk", b"junk", {}, [None], ["junk"], [5], [gauge("x", "junk")]],
)
def test_nonsense_costs_its_own_families(registry, families, caplog):
    class Nonsense:
        def collect(self):
            return families

    registry.register(Nonsense())
    registry.register(Collected(gauge("good")))
    assert "\ngood 1\n" in both(registry)
    if families != {}:
        assert 'Nonsense"} 3' in text(registry)


def test_one_bad_family_costs_itself_alone(registry, caplog):
    registry.register(Collected(gauge("a"), "junk", gauge("b")))
    for number in (1, 2):
        body = text(registry)
        assert "a 1\n" in body
        assert "b 1\n" in body
        assert f'errors_total{{collector="{Collected.__module__}.Collected"}} {number}' in body
    [record] = caplog.records
    assert f"the collector {Collected.__module__}.Collected failed" in record.getMessage()
    assert "This family was left out; the rest was served" in record.getMessage()


def test_a_clash_costs_the_later_one(registry, caplog):
    Gauge("a", "d", registry=registry).set(5)
    registry.register(Collected(gauge("a"), gauge("b"), gauge("b", 2)))
    body = text(registry)
    assert "\na 5\n" in body
    assert "\nb 1\n" in body
    assert "\nb 2\n" not in body
    assert body.count("# TYPE b ") == 1


def test_a_collector_that_raises_half_way(registry):
    class Failing:
        def collect(self):
            yield gauge("a")
            raise ValueError("half way")

    registry.register(Failing())
    registry.register(Collected(gauge("good")))
    body = text(registry)
    assert "good 1\n" in body
    assert "\na 1" not in body
    assert 'Failing"} 1' in body


def test_one_that_never_stops_to_yield(registry):
    class Endless:
        def collect(self):
            number = 0
            while not stop.is_set():
                yield gauge(f"a_{number}")
                number += 1
            ended.set()

    stop, ended = threading.Event(), threading.Event()
    registry.register(Endless(), timeout=0.05)
    registry.register(Collected(gauge("good")))
    try:
        assert "good 1\n" in asyncio.run(text_async(registry))
    finally:
        stop.set()


def test_an_async_one_that_never_stops_to_yield(registry):
    class Endless:
        async def collect(self):
            family = gauge("a")
            while True:
                yield family

    registry.register(Endless())
    registry.register(Collected(gauge("good")))
    turns = []

    async def main():
        async def others():
            while True:
                turns.append(1)
                await asyncio.sleep(0)

        other = asyncio.ensure_future(others())
        assert "good 1\n" in await text_async(registry)
        other.cancel()

    run(main())
    assert len(turns) > 100


def test_the_future_of_another_loop(registry):
    other = asyncio.new_event_loop()
    try:
        future = other.create_future()
        Gauge("a", "d", registry=registry).set_function(lambda: future)
        registry.register(Collected(gauge("good")))
        body = asyncio.run(text_async(registry))
        assert "\na " not in body
        assert "good 1\n" in body
    finally:
        other.close()


def test_a_collector_that_changes_its_registry(registry):
    class Busy:
        def collect(self):
            registry.register(Collected(gauge(f"later_{len(made)}")))
            made.append(Gauge(f"made_{len(made)}", "d", registry=registry))
            text(Registry())
            return [gauge("a")]

    made = []
    registry.register(Busy())
    assert "a 1\n" in text(registry)
    assert "later_0 1\n" in asyncio.run(text_async(registry))


def test_mistakes(registry):
    collector = Collected()
    registry.register(collector)
    with pytest.raises(ValueError, match="this Collected is registered already"):
        registry.register(collector)
    with pytest.raises(TypeError, match="Invalid collector type"):
        registry.register(Collected)
    with pytest.raises(TypeError, match="Invalid collector type"):
        registry.register(registry)
    with pytest.raises(TypeError, match="Invalid collector type"):
        registry.register(object())
    registry.clear()
    assert collector not in registry
    registry.register(collector)


def test_what_does_not_select_a_collector_does_not_call_it(registry):
    class Described(Collected):
        def describe(self):
            return [theirs.GaugeMetricFamily("a", "Help")]

    described = Described(gauge("a"))
    registry.register(described)
    assert "a 1" not in both(registry.restricted(["b"]))
    assert "a 1" not in text(registry, names=["b"])
    assert described.calls == 0
    assert "a 1" in text(registry, names=["a"])


def test_one_bad_collector_of_prometheus_client(registry):
    class Failing:
        def collect(self):
            raise ValueError("on purpose")

    other = prometheus_client.CollectorRegistry(target_info={"service": "x"})
    other._collector_to_names[Failing()] = []
    prometheus_client.Counter("c", "d", registry=other).inc(3)
    registry.register(PrometheusClientCollector(other))
    body = both(registry)
    assert "\nc_total 3.0\n" in body
    assert 'target_info{service="x"} 1' in body
    assert "PrometheusClientCollector" in text(registry)
    with pytest.raises(TypeError, match="a registry of prometheus_client has collect"):
        PrometheusClientCollector(5)


class OneBad:
    """A good family, and one that is refused."""

    def __init__(self):
        self.good = []

    def _families(self):
        good = gauge("good")
        self.good.append(weakref.ref(good))
        return [good, 5]

    def collect(self):
        return self._families()


class OneBadAsync(OneBad):
    async def collect(self):
        for family in self._families():
            yield family


@pytest.mark.parametrize("collector", [OneBad(), OneBadAsync()])
def test_what_failed_goes_away_with_its_scrape(registry, collector):
    registry.register(collector)
    for _ in range(3):
        assert "good 1\n" in asyncio.run(text_async(registry))
        if type(collector) is OneBad:
            assert "good 1\n" in text(registry)
    gc.collect()
    assert len(collector.good) >= 3
    # The first failure is logged, and pytest keeps what is logged.
    assert [good for good in collector.good[1:] if good() is not None] == []


class OwnError(ValueError):
    """An exception that has weak references."""


def test_a_failure_may_be_held_by_its_own_traceback():
    def fail():
        failures = []
        try:
            raise OwnError
        except OwnError as error:
            failures.append(_core.Failed("name", "words", error, "effect"))
            return weakref.ref(error)

    there = fail()
    gc.collect()
    assert there() is None


def test_a_function_of_a_series_may_be_held_by_its_metric():
    metric = Gauge("g", "d", registry=Registry())
    metric.set_function(lambda: 1)
    metric.functions = _core.Scrape.of_format("text").asked([metric])[0][2]
    assert len(metric.functions) == 1
    there = weakref.ref(metric)
    del metric
    gc.collect()
    assert there() is None
