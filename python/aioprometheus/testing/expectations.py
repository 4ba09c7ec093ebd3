"""Expectations: blocks that say what else has happened than was expected."""

from __future__ import annotations

import math
from typing import Any

from ..changes import LabelValues, Wanted, name_of, number, sum_of
from ..collectors import Collector, Registry
from ..snapshots import Snapshot
from .block import Block
from .distributions import COUNTS, SUMS
from .explaining import Found


def total(snapshot: Snapshot, name: str, wanted: Wanted) -> float | str | None:
    """Return the sum of all series that match.

    :param snapshot: The snapshot.
    :param name: The name of samples, or of a family whose samples have one name.
    :param wanted: Their labels.
    :returns: The sum; None if no series matches; or why there can be none, as text.
    """
    kind = snapshot.kinds.get(name)
    if kind in COUNTS and "quantile" not in wanted.texts:
        names = f"{name}{COUNTS[kind]}, {name}{SUMS[kind]}"
        return (
            f"it is a {kind}, whose series are more than one number: use observed(), or the name "
            f"of samples such as {names}"
        )
    samples = snapshot.select(name, wanted.labels)
    return sum_of([sample.value for sample in samples]) if samples else None


class Expectation(Block):
    """What is expected of the series of a name.

    :param registry: The registry.
    :param name: The name, or the metric.
    :param labels: Labels that the series must have.
    """

    def __init__(self, registry: Registry, name: str | Collector, labels: LabelValues) -> None:
        super().__init__(registry)
        self._name = name_of(name)
        self._metric = name if isinstance(name, Collector) else None
        self._wanted = Wanted(labels)

    def _found(self, before: Snapshot, after: Snapshot, name: str | None = None) -> Found:
        found = Found(before, after, name or self._name, self._wanted)
        if self._metric is not None and not any(
            metric is self._metric for metric in self._registry.get_all()
        ):
            found.absent = self._metric
        return found


class Increased(Expectation):
    """A value increases.

    :param registry: The registry.
    :param name: The name, or the metric.
    :param labels: Labels that the series must have.
    :param by: How much it increases; None for anything above 0.
    """

    _word = "increased"
    _opposite = "decreased"
    _sign = 1

    def __init__(
        self, registry: Registry, name: str | Collector, labels: LabelValues, by: object
    ) -> None:
        super().__init__(registry, name, labels)
        if isinstance(by, (int, float)) and by < 0:
            raise ValueError(f"by must not be negative: that is {self._opposite}(..., by={-by})")
        self._by = by

    def _mistake(self, before: Snapshot, after: Snapshot) -> str | None:
        first = total(before, self._name, self._wanted)
        last = total(after, self._name, self._wanted)
        expected = f"should have {self._word}" + ("" if self._by is None else f" by {self._by}")
        found = self._found(before, after)
        if isinstance(last, str) or (first is None and last is None and self._by != 0):
            return found.explained(expected, last)
        start, end = first if isinstance(first, float) else 0.0, last or 0.0
        by = self._sign * (end - start)
        if by > 0 if self._by is None else is_equal(by, self._by, start, end):
            return None if not found.is_unknown() else found.explained(expected, None)
        if by == 0:
            return found.explained(expected, f"it stayed {number(end)}")
        word, amount = (self._word, by) if by > 0 else (self._opposite, -by)
        shown = number(float(f"{amount:.12g}"))
        return found.explained(
            expected, f"it {word} by {shown}, from {number(start)} to {number(end)}"
        )


class Decreased(Increased):
    """A value decreases."""

    _word = "decreased"
    _opposite = "increased"
    _sign = -1


