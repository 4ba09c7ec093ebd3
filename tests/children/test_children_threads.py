"""Children in threads: no update is lost, except those before a removal."""

from contextlib import suppress

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from support.make import make
from support.many_threads import meanwhile, run, whole

pytestmark = pytest.mark.usefixtures("frequent_switches")

KINDS = [Counter, Gauge, Summary, Histogram]
A = {"a": "x"}
TIMES = 20_000


def _make(kind, registry=None, name="m"):
    options = {"buckets": [1, 5]} if kind is Histogram else {}
    return make(kind, registry, name, **options)


def _amount(report):
    return report["count"] if isinstance(report, dict) else report


@pytest.mark.parametrize("kind", KINDS)
def test_threads_lose_nothing(kind):
    """One child that all share, children of the same series, of other series, and the metric."""
    registry = Registry()
    metric = _make(kind, registry)
    shared = metric.labels(which="shared")

    def work(number):
        same, own = metric.labels(which="same"), metric.labels(which=number)
        for _ in range(TIMES):
            shared.add(2)
            same.add(2)
            own.add(2)
            metric.add({"which": "same"}, 2)

    with meanwhile(lambda: whole(registry)):
        run(work, 4)
    unit = 1 if kind in (Summary, Histogram) else 2
    assert _amount(shared.get()) == 4 * TIMES * unit
    assert _amount(metric.get({"which": "same"})) == 8 * TIMES * unit
    assert [_amount(metric.get({"which": number})) for number in range(4)] == [TIMES * unit] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_threads_that_all_bear_a_series_again(kind):
    """After each removal all threads race to bear the series: one is born, with all updates."""
    metric = _make(kind)
    children = [metric.labels(A) for _ in range(4)]

    def work(number):
        for _ in range(20):
            if number == 0:
                metric.add(A, 1)
            else:
                children[number].add(1)

    for _ in range(150):
        metric.values.clear()
        run(work, 4)
        assert [_amount(report) for _, report in metric.get_all()] == [80]
        assert [_amount(child.get()) for child in children] == [80] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_no_update_after_the_last_removal_is_lost(kind):
    """Batches of updates beside which no removal was under way are there in full."""
    registry = Registry()
    metric = _make(kind, registry)
    unit = 1 if kind in (Summary, Histogram) else 2
    removals, whole_batches = [0], [0] * 3  # the number of removals; odd while one is in progress

    def remove():
        removals[0] += 1
        metric.values.clear()
        removals[0] += 1

    def count(read, *labels):
        try:
            return _amount(read(*labels))
        except KeyError:
            return 0

    def work(number):
        child = metric.labels(which=number)
        while whole_batches[number] < 200:
            before_this = removals[0]
            before = count(child.get)
            for _ in range(5):
                child.add(2)
            after, by_metric = count(child.get), count(metric.get, {"which": number})
            if removals[0] == before_this and before_this % 2 == 0:
                assert after == by_metric == before + 5 * unit
                whole_batches[number] += 1

    with meanwhile(lambda: whole(registry)), meanwhile(remove):
        run(work, 3)
    assert removals[0] >= 2 and min(whole_batches) >= 200
    metric.values.clear()
    assert metric.get_all() == []
    for number in range(3):
        child = metric.labels(which=number)
        child.add(2)
        assert _amount(child.get()) == unit


def test_children_that_are_bound_and_dropped_meanwhile():
    registry = Registry()
    metrics = [_make(kind, registry, name=kind.__name__.lower()) for kind in KINDS]

    def work(number):
        for index in range(2000):
            metric = metrics[(index + number) % 4]
            child = metric.labels(i=index % 10)
            child.add(2)
            with suppress(KeyError):
                child.get()
            if index % 7 == 0:
                with suppress(KeyError):
                    del metric.values[{"i": index % 10}]
            child.add(2)

    with meanwhile(lambda: render(registry, None)):
        run(work, 4)
    for metric in metrics:
        metric.values.clear()
        metric.labels(i=0).add(2)
        assert [labels for labels, _ in metric.get_all()] == [{"i": "0"}]
