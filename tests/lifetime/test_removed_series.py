"""The memory of removed series: neither their state nor their label strings are kept."""

import gc
import sys
import weakref

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from support.label_model import fresh
from support.make import make
from support.memory import needs_proc, resident, trim

KINDS = [Counter, Gauge, Summary, Histogram]
MEGABYTE = 2**20
#: The number of series that are certainly remembered, which are the first ones.
FEW = 60


def _clear(metric, labels):
    metric.values.clear()


def _delete(metric, labels):
    for one in labels:
        del metric.values[one]


def _delete_copies(metric, labels):
    for one in labels:
        del metric.values[{name: fresh(value) for name, value in one.items()}]


def _pop(metric, labels):
    for key in list(metric.values):
        metric.values.pop(key)


REMOVALS = [_clear, _delete, _delete_copies, _pop]


def _labels(count, size=3):
    """Label dicts of strings of their own, by numbers of labels that are remembered apart."""
    return [
        {fresh(f"n{place}"): fresh(f"v{number}") for place in range(1 + number % size)}
        for number in range(count)
    ]


def _strings(labels):
    return [text for one in labels for item in one.items() for text in item]


def _counts(objects):
    return [sys.getrefcount(one) for one in objects]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("remove", REMOVALS)
@pytest.mark.parametrize("count", [1, FEW, 2000])
def test_label_strings_are_given_back_within_one_scrape(kind, remove, count):
    registry = Registry()
    metric = make(kind, registry)
    labels = _labels(count, size=6)
    strings = _strings(labels)
    before = _counts(strings)
    for _ in range(3):
        for one in labels:
            metric.add(one, 1)
    assert _counts(strings) != before  # they must be remembered, or this test proves nothing
    remove(metric, labels)
    render(registry, None)
    assert _counts(strings) == before
    assert len(metric.values) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_clear_waits_for_no_scrape(kind):
    metric = make(kind)
    labels = _labels(FEW)
    strings = _strings(labels)
    before = _counts(strings)
    for one in labels:
        metric.add(one, 1)
    metric.add(None, 1)
    metric.values.clear()
    assert _counts(strings) == before


@pytest.mark.parametrize("kind", KINDS)
def test_removals_one_by_one_give_back_without_a_scrape(kind):
    """All but the latest ones, so that a removal takes no longer the more there is to look at."""
    metric = make(kind)
    labels = _labels(5000)
    strings = _strings(labels)
    before = _counts(strings)
    for one in labels:
        metric.add(one, 1)
    kept = sum(now - then for now, then in zip(_counts(strings), before, strict=True))
    _delete(metric, labels)
    left = sum(now - then for now, then in zip(_counts(strings), before, strict=True))
    assert 0 <= left < kept / 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_removed_stays_and_counts_on(kind):
    registry = Registry()
    metric = make(kind, registry)
    labels = _labels(500)
    children = [metric.labels(one) for one in labels[:10]]
    for _ in range(2):
        for one in labels:
            metric.add(one, 1)
    _delete(metric, labels[::2])
    render(registry, None)
    for one in labels:
        metric.add(one, 1)
    for child in children:
        child.add(1)

    def count(one):
        value = metric.get(one)
        return value["count"] if isinstance(value, dict) else value

    for number, one in enumerate(labels):
        updates = (1 if number % 2 == 0 else 3) + (number < 10)
        assert count(one) == updates, (number, one)
    assert len(metric.values) == len(labels)


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_with_an_override_gives_back_too(kind):
    class Own(kind):
        def get_all(self):
            return super().get_all()

    registry = Registry()
    metric = make(Own, registry)
    labels = _labels(FEW)
    strings = _strings(labels)
    before = _counts(strings)
    for one in labels:
        metric.add(one, 1)
    _delete(metric, labels)
    render(registry, None)
    assert _counts(strings) == before


def test_info_and_enum_give_back():
    registry = Registry()
    info = Info("i", "d", registry=registry)
    enum = Enum("e", "d", registry=registry, states=["a", "b"])
    labels = _labels(FEW)
    strings = _strings(labels)
    before = _counts(strings)
    for one in labels:
        info.info(one, {"version": "1"})
        enum.state(one, "b")
    for metric in (info, enum):
        _delete(metric, labels)
    render(registry, None)
    assert _counts(strings) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_outlives_its_series_and_has_it_born_again(kind):
    registry = Registry()
    metric = make(kind, registry)
    labels = _labels(FEW)
    children = [metric.labels(one) for one in labels]
    for one in labels:
        metric.add(one, 1)
    metric.values.clear()
    render(registry, None)
    assert len(metric.values) == 0
    for child in children:
        child.add(2)
    for one in labels:
        metric.add(one, 2)
    value = metric.get(labels[0])
    assert (value["sum"] if isinstance(value, dict) else value) == 4
    assert len(metric.values) == FEW


@pytest.mark.parametrize("kind", KINDS)
def test_values_that_are_held_work_on_and_then_leave_nothing(kind):
    metric = make(kind)
    labels = _labels(FEW)
    strings = _strings(labels)
    before = _counts(strings)
    for one in labels:
        metric.add(one, 1)
    values, gone = metric.values, weakref.ref(metric)
    del metric
    del values[labels[0]]
    assert len(values) == FEW - 1
    values.clear()
    assert len(values) == 0
    assert _counts(strings) == before
    del values
    gc.collect()
    assert gone() is None


@needs_proc
@pytest.mark.parametrize("how", ["clear", "delete", "deregister", "garbage"])
def test_the_memory_of_summaries_is_given_back(how):
    """Each has seen a thousand values and takes kilobytes, and most of them were remembered."""
    registry = Registry()

    def fill():
        metric = Summary("m", "d", registry=registry, invariants=[(0.5, 0.001), (0.99, 0.0005)])
        labels = [{"number": f"{number}"} for number in range(1500)]
        for one in labels:
            metric.observe(one, 0)
        for one in labels:
            for value in range(1000):
                metric.observe(one, value * 7919 % 1000)
        return metric, labels

    trim()
    empty = resident()
    metric, labels = fill()
    trim()
    full = resident() - empty
    assert full > 10 * MEGABYTE
    if how == "clear":
        metric.values.clear()
    elif how == "delete":
        _delete(metric, labels)
        render(registry, None)
    elif how == "deregister":
        registry.deregister("m")
        del metric
    else:
        registry.clear()
        metric.itself = metric
        del metric
    gc.collect()
    trim()
    left = resident() - empty
    assert left < full / 5, (left, full)
