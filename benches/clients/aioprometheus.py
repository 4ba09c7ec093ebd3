"""The client that is this package, and PyPI's aioprometheus 23.12.0, which has the same API."""

from importlib.metadata import version

import aioprometheus
from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render, timer
from clients import calls
from clients.timing import Sizes, growth, pairs, repeated

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)


def make(kind, registry=None):
    """A metric of the class `kind`, in a registry of its own if none is given."""
    return kind(f"a_{kind.__name__.lower()}", "doc", registry=registry or Registry())


def inc_same(sizes: Sizes) -> float:
    return calls.inc_same(make(Counter), sizes)


def inc_literal(sizes: Sizes) -> float:
    return calls.inc_literal(make(Counter), sizes)


def inc_fresh(sizes: Sizes) -> float:
    return calls.inc_fresh(make(Counter), sizes)


def gauge_set(sizes: Sizes) -> float:
    return calls.gauge_set(make(Gauge), sizes)


def histogram_observe(sizes: Sizes) -> float:
    return calls.histogram_observe(make(Histogram), sizes)


def summary_observe(sizes: Sizes) -> float:
    return calls.summary_observe(make(Summary), longest_stream(sizes))


def longest_stream(sizes: Sizes) -> int:
    """The length of the longest stream of observations that is measured."""
    slow = version("aioprometheus") == "23.12.0"
    return min(sizes.slow_stream, sizes.streams[-1]) if slow else sizes.streams[-1]


def child_inc(sizes: Sizes) -> float | None:
    return calls.child_inc(make(Counter), sizes)


def child_set(sizes: Sizes) -> float | None:
    return calls.child_set(make(Gauge), sizes)


def child_observe(sizes: Sizes) -> float | None:
    return calls.child_observe(make(Histogram), sizes)


def observe_many(sizes: Sizes) -> float | None:
    histogram = make(Histogram)
    return calls.observe_many(bound(histogram), sizes) if hasattr(histogram, "labels") else None


def time_block(sizes: Sizes) -> float | None:
    histogram = make(Histogram)
    return calls.time_block(bound(histogram), sizes)


def time_call(sizes: Sizes) -> float:
    return calls.time_call(timer(bound(make(Histogram))), sizes)


def time_coroutine(sizes: Sizes) -> float:
    return calls.time_coroutine(timer(bound(make(Histogram))), sizes)


def bound(histogram):
    """A child with labels, or for 23.12.0, which has none, the metric."""
    return histogram.labels(calls.LABELS) if hasattr(histogram, "labels") else histogram


def birth(sizes: Sizes) -> float:
    return calls.birth(make(Counter), sizes)


def render_counters(sizes: Sizes) -> float:
    registry = Registry()
    counter = make(Counter, registry)
    for method, path in pairs(sizes.series):
        counter.inc({"method": method, "path": path})
    return repeated(lambda: render(registry, ()))


def render_histograms(sizes: Sizes) -> float:
    registry = Registry()
    histogram = make(Histogram, registry)
    for method, path in pairs(sizes.histograms):
        histogram.observe({"method": method, "path": path}, 0.3)
    return repeated(lambda: render(registry, ()))


def native_observe(sizes: Sizes) -> float | None:
    if not hasattr(aioprometheus, "render_async"):
        return None
    histogram = Histogram("a_histogram", "doc", registry=Registry(), native=True, buckets=[])
    return calls.histogram_observe(histogram, sizes)


def rendered(accept: str, registry: Registry, **options) -> float | None:
    """The seconds of rendering in a format that 23.12.0 does not have."""
    if not hasattr(aioprometheus, "render_async"):
        return None
    options = {"accept_encoding": "identity", **options}
    return repeated(lambda: render(registry, (accept,), **options))


def counters(sizes: Sizes) -> Registry:
    registry = Registry()
    counter = Counter("a_counter_total", "doc", registry=registry)
    for method, path in pairs(sizes.series):
        counter.inc({"method": method, "path": path})
    return registry


def histograms(sizes: Sizes, **options) -> Registry:
    registry = Registry()
    histogram = Histogram("a_histogram", "doc", registry=registry, **options)
    for number, (method, path) in enumerate(pairs(sizes.histograms)):
        for step in range(10):
            histogram.observe({"method": method, "path": path}, 0.01 * (number % 7 + step))
    return registry


def openmetrics_counters(sizes: Sizes) -> float | None:
    return rendered(OPENMETRICS, counters(sizes))


def openmetrics_histograms(sizes: Sizes) -> float | None:
    return rendered(OPENMETRICS, histograms(sizes))


def protobuf_counters(sizes: Sizes) -> float | None:
    return rendered(PROTOBUF, counters(sizes))


def protobuf_native(sizes: Sizes) -> float | None:
    if not hasattr(aioprometheus, "render_async"):
        return None
    return rendered(PROTOBUF, histograms(sizes, native=True, buckets=[]))


def gzip_counters(sizes: Sizes) -> float | None:
    return rendered("text/plain", counters(sizes), accept_encoding="gzip")


def memory(sizes: Sizes) -> float | None:
    counter = make(Counter)
    return growth(lambda method, path: counter.inc({"method": method, "path": path}), sizes.series)
