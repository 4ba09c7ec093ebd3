"""Bounds of the buckets of histograms: presets, and functions that make them."""

from __future__ import annotations

import math

from .histogram import linearBuckets

Bounds = list[float]
"""Upper bounds, ascending."""


class Buckets:
    """Presets of bucket bounds, and functions that make them, for ``Histogram(..., buckets=)``.

    All of them are upper bounds, ascending. +Inf, which every histogram has, is not among them.
    """

    DEFAULT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
    """Seconds of requests over a network, as client_golang has them."""

    HTTP = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
    """Seconds of HTTP requests, as OpenTelemetry recommends them."""

    BYTES = (256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0)
    """Sizes in bytes, from 256 bytes to 16 MiB, each four times the one before it."""

    @staticmethod
    def linear(start: float, width: float, count: int) -> Bounds:
        """Return bounds at equal distances.

        :param start: The lowest bound.
        :param width: The distance from one bound to the next, more than 0.
        :param count: The number of bounds, at least 1.
        :raises ValueError: If a parameter is out of its range.
        :raises TypeError: If one is not a number.
        """
        _check("linear", count, start=start, width=width)
        if width <= 0:
            raise ValueError(f"Buckets.linear: width must be more than 0, not {width!r}")
        return [float(bound) for bound in linearBuckets(start, width, count)]

    @staticmethod
    def exponential(start: float, factor: float, count: int) -> Bounds:
        """Return bounds of which each is ``factor`` times the one before it.

        :param start: The lowest bound, more than 0.
        :param factor: The ratio, more than 1.
        :param count: The number of bounds, at least 1.
        :raises ValueError: If a parameter is out of its range, or if the highest bound is not
          finite.
        :raises TypeError: If one is not a number.
        """
        _check("exponential", count, start=start, factor=factor)
        if start <= 0:
            raise ValueError(f"Buckets.exponential: start must be more than 0, not {start!r}")
        if factor <= 1:
            raise ValueError(f"Buckets.exponential: factor must be more than 1, not {factor!r}")
        try:
            bounds = [float(start * factor**place) for place in range(count)]
        except OverflowError:
            bounds = [math.inf]
        if bounds[-1] == math.inf:
            raise ValueError(
                f"Buckets.exponential: {count} bounds from {start!r} on by the factor {factor!r} "
                "are too many: the last one is beyond all floats"
            )
        return bounds

    @staticmethod
    def exponential_range(low: float, high: float, count: int) -> Bounds:
        """Return bounds from ``low`` to ``high``, both included, at equal ratios.

        :param low: The lowest bound, more than 0.
        :param high: The highest bound, more than ``low``.
        :param count: The number of bounds, at least 2.
        :raises ValueError: If a parameter is out of its range.
        :raises TypeError: If one is not a number.
        """
        _check("exponential_range", count, low=low, high=high)
        if not 0 < low < high:
            raise ValueError(
                f"Buckets.exponential_range: 0 < low < high must hold, not {low!r} and {high!r}"
            )
        if count < 2:
            raise ValueError(f"Buckets.exponential_range: count must be at least 2, not {count!r}")
        last = count - 1
        between = [low * (high / low) ** (place / last) for place in range(1, last)]
        return [float(low), *between, float(high)]


def _check(name: str, count: object, **numbers: object) -> None:
    """Check that a count is an int of at least 1, and that the others are finite numbers."""
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"Buckets.{name}: count must be an int, not {count!r}")
    if count < 1:
        raise ValueError(f"Buckets.{name}: count must be at least 1, not {count!r}")
    for parameter, number in numbers.items():
        if not isinstance(number, (int, float)) or isinstance(number, bool):
            raise TypeError(f"Buckets.{name}: {parameter} must be a number, not {number!r}")
        if not math.isfinite(number):
            raise ValueError(f"Buckets.{name}: {parameter} must be finite, not {number!r}")
