"""Functions for bucket bounds, and a histogram that belongs to no metric."""

from bisect import bisect_left
from collections import OrderedDict

POS_INF = float("inf")
"""Positive infinity, the upper bound of the last bucket of every histogram."""
NEG_INF = float("-inf")
"""Negative infinity."""

BucketType = float
"""The type of an upper bound."""


def linearBuckets(start: float | int, width: int | float, count: int) -> list[BucketType]:
    """Return ``count`` upper bounds at equal distances, beginning with ``start``.

    +Inf is not among them.

    :param start: The lowest upper bound.
    :param width: The distance from one bound to the next.
    :param count: The number of bounds.
    :raises Exception: If ``count`` is zero or negative.
    """
    if count < 1:
        raise Exception("Invalid count, must be a positive number")
    return [start + i * width for i in range(count)]


def exponentialBuckets(start: float | int, factor: float | int, count: int) -> list[BucketType]:
    """Return ``count`` upper bounds at equal ratios, beginning with ``start``.

    +Inf is not among them.

    :param start: The lowest upper bound.
    :param factor: The ratio of each bound to the one before it.
    :param count: The number of bounds.
    :raises Exception: If ``count`` is zero or negative, ``start`` is not positive, or ``factor``
      is less than one.
    """
    if count < 1:
        raise Exception("Invalid count, must be a positive number")
    if start <= 0:
        raise Exception("Invalid start, must be positive")
    if factor < 1:
        raise Exception("Invalid factor, must be greater than one")
    return [start * (factor**i) for i in range(count)]


class Histogram:
    """A histogram that belongs to no metric: cumulative counts by upper bound, count and sum.

    :param buckets: The upper bounds, ascending; +Inf is added if it is missing.
    :raises ValueError: If they are not ascending, or if there is none beside +Inf.
    """

    buckets: "OrderedDict[float, int]"
    """The cumulative counts by upper bound, ascending."""
    observations: int
    """The number of observed values."""
    sum: float
    """The sum of the observed values."""

    def __init__(self, *buckets: BucketType) -> None:
        bounds = [float(bound) for bound in buckets]
        if bounds != sorted(buckets):
            raise ValueError("Buckets not in sorted order")
        if bounds and bounds[-1] != POS_INF:
            bounds.append(POS_INF)
        if len(bounds) < 2:
            raise ValueError("Must have at least two buckets")
        self.buckets = OrderedDict((bound, 0) for bound in bounds)
        self.observations = 0
        self.sum = 0.0

    def __repr__(self) -> str:
        count = getattr(self, "observations", 0)
        noun = "observation" if count == 1 else "observations"
        return f"<{type(self).__name__}: {count} {noun}, sum {getattr(self, 'sum', 0.0)}>"

    def observe(self, value: float | int) -> None:
        """Count a value in each bucket whose bound is not below it; NaN only in the last bucket.

        :param value: The observed value.
        """
        bounds = list(self.buckets)
        first = bisect_left(bounds, value) if value == value else len(bounds) - 1
        for bound in bounds[first:]:
            self.buckets[bound] += 1
        self.sum += value
        self.observations += 1
