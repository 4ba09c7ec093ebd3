"""pytheus with its default backend, for one process. Its summaries have no quantiles."""

from pytheus.exposition import generate_metrics
from pytheus.metrics import Counter, Gauge, Histogram
from pytheus.registry import CollectorRegistry

from clients.timing import Sizes, each, fresh, growth, loop, pairs, repeated

LABELS = {"method": "GET", "path": "/api/users"}


def make(kind, registry=None):
    """A metric of the class `kind`, in a registry of its own if none is given."""
    name, registry = f"a_{kind.__name__.lower()}", registry or CollectorRegistry()
    return kind(name, "doc", required_labels=["method", "path"], registry=registry)


def label_set(method: str, path: str) -> dict[str, str]:
    return {"method": method, "path": path}


def inc_same(sizes: Sizes) -> float:
    call = "counter.labels(labels).inc()"
    return loop(call, sizes.calls, counter=make(Counter), labels=LABELS)


def inc_literal(sizes: Sizes) -> float:
    call = 'counter.labels({"method": method, "path": path}).inc()'
    return loop(call, sizes.calls, counter=make(Counter), **LABELS)


def inc_fresh(sizes: Sizes) -> float:
    return fresh("counter.labels(labels).inc()", label_set, sizes.calls, counter=make(Counter))


def gauge_set(sizes: Sizes) -> float:
    return loop("gauge.labels(labels).set(5)", sizes.calls, gauge=make(Gauge), labels=LABELS)


def histogram_observe(sizes: Sizes) -> float:
    call = "histogram.labels(labels).observe(0.3)"
    return loop(call, sizes.calls, histogram=make(Histogram), labels=LABELS)


def child_inc(sizes: Sizes) -> float:
    return loop("child.inc()", sizes.calls, child=make(Counter).labels(LABELS))


def child_set(sizes: Sizes) -> float:
    return loop("child.set(5)", sizes.calls, child=make(Gauge).labels(LABELS))


def child_observe(sizes: Sizes) -> float:
    return loop("child.observe(0.3)", sizes.calls, child=make(Histogram).labels(LABELS))


def birth(sizes: Sizes) -> float:
    label_sets = [label_set(*pair) for pair in pairs(sizes.series)]
    return each("counter.labels(item).inc()", label_sets, counter=make(Counter))


def render_counters(sizes: Sizes) -> float:
    registry = CollectorRegistry()
    counter = make(Counter, registry)
    for pair in pairs(sizes.series):
        counter.labels(label_set(*pair)).inc()
    return repeated(lambda: generate_metrics(registry).encode())


def render_histograms(sizes: Sizes) -> float:
    registry = CollectorRegistry()
    histogram = make(Histogram, registry)
    for pair in pairs(sizes.histograms):
        histogram.labels(label_set(*pair)).observe(0.3)
    return repeated(lambda: generate_metrics(registry).encode())


def memory(sizes: Sizes) -> float | None:
    counter = make(Counter)
    return growth(lambda *pair: counter.labels(label_set(*pair)).inc(), sizes.series)
