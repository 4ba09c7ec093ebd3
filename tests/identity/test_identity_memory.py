"""The memory of remembered label dicts, which is limited and keeps no large strings."""

import gc
import os
import sys

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from support.label_model import fresh
from support.make import make
from support.memory import needs_proc, resident

KINDS = [Counter, Gauge, Summary, Histogram]
TIMES = 1_000_000 if os.environ.get("AIOPROMETHEUS_LONG_TESTS") else 200_000
MEGABYTE = 2**20


def _counts(*objects):
    return [sys.getrefcount(one) for one in objects]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [10, 1000, 100_000])
def test_a_deleted_metric_leaves_the_label_strings(kind, size):
    name, value, other = fresh("some_name"), "v" * size + "1", "w" * size + "2"
    labels = {name: value, "b": other}
    before = _counts(name, value, other, labels)
    metric = make(kind)
    for _ in range(100):
        metric.add(labels, 1)
        metric.get(labels)
    metric.add({name: other, "b": value}, 1)
    del metric.values[{name: other, "b": value}]
    metric.labels(labels).add(1)
    metric.add({name: value}, 1)
    del metric
    gc.collect()
    assert _counts(name, value, other, labels) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_metric_leaves_the_numbers(kind):
    values = [int("1" * 4000), float("1.25"), int("123456789")]
    before = _counts(*values)
    metric = make(kind)
    for value in values:
        for _ in range(100):
            metric.add({"a": value, "b": "y"}, 1)
    del metric, value
    gc.collect()
    assert _counts(*values) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_metric_that_its_registry_drops_leaves_the_label_strings(kind):
    name, value = fresh("some_name"), fresh("some value")
    before = _counts(name, value)
    registry = Registry()
    for turn in range(20):
        metric = kind("m", "d", registry=registry)
        for _ in range(5):
            metric.add({name: value}, 1)
            render(registry, None)
        del metric
        if turn % 2:
            registry.clear()
        else:
            registry.deregister("m")
    gc.collect()
    assert _counts(name, value) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_that_outlives_its_metric_leaves_them_when_it_goes(kind):
    name, value = fresh("some_name"), fresh("some value")
    before = _counts(name, value)
    metric = make(kind)
    for _ in range(5):
        metric.add({name: value}, 1)
    child = metric.labels({name: value})
    del metric
    gc.collect()
    child.add(1)
    del child
    gc.collect()
    assert _counts(name, value) == before


@pytest.mark.parametrize("kind", KINDS)
def test_objects_that_may_change_their_text_are_not_kept(kind):
    class Thing:
        def __str__(self):
            return "thing"

    class Text(str):
        pass

    metric = make(kind)
    values = [Thing(), Text("thing"), [1]]
    before = _counts(*values)
    for value in values:
        for _ in range(100):
            metric.add({"a": value}, 1)
            metric.add({"a": "x", "b": value}, 1)
            metric.get({"a": value})
    del value
    assert _counts(*values) == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("born_before", [True, False])
def test_a_megabyte_that_is_used_once_is_not_kept(kind, born_before):
    metric = make(kind)
    if born_before:
        metric.add({"a": "v" * MEGABYTE, "b": "y"}, 1)
    value = fresh("v" * MEGABYTE)
    before = sys.getrefcount(value)
    metric.add({"a": value, "b": "y"}, 1)
    assert sys.getrefcount(value) == before
    metric.get({"a": value, "b": "y"})
    assert sys.getrefcount(value) == before
    assert len(metric.values) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_dict_is_not_kept(kind):
    metric = make(kind)
    value = fresh("some value")
    before = sys.getrefcount(value)
    for _ in range(10):
        with pytest.raises(ValueError):
            metric.add({"a": value, "job": "x"}, 1)
        with pytest.raises(ValueError):
            metric.add({"a": value, "b": "\ud800"}, 1)
        with pytest.raises(KeyError):
            metric.get({"a": value, "b": "none"})
    assert sys.getrefcount(value) == before


@needs_proc
@pytest.mark.parametrize("kind", KINDS)
def test_fresh_strings_on_one_series(kind):
    """Each would take a kilobyte if it were kept; all have one text, and mean one series."""
    metric = make(kind)
    text = ("v" * 1024).encode()
    for _ in range(1000):
        metric.add({"a": text.decode(), "b": "y"}, 1)
    gc.collect()
    before = resident()
    for _ in range(TIMES):
        metric.add({"a": text.decode(), "b": "y"}, 1)
    assert resident() - before < 50 * MEGABYTE
    assert len(metric.values) == 1


@needs_proc
def test_fresh_strings_on_many_metrics():
    metrics = [make(kind) for kind in KINDS * 5]
    text = ("v" * 1024).encode()
    before = resident()
    for index in range(TIMES):
        metrics[index % 20].add({"a": text.decode(), f"n{index % 3}": "y"}, 1)
    assert resident() - before < 50 * MEGABYTE
    assert [len(metric.values) for metric in metrics] == [3] * 20


@needs_proc
def test_fresh_big_strings_on_one_series():
    counter = make(Counter)
    text = b"v" * MEGABYTE
    counter.inc({"a": text.decode()})
    before = resident()
    for _ in range(500):
        counter.inc({"a": text.decode()})
    assert resident() - before < 50 * MEGABYTE
    assert counter.get_all() == [({"a": text.decode()}, 501)]


@needs_proc
def test_series_that_come_and_go():
    counter = make(Counter)
    padding = "v" * 1000

    def turn(numbers):
        for number in numbers:
            labels = {"a": f"{padding}{number}"}
            counter.inc(labels)
            counter.inc(labels)
            del counter.values[labels]

    turn(range(1000))
    before = resident()
    turn(range(1000, 1000 + TIMES // 4))
    assert resident() - before < 25 * MEGABYTE
    assert len(counter.values) == 0


@needs_proc
def test_metrics_that_come_and_go():
    text = ("v" * 1024).encode()

    def turn(times):
        for index in range(times):
            metric = make(KINDS[index % 4])
            for _ in range(3):
                metric.add({"a": text.decode()}, 1)
            metric.labels({"a": text.decode()}).add(1)

    turn(1000)
    gc.collect()
    before = resident()
    turn(TIMES // 10)
    gc.collect()
    assert resident() - before < 50 * MEGABYTE
