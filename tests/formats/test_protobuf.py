"""Protocol buffers: the fields of the messages, compared with what metrics were given."""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from aioprometheus.collectors import Collector
from aioprometheus.formats.protobuf import ProtobufFormatter
from support import protobuf_reader
from support.drawn import EXAMPLES
from support.format_model import INF, KINDS, METHODS, Metric, Series, Update, fill, registries
from support.protobuf_model import TYPES, MetricFamily, bits, milliseconds, pairs, parse, split

ACCEPT = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)
HEADERS = {
    "Content-Type": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
    " encoding=delimited",
    "Vary": "Accept, Accept-Encoding",
}
# The only field of `Metric` that each type has.
VALUE_FIELDS = {Counter: "counter", Summary: "summary", Histogram: "histogram"}
INT64 = st.integers(-(2**63), 2**63 - 1)

properties = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def now() -> int:
    return time.time_ns() // 1_000_000


def families_of(registry: Registry) -> list[Any]:
    body, headers = render(registry, ACCEPT, accept_encoding="")
    assert headers == HEADERS
    return parse(body)


def field_names(message: Any) -> list[str]:
    return [field.name for field, _ in message.ListFields()]


def assert_exemplar(
    message: Any, expected: tuple[dict[str, str], float] | None, window: tuple[int, int]
) -> None:
    """Assert that a counter or a bucket has the exemplar, or none."""
    assert message.HasField("exemplar") == (expected is not None)
    if expected is not None:
        labels, value = expected
        assert pairs(message.exemplar) == sorted(labels.items())
        assert bits(message.exemplar.value) == bits(value)
        assert window[0] <= milliseconds(message.exemplar.timestamp) <= window[1]


def assert_metrics(found: list[Any], series: Series, window: tuple[int, int]) -> None:
    """Assert that these messages are those of the series, born in a window of time."""
    metric = series.metric
    for one in found:
        assert [name for name in field_names(one) if name not in ("label", "timestamp_ms")] == [
            VALUE_FIELDS.get(metric.kind, "gauge")
        ]
    if metric.kind in (Gauge, Info, Enum):
        assert [(pairs(one), bits(one.gauge.value)) for one in found] == [
            (sorted(labels.items()), bits(value)) for _, labels, value, _ in series.samples()
        ]
        return
    (one,) = found
    assert pairs(one) == sorted(series.all_labels.items())
    message = getattr(one, VALUE_FIELDS[metric.kind])
    assert window[0] <= milliseconds(message.start_timestamp) <= window[1]
    if metric.kind is Counter:
        assert bits(message.value) == bits(series.value)
        assert_exemplar(message, series.exemplars.get(0), window)
        return
    assert message.sample_count == series.count
    assert message.HasField("sample_count")
    assert bits(message.sample_sum) == bits(series.sum)
    if metric.kind is Summary:
        assert [(one.quantile, bits(one.value)) for one in message.quantile] == [
            (phi, bits(value)) for phi, value in series.quantiles()
        ]
        return
    assert set(field_names(message)) <= {
        "sample_count",
        "sample_sum",
        "bucket",
        "start_timestamp",
    }
    assert [(one.upper_bound, one.cumulative_count) for one in message.bucket] == series.buckets()
    for place, bucket in enumerate(message.bucket):
        assert_exemplar(bucket, series.exemplars.get(place), window)


def assert_family(family: Any, metric: Metric, window: tuple[int, int]) -> None:
    """Assert that a message is that of a metric whose series were born in a window of time."""
    assert family.name == metric.text_name()
    assert (family.HasField("help"), family.help) == (True, metric.doc)
    assert (family.HasField("type"), TYPES[family.type]) == (True, metric.text_kind().upper())
    assert (family.HasField("unit"), family.unit) == (metric.unit is not None, metric.unit or "")
    found = list(family.metric)
    for series in metric.series():
        count = len(metric.states) if metric.kind is Enum else 1
        assert_metrics(found[:count], series, window)
        del found[:count]
    assert found == []


@properties
@given(registries())
def test_everything_comes_back(drawn: list[Metric]) -> None:
    before = now()
    registry = fill(drawn)
    after = now()
    families = families_of(registry)
    drawn.sort(key=lambda metric: metric.name)
    for family, metric in zip(families, drawn, strict=True):
        assert_family(family, metric, (before, after))
        assert not any(one.HasField("timestamp_ms") for one in family.metric)
    assert (
        render(registry, ACCEPT, accept_encoding="")[0]
        == render(registry, ACCEPT, accept_encoding="")[0]
    )


