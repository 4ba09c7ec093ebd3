"""The time at which a series began to count: its birth, or the reset of its value."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from aioprometheus.collectors import Estimator
from aioprometheus.formats.openmetrics import OpenMetricsFormatter
from aioprometheus.formats.protobuf import ProtobufFormatter
from support import protobuf_model

LABELS = {"a": "x"}


def created(metric: Any) -> int:
    """When the only series of the metric began, in milliseconds; the formats agree on it."""
    registry = Registry()
    registry.register(metric)
    ((family,),) = [protobuf_model.parse(ProtobufFormatter().marshall(registry))]
    (series,) = family.metric
    message = getattr(series, type(metric).__name__.lower())
    start = message.start_timestamp
    milliseconds: int = start.seconds * 1000 + start.nanos // 1_000_000
    text = OpenMetricsFormatter(created=True).marshall(registry).decode()
    (line,) = [line for line in text.splitlines() if "_created" in line]
    assert round(float(line.split()[1]) * 1000) == milliseconds
    return milliseconds


def wait_for_the_next_millisecond() -> None:
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 <= now:
        pass


def histogram(*values: float) -> Histogram:
    made = Histogram("other", "d", buckets=[1, 2], registry=Registry())
    for value in values:
        made.observe(value)
    return made


COUNTER: list[tuple[Callable[[Any], object], bool]] = [
    (lambda counter: counter.inc(LABELS, 0), False),
    (lambda counter: counter.set(LABELS, 5), False),
    (lambda counter: counter.set(LABELS, 7.5), False),
    (lambda counter: counter.labels(LABELS).set(6), False),
    (lambda counter: counter.values.__setitem__(LABELS, 5.0), False),
    (lambda counter: counter.set(LABELS, 4), True),
    (lambda counter: counter.set(LABELS, 4.5), True),
    (lambda counter: counter.set_value(LABELS, 0), True),
    (lambda counter: counter.labels(LABELS).set(0), True),
    (lambda counter: counter.labels(LABELS).set_value(1), True),
    (lambda counter: counter.values.__setitem__(LABELS, 0), True),
    (lambda counter: (counter.values.clear(), counter.inc(LABELS, 9)), True),
    (lambda counter: (counter.values.pop(LABELS), counter.inc(LABELS, 9)), True),
]


@pytest.mark.parametrize(("change", "is_reset"), COUNTER)
@pytest.mark.parametrize("count", [5, 5.0])
def test_a_counter(change: Callable[[Any], object], is_reset: bool, count: float) -> None:
    counter = Counter("c_total", "d", registry=Registry())
    counter.inc(LABELS, count)
    before = created(counter)
    wait_for_the_next_millisecond()
    change(counter)
    assert (created(counter) > before) is is_reset


def estimator(*values: float) -> Estimator:
    made = Estimator((0.5, 0.01))
    for value in values:
        made.observe(value)
    return made


@pytest.mark.parametrize(
    ("new", "is_reset"), [(estimator(1, 2, 3), False), (estimator(1), True), (estimator(), True)]
)
def test_a_summary(new: Estimator, is_reset: bool) -> None:
    summary = Summary("s", "d", quantiles={0.5: 0.01}, registry=Registry())
    for _ in range(2):
        summary.observe(1)
    before = created(summary)
    wait_for_the_next_millisecond()
    summary.values[None] = new
    assert (created(summary) > before) is is_reset


@pytest.mark.parametrize(
    ("values", "is_reset"),
    [((0, 1.5), False), ((0, 1.5, 3), False), ((0,), True), ((1.5, 3, 3), True), ((), True)],
)
@pytest.mark.parametrize("way", ["values", "set_value", "child"])
def test_a_histogram(values: tuple[float, ...], is_reset: bool, way: str) -> None:
    metric = Histogram("h", "d", buckets=[1, 2], registry=Registry())
    for value in (0, 1.5):
        metric.observe(value)
    before = created(metric)
    wait_for_the_next_millisecond()
    other = histogram(*values)
    new = other.labels().get_value()
    if way == "values":
        metric.values[None] = new
    elif way == "set_value":
        metric.set_value(None, new)
    else:
        metric.labels().set_value(new)
    assert (created(metric) > before) is is_reset


def test_a_gauge_goes_up_and_down() -> None:
    registry = Registry()
    gauge = Gauge("g", "d", registry=registry)
    gauge.set(5)
    gauge.set(4)
    gauge.set_value(None, 3)
    assert render(registry, None)[0].endswith(b"\ng 3\n")
