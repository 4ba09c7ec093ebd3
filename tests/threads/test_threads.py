"""Threads: no update is lost, no scrape is torn, and no thread waits for a scrape."""

import os
import random
from contextlib import suppress

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from support.many_threads import meanwhile, run, whole

pytestmark = pytest.mark.usefixtures("frequent_switches")

THREADS = 8
TIMES = 1_000_000 if os.environ.get("AIOPROMETHEUS_LONG_TESTS") else 100_000


def _metrics(registry):
    return [
        Counter("c", "d", registry=registry),
        Gauge("g", "d", registry=registry),
        Summary("s", "d", registry=registry, quantiles={0.5: 0.05}),
        Histogram("h", "d", registry=registry, buckets=[1, 5]),
    ]


def test_one_series():
    registry = Registry()
    counter = Counter("c", "d", registry=registry)
    labels = {"method": "GET", "path": "/"}

    def work(number):
        for _ in range(TIMES):
            counter.inc(labels)

    seen = []

    def watch():
        parsed = whole(registry)
        seen.append(int(parsed.get(("c", tuple(sorted(labels.items()))), "0")))

    with meanwhile(watch):
        run(work)
    assert counter.get(labels) == THREADS * TIMES
    assert seen == sorted(seen)


@pytest.mark.parametrize("step", [1, 0.5])
def test_one_series_up_and_down(step):
    registry = Registry()
    gauge = Gauge("g", "d", registry=registry)

    def work(number):
        for _ in range(TIMES):
            gauge.inc(step)
            gauge.dec({}, step)
            gauge.add(2 * step)
            gauge.sub(None, step)

    with meanwhile(lambda: whole(registry)):
        run(work)
    assert gauge.get() == THREADS * TIMES * step


def test_a_hundred_series_that_are_born_meanwhile():
    registry = Registry()
    counter = Counter("c", "d", registry=registry)

    def work(number):
        order = list(range(100))
        random.Random(number).shuffle(order)
        for turn in range(1000):
            for index in order:
                if turn % 2:
                    counter.inc({"i": index, "j": "x"})
                else:
                    counter.inc({"j": "x", "i": str(index)})

    with meanwhile(lambda: whole(registry)):
        run(work)
    assert len(counter.values) == 100
    assert {value for _, value in counter.get_all()} == {THREADS * 1000}


def test_observations():
    registry = Registry()
    _, _, summary, histogram = _metrics(registry)

    def work(number):
        labels = {"a": "x"}
        for index in range(TIMES // 2):
            histogram.observe(labels, 2)
            summary.observe(labels, 2)
            if index % 50 == 0:
                histogram.observe({"b": index % 500}, 2.0)
                summary.observe({"b": index % 500}, 2.0)

    with meanwhile(lambda: whole(registry)):
        run(work)
    whole(registry)
    total = THREADS * (TIMES // 2)
    assert histogram.get({"a": "x"}) == {
        1.0: 0,
        5.0: total,
        float("inf"): total,
        "count": total,
        "sum": 2.0 * total,
    }
    assert summary.get({"a": "x"}) == {0.5: 2.0, "count": total, "sum": 2.0 * total}
    for metric in (summary, histogram):
        assert sum(report["count"] for _, report in metric.get_all()) == total + THREADS * (
            len(range(0, TIMES // 2, 50))
        )


def test_readers_of_every_kind_see_whole_histograms():
    registry = Registry()
    _, _, summary, histogram = _metrics(registry)
    labels = {"a": "x"}
    for metric in (summary, histogram):
        metric.observe(labels, 2)

    def read():
        for report in (histogram.get(labels), summary.get(labels)):
            assert report["sum"] == 2 * report["count"]
        report = histogram.get_all()[0][1]
        assert report[5.0] == report[float("inf")] == report["count"]
        values = {sample.name: sample.value for sample in histogram.samples}
        assert values["h_sum"] == 2 * values["h_count"]
        assert values["h_bucket"] == values["h_count"]  # the last bucket of this name is +Inf

    def work(number):
        for _ in range(TIMES // 4):
            histogram.observe(labels, 2)
            summary.observe(labels, 2)

    with meanwhile(read):
        run(work, 4)
    assert histogram.get(labels)["count"] == 4 * (TIMES // 4) + 1


def test_a_scrape_shows_no_series_twice():
    """A series that is deleted and born again meanwhile is there once, or not at all."""
    registry = Registry()
    counter = Counter("c", "d", registry=registry)
    for index in range(200):
        counter.inc({"i": index})

    def work(number):
        for _ in range(TIMES // 200):
            for index in range(200):
                with suppress(KeyError):
                    del counter.values[{"i": index}]
                counter.inc({"i": index})

    with meanwhile(lambda: whole(registry)):
        run(work, 2)


def test_deletions_and_clearing_meanwhile():
    registry = Registry()
    metrics = _metrics(registry)

    def work(number):
        for index in range(TIMES // 10):
            metric = metrics[(index + number) % 4]
            metric.add({"i": index % 20}, 2)
            if index % 3 == 0:
                with suppress(KeyError):
                    del metric.values[{"i": index % 7}]
            if index % 500 == 0:
                metric.values.clear()
            if index % 100 == 0:
                metric.get_all()
                list(metric.values)
                len(metric.samples)

    with meanwhile(lambda: whole(registry)):
        run(work)
    for metric in metrics:
        metric.values.clear()
        metric.add({"i": 0}, 2)
    assert len(whole(registry)) == 1 + 1 + 3 + 5


def test_items_and_values_while_series_are_deleted():
    counter = Counter("c", "d", registry=Registry())

    def work(number):
        for index in range(TIMES // 10):
            counter.inc({"i": index % 20})
            counter.values.pop({"i": (index + number) % 20}, None)

    def read():
        assert all(value >= 1 for _, value in counter.values.items())
        assert all(value >= 1 for value in counter.values.values())
        assert all(value >= 1 for _, value in counter.get_all())

    with meanwhile(read):
        run(work, 2)


def test_pop_with_a_default_never_raises():
    counter = Counter("c", "d", registry=Registry())
    labels, taken = {"a": "x"}, []

    def work(number):
        for _ in range(TIMES // 10):
            counter.inc(labels)
            taken.append(counter.values.pop(labels, 0))

    run(work, 4)
    assert len(taken) == 4 * (TIMES // 10)
    assert all(type(value) is int for value in taken)


def test_live_objects_meanwhile():
    registry = Registry()
    _, _, summary, histogram = _metrics(registry)
    for metric in (summary, histogram):
        metric.observe(2)
    live, estimator = histogram.values[None], summary.values[None]

    def read():
        counts = list(live.buckets.values())
        assert counts[1] == counts[2]
        assert estimator.query(0.5) == 2.0
        assert live.observations >= 1 and estimator._observations >= 1

    def work(number):
        for _ in range(TIMES // 10):
            (live.observe if number % 2 else histogram.observe)(2)
            summary.observe(2)

    with meanwhile(read):
        run(work, 4)
    assert live.observations == estimator._observations == 1 + 4 * (TIMES // 10)


def test_python_callbacks_in_every_thread():
    """Texts of labels are taken by Python code, which is interrupted at will."""
    counter = Counter("c", "d", registry=Registry())

    class Value:
        def __init__(self, number):
            self.number = number

        def __str__(self):
            counter.inc({"inner": self.number % 10})
            return str(self.number % 10)

    def work(number):
        for index in range(2000):
            counter.inc({"outer": Value(index)})

    run(work)
    assert len(counter.values) == 20
    assert {value for _, value in counter.get_all()} == {THREADS * 200}