@properties
@given(registries())
def test_timestamps(drawn: list[Metric]) -> None:
    registry = fill(drawn)
    before = now()
    plain = parse(ProtobufFormatter(timestamp=False).marshall(registry))
    timed = parse(ProtobufFormatter(timestamp=True).marshall(registry))
    after = now()
    times = {one.timestamp_ms for family in timed for one in family.metric}
    assert len(times) <= 1
    assert all(before <= at <= after for at in times)
    for family in timed:
        for one in family.metric:
            assert one.HasField("timestamp_ms")
            one.ClearField("timestamp_ms")
    assert [one.SerializeToString(deterministic=True) for one in timed] == [
        one.SerializeToString(deterministic=True) for one in plain
    ]


@given(st.lists(INT64, min_size=1, max_size=5))
def test_ints_are_the_nearest_doubles(values: list[int]) -> None:
    registry = Registry()
    gauge = Gauge("g", "d", registry=registry)
    for position, value in enumerate(values):
        gauge.set({"l": position}, value)
    (family,) = families_of(registry)
    assert [one.gauge.value for one in family.metric] == [float(value) for value in values]


def bits_on_the_wire(value: float) -> bytes:
    """What a gauge of this value says, by a reader that knows all NaNs."""
    registry = Registry()
    Gauge("g", "d", registry=registry).set(value)
    (family,) = protobuf_reader.families(render(registry, ACCEPT, accept_encoding="")[0])
    return struct.pack("<d", family["metric"][0]["gauge"]["value"])


@given(st.binary(min_size=8, max_size=8))
def test_gauges_have_any_double(data: bytes) -> None:
    (value,) = struct.unpack("<d", data)
    assert bits_on_the_wire(value) == data


@pytest.mark.parametrize("data", [0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001])
def test_not_a_number_keeps_its_bits(data: int) -> None:
    (value,) = struct.unpack("<d", struct.pack("<Q", data))
    assert struct.unpack("<Q", bits_on_the_wire(value)) == (data,)


def test_values_that_protocol_buffers_leave_out_are_there() -> None:
    registry = Registry()
    Counter("a_total", "", registry=registry).inc(0)
    Gauge("b", "", registry=registry).set({"l": ""}, 0.0)
    Summary("c", "", registry=registry, quantiles={0: 0}).observe(0)
    Histogram("d", "", registry=registry, buckets=[0]).observe(1)
    counter, gauge, summary, histogram = (family.metric[0] for family in families_of(registry))
    assert field_names(counter.counter) == ["value", "start_timestamp"]
    assert field_names(gauge.gauge) == ["value"]
    assert field_names(gauge.label[0]) == ["name", "value"]
    assert field_names(summary.summary.quantile[0]) == ["quantile", "value"]
    assert field_names(histogram.histogram.bucket[0]) == ["cumulative_count", "upper_bound"]
    assert histogram.histogram.bucket[-1].upper_bound == INF


@pytest.mark.parametrize("kind", [Counter, Summary, Histogram])
def test_a_birth_is_that_of_the_series(kind: Any) -> None:
    registry = Registry()
    metric = kind("m", "d", registry=registry)
    update = getattr(metric, METHODS[kind])
    windows = []
    for name in ("x", "y", "z"):
        before = now()
        update({"l": name}, 1)
        windows.append((before, now()))

    def births() -> list[int]:
        (family,) = families_of(registry)
        return [
            milliseconds(getattr(one, kind.__name__.lower()).start_timestamp)
            for one in family.metric
        ]

    found = births()
    update({"l": "x"}, 1)
    assert births() == found
    for (before, after), born in zip(windows, found, strict=True):
        assert before <= born <= after


def test_a_plain_collector_is_untyped() -> None:
    class Said(Collector):
        def get_all(self) -> Any:
            return [({"b": "2", "a": 1}, 5), (None, -INF), ({"a": "x"}, math.nan)]

    registry = Registry()
    Said("m", "d", {"c": "3"}, registry)
    (family,) = families_of(registry)
    assert (family.name, family.help, TYPES[family.type]) == ("m", "d", "UNTYPED")
    assert [(pairs(one), repr(one.untyped.value)) for one in family.metric] == [
        ([("a", "1"), ("b", "2"), ("c", "3")], "5.0"),
        ([("c", "3")], "-inf"),
        ([("a", "x"), ("c", "3")], "nan"),
    ]
    assert all(field_names(one) == ["label", "untyped"] for one in family.metric)


def said(kind: Any, name: str, series: list[Any]) -> Any:
    """Return a class of metrics that says itself what its series are."""
    return type("Said", (kind,), {name: lambda self, *_: series})


