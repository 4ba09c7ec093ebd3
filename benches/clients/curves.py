"""Curves of the times of this package: for each line of a curve, a dict from sizes to seconds.

`names` and `stream` run under 23.12.0 too.
"""

import random

from aioprometheus import Counter, Registry, Summary, render
from clients import calls
from clients.aioprometheus import longest_stream, make
from clients.timing import Sizes, each, loop, pairs, repeated

#: The least number of calls in a walk over all series.
WALK = 100_000

Curve = dict[str, float]


def shuffled(label_sets: list, calls_at_least: int) -> list:
    """The label sets in random order, repeated until there are enough."""
    mixed = list(label_sets)
    random.Random(1).shuffle(mixed)
    return mixed * -(-calls_at_least // len(mixed))


def growth(sizes: Sizes) -> dict[str, Curve]:
    """An increment by the number of series: of one series, and of all of them in random order.

    The third line is the no-op with the same dicts in the same order.
    """
    from bench_floor import NoOp

    counter, names = make(Counter), ("one series", "in random order", "no-op in that order")
    curve: dict[str, Curve] = {name: {} for name in names}
    label_sets = [{"method": m, "path": p} for m, p in pairs(sizes.growth[-1])]
    born = 0
    for count in sizes.growth:
        for labels in label_sets[born:count]:
            counter.inc(labels)
        born = count
        one = label_sets[count // 2]
        walk = shuffled(label_sets[:count], min(WALK, sizes.calls))
        seconds = (
            loop("counter.inc(labels)", sizes.calls, counter=counter, labels=one),
            each("counter.inc(item)", walk, 3, counter=counter),
            each("counter.inc(item)", walk, 3, counter=NoOp()),
        )
        for name, value in zip(names, seconds, strict=True):
            curve[name][str(count)] = value
    return curve


def names(sizes: Sizes) -> dict[str, Curve]:
    """An increment by the number of label names."""
    curve: Curve = {}
    for count in sizes.names:
        labels = {f"name_{number}": f"value {number}" for number in range(count)}
        counter = make(Counter)
        curve[str(count)] = loop("counter.inc(labels)", sizes.calls, counter=counter, labels=labels)
    return {"": curve}


def metrics(sizes: Sizes) -> dict[str, Curve]:
    """An increment by the number of registered metrics: of one metric, and of each in turn."""
    curve: dict[str, Curve] = {"one metric": {}, "each in turn": {}}
    for count in sizes.metrics:
        registry = Registry()
        all_metrics = [Counter(f"counter_{i}", "doc", registry=registry) for i in range(count)]
        for counter in all_metrics:
            counter.inc(calls.LABELS)
        one = all_metrics[count // 2]
        turns = shuffled(all_metrics, min(WALK, sizes.calls))
        curve["one metric"][str(count)] = loop(
            "counter.inc(labels)", sizes.calls, counter=one, labels=calls.LABELS
        )
        curve["each in turn"][str(count)] = each("item.inc(labels)", turns, 3, labels=calls.LABELS)
    return curve


def rendering(sizes: Sizes) -> dict[str, Curve]:
    """Rendering by the number of counter series, for one series."""
    registry = Registry()
    counter = make(Counter, registry)
    curve: Curve = {}
    all_pairs = pairs(sizes.growth[-1])
    born = 0
    for count in [size for size in sizes.growth if size >= 1_000]:
        for method, path in all_pairs[born:count]:
            counter.inc({"method": method, "path": path})
        born = count
        curve[str(count)] = repeated(lambda: render(registry, ())) / count
    return {"": curve}


def stream(sizes: Sizes) -> dict[str, Curve]:
    """An observation of a summary by the length of the stream, on average over the stream."""
    longest = longest_stream(sizes)
    lengths = [length for length in sizes.streams if length <= longest]
    return {"": {str(n): calls.summary_observe(make(Summary), n) for n in lengths}}
