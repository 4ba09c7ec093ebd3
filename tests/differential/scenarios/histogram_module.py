"""The module aioprometheus.histogram: functions for bounds, and Histogram."""

from aioprometheus import histogram
from aioprometheus.histogram import NEG_INF, POS_INF, Histogram, exponentialBuckets, linearBuckets
from record import step


def constants():
    step("infinities", lambda: (POS_INF, NEG_INF))
    step("in the module", lambda: histogram.POS_INF is POS_INF)


def linear():
    for arguments in (
        (1, 1, 3),
        (0.1, 0.1, 10),
        (-5, 2.5, 4),
        (0, 0, 2),
        (1, -1, 3),
        (1.0, 1, 1),
        (1, 1, 0),
        (1, 1, -1),
        (2**60, 1, 2),
        (0.0, 0.1, 4),
    ):
        step(f"{arguments}", linearBuckets, *arguments)
    step("keywords", lambda: linearBuckets(start=1, width=2, count=3))
    step("float count", linearBuckets, 1, 1, 2.0, words=False)
    step("text", linearBuckets, "a", "b", 2, words=False)
    step("too few", linearBuckets, 1, words=False)


def exponential():
    for arguments in (
        (1, 2, 4),
        (0.1, 1.5, 10),
        (1, 1, 3),
        (1, 10, 5),
        (1.0, 2, 1),
        (0, 2, 3),
        (-1, 2, 3),
        (1, 0.5, 3),
        (1, 2, 0),
        (1, 2, -1),
        (0, 0, 0),
        (0.001, 10, 7),
    ):
        step(f"{arguments}", exponentialBuckets, *arguments)
    step("keywords", lambda: exponentialBuckets(start=1, factor=2, count=3))
    step("float count", exponentialBuckets, 1, 2, 2.0, words=False)
    step("too few", exponentialBuckets, 1, words=False)


def made():
    inf = float("inf")
    for buckets in (
        (1, 2),
        (1.0, inf),
        (5,),
        (-inf, 0),
        (1, 1, 2),
        (-inf, inf),
        (1, 2, 3, inf),
        (),
        (inf,),
        (2, 1),
        (inf, 1),
        (1, inf, 2),
    ):
        step(f"{buckets}", Histogram, *buckets)
        step(f"buckets of {buckets}", lambda: Histogram(*buckets).buckets)
    step("text", Histogram, "1", "2")
    step("words", Histogram, "a", "b", words=False)
    step("None", Histogram, None, words=False)
    step("keyword", lambda: Histogram(buckets=(1, 2)), words=False)


def observed():
    made = Histogram(1, 2.5, 10)
    step("empty", lambda: made)
    for value in (0, 1, 1.5, 2.5, 3, 100, -1, float("inf"), float("-inf")):
        step(f"observe {value}", made.observe, value)
        step(f"after {value}", lambda: (list(made.buckets.items()), made.observations, made.sum))
    step("by keyword", lambda: made.observe(value=1))
    step("observe text", made.observe, "junk", words=False)
    step("observe None", made.observe, None, words=False)
    for _ in range(10):
        made.observe(0.1)
    step("sum", lambda: made.sum)
