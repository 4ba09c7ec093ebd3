"""The calls that are timed with the same code for this package, 23.12.0 and the no-op."""

import random
from array import array

from clients.timing import Sizes, each, fresh, loop, pairs, repeated

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


def observe_many(child, sizes: Sizes) -> float:
    """The seconds for one of many values in [0, 1): in one call if there is such a method."""
    uniform = random.Random(sizes.values).random
    values = array("d", (uniform() for _ in range(sizes.values)))
    if not hasattr(child, "observe_many"):
        return each("child.observe(item)", list(values), child=child)
    return repeated(lambda: child.observe_many(values)) / len(values)


def time_block(child, sizes: Sizes) -> float | None:
    if not hasattr(child, "time"):
        return None
    return loop("with child.time(): pass", sizes.calls, child=child)


def time_call(decorate, sizes: Sizes) -> float:
    """The seconds that a decorator adds to a call of a function that does nothing."""

    def bare() -> None:
        pass

    timed = decorate(bare)
    return loop("timed()", sizes.calls, timed=timed) - loop("bare()", sizes.calls, bare=bare)


def time_coroutine(decorate, sizes: Sizes) -> float:
    """The same of a coroutine function, whose coroutine takes one step."""

    async def bare() -> None:
        pass

    def run(coroutine) -> None:
        try:  # noqa: SIM105  contextlib.suppress takes longer than what is measured
            coroutine.send(None)
        except StopIteration:
            pass

    timed = decorate(bare)
    call = loop("run(timed())", sizes.calls, run=run, timed=timed)
    return call - loop("run(bare())", sizes.calls, run=run, bare=bare)


def birth(counter, sizes: Sizes) -> float:
    label_sets = [{"method": method, "path": path} for method, path in pairs(sizes.series)]
    return each("counter.inc(item)", label_sets, counter=counter)
