"""The calls that are timed with the same code for this package, 23.12.0 and the no-op."""

import random

from clients.timing import Sizes, each, fresh, loop, pairs

METHOD, PATH = "GET", "/api/users"
LABELS = {"method": METHOD, "path": PATH}


def inc_same(counter, sizes: Sizes) -> float:
    return loop("counter.inc(labels)", sizes.calls, counter=counter, labels=LABELS)


def inc_literal(counter, sizes: Sizes) -> float:
    call = 'counter.inc({"method": method, "path": path})'
    return loop(call, sizes.calls, counter=counter, method=METHOD, path=PATH)


def inc_fresh(counter, sizes: Sizes) -> float:
    def make(method: str, path: str) -> dict[str, str]:
        return {"method": method, "path": path}

    counter.inc(LABELS)
    return fresh("counter.inc(labels)", make, sizes.calls, counter=counter)


def gauge_set(gauge, sizes: Sizes) -> float:
    return loop("gauge.set(labels, 5)", sizes.calls, gauge=gauge, labels=LABELS)


def histogram_observe(histogram, sizes: Sizes) -> float:
    call = "histogram.observe(labels, 0.3)"
    return loop(call, sizes.calls, histogram=histogram, labels=LABELS)


def summary_observe(summary, length: int) -> float:
    """The seconds of one of the first `length` observations, which are uniform in [0, 1)."""
    uniform = random.Random(length).random
    values = [uniform() for _ in range(length)]
    return each("summary.observe(labels, item)", values, summary=summary, labels=LABELS)


def child_inc(counter, sizes: Sizes) -> float | None:
    if not hasattr(counter, "labels"):
        return None
    return loop("child.inc()", sizes.calls, child=counter.labels(LABELS))


def child_set(gauge, sizes: Sizes) -> float | None:
    if not hasattr(gauge, "labels"):
        return None
    return loop("child.set(5)", sizes.calls, child=gauge.labels(LABELS))


def child_observe(histogram, sizes: Sizes) -> float | None:
    if not hasattr(histogram, "labels"):
        return None
    return loop("child.observe(0.3)", sizes.calls, child=histogram.labels(LABELS))


def birth(counter, sizes: Sizes) -> float:
    label_sets = [{"method": method, "path": path} for method, path in pairs(sizes.series)]
    return each("counter.inc(item)", label_sets, counter=counter)
