"""Collectors: objects whose families are asked for at each scrape."""

import asyncio
import threading
import warnings

import prometheus_client
import pytest
from prometheus_client import core as theirs

from aioprometheus import (
    Counter,
    Gauge,
    PrometheusClientCollector,
    Registry,
    render,
    render_async,
)
from tests.support.loops import run


def text(registry, **options):
    return render(registry, **options)[0].decode()


async def text_async(registry, **options):
    return (await render_async(registry, **options))[0].decode()


def both(registry):
    """The exposition of ``render``, which is that of ``render_async`` too, without failures."""
    bodies = text(registry), asyncio.run(text_async(registry))
    first, second = (
        [line for line in body.splitlines() if "errors_total" not in line] for body in bodies
    )
    assert first == second
    return "\n".join([*first, ""])


@pytest.fixture
def registry():
    return Registry()


class Collected:
    """A collector that yields what it is given."""

    def __init__(self, *families):
        self.families = families
        self.calls = 0

    def collect(self):
        self.calls += 1
        yield from self.families


def gauge(name, value=1):
    return theirs.GaugeMetricFamily(name, "Help", value=value)


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
        assert f'errors_total{{collector="{__name__}.Collected"}} {number}' in body
    [record] = caplog.records
    assert f"the collector {__name__}.Collected failed" in record.getMessage()


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


def test_functions_before_a_scrape(registry):
    cpu = Gauge("cpu", "d", registry=registry)

    @registry.before_scrape
    def refresh():
        for number in range(3):
            cpu.set({"number": str(number)}, number)
        Gauge("born", "d", registry=registry).set(1)

    assert 'cpu{number="2"} 2\n' in text(registry)
    assert "\nborn 1\n" in text(registry)
    with pytest.raises(ValueError, match="already"):
        registry.before_scrape(refresh)
    with pytest.raises(TypeError, match="before_scrape takes a function"):
        registry.before_scrape(5)


def test_before_a_scrape_async_and_failing(registry, caplog):
    g = Gauge("g", "d", registry=registry)

    @registry.before_scrape
    async def refresh():
        await asyncio.sleep(0)
        g.inc()

    @registry.before_scrape
    def fail():
        raise ValueError("on purpose")

    assert "\ng 1\n" in text(registry)
    body = asyncio.run(text_async(registry))
    assert "\ng 2\n" in body
    assert 'fail"} 2\n' in body
    [record] = caplog.records
    assert "called before each scrape" in record.getMessage()


def test_several_registries_in_one_page(registry, caplog):
    other = Registry()
    shared = Gauge("shared", "d", registry=registry)
    shared.set(1)
    other.register(shared)
    Gauge("a", "d", registry=registry).set(1)
    Gauge("a", "d", registry=other).set(2)
    Gauge("b", "d", registry=other).set(3)
    other.register(Collected(gauge("c")))
    body = text([registry, other])
    assert body.count("\nshared 1\n") == 1
    assert "\na 1\n" in body
    assert "\na 2\n" not in body
    assert "\nb 3\n" in body
    assert "\nc 1\n" in body
    assert 'errors_total{collector="a"} 1' in body
    assert "a, which stands before it" in caplog.text
    assert 'errors_total{collector="a"} 2' in asyncio.run(text_async((registry, other)))
    with pytest.raises(Exception, match="registry must be a Registry"):
        render([registry, 5])
    with pytest.raises(Exception, match="registry must be a Registry"):
        render([])


def test_restricted(registry):
    part = registry.restricted(["a", "h_count"])
    Gauge("a", "d", registry=registry).set(1)
    Gauge("b", "d", registry=registry).set(2)
    assert "\na 1\n" in both(part)
    assert "\nb 2\n" not in both(part)
    assert "a 1" not in text(part, names=["b"])
    assert text(registry.restricted([])).strip() == ""
    assert [metric.name for metric in part] == ["a"]
    with pytest.raises(TypeError, match="names must be a list of names"):
        registry.restricted("a")


def test_an_async_override(registry):
    class Later(Gauge):
        async def get_all(self):
            await asyncio.sleep(0)
            return [({"a": "b"}, 4)]

    class Streamed(Counter):
        async def get_all(self):
            yield {"a": "b"}, 5

    Later("later", "d", registry=registry)
    Streamed("streamed_total", "d", registry=registry)
    body = both(registry)
    assert 'later{a="b"} 4\n' in body
    assert 'streamed_total{a="b"} 5\n' in body


def test_a_metric_that_cannot_say_what_it_is(registry):
    class Broken(Gauge):
        broken = False

        @property
        def name(self):
            if self.broken:
                raise ValueError("no name")
            return "broken"

        @name.setter
        def name(self, name):
            pass

        async def get_all(self):
            return []

    Broken("broken", "d", registry=registry).set_function(lambda: 1)
    Gauge("good", "d", registry=registry).set(1)
    Broken.broken = True
    assert "\ngood 1\n" in both(registry)


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


def test_an_override_and_a_function(registry):
    class Doubled(Gauge):
        async def get_all(self):
            return [(labels, 2 * value) for labels, value in super().get_all()]

    doubled = Doubled("doubled", "d", registry=registry)
    doubled.set_function(lambda: 2)
    both(registry)
    assert "\ndoubled 4\n" in both(registry)


def test_overrides_stay_on_the_thread_of_the_loop(registry):
    class Noting(Gauge):
        def set_value(self, labels, value):
            threads.append(threading.get_ident())
            super().set_value(labels, value)

        @property
        def doc(self):
            threads.append(threading.get_ident())
            return "d"

        @doc.setter
        def doc(self, doc):
            pass

        async def get_all(self):
            return [({}, 1)]

    threads = []
    noting = Noting("noting", "d", registry=registry)
    noting.set_function(lambda: 2)
    asyncio.run(text_async(registry))
    assert set(threads) == {threading.get_ident()}


def test_a_warning_that_is_an_error(registry):
    Gauge("good", "d", registry=registry).set(1)

    async def later():
        return 1

    Gauge("later", "d", registry=registry).set_function(later)

    async def main():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert "\ngood 1\n" in text(registry)

    run(main())


def test_tasks_that_a_function_leaves_are_cancelled(registry):
    async def later():
        tasks.append(asyncio.ensure_future(asyncio.sleep(60)))
        return 1

    tasks = []
    Gauge("later", "d", registry=registry).set_function(later)
    assert "\nlater 1\n" in text(registry)
    assert tasks[0].cancelled()
