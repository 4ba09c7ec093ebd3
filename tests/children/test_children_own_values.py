"""Children of series whose values are objects of the user's."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from aioprometheus import Counter, Gauge, Histogram, Summary, histogram
from support.make import make

A = {"a": "x"}
BOUNDS = [1.0, float("inf")]


class Estimator:
    """What a summary asks of a value."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def observe(self, value: float) -> None:
        self.seen.append(value)

    def query(self, rank: float) -> float:
        return max(self.seen)

    @property
    def _invariants(self) -> list[Any]:
        return []

    @property
    def _observations(self) -> int:
        return len(self.seen)

    @property
    def _sum(self) -> float:
        return sum(self.seen)


class OwnHistogram(histogram.Histogram):
    def __init__(self) -> None:
        super().__init__(*BOUNDS)
        self.seen: list[float] = []

    def observe(self, value: float) -> None:
        self.seen.append(value)
        super().observe(value)


def _make(kind: Any) -> Any:
    return make(kind, **({"buckets": BOUNDS} if kind is Histogram else {}))


WAYS: list[Callable[[Any, Any], None]] = [
    lambda metric, own: metric.set_value(A, own),
    lambda metric, own: metric.values.__setitem__(A, own),
    lambda metric, own: setattr(metric, "values", {b'{"a":"x"}': own}),
]


@pytest.mark.parametrize("way", WAYS, ids=["set_value", "values", "all values"])
@pytest.mark.parametrize(("kind", "value"), [(Summary, Estimator), (Histogram, OwnHistogram)])
@pytest.mark.parametrize("updated", [False, True])
def test_a_child_that_was_bound_before_observes_there(
    kind: Any, value: Any, way: Callable[[Any, Any], None], updated: bool
) -> None:
    metric, own = _make(kind), value()
    child = metric.labels(A)
    if updated:
        child.observe(7)
    way(metric, own)
    child.observe(2)
    child.add(3)
    metric.observe(A, 4)
    assert own.seen == [2.0, 3.0, 4.0]
    assert child.get_value() is own is metric.get_value(A)
    assert child.get() == metric.get(A)
    assert child.get()["count"] == 3
    other = value()
    child.set_value(other)
    assert metric.get_value(A) is other
    child.observe(5)
    assert (own.seen, other.seen) == ([2.0, 3.0, 4.0], [5.0])


@pytest.mark.parametrize(("kind", "value"), [(Summary, Estimator), (Histogram, OwnHistogram)])
def test_a_series_that_comes_after_the_object_is_its_own_again(kind: Any, value: Any) -> None:
    metric, own = _make(kind), value()
    child = metric.labels(A)
    metric.set_value(A, own)
    child.observe(1)
    del metric.values[A]
    child.observe(2)
    assert own.seen == [1.0]
    assert child.get()["sum"] == metric.get(A)["sum"] == 2
    again = value()
    metric.set_value(A, again)
    child.observe(3)
    assert again.seen == [3.0]
    metric.values.clear()
    with pytest.raises(KeyError):
        child.get()
    child.observe(4)
    assert metric.get(A)["count"] == 1


class Money:
    def __init__(self, amount: float) -> None:
        self.amount = amount

    def __add__(self, other: float) -> Money:
        return Money(self.amount + other)


@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_numbers_of_a_class_of_the_users(kind: Any) -> None:
    class Own(kind):  # type: ignore[misc]
        def get_all(self) -> Any:
            return [(A, self.get_value(A).amount)]

    metric = _make(Own)
    child, other = metric.labels(A), metric.labels({"a": "y"})
    child.inc()
    metric.set_value(A, Money(5))
    child.inc()
    child.inc(2)
    child.add(3)
    metric.inc(A)
    assert metric.get_value(A).amount == 12
    assert child.get_value() is metric.get_value(A) is child.get()
    other.inc(4)
    assert metric.get_value({"a": "y"}) == other.get() == 4
    child.set(3)
    assert metric.get_value(A) == child.get() == 3


def test_what_the_object_refuses_is_raised() -> None:
    class Refusing(Estimator):
        def observe(self, value: float) -> None:
            raise RuntimeError("full")

    summary = _make(Summary)
    child = summary.labels(A)
    summary.set_value(A, Refusing())
    with pytest.raises(RuntimeError, match="full"):
        child.observe(1)
    with pytest.raises(TypeError, match="only works with digits"):
        child.observe("x")


def test_a_child_keeps_no_metric_alive() -> None:
    summary, own = _make(Summary), Estimator()
    child, gone = summary.labels(A), weakref.ref(summary)
    summary.set_value(A, own)
    child.observe(1)
    del summary
    gc.collect()
    assert gone() is None
    child.observe(2)  # nobody sees it
    assert own.seen == [1.0]
