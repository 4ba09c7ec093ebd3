"""Snapshots of registries, what changed between two, and the values of samples."""

import asyncio
import enum
import math
import warnings

import pytest

from aioprometheus import (
    Counter,
    CounterFamily,
    Enum,
    Gauge,
    GaugeFamily,
    Histogram,
    HistogramFamily,
    Info,
    Registry,
    Sample,
    Snapshot,
    Summary,
    names,
    render,
)
from aioprometheus.snapshots import Change, Changes
from aioprometheus.views import one_of


@pytest.fixture
def registry():
    return Registry()


def lines(registry):
    return [line for line in render(registry)[0].decode().splitlines() if line[0] != "#"]


def filled(registry):
    """One metric of each kind, some with two series."""
    counter = Counter("requests_total", "d", {"env": "prod"}, registry=registry)
    counter.inc({"method": "GET"}, 3)
    counter.inc({"method": 'P"\n\\T'}, 0.5)
    Counter("plain", "d", registry=registry).inc()
    Gauge("temperature", "d", registry=registry).set(-2.5)
    Histogram("latency_seconds", "d", buckets=[0.5, 5], registry=registry).observe(0.3)
    Summary("size_bytes", "d", quantiles={0.5: 0.1}, registry=registry).observe(7)
    Info("build", "d", registry=registry).info({"version": "1"})
    Enum("state", "d", states=["on", "off"], registry=registry).state("off")
    return registry


def test_a_snapshot_has_the_samples_of_the_text_format_in_its_order(registry):
    snapshot = filled(registry).snapshot()
    assert isinstance(snapshot, Snapshot) and isinstance(snapshot.samples[0], Sample)
    shown = [line.rpartition(" ")[0] for line in str(snapshot).splitlines()]
    assert shown == [line.rpartition(" ")[0] for line in lines(registry)]
    values = [float(line.rpartition(" ")[2]) for line in lines(registry)]
    assert [sample.value for sample in snapshot] == values and len(snapshot) == len(values) == 15
    assert snapshot.kinds == {
        "build": "info",
        "latency_seconds": "histogram",
        "plain": "counter",
        "requests_total": "counter",
        "size_bytes": "summary",
        "state": "stateset",
        "temperature": "gauge",
    }
    assert repr(snapshot) == "<Snapshot of 15 samples, 7 names>"


def test_it_stays_as_it_is(registry):
    counter = Counter("c", "d", registry=registry)
    counter.inc({"a": "1"})
    snapshot, same = registry.snapshot(), registry.snapshot()
    assert snapshot == same
    counter.inc({"a": "1"})
    registry.clear()
    assert snapshot.get_sample_value("c", {"a": "1"}) == 1 and snapshot == same
    assert snapshot != registry.snapshot() and not registry.snapshot().samples
    assert snapshot and registry.snapshot()
    with pytest.raises(TypeError, match="unhashable"):
        hash(snapshot)


class Method(enum.Enum):
    GET = "GET"


VALUES = [
    ("requests_total", {"env": "prod", "method": "GET"}, 3),
    ("requests_total", {"env": "prod", "method": Method.GET, "none": ""}, 3),
    ("requests_total", {"method": "GET"}, None),
    ("requests_total", {"env": "prod", "method": 'P"\n\\T'}, 0.5),
    ("requests_total", {"env": "prod", "method": "GET", "more": "1"}, None),
    ("requests_total", None, None),
    ("requests", {"env": "prod", "method": "GET"}, None),
    ("plain", None, 1),
    ("plain", {}, 1),
    ("plain_total", None, None),
    ("temperature", None, -2.5),
    ("latency_seconds", None, None),
    ("latency_seconds_bucket", {"le": "0.5"}, 1),
    ("latency_seconds_bucket", {"le": "5.0"}, 1),
    ("latency_seconds_bucket", {"le": 5}, 1),
    ("latency_seconds_bucket", {"le": math.inf}, 1),
    ("latency_seconds_bucket", {"le": "+Inf"}, 1),
    ("latency_seconds_bucket", {"le": "5"}, None),
    ("latency_seconds_count", None, 1),
    ("latency_seconds_sum", None, 0.3),
    ("size_bytes", {"quantile": "0.5"}, 7),
    ("size_bytes", {"quantile": 0.5}, 7),
    ("size_bytes_count", None, 1),
    ("build_info", {"version": "1"}, 1),
    ("build_info", {"version": 1}, 1),
    ("state", {"state": "off"}, 1),
    ("state", {"state": "on"}, 0),
    ("nothing", None, None),
]


