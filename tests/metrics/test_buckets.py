"""Bounds of buckets: presets, and functions that make them."""

import math

import pytest

from aioprometheus import Buckets, Histogram, Registry


@pytest.mark.parametrize("bounds", [Buckets.DEFAULT, Buckets.HTTP, Buckets.BYTES])
def test_presets_are_bounds_of_a_histogram(bounds):
    histogram = Histogram("h", "d", buckets=bounds, registry=Registry())
    histogram.observe(0.02)
    got = [bound for bound in histogram.get() if isinstance(bound, float)]
    assert got == [*bounds, math.inf]


def test_linear():
    assert Buckets.linear(1, 2, 4) == [1.0, 3.0, 5.0, 7.0]
    assert Buckets.linear(-1.5, 0.5, 2) == [-1.5, -1.0]
    assert all(type(bound) is float for bound in Buckets.linear(1, 2, 4))


def test_exponential():
    assert Buckets.exponential(1, 2, 4) == [1.0, 2.0, 4.0, 8.0]
    assert Buckets.exponential(0.1, 10, 3) == pytest.approx([0.1, 1, 10])


def test_exponential_range():
    assert Buckets.exponential_range(1, 1000, 4) == pytest.approx([1, 10, 100, 1000])
    bounds = Buckets.exponential_range(0.001, 30, 17)
    assert (bounds[0], bounds[-1], len(bounds)) == (0.001, 30.0, 17)
    assert bounds == sorted(set(bounds))
    assert Buckets.exponential_range(1, 2, 2) == [1.0, 2.0]


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: Buckets.linear(1, 0, 3), "linear: width must be more than 0"),
        (lambda: Buckets.linear(1, 1, 0), "linear: count must be at least 1"),
        (lambda: Buckets.linear(math.nan, 1, 2), "linear: start must be finite"),
        (lambda: Buckets.exponential(0, 2, 3), "exponential: start must be more than 0"),
        (lambda: Buckets.exponential(1, 1, 3), "exponential: factor must be more than 1"),
        (lambda: Buckets.exponential(1, 10, 400), "exponential: 400 bounds"),
        (lambda: Buckets.exponential(1.0, 10.0, 400), "exponential: 400 bounds"),
        (lambda: Buckets.exponential_range(2, 1, 3), "exponential_range: 0 < low < high"),
        (lambda: Buckets.exponential_range(0, 1, 3), "exponential_range: 0 < low < high"),
        (lambda: Buckets.exponential_range(1, 2, 1), "exponential_range: count must be at least 2"),
    ],
)
def test_values_that_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    "make", [lambda: Buckets.linear("1", 1, 1), lambda: Buckets.exponential(1, 2, True)]
)
def test_types_that_are_refused(make):
    with pytest.raises(TypeError, match="must be"):
        make()
