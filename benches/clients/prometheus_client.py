"""prometheus_client, the client of the Prometheus project. Its summaries have no quantiles.

It runs with its defaults, and therefore writes a second line with the time of birth of each series.
"""

import gzip

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from clients import calls
from clients.timing import BUCKETS, Sizes, each, fresh, growth, loop, pairs, repeated

#: The label values in the order of the names, which is the quickest way to name a series.
LABELS = ("GET", "/api/users")


def make(kind, registry=None):
    """A metric of the class `kind`, in a registry of its own if none is given."""
    name, registry = f"a_{kind.__name__.lower()}", registry or CollectorRegistry()
    buckets = {"buckets": BUCKETS} if kind is Histogram else {}
    return kind(name, "doc", ["method", "path"], registry=registry, **buckets)


def inc_same(sizes: Sizes) -> float:
    call = "counter.labels(*labels).inc()"
    return loop(call, sizes.calls, counter=make(Counter), labels=LABELS)


def inc_literal(sizes: Sizes) -> float:
    call, (method, path) = "counter.labels(method, path).inc()", LABELS
    return loop(call, sizes.calls, counter=make(Counter), method=method, path=path)


def inc_fresh(sizes: Sizes) -> float:
    call, counter = "counter.labels(*labels).inc()", make(Counter)
    return fresh(call, lambda *labels: labels, sizes.calls, counter=counter)


def gauge_set(sizes: Sizes) -> float:
    return loop("gauge.labels(*labels).set(5)", sizes.calls, gauge=make(Gauge), labels=LABELS)


def histogram_observe(sizes: Sizes) -> float:
    call = "histogram.labels(*labels).observe(0.3)"
    return loop(call, sizes.calls, histogram=make(Histogram), labels=LABELS)


def child_inc(sizes: Sizes) -> float:
    return loop("child.inc()", sizes.calls, child=make(Counter).labels(*LABELS))


def child_set(sizes: Sizes) -> float:
    return loop("child.set(5)", sizes.calls, child=make(Gauge).labels(*LABELS))


def child_observe(sizes: Sizes) -> float:
    return loop("child.observe(0.3)", sizes.calls, child=make(Histogram).labels(*LABELS))


def observe_many(sizes: Sizes) -> float:
    return calls.observe_many(make(Histogram).labels(*LABELS), sizes)


def time_block(sizes: Sizes) -> float | None:
    return calls.time_block(make(Histogram).labels(*LABELS), sizes)


def time_call(sizes: Sizes) -> float:
    return calls.time_call(make(Histogram).labels(*LABELS).time(), sizes)


def birth(sizes: Sizes) -> float:
    return each("counter.labels(*item).inc()", pairs(sizes.series), counter=make(Counter))


def render_counters(sizes: Sizes) -> float:
    registry = CollectorRegistry()
    counter = make(Counter, registry)
    for labels in pairs(sizes.series):
        counter.labels(*labels).inc()
    return repeated(lambda: generate_latest(registry))


def render_histograms(sizes: Sizes) -> float:
    registry = CollectorRegistry()
    histogram = make(Histogram, registry)
    for labels in pairs(sizes.histograms):
        histogram.labels(*labels).observe(0.3)
    return repeated(lambda: generate_latest(registry))


def openmetrics_counters(sizes: Sizes) -> float:
    registry = CollectorRegistry()
    counter = make(Counter, registry)
    for labels in pairs(sizes.series):
        counter.labels(*labels).inc()
    return repeated(lambda: openmetrics.generate_latest(registry))


def openmetrics_histograms(sizes: Sizes) -> float:
    registry = CollectorRegistry()
    histogram = make(Histogram, registry)
    for labels in pairs(sizes.histograms):
        for step in range(10):
            histogram.labels(*labels).observe(0.01 * step)
    return repeated(lambda: openmetrics.generate_latest(registry))


def gzip_counters(sizes: Sizes) -> float:
    registry = CollectorRegistry()
    counter = make(Counter, registry)
    for labels in pairs(sizes.series):
        counter.labels(*labels).inc()
    # Compressed as in its own handlers.
    return repeated(lambda: gzip.compress(generate_latest(registry)))


def memory(sizes: Sizes) -> float | None:
    counter = make(Counter)
    return growth(lambda *labels: counter.labels(*labels).inc(), sizes.series)