@pytest.mark.parametrize(("name", "labels", "value"), VALUES)
def test_values_of_samples(registry, name, labels, value):
    filled(registry)
    for asked in (registry, registry.snapshot(), one_of([Registry(), registry])):
        found = asked.get_sample_value(name, labels)
        assert found == value and type(found) is (type(None) if value is None else float)
    restricted = registry.restricted(["requests_total", "latency_seconds_sum"])
    is_there = name.startswith(("requests_total", "latency_seconds"))
    assert restricted.get_sample_value(name, labels) == (value if is_there else None)


def test_what_is_no_name_and_no_labels_is_refused(registry):
    filled(registry)
    with pytest.raises(TypeError, match="labels are a dict"):
        registry.get_sample_value("plain", ["GET"])
    with pytest.raises(TypeError):
        registry.get_sample_value(registry.get("plain"))


def test_names_of_utf8_are_not_escaped(registry):
    names.allow_utf8()
    try:
        Counter("http.requests", "d", registry=registry).inc({"a.b": "c"})
        assert registry.get_sample_value("http.requests", {"a.b": "c"}) == 1
        assert str(registry.snapshot()) == '{"http.requests","a.b"="c"} 1'
    finally:
        names.allow_utf8(False)


class Reporting(Gauge):
    def get_all(self):
        return [({"a": "1"}, 5), ({"b": "2"}, "6.5")]


class Collector:
    def collect(self):
        yield GaugeFamily("collected", "d", 4)
        latencies = HistogramFamily("waits", "d", labels=["a"])
        latencies.add_metric(["x"], buckets=[("1", 2), ("+Inf", 3)], sum_value=9)
        yield latencies


def test_functions_collectors_and_overrides_are_asked(registry):
    Reporting("reporting", "d", registry=registry)
    Gauge("function", "d", registry=registry).set_function(lambda: 7)
    refreshed = Gauge("refreshed", "d", registry=registry)
    registry.before_scrape(lambda: refreshed.inc())
    registry.register(Collector())
    snapshot = registry.snapshot()
    assert snapshot.get_sample_value("reporting", {"b": "2"}) == 6.5
    assert snapshot.get_sample_value("function") == 7
    assert snapshot.get_sample_value("refreshed") == 1
    assert snapshot.get_sample_value("waits_bucket", {"a": "x", "le": 1}) == 2
    assert snapshot.kinds["waits"] == "histogram"
    assert registry.get_sample_value("collected") == 4
    assert str(snapshot.diff(registry.snapshot())) == "refreshed 1 -> 3 (+2)"


def test_what_fails_is_left_out_and_counted(registry, caplog):
    class Failing:
        def collect(self):
            raise RuntimeError("no")

    Counter("c", "d", registry=registry).inc()
    registry.register(Failing())
    assert [sample.name for sample in registry.snapshot()] == [
        "aioprometheus_collector_errors_total",
        "c",
    ]
    assert "Failing" in caplog.text


class Awaited:
    async def collect(self):
        await asyncio.sleep(0)
        return [GaugeFamily("awaited", "d", 1)]


def test_async_collectors(registry):
    Counter("c", "d", registry=registry).inc()
    registry.register(Awaited())
    assert registry.get_sample_value("awaited") == 1

    async def main():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            left_out = registry.snapshot()
        [warning] = caught
        assert "await registry.snapshot_async()" in str(warning.message)
        assert warning.filename == __file__
        return left_out, await registry.snapshot_async()

    left_out, snapshot = asyncio.run(main())
    assert [len(left_out), len(snapshot)] == [1, 2]
    assert str(left_out.diff(snapshot)) == "awaited new: 1"


