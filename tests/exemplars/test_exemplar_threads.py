"""Exemplars under threads: they are whole, the last ones, and at most one for each place."""

import pytest

from aioprometheus import Counter, Histogram, Registry
from support.many_threads import meanwhile, run
from support.memory import needs_proc, resident
from support.scrapes import exemplars, scrape, values

pytestmark = pytest.mark.usefixtures("frequent_switches")

A = {"a": "x"}
OPEN = ["openmetrics", "protobuf"]
in_both_formats = pytest.mark.parametrize("kind", OPEN)
TIMES = 3_000


def _metrics():
    registry = Registry()
    counter = Counter("c_total", "d", registry=registry)
    histogram = Histogram("h", "d", registry=registry, buckets=[1, 5])
    return registry, counter, histogram


@in_both_formats
def test_they_are_whole_while_they_are_replaced(kind):
    registry, counter, histogram = _metrics()
    bound = counter.labels(A)

    def work(number):
        for turn in range(TIMES):
            value = (number * TIMES + turn) % 8 + 0.5
            exemplar = {"value": str(value), "thread": str(number)}
            bound.inc(value, exemplar=exemplar)
            counter.inc({"a": str(turn % 20)}, value, exemplar=exemplar)
            histogram.observe(A, value, exemplar=exemplar)

    def watch():
        content = scrape(registry, kind)
        for (name, labels), exemplar in exemplars(kind, content).items():
            assert set(exemplar.labels) == {"value", "thread"}
            assert exemplar.labels["value"] == str(exemplar.value)
            if name == "h_bucket":
                bounds = {"1.0": (0, 1), "5.0": (1, 5), "+Inf": (5, 9)}[dict(labels)["le"]]
                assert bounds[0] < exemplar.value <= bounds[1]

    with meanwhile(watch):
        run(work, 4)
    watch()
    content = scrape(registry, kind)
    assert len(exemplars(kind, content)) == 1 + 20 + 3
    assert values(kind, content)["h_count", (("a", "x"),)] == 4 * TIMES


@in_both_formats
def test_a_series_that_comes_and_goes_shows_none_of_its_past(kind):
    registry, counter, _ = _metrics()

    def work(number):
        for turn in range(TIMES):
            counter.inc(A, exemplar={"n": str(turn)})
            counter.values.pop(A, None)

    with meanwhile(lambda: exemplars(kind, scrape(registry, kind))):
        run(work, 4)
    counter.inc(A)
    counter.values.pop(A)
    counter.inc(A)
    assert exemplars(kind, scrape(registry, kind)) == {}


@needs_proc
def test_only_the_last_ones_take_memory():
    _, counter, histogram = _metrics()
    child = counter.labels(A)

    def update(times):
        for turn in range(times):
            exemplar = {"trace_id": f"{turn:0100}"}
            counter.inc(exemplar=exemplar)
            child.inc(exemplar=exemplar)
            histogram.observe(A, turn % 10, exemplar=exemplar)

    update(1_000)
    before = resident()
    update(100_000)
    assert resident() - before < 10_000_000
