"""Metrics that are exposed before their first update: `initial=`."""

import decimal
import enum
import math

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from aioprometheus.collectors import Collector
from support.make import make
from support.scrapes import FORMATS, scrape, values


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("labelnames", [None, []])
@pytest.mark.parametrize(
    ("kind", "initial", "expected"),
    [
        (Counter, 0, {"m": 0}),
        (Counter, 5.5, {"m": 5.5}),
        (Gauge, 0, {"m": 0}),
        (Gauge, -3, {"m": -3}),
        (Gauge, decimal.Decimal("1.5"), {"m": 1.5}),
        (Collector, 7, {"m": 7}),
        (Summary, 0, {"m_count": 0, "m_sum": 0}),
        (Histogram, 0, {"m_count": 0, "m_sum": 0, "m_bucket": 0}),
        (Histogram, 0.0, {"m_count": 0, "m_sum": 0, "m_bucket": 0}),
    ],
)
def test_numbers(kind, initial, expected, labelnames, format_):
    registry = Registry()
    make(kind, registry, initial=initial, labelnames=labelnames)
    found = values(format_, scrape(registry, format_))
    assert {name: value for (name, _), value in found.items() if not math.isnan(value)} == expected


def test_text_is_as_after_an_update():
    registry = Registry()
    for name, initial in [("a", 5), ("b", 5.0), ("c", math.inf), ("d", math.nan)]:
        Gauge(name, "d", registry=registry, initial=initial)
    lines = render(registry)[0].decode().splitlines()[2::3]
    assert lines == ["a 5", "b 5.0", "c inf", "d nan"]
    assert registry.get("a").get() == 5 and isinstance(registry.get("a").get(), int)


def test_const_labels_are_there():
    registry = Registry(const_labels={"env": "prod"})
    Gauge("g", "d", {"a": "x"}, registry, initial=0)
    assert render(registry)[0].endswith(b'\ng{a="x",env="prod"} 0\n')


def test_without_it_nothing_is_exposed():
    for kind in (Counter, Gauge, Summary, Histogram, Info, Enum, Collector):
        for options in ({}, {"initial": None}):
            metric = make(kind, **options)
            assert metric.get_all() == []


def test_updates_go_on_from_there():
    counter = make(Counter, initial=5)
    counter.inc()
    counter.labels(a="x").inc()
    assert counter.get_all() == [({}, 6), ({"a": "x"}, 1)]
    gauge = make(Gauge, initial=-1, labelnames=[])
    gauge.labels().dec()
    assert gauge.get() == -2
    histogram = make(Histogram, initial=0)
    histogram.observe(1)
    assert histogram.get()["count"] == 1
    # What is removed is born anew as ever.
    del counter.values[{}]
    counter.inc()
    assert counter.get() == 1


def test_states_and_facts():
    assert make(Enum, initial="on").get() == "on"
    assert make(Enum, initial=Colour.BLUE, states=Colour).get() == "blue"
    assert make(Info, initial={"version": 1}).get() == {"version": "1"}
    for kind, initial in [(Enum, "another"), (Info, {"a b": 1})]:
        with pytest.raises(ValueError, match=r"m|Invalid"):
            make(kind, initial=initial)
    with pytest.raises(TypeError):
        make(Info, initial=5)


@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram, Info, Enum, Collector])
def test_a_metric_with_labelnames_has_no_such_series(kind):
    registry = Registry()
    initial = {Info: {"a": "x"}, Enum: "on"}.get(kind, 0)
    with pytest.raises(ValueError, match=r"^m: initial is the value") as caught:
        make(kind, registry, labelnames=["a", "b"], initial=initial)
    update = {Counter: ".inc(0)", Gauge: ".set(0)", Info: ".info({...})", Enum: '.state("on")'}
    words = "metric.labels({'a': ..., 'b': ...})" + update.get(kind, "")
    assert str(caught.value).endswith(words)
    assert len(registry) == 0


@pytest.mark.parametrize(
    ("kind", "initial", "error", "words"),
    [
        (Counter, -1, ValueError, "m: |Counters"),
        (Counter, math.nan, ValueError, "m: |Counter"),
        (Counter, "0", TypeError, "m: a gauge|number|m: "),
        (Counter, True, TypeError, "m: a gauge|number|m: "),
        (Gauge, "5", TypeError, "m|number"),
        (Gauge, False, TypeError, "m: a gauge|number|m: "),
        (Gauge, {}, TypeError, "m: a gauge|number|m: "),
        (Gauge, {"a": "x"}, TypeError, "m: a gauge|number|m: "),
        (Histogram, 1, ValueError, "m: a histogram begins without observations: initial must be 0"),
        (Histogram, math.nan, ValueError, "must be 0"),
        (Histogram, [], TypeError, "must be 0"),
        (Histogram, False, TypeError, "must be 0"),
        (Summary, 0.5, ValueError, "m: a summary begins without observations"),
        (Summary, "0", TypeError, "must be 0, not the str '0'"),
    ],
)
def test_other_values_are_refused(kind, initial, error, words):
    registry = Registry()
    with pytest.raises(error, match=words):
        make(kind, registry, initial=initial)
    assert len(registry) == 0
    assert make(kind, registry, initial=0).get_all() != []


def test_a_class_that_overrides_set_value():
    class Doubling(Gauge):
        def set_value(self, labels, value):
            super().set_value(labels, 2 * value)

    registry = Registry()
    assert make(Doubling, registry, initial=4).get() == 8

    class Failing(Gauge):
        def set_value(self, labels, value):
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        make(Failing, registry, "n", initial=4)
    assert "n" not in registry


def test_a_class_that_overrides_the_values_of_observations():
    class Own(Histogram):
        def get_value(self, labels):
            return super().get_value(labels)

    assert make(Own, initial=0).get_all() == []
    with pytest.raises(ValueError, match="must be 0"):
        make(Own, initial=1)