def test_async_collectors_under_another_event_loop(registry):
    trio = pytest.importorskip("trio")

    class OfTrio:
        async def collect(self):
            await trio.sleep(0)
            return [GaugeFamily("awaited", "d", 1)]

    registry.register(OfTrio())
    assert trio.run(registry.snapshot_async).get_sample_value("awaited") == 1


def test_changes(registry):
    counter = Counter("requests_total", "d", registry=registry)
    counter.inc({"method": "GET"}, 3)
    counter.inc({"method": "PUT"}, 4)
    gauge = Gauge("queue", "d", registry=registry)
    gauge.set(0.3)
    still = Gauge("still", "d", registry=registry)
    still.set(math.nan)
    before = registry.snapshot()
    counter.inc({"method": "GET"}, 2)
    counter.inc({"method": "POST"})
    counter.remove({"method": "PUT"})
    gauge.set(0.1)
    changes = before.diff(registry.snapshot())
    assert list(changes) == [
        Change("queue", {}, 0.3, 0.1),
        Change("requests_total", {"method": "GET"}, 3, 5),
        Change("requests_total", {"method": "POST"}, None, 1),
        Change("requests_total", {"method": "PUT"}, 4, None),
    ]
    assert str(changes).splitlines() == [
        "queue 0.3 -> 0.1 (-0.2)",
        'requests_total{method="GET"} 3 -> 5 (+2)',
        'requests_total{method="POST"} new: 1',
        'requests_total{method="PUT"} gone: 4',
    ]
    assert changes.new == changes[2:3] and changes.gone == changes[3:]
    assert changes.changed == changes[:2] and changes and len(changes) == 4
    assert changes.by("requests_total") == -1 and changes.by("queue") == pytest.approx(-0.2)
    assert changes.by("requests_total", {"method": "GET"}) == 2 and changes.by("x") == 0
    assert [change.by for change in changes.of("requests_total", {"method": "PUT"})] == [-4]
    assert repr(changes).startswith("<Changes: queue 0.3 -> 0.1 (-0.2); requests_total{")
    assert not before.diff(before) and repr(before.diff(before)) == "<Changes: none>"
    assert repr(Changes(changes[0] for _ in range(11))).endswith("(-0.2); ...>")


def test_only_snapshots_are_compared(registry):
    with pytest.raises(TypeError, match="a later Snapshot, not Registry"):
        registry.snapshot().diff(registry)
    assert registry.snapshot() != 5


def test_families_of_any_source_become_snapshots():
    first = CounterFamily("a_total", "d", labels=["x"])
    first.add_metric({"x": 1}, 5)
    first.add_metric({"x": "1"}, 6)
    snapshot = Snapshot([first, GaugeFamily("b", "d", 2)])
    assert snapshot.get_sample_value("a_total", {"x": "1"}) == 5 and len(snapshot) == 2
    assert snapshot.kinds == {"a_total": "counter", "b": "gauge"}
    assert str(Snapshot().diff(snapshot)).splitlines() == ['a_total{x="1"} new: 5', "b new: 2"]


def test_samples_are_selected(registry):
    snapshot = filled(registry).snapshot()
    assert [sample.name for sample in snapshot.select("size_bytes", {"quantile": 0.5})] == [
        "size_bytes"
    ]
    assert {sample.name for sample in snapshot.select("latency_seconds")} == {
        "latency_seconds_bucket",
        "latency_seconds_count",
        "latency_seconds_sum",
    }
    assert [sample.value for sample in snapshot.select("requests_total", {"env": "prod"})] == [
        3,
        0.5,
    ]
    assert snapshot.select("requests_total", {"x": ""}) and not snapshot.select("nothing")
    assert {"build", "build_info", "latency_seconds_sum"} <= set(snapshot.names())


def test_a_subclass_of_a_registry_may_have_methods_of_these_names():
    class Own(Registry):
        def snapshot(self):
            return "own"

        def get_all(self):
            return [Counter("own", "d", registry=Registry(), initial=3)]

    assert Own().snapshot() == "own" and Own().get_sample_value("own") == 3
