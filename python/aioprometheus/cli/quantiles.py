"""Quantiles of histograms, as PromQL has them but for what the sum excludes; sums of histograms."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from .model import Distribution, Native


class Bucket(NamedTuple):
    """A bucket, and the observations in it alone."""

    lower: float
    upper: float
    counted: float
    is_exponential: bool


class Quantile(NamedTuple):
    """A quantile, or the bound that it is beyond."""

    value: float
    is_beyond: bool = False


def quantile(phi: float, given: Distribution) -> Quantile | None:
    """Estimate a quantile of a histogram; None if nothing was observed, or it has no buckets.

    :param phi: Which one, from 0 to 1.
    :param given: The histogram.
    """
    native = given.native
    buckets = _native_buckets(native) if native is not None else _classic_buckets(given.buckets)
    total = sum(bucket.counted for bucket in buckets)
    if not total > 0 or not math.isfinite(total):
        return None
    greatest = _greatest(given, buckets, phi * total, total)
    rank, below = phi * total, 0.0
    for bucket in buckets:
        if bucket.counted > 0 and below + bucket.counted >= rank:
            share = min(max((rank - below) / bucket.counted, 0.0), 1.0)
            return _at_most(greatest, bucket, _within(bucket, share))
        below += bucket.counted
    # Rounding alone leads here.
    bucket = next(bucket for bucket in reversed(buckets) if bucket.counted > 0)
    return _at_most(greatest, bucket, _within(bucket, 1.0))


def _greatest(given: Distribution, buckets: list[Bucket], rank: float, total: float) -> float:
    """The greatest value that the observation of a rank can have, if none is negative: from it on,
    none is less, and their sum is not more than that of all."""
    if given.sum is None or not given.sum >= 0 or buckets[0].lower < 0:
        return math.inf
    from_it_on = total - math.ceil(rank) + 1 if total == int(total) else total - rank
    return given.sum / from_it_on if from_it_on > 0 else math.inf


def _at_most(greatest: float, bucket: Bucket, estimate: Quantile | None) -> Quantile | None:
    """An estimate that is not above what is known, nor below its bucket."""
    if estimate is None or estimate.is_beyond:
        return estimate
    return Quantile(max(min(estimate.value, greatest), bucket.lower))


def _within(bucket: Bucket, share: float) -> Quantile | None:
    """The value at a share of a bucket, in which values are taken to be spread evenly."""
    lower, upper = bucket.lower, bucket.upper
    if math.isinf(upper):
        # Nobody knows how far: of classic buckets it is at least the greatest bound.
        return Quantile(lower, True) if math.isfinite(lower) else None
    if math.isinf(lower):
        return Quantile(upper)
    if not bucket.is_exponential:
        return Quantile(lower + (upper - lower) * share)
    if lower > 0:
        return Quantile(lower * (upper / lower) ** share)
    return Quantile(upper * (lower / upper) ** (1 - share))


def _classic_buckets(cumulative: dict[float, float]) -> list[Bucket]:
    buckets, below = [], 0.0
    bounds = list(cumulative)
    # Values of a first bucket are taken to begin at 0, if its bound is above it.
    lower = 0.0 if bounds and bounds[0] > 0 else -math.inf
    for upper, count in cumulative.items():
        buckets.append(Bucket(lower, upper, max(count - below, 0.0), False))
        lower, below = upper, max(count, below)
    return buckets


def _native_buckets(native: Native) -> list[Bucket]:
    threshold = native.zero_threshold
    negative = [
        Bucket(-_bound(native.schema, index), -_bound(native.schema, index - 1), count, True)
        for index, count in sorted(native.negative.items(), reverse=True)
    ]
    positive = [
        Bucket(_bound(native.schema, index - 1), _bound(native.schema, index), count, True)
        for index, count in sorted(native.positive.items())
    ]
    zero = Bucket(
        -threshold if negative else 0.0, threshold if positive else 0.0, native.zero_count, False
    )
    return [*negative, zero, *positive]


def _bound(schema: int, index: int) -> float:
    """The upper bound of a bucket of a native histogram."""
    try:
        return math.pow(2.0, index * math.pow(2.0, -schema))
    except OverflowError:
        return math.inf


def total_of(series: Iterable[Distribution]) -> Distribution | None:
    """Return the sum of histograms; None if their buckets are at different bounds.

    :param series: The histograms.
    """
    total: Distribution | None = None
    for one in series:
        total = one if total is None else _added(total, one, 1)
        if total is None:
            return None
    return total


def since(later: Distribution, earlier: Distribution) -> Distribution:
    """Return what was observed between two readings of a histogram.

    :param later: The second reading. It is returned if the histogram was reset before it.
    :param earlier: The first one.
    """
    if (later.counted or 0) < (earlier.counted or 0):
        return later
    return _added(later, earlier, -1) or later


def _added(one: Distribution, other: Distribution, sign: int) -> Distribution | None:
    """The sum of two histograms, or their difference."""
    if one.buckets.keys() != other.buckets.keys():
        return None
    if (one.native is None) != (other.native is None):
        return None
    return Distribution(
        _plus(one.counted, other.counted, sign),
        _plus(one.sum, other.sum, sign),
        {bound: count + sign * other.buckets[bound] for bound, count in one.buckets.items()},
        {},
        None
        if one.native is None or other.native is None
        else _both(one.native, other.native, sign),
    )


def _plus(one: float | None, other: float | None, sign: int) -> float | None:
    return None if one is None or other is None else one + sign * other


def _both(one: Native, other: Native, sign: int) -> Native:
    schema = min(one.schema, other.schema)
    return Native(
        schema,
        max(one.zero_threshold, other.zero_threshold),
        one.zero_count + sign * other.zero_count,
        _counts(one.positive, other.positive, one.schema - schema, other.schema - schema, sign),
        _counts(one.negative, other.negative, one.schema - schema, other.schema - schema, sign),
    )


def _counts(
    one: dict[int, float], other: dict[int, float], coarser: int, others: int, sign: int
) -> dict[int, float]:
    """The counts of two sides, whose buckets are merged by so many steps of resolution."""
    counts: dict[int, float] = {}
    for given, steps, times in ((one, coarser, 1), (other, others, sign)):
        for index, count in given.items():
            place = ((index - 1) >> steps) + 1
            counts[place] = counts.get(place, 0.0) + times * count
    return counts
