"""Labels that are mappings of other classes than dict."""

from __future__ import annotations

from collections import ChainMap, OrderedDict, UserDict
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from support.make import make as make_metric


class Frozen(Mapping):
    """As a frozendict is: hashable, and no dict."""

    def __init__(self, **labels):
        self._labels = labels

    def __getitem__(self, name):
        return self._labels[name]

    def __iter__(self):
        return iter(self._labels)

    def __len__(self):
        return len(self._labels)

    def __hash__(self):
        return hash(frozenset(self._labels.items()))


MAKE = {
    "OrderedDict": OrderedDict,
    "MappingProxyType": lambda **labels: MappingProxyType(labels),
    "UserDict": UserDict,
    "ChainMap": lambda **labels: ChainMap({}, labels),
    "CIMultiDictProxy": lambda **labels: CIMultiDictProxy(CIMultiDict(labels)),
    "Frozen": Frozen,
}

KINDS = [Counter, Gauge, Summary, Histogram]


def _make(kind, **options):
    return make_metric(kind, name="the_metric", **options)


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@pytest.mark.parametrize("kind", KINDS)
def test_updates_and_reads(kind, make):
    metric, twin = _make(kind), _make(kind)
    for labels in ({"b": "1", "a": 2}, {"a": "x"}, {}):
        for _ in range(2):
            metric.add(make(**labels), 2)
            twin.add(labels, 2)
        assert metric.get(make(**labels)) == twin.get(labels)
        assert metric.get(labels) == metric.labels(make(**labels)).get()
        assert metric.values[make(**labels)] == metric.get_value(labels)
        assert make(**labels) in metric.values
    assert metric.samples == twin.samples and len(metric.values) == 3
    del metric.values[make(a="x")]
    metric.values[make(a="y")] = twin.values[{"a": "x"}]
    assert metric.get({"a": "y"}) == twin.get({"a": "x"}) and len(metric.values) == 3
    metric.set_value(make(a="z"), twin.get_value({"a": "x"}))
    assert metric.get(make(a="z")) == twin.get({"a": "x"})


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_everywhere_else(make):
    registry = Registry()
    constant = make(service="a")
    counter = Counter("c_total", "d", constant, registry=registry, labelnames=["method"])
    assert counter.const_labels == {"service": "a"} and type(counter.const_labels) is dict
    counter.inc(make(method="GET"), exemplar=make(trace_id="1"))
    counter.labels(make(method="GET")).inc(exemplar=make(trace_id="2"))
    info = Info("i", "d", registry=registry)
    info.info(make(version="1"))
    info.info(make(a="x"), make(version="2"))
    Enum("e", "d", registry=registry, states=["on"]).state(make(a="x"), "on")
    Gauge("g", "d", registry=registry).set_to_current_time(make(a="x"))
    text = render(registry, "application/openmetrics-text")[0].decode()
    assert 'c_total{method="GET",service="a"} 2 # {trace_id="2"}' in text
    assert 'i_info{version="1"} 1' in text and 'i_info{a="x",version="2"} 1' in text
    assert 'e{a="x",e="on"} 1' in text and 'g{a="x"} ' in text


def test_a_get_all_of_ones_own():
    class Own(Gauge):
        def get_all(self):
            return [(MappingProxyType({"a": "x"}), 5), (Frozen(), 6)]

    gauge = _make(Own)
    assert [(sample.labels, sample.value) for sample in gauge.samples] == [({"a": "x"}, 5), ({}, 6)]


class Failing(Frozen):
    def __iter__(self):
        yield "a"
        raise ZeroDivisionError("of the user")


class Changing(Frozen):
    def __getitem__(self, name):
        self._labels[f"another{len(self._labels)}"] = "x"
        return self._labels[name]


class Endless(Frozen):
    def __iter__(self):
        number = 0
        while True:
            number += 1
            yield f"a{number}"

    def __getitem__(self, name):
        return "x"


class Odd(Frozen):
    def items(self):
        return ["abc"]


DOUBLE = CIMultiDict([("a", "1"), ("a", "2")])


@pytest.mark.parametrize(
    ("labels", "error"),
    [
        (Failing(a="x"), ZeroDivisionError),
        (Changing(a="x"), RuntimeError),
        (Odd(), TypeError),
        (DOUBLE, ValueError),
        (UserDict({5: "x"}), ValueError),
        (UserDict({"job": "x"}), ValueError),
        (MappingProxyType({"a": "\ud800"}), ValueError),
        (Endless(), ValueError),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("kind", KINDS)
def test_mappings_that_misbehave(kind, labels, error):
    metric = _make(kind)
    for call in (lambda: metric.add(labels, 1), lambda: metric.labels(labels)):
        with pytest.raises(error):
            call()
    assert metric.get_all() == []
    with pytest.raises(error):
        kind("other", "d", labels, registry=Registry())


def test_facts_that_misbehave():
    info = _make(Info)
    for facts in (Failing(a="x"), DOUBLE):
        with pytest.raises((ZeroDivisionError, ValueError)):
            info.info(facts)
    assert info.get_all() == []


def test_what_a_replaced_mapping_keeps():
    gauge = _make(Gauge)
    gauge.set({"a": "x"}, 5)
    kept = gauge.values
    gauge.values = {}
    assert kept[Frozen(a="x")] == kept[{"a": "x"}] == 5 and len(gauge.values) == 0
    kept[Frozen(a="x")] = 6
    assert kept[{"a": "x"}] == 6 and repr(kept) == "<Values of the_metric: 1 series>"
