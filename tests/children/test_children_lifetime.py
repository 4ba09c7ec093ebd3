"""Children of series that are removed and born again, and of metrics that are gone."""

import gc
import weakref

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from support.make import body_of, make

KINDS = [Counter, Gauge, Summary, Histogram]
A = {"a": "x"}
REMOVALS = [
    lambda metric: metric.values.clear(),
    lambda metric: metric.values.__delitem__({"a": "x"}),
    lambda metric: metric.values.pop({"a": "x"}),
    lambda metric: metric.values.__delitem__(next(iter(metric.values))),
]


def _amount(report):
    """How often something was added, for numbers to which only 1 is added."""
    return report["count"] if isinstance(report, dict) else report


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("remove", REMOVALS)
@pytest.mark.parametrize("by_child", [True, False])
def test_a_removed_series_is_born_again_by_the_next_update(kind, remove, by_child):
    metric = make(kind)
    child, other = metric.labels(A), metric.labels(A)
    for turn in range(3):
        child.add(1)
        other.add(1)
        metric.add(A, 1)
        assert _amount(child.get()) == (3 if turn == 0 else 4)
        remove(metric)
        assert metric.get_all() == []
        for read in (child.get, child.get_value, other.get, other.get_value):
            with pytest.raises(KeyError):
                read()
        assert metric.get_all() == []
        assert b'{a="x"' not in body_of(metric)
        if by_child:
            child.add(1)
        else:
            metric.add(A, 1)
        fresh = make(kind)
        fresh.add(A, 1)
        assert child.get() == other.get() == metric.get(A) == fresh.get(A)
        assert body_of(metric) == body_of(fresh)


def test_every_update_bears_a_series():
    for kind, update, value in [
        (Counter, lambda child: child.inc(), 1),
        (Counter, lambda child: child.inc(0), 0),
        (Counter, lambda child: child.add(2.5), 2.5),
        (Counter, lambda child: child.set(3), 3),
        (Counter, lambda child: child.set_value(4), 4),
        (Gauge, lambda child: child.inc(), 1),
        (Gauge, lambda child: child.dec(), -1),
        (Gauge, lambda child: child.sub(2), -2),
        (Gauge, lambda child: child.set(3), 3),
    ]:
        metric = make(kind)
        child = metric.labels(A)
        child.inc(100)
        metric.values.clear()
        update(child)
        assert child.get() == metric.get(A) == value
        assert metric.get_all() == [(A, value)]


def test_a_series_that_is_assigned_anew():
    gauge = make(Gauge)
    child = gauge.labels(A)
    del gauge.values[A]
    gauge.values[A] = 7
    assert child.get() == 7
    child.inc()
    assert gauge.values[A] == 8
    gauge.values[A] = 1
    child.inc()
    assert gauge.get(A) == child.get() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_binding_again_after_the_removal(kind):
    metric = make(kind)
    first = metric.labels(A)
    first.add(1)
    metric.values.clear()
    second = metric.labels(A)
    assert _amount(first.get()) == _amount(second.get()) == _amount(metric.get(A)) == 0
    first.add(1)
    second.add(1)
    assert _amount(first.get()) == _amount(second.get()) == _amount(metric.get(A)) == 2
    assert len(metric.values) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_among_many_that_come_and_go(kind):
    metric = make(kind)
    children = {index: metric.labels(i=index) for index in range(300)}
    for turn in range(1, 4):
        for index in range(0, 300, turn):
            del metric.values[{"i": index}]
        for index, child in reversed(children.items()):
            child.add(1)
            metric.labels(fresh=f"{turn} {index}").add(1)
        for index, child in children.items():
            assert child.get() == metric.get({"i": index})
    # The last turn that divides an index removed the additions before it.
    for index, child in children.items():
        last = max(turn for turn in (1, 2, 3) if index % turn == 0)
        assert _amount(child.get()) == 4 - last


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_outlives_its_metric(kind):
    metric = make(kind)
    child, bare = metric.labels(A), metric.labels()
    child.add(1)
    gone = weakref.ref(metric)
    del metric
    gc.collect()
    assert gone() is None
    for _ in range(100):
        make(kind).add(A, 5)
    child.add(1)
    bare.add(1)
    assert _amount(child.get()) == 2 and _amount(bare.get()) == 1
    assert child.get_value() is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_of_a_metric_that_left_its_registry(kind):
    registry = Registry()
    metric = make(kind, registry)
    child = metric.labels(A)
    registry.clear()
    child.add(1)
    assert child.get() == metric.get(A)
    assert b'{a="x"' in body_of(metric)
    assert make(kind, registry).labels(A).get() != child.get()


def test_a_child_in_a_cycle_is_collected():
    class Holder:
        pass

    counter, holder = make(Counter), Holder()
    holder.counter, holder.child, holder.me = counter, counter.labels(A), holder
    counter.holder = holder
    gone = weakref.ref(counter), weakref.ref(holder)
    del counter, holder
    gc.collect()
    assert [one() for one in gone] == [None, None]


def test_a_collection_while_metrics_are_made():
    """It meets objects that are allocated, and not written yet."""
    registry = Registry()
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        made = [Counter(f"c{number}", "d", registry=registry) for number in range(200)]
        made += [Histogram(f"h{number}", "d", registry=registry) for number in range(50)]
    finally:
        gc.set_threshold(*thresholds)
    assert list(registry) == made
