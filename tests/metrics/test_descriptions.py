"""The ``repr`` of metrics, children, registries and live values."""

from __future__ import annotations

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, names
from aioprometheus.collectors import Collector, Estimator
from aioprometheus.histogram import Histogram as Standing
from support.make import make


def test_metrics():
    counter = make(Counter)
    assert repr(counter) == str(counter) == "<Counter m: no series>"
    counter.inc(2.5)
    assert repr(counter) == "<Counter m: 2.5>"
    counter.inc({"method": "GET", "path": "/"})
    assert repr(counter) == ('<Counter m: 2 series, {} 2.5, {method="GET", path="/"} 1>')
    for method in ("PUT", "POST"):
        counter.inc({"method": method})
    assert repr(counter) == (
        '<Counter m: 4 series, {} 2.5, {method="GET", path="/"} 1, {method="PUT"} 1, ...>'
    )
    counter.values.clear()
    assert repr(counter) == "<Counter m: no series>"
    assert repr(make(Collector)) == "<Collector m: no series>"


def test_other_kinds():
    summary, histogram = make(Summary), make(Histogram)
    for metric in (summary, histogram):
        metric.observe({"a": "x"}, 1)
        metric.observe({"a": "x"}, 1.5)
    told = 'm: 1 series, {a="x"} 2 observations, sum 2.5>'
    assert repr(summary) == f"<Summary {told}"
    assert repr(histogram) == f"<Histogram {told}"
    info, state = make(Info), make(Enum, states=["off", "on"])
    info.info({"version": "1.0"})
    state.state("on")
    assert repr(info) == '<Info m: {version="1.0"}>'
    assert repr(state) == "<Enum m: on>"


def test_children():
    counter = make(Counter)
    child = counter.labels(method="GET")
    child.inc(3)
    assert repr(child) == '<BoundCounter m{method="GET"}: 3>'
    counter.values.clear()
    assert repr(child) == '<BoundCounter m{method="GET"}: removed>'
    child.inc()
    assert repr(child) == '<BoundCounter m{method="GET"}: 1>'
    assert repr(make(Gauge).labels()) == "<BoundGauge m{}: 0>"
    nothing = "m{}: 0 observations, sum 0.0>"
    assert repr(make(Summary).labels()) == f"<BoundSummary {nothing}"
    assert repr(make(Histogram).labels()) == f"<BoundHistogram {nothing}"
    assert repr(make(Info).labels()) == "<BoundInfo m{}: {}>"
    assert repr(make(Enum, states=["off"]).labels()) == "<BoundEnum m{}: off>"


def test_live_values():
    histogram, summary = make(Histogram), make(Summary)
    histogram.observe(1)
    summary.observe(2)
    assert repr(histogram.get_value()) == "<LiveHistogram: 1 observation, sum 1.0>"
    assert repr(summary.get_value()) == "<Estimator: 1 observation, sum 2.0>"
    assert repr(Estimator()) == "<Estimator: 0 observations, sum 0.0>"
    assert repr(Standing(1, 2)) == "<Histogram: 0 observations, sum 0.0>"
    assert repr(histogram.values) == "<Values of m: 1 series>"
    assert repr(make(Counter).values) == "<Values of m: no series>"


def test_registries():
    registry = Registry()
    assert repr(registry) == "<Registry: no metrics>"
    for name in ("b", "a"):
        Counter(name, "d", registry=registry)
    assert repr(registry) == "<Registry: 2 metrics, b, a>"
    for number in range(100):
        Gauge(f"g{number}", "d", registry=registry)
    assert repr(registry).startswith("<Registry: 102 metrics, b, a, g0, ")
    assert len(repr(registry)) < 100


class Own(Gauge):
    """A class whose methods must not run."""

    @property
    def name(self):
        raise RuntimeError("name")

    @name.setter
    def name(self, name):
        pass

    def get(self, labels=None):
        raise RuntimeError("get")

    def get_all(self):
        raise RuntimeError("get_all")


class Register(Registry):
    """A registry that takes what has no name."""

    def register(self, collector):
        pass


class Stored(Counter):
    def get_value(self, labels=None):
        raise RuntimeError("get_value")


class Late(Counter):
    def __init__(self):
        pass


def test_no_method_of_a_users_runs():
    own = Own("m", "d", registry=Register())
    own.set({"a": "x"}, 5)
    assert repr(own) == '<Own (Gauge) m: 1 series, {a="x"} 5>'
    assert repr(make(Stored)) == "<Stored (Counter) m, which keeps its series itself>"
    assert repr(Late()) == "<Late (Counter), not initialised>"
    assert repr(own.labels(a="x")).startswith("<child of <Own (Gauge) m: ")


@pytest.mark.parametrize("length", [10, 100, 100_000])
def test_descriptions_are_short(length):
    names.allow_utf8()
    try:
        registry = Registry()
        counter = Counter("m" * length, "d", registry=registry)
        strange = Counter("a\n\x1b[31m" + "ü" * length, "d", registry=registry)
    finally:
        names.allow_utf8(False)
    for metric in (counter, strange):
        for number in range(10):
            metric.inc({"a\n" * length if metric is strange else "a": str(number) + "\n" * length})
            metric.inc({f"name{n}": "x" * length for n in range(20)})
    children = [metric.labels({"a": "\n" * length}) for metric in (counter, strange)]
    told = [*map(repr, (registry, counter, strange, *children))]
    assert all(len(text) < 4000 and text.isprintable() for text in told), told


def test_many_series():
    gauge = make(Gauge)
    for number in range(5000):
        gauge.set({"number": number}, number)
    assert repr(gauge).startswith('<Gauge m: 5000 series, {number="0"} 0, ')
    assert len(repr(gauge)) < 120


def test_a_registry_is_a_collection():
    registry = Registry()
    assert len(registry) == 0 and list(registry) == [] and bool(registry) is True
    counter, gauge = Counter("c", "d", registry=registry), Gauge("g", "d", registry=registry)
    twin = Counter("c", "d", registry=Registry())
    assert len(registry) == 2 and list(registry) == [counter, gauge] == list(registry.collect())
    assert "c" in registry and "x" not in registry and counter in registry
    # It is equal, but another object.
    assert twin == counter and twin not in registry
    assert None not in registry and 5 not in registry
    with pytest.raises(TypeError, match="unhashable"):
        [] in registry  # noqa: B015
    registry.deregister("c")
    assert "c" not in registry and counter not in registry and [*registry] == [gauge]


class Chosen(Registry):
    """A registry that says itself which metrics there are."""

    def get_all(self):
        return iter([metric for metric in super().get_all() if metric.name != "hidden"])


def test_a_registry_of_ones_own_says_what_is_in_it():
    registry = Chosen()
    shown, hidden = (
        Counter("shown", "d", registry=registry),
        Gauge("hidden", "d", registry=registry),
    )
    assert len(registry) == 1 and list(registry) == [shown]
    assert "shown" in registry and shown in registry
    assert "hidden" not in registry and hidden not in registry
    assert "hidden" in registry.collectors
