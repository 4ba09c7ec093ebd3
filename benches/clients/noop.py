"""The no-op, which is the floor: the calls of this package on extension methods that do nothing."""

from bench_floor import NoOp

from clients import calls
from clients.timing import Sizes


def inc_same(sizes: Sizes) -> float:
    return calls.inc_same(NoOp(), sizes)


def inc_literal(sizes: Sizes) -> float:
    return calls.inc_literal(NoOp(), sizes)


def inc_fresh(sizes: Sizes) -> float:
    return calls.inc_fresh(NoOp(), sizes)


def gauge_set(sizes: Sizes) -> float:
    return calls.gauge_set(NoOp(), sizes)


def histogram_observe(sizes: Sizes) -> float:
    return calls.histogram_observe(NoOp(), sizes)


def summary_observe(sizes: Sizes) -> float:
    return calls.summary_observe(NoOp(), sizes.streams[-1])


def child_inc(sizes: Sizes) -> float | None:
    return calls.child_inc(NoOp(), sizes)


def child_set(sizes: Sizes) -> float | None:
    return calls.child_set(NoOp(), sizes)


def child_observe(sizes: Sizes) -> float | None:
    return calls.child_observe(NoOp(), sizes)


def birth(sizes: Sizes) -> float:
    return calls.birth(NoOp(), sizes)