def test_classes_that_say_what_their_series_are() -> None:
    registry = Registry()
    labels = {"z": "1", "a": 'b"\n'}
    said(Counter, "get_all", [(labels, 5), (None, 2.5)])("a_total", "d", {"c": "3"}, registry)
    said(Gauge, "get_all", [(labels, -5)])("b", "d", registry=registry)
    report = {0.5: 1, 0.9: 2.5, "count": 3, "sum": 4}
    said(Summary, "get_all", [(labels, report)])("c", "d", registry=registry)
    report = {1.0: 1, INF: 3, "count": 3, "sum": -4.5}
    said(Histogram, "get_all", [(labels, report)])("d", "d", registry=registry)
    counter, gauge, summary, histogram = families_of(registry)
    assert [(pairs(one), one.counter.value) for one in counter.metric] == [
        ([("a", 'b"\n'), ("c", "3"), ("z", "1")], 5.0),
        ([("c", "3")], 2.5),
    ]
    assert gauge.metric[0].gauge.value == -5.0
    value, observed, bucketed = (
        counter.metric[0].counter,
        summary.metric[0].summary,
        histogram.metric[0].histogram,
    )
    assert [(one.quantile, one.value) for one in observed.quantile] == [(0.5, 1.0), (0.9, 2.5)]
    assert (observed.sample_count, observed.sample_sum) == (3, 4.0)
    buckets = [(one.upper_bound, one.cumulative_count) for one in bucketed.bucket]
    assert buckets == [(1, 1), (INF, 3)]
    assert (bucketed.sample_count, bucketed.sample_sum) == (3, -4.5)
    for family in (gauge, summary, histogram):
        assert pairs(family.metric[0]) == [("a", 'b"\n'), ("z", "1")]
    # The times of birth of these series are not known.
    for message in (value, observed, bucketed):
        assert not message.HasField("start_timestamp")


@pytest.mark.parametrize("method", ["get", "get_value"])
def test_classes_that_say_what_a_value_is(method: str) -> None:
    class Said(Counter):
        pass

    setattr(Said, method, lambda self, labels=None: 42)
    registry = Registry()
    metric = Said("a_total", "d", registry=registry)
    metric.values[{"l": "1"}] = 1
    (family,) = families_of(registry)
    assert [(pairs(one), one.counter.value) for one in family.metric] == [([("l", "1")], 42.0)]


@pytest.mark.parametrize("kind", KINDS)
def test_families_without_series(kind: Any) -> None:
    bounds = {Summary: [0.5], Histogram: [1.0, INF]}.get(kind, [])
    metric = Metric(kind, "m", "", bounds=bounds, states=["on"])
    (family,) = families_of(fill([metric]))
    assert_family(family, metric, (0, 0))
    assert field_names(family) == ["name", "help", "type"]


@pytest.mark.parametrize(
    "length", [*range(100, 140), *range(16360, 16400), 2**21 - 60, 2**21, 1_000_000]
)
def test_lengths_of_messages(length: int) -> None:
    registry = Registry()
    value = "x" * length
    Gauge("g", "d", registry=registry).set({"l": value}, 1)
    Gauge("h", value, {"c": value}, registry).set(1)
    families = families_of(registry)
    assert pairs(families[0].metric[0]) == [("l", value)]
    assert (families[1].help, pairs(families[1].metric[0])) == (value, [("c", value)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", ["x", "\0", "\N{PILE OF POO}"])
def test_texts_of_a_megabyte(kind: Any, unit: str) -> None:
    value = unit * (1_000_000 // len(unit.encode()))
    number = {Info: {"v": value}, Enum: value}.get(kind, 1)
    bounds = {Summary: [0.5], Histogram: [1.0, INF]}.get(kind, [])
    metric = Metric(
        kind,
        "m",
        value,
        const_labels={"c": value},
        bounds=bounds,
        states=["on", value],
        updates=[Update({"a": value}, number), Update({"a": ""}, number)],
    )
    before = now()
    registry = fill([metric])
    window = (before, now())
    (family,) = families_of(registry)
    assert_family(family, metric, window)


@pytest.mark.parametrize("kind", KINDS)
def test_families_of_ten_thousand_series(kind: Any) -> None:
    make: Callable[[int], Any] = {
        Info: lambda at: {"v": str(at)},
        Enum: lambda at: ("on", "off")[at % 2],
    }.get(kind, float)
    bounds = {Summary: [0.5], Histogram: [5000.0, INF]}.get(kind, [])
    updates = [Update({"l": str(at), "path": f"/{at}"}, make(at)) for at in range(10_000)]
    metric = Metric(kind, "m", bounds=bounds, states=["on", "off"], updates=updates)
    before = now()
    registry = fill([metric])
    window = (before, now())
    body, _ = render(registry, ACCEPT, accept_encoding="")
    (message,) = split(body)
    assert_family(MetricFamily.FromString(message), metric, window)


def test_an_empty_registry() -> None:
    assert render(Registry(), ACCEPT, accept_encoding="") == (b"", HEADERS)
