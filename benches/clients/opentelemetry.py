"""OpenTelemetry's SDK with its Prometheus exporter. It has neither summaries nor children."""

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from clients.timing import BUCKETS, Sizes, each, fresh, growth, loop, pairs, repeated

LABELS = {"method": "GET", "path": "/api/users"}
#: The limit of series. The default is 2,000.
LIMIT = 10_000_000


def meter(registry=None):
    """A meter that the registry exposes, whose series have no other labels than their own."""
    reader = PrometheusMetricReader(
        disable_target_info=True,
        scope_info_enabled=False,
        registry=registry or CollectorRegistry(),
        cardinality_limits={Counter: LIMIT, Histogram: LIMIT},
    )
    return MeterProvider(metric_readers=[reader], shutdown_on_exit=False).get_meter("bench")


def make_counter(registry=None):
    return meter(registry).create_counter("a_counter", description="doc")


def make_histogram(registry=None):
    return meter(registry).create_histogram(
        "a_histogram", description="doc", explicit_bucket_boundaries_advisory=BUCKETS
    )


def label_set(method: str, path: str) -> dict[str, str]:
    return {"method": method, "path": path}


def inc_same(sizes: Sizes) -> float:
    return loop("counter.add(1, labels)", sizes.calls, counter=make_counter(), labels=LABELS)


def inc_literal(sizes: Sizes) -> float:
    call = 'counter.add(1, {"method": method, "path": path})'
    return loop(call, sizes.calls, counter=make_counter(), **LABELS)


def inc_fresh(sizes: Sizes) -> float:
    return fresh("counter.add(1, labels)", label_set, sizes.calls, counter=make_counter())


def gauge_set(sizes: Sizes) -> float:
    gauge = meter().create_gauge("a_gauge", description="doc")
    return loop("gauge.set(5, labels)", sizes.calls, gauge=gauge, labels=LABELS)


def histogram_observe(sizes: Sizes) -> float:
    call = "histogram.record(0.3, labels)"
    return loop(call, sizes.calls, histogram=make_histogram(), labels=LABELS)


def birth(sizes: Sizes) -> float:
    label_sets = [label_set(*pair) for pair in pairs(sizes.series)]
    return each("counter.add(1, item)", label_sets, counter=make_counter())


def render_counters(sizes: Sizes) -> float:
    registry = CollectorRegistry()
    counter = make_counter(registry)
    for pair in pairs(sizes.series):
        counter.add(1, label_set(*pair))
    return repeated(lambda: generate_latest(registry))


def render_histograms(sizes: Sizes) -> float:
    registry = CollectorRegistry()
    histogram = make_histogram(registry)
    for pair in pairs(sizes.histograms):
        histogram.record(0.3, label_set(*pair))
    return repeated(lambda: generate_latest(registry))


def memory(sizes: Sizes) -> float | None:
    counter = make_counter()
    return growth(lambda *pair: counter.add(1, label_set(*pair)), sizes.series)
