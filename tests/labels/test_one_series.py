"""Labels that are written differently, but are one series for a server and also here."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, names, render
from support import text_parser
from support.format_model import KINDS, METHODS
from support.make import make

VALUES = {Info: {"fact": "1"}, Enum: "on"}


def update(metric: Any, labels: Any) -> None:
    kind = next(kind for kind in KINDS if isinstance(metric, kind))
    getattr(metric, METHODS[kind])(labels, VALUES.get(kind, 1))


def spellings(metric: Any) -> list[dict[str, str]]:
    return [labels for labels, _ in metric.get_all()]


@pytest.mark.parametrize("kind", KINDS)
def test_ways_to_one_series(kind: Any) -> None:
    metric = make(kind, const_labels={"c": "x", "e": ""})
    same = [{"b": "1", "a": ""}, {"b": "1"}, {"c": "x", "b": "1"}, {"e": "", "b": "1", "z": ""}]
    for labels in [*same, *same]:
        update(metric, labels)
        update(metric, dict(labels))
    assert spellings(metric) == [{"a": "", "b": "1"}]
    assert list(metric.values) == [b'{"a":"","b":"1"}']
    for labels in same:
        assert labels in metric.values
        assert metric.get(labels) == metric.get(same[0])
        assert metric.labels(labels).get() == metric.get(same[0])
    del metric.values[same[2]]
    assert len(metric.values) == 0
    update(metric, same[2])
    assert spellings(metric) == [{"b": "1", "c": "x"}]


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_label_is_a_default(kind: Any) -> None:
    metric = make(kind, const_labels={"c": "x", "blueprint": ""})
    for labels in ({}, {"c": "y"}, {"c": ""}, {"blueprint": "b"}, {"c": "x"}):
        update(metric, labels)
    assert len(metric.values) == 4
    seen = [dict(sample.labels) for sample in metric.samples]
    (body, _), kept = render(metric_registry(metric), None), []
    lines = text_parser.parse(body)
    assert [line.labels for line in lines] == [dict(sorted(labels.items())) for labels in seen]
    for line in lines:
        if (line.labels["blueprint"], line.labels["c"]) not in kept:
            kept.append((line.labels["blueprint"], line.labels["c"]))
    assert kept == [("", "x"), ("", "y"), ("", ""), ("b", "x")]


def metric_registry(metric: Any) -> Registry:
    registry = Registry()
    registry.register(metric)
    return registry


def test_the_text_of_a_replaced_constant_label() -> None:
    gauge = make(Gauge, const_labels={"blueprint": "", "app": "x"})
    gauge.set({"app": "y", "z": "1"}, 1)
    gauge.set({"blueprint": "b"}, 2)
    assert render(metric_registry(gauge), None)[0].decode().splitlines()[2:] == [
        'm{app="y",blueprint="",z="1"} 1',
        'm{app="x",blueprint="b"} 2',
    ]
    assert gauge.samples[0].labels == {"blueprint": "", "app": "y", "z": "1"}


def test_declared_labels_must_be_given_also_where_they_say_nothing() -> None:
    counter = make(Counter, labelnames=["a"])
    counter.inc({"a": ""})
    for wrong in (None, {}, {"a": "", "b": ""}):
        with pytest.raises(ValueError, match="m: "):
            counter.inc(wrong)
        assert wrong not in counter.values
        with pytest.raises(ValueError, match="m: "):
            counter.get(wrong)
    assert counter.get({"a": ""}) == 1


@pytest.mark.parametrize("labels", [{"le": ""}, {"a b": ""}, {"__a": ""}, {"job": ""}])
def test_names_are_checked_also_where_they_say_nothing(labels: dict[str, str]) -> None:
    histogram = make(Histogram)
    histogram.observe(1)
    with pytest.raises(ValueError, match="Invalid label"):
        histogram.observe(labels, 1)
    assert labels not in histogram.values and histogram.get()["count"] == 1


@pytest.mark.parametrize("kind", [Counter, Summary, Histogram])
def test_threads_that_spell_one_series_differently(kind: Any) -> None:
    metric = make(kind, const_labels={"c": "x"})
    ways: list[dict[str, str]] = [{}, {"c": "x"}, {"e": ""}, {"c": "x", "e": ""}]
    barrier = threading.Barrier(len(ways))

    def work(more: dict[str, str]) -> None:
        for number in range(300):
            barrier.wait()
            metric.add({"n": str(number), **more}, 1)

    threads = [threading.Thread(target=work, args=[more]) for more in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(metric.values) == 300
    counts = [value["count"] if isinstance(value, dict) else value for _, value in metric.get_all()]
    assert counts == [4] * 300


def test_series_that_are_escaped_alike() -> None:
    names.allow_utf8()
    try:
        gauge = make(Gauge)
    finally:
        names.allow_utf8(False)
    gauge.set({"hello.world": "x"}, 1)
    child = gauge.labels({"hello.world": "y"})
    for labels in ({"hello_world": "x"}, {"hello_dot_world": "x"}, {"hello/world": "x", "e": ""}):
        for call in (
            lambda labels=labels: gauge.set(labels, 2),
            lambda labels=labels: gauge.labels(labels),
            lambda labels=labels: gauge.set_value(labels, 2),
            lambda labels=labels: gauge.values.__setitem__(labels, 2),
            lambda labels=labels: gauge.set(labels, "no number"),
        ):
            with pytest.raises(ValueError, match=r"m: .*cannot stand beside \{\"hello\.world\"="):
                call()
    assert spellings(gauge) == [{"hello.world": "x"}, {"hello.world": "y"}]
    del gauge.values[{"hello.world": "y"}]
    gauge.set({"hello_world": "y"}, 1)
    with pytest.raises(ValueError, match=r"beside \{hello_world=\"y\"\}"):
        child.set(2)
    gauge.values.clear()
    child.set(3)
    assert spellings(gauge) == [{"hello.world": "y"}]


def test_labels_and_facts_that_add_up_to_those_of_another_series() -> None:
    info = make(Info, const_labels={"z": "9"})
    info.info({"a": "1"}, {"b": "2"})
    for labels, facts in (
        ({"b": "2"}, {"a": "1"}),
        ({"a": "1", "b": "2"}, {}),
        ({"a": "1", "b": "2"}, {"c": ""}),
        ({"z": "9", "b": "2", "e": ""}, {"a": "1"}),
    ):
        for call in (
            lambda labels=labels, facts=facts: info.info(labels, facts),
            lambda labels=labels, facts=facts: info.values.__setitem__(labels, facts),
            lambda labels=labels, facts=facts: info.set_value(labels, facts),
        ):
            with pytest.raises(ValueError, match=r"m: .* add up to the same"):
                call()
    with pytest.raises(ValueError, match=r"m: .* add up to the same"):
        info.labels(a="1", b="2")
    assert info.get_all() == [({"a": "1"}, {"b": "2"})]
    # Facts may clash later, and label sets that were given up are free.
    other = info.labels(b="2")
    other.info({"a": "3"})
    with pytest.raises(ValueError, match=r"m: .* add up to the same"):
        other.info({"a": "1"})
    assert other.get() == {"a": "3"}
    info.info({"a": "1"}, {"b": "3"})
    other.info({"a": "1"})
    del info.values[{"a": "1"}]
    info.info({"a": "1"}, {"b": "3"})
    info.values.clear()
    info.info({"a": "1", "b": "2"}, {})


def test_facts_and_constant_labels() -> None:
    info = make(Info, const_labels={"z": "9"})
    with pytest.raises(ValueError, match="'z'"):
        info.info({"z": "1"})
    info.info({"z": "1"}, {"a": "1"})
    info.info({"z": ""}, {"a": "1"})
    info.info({}, {"a": "1"})
    assert len(info.values) == 3
    info.info({"z": "9"}, {"a": "2"})
    assert len(info.values) == 3 and info.get() == {"a": "2"}
