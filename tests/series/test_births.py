"""Series that are replaced by others of the same labels: since when these count."""

import time

import pytest

from aioprometheus import Counter, Histogram, Registry, Summary
from aioprometheus.formats.protobuf import ProtobufFormatter
from support import protobuf_model

LABELS = {"a": "x"}


def created(metric):
    """When the only series of the metric began, in milliseconds."""
    registry = Registry()
    registry.register(metric)
    (family,) = protobuf_model.parse(ProtobufFormatter().marshall(registry))
    (series,) = family.metric
    start = getattr(series, type(metric).__name__.lower()).start_timestamp
    return start.seconds * 1000 + start.nanos // 1_000_000


def wait_for_the_next_millisecond():
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 <= now:
        pass


def replaced(metric, change):
    before = created(metric)
    wait_for_the_next_millisecond()
    with metric.replacing() as new:
        change(new)
    return created(metric) != before


@pytest.mark.parametrize(("value", "is_reset"), [(5, False), (6.5, False), (4, True), (0, True)])
def test_a_counter_that_does_not_fall_counts_on(value, is_reset):
    counter = Counter("counter", "doc", registry=Registry())
    counter.inc(LABELS, 5)
    assert replaced(counter, lambda new: new.set(LABELS, value)) is is_reset
    before = created(counter)
    wait_for_the_next_millisecond()
    counter.replace([(LABELS, value)])
    assert created(counter) == before


@pytest.mark.parametrize("kind", [Histogram, Summary])
@pytest.mark.parametrize(("count", "is_reset"), [(3, False), (4, False), (2, True)])
def test_so_do_observations(kind, count, is_reset):
    metric = kind("metric", "doc", registry=Registry())
    metric.observe(LABELS, 1, count=3)
    assert replaced(metric, lambda new: new.observe(LABELS, 1, count=count)) is is_reset


def test_other_labels_begin_anew():
    counter = Counter("counter", "doc", registry=Registry())
    counter.inc(LABELS, 5)
    assert replaced(counter, lambda new: new.inc({"a": "y"}, 9))
