"""Exemplars that are refused: the messages, their order, and that nothing has changed."""

import math

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from support.make import registry_of
from support.scrapes import everything, scrape

A = {"a": "x"}
TRACE = {"trace_id": "4bf92f3577b34da6"}


def _counter(**options):
    return Counter("c_total", "d", registry=Registry(), **options)


def _histogram(**options):
    return Histogram("h", "d", registry=Registry(), buckets=[1, 5], **options)


UPDATES = [
    (_counter, lambda metric, **more: metric.inc(A, 2, **more)),
    (_counter, lambda metric, **more: metric.inc(**more)),
    (_counter, lambda metric, **more: metric.add({"a": "new"}, 2, **more)),
    (_counter, lambda metric, **more: metric.labels(A).inc(**more)),
    (_counter, lambda metric, **more: metric.labels(A).add(2, **more)),
    (_histogram, lambda metric, **more: metric.observe(A, 2, **more)),
    (_histogram, lambda metric, **more: metric.add({"a": "new"}, 2, **more)),
    (_histogram, lambda metric, **more: metric.labels(A).observe(2, **more)),
    (_histogram, lambda metric, **more: metric.labels(A).add(2, **more)),
]
REFUSED = [
    ({"a": "x" * 128}, ValueError),
    ({"a": "\N{PILE OF POO}" * 128}, ValueError),
    ({"a" * 129: ""}, ValueError),
    ({"a" * 60: "x" * 4, "b" * 60: "y" * 5}, ValueError),
    ({"": "x"}, ValueError),
    ({"a b": "x"}, ValueError),
    ({"1a": "x"}, ValueError),
    ({"a:b": "x"}, ValueError),
    ({"a.b": "x"}, ValueError),
    ({"a\n": "x"}, ValueError),
    ({"\u00e9": "x"}, ValueError),
    ({1: "x"}, ValueError),
    ({"a": "\ud800"}, ValueError),
    ({"\ud800": "a"}, ValueError),
    ("trace_id", TypeError),
    ("", TypeError),
    (b"", TypeError),
    (0, TypeError),
    (1.5, TypeError),
    (True, TypeError),
    ([], TypeError),
    ([("trace_id", "x")], TypeError),
    (object(), TypeError),
]


@pytest.mark.parametrize(("make", "update"), UPDATES)
@pytest.mark.parametrize(("exemplar", "error"), REFUSED)
def test_what_is_refused_changes_nothing(make, update, exemplar, error):
    metric = make()
    metric.add(A, 2, exemplar=TRACE)
    registry = registry_of(metric)
    before = everything(registry)
    with pytest.raises(error, match=metric.name):
        update(metric, exemplar=exemplar)
    assert everything(registry) == before


@pytest.mark.parametrize("bad_labels", [{"a b": "x"}, {"__a": "x"}, {"job": "x"}])
def test_labels_are_told_before_values_and_values_before_exemplars(bad_labels):
    counter = _counter(const_labels={"z": "1"})
    histogram = _histogram(const_labels={"z": "1"})
    for update, bad_value in (
        (counter.inc, -1),
        (counter.inc, "x"),
        (counter.add, math.nan),
        (histogram.observe, "x"),
        (histogram.add, None),
    ):
        with pytest.raises(ValueError) as of_labels:
            update(bad_labels, 1)
        with pytest.raises(ValueError) as of_all:
            update(bad_labels, bad_value, exemplar=object())
        assert str(of_all.value) == str(of_labels.value)
        with pytest.raises((ValueError, TypeError)) as of_value:
            update(A, bad_value)
        with pytest.raises(type(of_value.value)) as of_both:
            update(A, bad_value, exemplar={"a b": "x"})
        assert str(of_both.value) == str(of_value.value)
        with pytest.raises(ValueError) as of_labels_again:
            update(bad_labels, 1, exemplar="x")
        assert str(of_labels_again.value) == str(of_labels.value)
    assert counter.get_all() == histogram.get_all() == []


def test_values_are_told_before_exemplars_by_children():
    for update, bad_value in (
        (_counter().labels(A).inc, -1),
        (_counter().labels(A).add, "x"),
        (_histogram().labels(A).observe, "x"),
    ):
        with pytest.raises((ValueError, TypeError)) as of_value:
            update(bad_value)
        with pytest.raises(type(of_value.value)) as of_both:
            update(bad_value, exemplar=object())
        assert str(of_both.value) == str(of_value.value)


def test_declared_names_are_told_before_exemplars():
    counter = Counter("c_total", "d", registry=Registry(), labelnames=["a"])
    with pytest.raises(ValueError, match="labelnames"):
        counter.inc({"b": "x"}, exemplar="junk")
    with pytest.raises(ValueError, match="labelnames"):
        counter.inc(exemplar="junk")
    assert counter.get_all() == []


@pytest.mark.parametrize(
    "call",
    [
        lambda: _counter().inc(A, 1, TRACE),
        lambda: _counter().add(A, 1, TRACE),
        lambda: _counter().labels(A).inc(1, TRACE),
        lambda: _histogram().observe(A, 1, TRACE),
        lambda: _histogram().labels(A).observe(1, TRACE),
    ],
)
def test_they_are_given_by_keyword_only(call):
    with pytest.raises(TypeError):
        call()


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (Counter, "set"),
        (Gauge, "set"),
        (Gauge, "inc"),
        (Gauge, "dec"),
        (Gauge, "add"),
        (Gauge, "sub"),
        (Summary, "observe"),
        (Summary, "add"),
    ],
)
def test_others_take_none(kind, method):
    metric = kind("m", "d", registry=Registry())
    with pytest.raises(TypeError):
        getattr(metric, method)(A, 1, exemplar=TRACE)
    with pytest.raises(TypeError):
        getattr(metric.labels(A), method)(1, exemplar=TRACE)
    twin = kind("m", "d", registry=Registry())
    twin.labels(A)
    assert scrape(registry_of(metric), "text") == scrape(registry_of(twin), "text")