class Changed(Expectation):
    """A value changes, or a series comes or goes.

    :param registry: The registry.
    :param name: The name, or the metric.
    :param labels: Labels that the series must have.
    :param to: The value at the end; None for any.
    """

    def __init__(
        self, registry: Registry, name: str | Collector, labels: LabelValues, to: object
    ) -> None:
        super().__init__(registry, name, labels)
        self._to = to

    def _mistake(self, before: Snapshot, after: Snapshot) -> str | None:
        expected = "should have changed" + ("" if self._to is None else f" to {self._to}")
        found = self._found(before, after)
        end = None if self._to is None else total(after, self._name, self._wanted)
        if isinstance(end, str) or (self._to is not None and end is None):
            return found.explained(expected, end)
        if found.changes():
            if end is None or is_equal(end, self._to, end):
                return None
            return found.explained(expected, f"it is {number(end)} now")
        first = total(after, self._name, self._wanted)
        stayed = f"it stayed {number(first)}" if isinstance(first, float) else None
        return found.explained(expected, stayed or ("it did not" if first else None))


class Unchanged(Expectation):
    """No value changes, and no series comes or goes.

    :param registry: The registry.
    :param name: The name, or the metric; None for all samples.
    :param labels: Labels that the series must have.
    """

    def __init__(
        self, registry: Registry, name: str | Collector | None, labels: LabelValues
    ) -> None:
        super().__init__(registry, "" if name is None else name, labels)

    def _mistake(self, before: Snapshot, after: Snapshot) -> str | None:
        found = self._found(before, after)
        expected = "should not have changed"
        changes = found.changes()
        if not changes:
            # A name that is not there at all is most likely misspelt.
            return found.explained(expected, None) if found.is_unknown() else None
        return found.explained(expected, "it did")


class Observed(Expectation):
    """A histogram or a summary observes values.

    :param registry: The registry.
    :param name: Its name, or itself.
    :param labels: Labels that the series must have.
    :param times: How many values; None for any number above 0.
    :param sum: Their sum; None for any.
    """

    def __init__(
        self,
        registry: Registry,
        name: str | Collector,
        labels: LabelValues,
        times: object,
        sum: object,
    ) -> None:
        super().__init__(registry, name, labels)
        self._times = times
        self._sum = sum

    def _mistake(self, before: Snapshot, after: Snapshot) -> str | None:
        expected = "should have observed " + (
            "something" if self._times is None else _times(self._times)
        )
        if self._sum is not None:
            expected += f", {self._sum} in all"
        found = self._found(before, after)
        kind = after.kinds.get(self._name)
        if kind is None:
            return found.explained(expected, None)
        if kind not in COUNTS:
            return found.explained(expected, f"it is a {kind}, which observes nothing")
        count, sum_ = f"{self._name}{COUNTS[kind]}", f"{self._name}{SUMS[kind]}"
        times, start, end = self._increase(before, after, count)
        is_right = times > 0 if self._times is None else is_equal(times, self._times, start, end)
        observed = f"it observed {_times(times)}"
        if is_right and self._sum is not None:
            added, start, end = self._increase(before, after, sum_)
            is_right = is_equal(added, self._sum, start, end)
            observed += f", {number(float(f'{added:.12g}'))} in all"
        if is_right:
            return None
        has_series = bool(after.select(count, self._wanted.labels))
        return found.explained(expected, observed if has_series else None)

    def _increase(self, before: Snapshot, after: Snapshot, name: str) -> tuple[float, float, float]:
        start, end = (
            sum_of([sample.value for sample in snapshot.select(name, self._wanted.labels)])
            for snapshot in (before, after)
        )
        return end - start, start, end


def _times(count: object) -> str:
    """How often something was observed, in words."""
    if count == 1:
        return "once"
    return f"{number(count) if isinstance(count, float) else count} times"


def is_equal(value: float, expected: Any, *between: float) -> bool:
    """Return whether a value is what was expected, but for the rounding of floats.

    :param value: The value.
    :param expected: A number, or anything that compares itself with numbers.
    :param between: The values of which it is the difference.
    """
    if value == expected or not isinstance(expected, (int, float)):
        return bool(value == expected)
    rounding = 8 * max(math.ulp(each) for each in between)
    if value.is_integer() and float(expected).is_integer():
        return False
    return math.isclose(value, expected, rel_tol=1e-9, abs_tol=rounding)
