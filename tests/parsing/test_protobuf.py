"""Protocol buffers: messages of Google's library, and of this package, back into families."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from aioprometheus import ParseError, parse
from aioprometheus.families import BucketSpan, Exemplar, NativeHistogram, Sample, Timestamp
from support.protobuf_model import MetricFamily

TYPE = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)
COUNTER, GAUGE, SUMMARY, UNTYPED, HISTOGRAM, GAUGE_HISTOGRAM = range(6)


def delimited(*messages: bytes) -> bytes:
    body = b""
    for message in messages:
        length = len(message)
        while length > 0x7F:
            body += bytes([length & 0x7F | 0x80])
            length >>= 7
        body += bytes([length]) + message
    return body


def family(kind: int, fill: Callable[[Any], object], name: str = "a", **fields: Any) -> bytes:
    """A family with one metric, which `fill` completes."""
    message = MetricFamily(name=name, type=kind, **fields)
    fill(message.metric.add())
    return delimited(message.SerializeToString())


def samples(body: bytes, strict: bool = True) -> list[Sample]:
    (found,) = parse(body, strict=strict)
    assert found.samples == parse(body, TYPE)[0].samples
    return found.samples


def test_numbers() -> None:
    def fill(metric: Any) -> None:
        metric.label.add(name="x", value='y"\n\N{PILE OF POO}')
        metric.label.add(name="l.x", value="")
        metric.gauge.value = -2.5
        metric.timestamp_ms = 1500

    body = family(GAUGE, fill, "my.gauge_seconds", help="A.\n", unit="seconds")
    (found,) = parse(body)
    assert (found.name, found.documentation) == ("my.gauge_seconds", "A.\n")
    assert (found.type, found.unit) == ("gauge", "seconds")
    labels = {"x": 'y"\n\N{PILE OF POO}', "l.x": ""}
    assert found.samples == [Sample("my.gauge_seconds", labels, -2.5, 1.5)]
    body = family(UNTYPED, lambda metric: metric.untyped.SetInParent())
    assert (parse(body)[0].type, samples(body)) == ("unknown", [Sample("a", {}, 0.0)])


def test_counters() -> None:
    def fill(metric: Any) -> None:
        metric.counter.value = 5
        exemplar = metric.counter.exemplar
        exemplar.label.add(name="trace_id", value="t")
        exemplar.value = 2
        exemplar.timestamp.seconds, exemplar.timestamp.nanos = 1, 500_000_000
        metric.counter.start_timestamp.seconds, metric.counter.start_timestamp.nanos = (
            7,
            250_000_000,
        )

    (found,) = parse(family(COUNTER, fill, "a_total"), strict=True)
    assert (found.name, found.type) == ("a", "counter")
    assert found.samples == [
        Sample(
            "a_total", {}, 5.0, None, Exemplar({"trace_id": "t"}, 2.0, Timestamp(1, 500_000_000))
        ),
        Sample("a_created", {}, 7.25),
    ]
    # The type 0 may be left out.
    message = MetricFamily(name="a")
    message.metric.add().counter.value = 1
    assert parse(delimited(message.SerializeToString()))[0].type == "counter"


def test_summaries() -> None:
    def fill(metric: Any) -> None:
        metric.label.add(name="x", value="y")
        metric.summary.sample_count, metric.summary.sample_sum = 3, 4.5
        metric.summary.quantile.add(quantile=0.5, value=1.5)
        metric.summary.quantile.add(quantile=1, value=math.inf)
        metric.summary.start_timestamp.seconds = 9

    assert samples(family(SUMMARY, fill)) == [
        Sample("a", {"x": "y", "quantile": "0.5"}, 1.5),
        Sample("a", {"x": "y", "quantile": "1.0"}, math.inf),
        Sample("a_count", {"x": "y"}, 3),
        Sample("a_sum", {"x": "y"}, 4.5),
        Sample("a_created", {"x": "y"}, 9.0),
    ]


def test_classic_histograms() -> None:
    def fill(metric: Any) -> None:
        metric.label.add(name="x", value="y")
        metric.histogram.sample_count, metric.histogram.sample_sum = 3, 4.5
        bucket = metric.histogram.bucket.add(upper_bound=1, cumulative_count=2)
        bucket.exemplar.value = 0.5

    buckets = [
        Sample("a_bucket", {"x": "y", "le": "1.0"}, 2, None, Exemplar({}, 0.5)),
        Sample("a_bucket", {"x": "y", "le": "+Inf"}, 3),
    ]
    count, total = Sample("a_count", {"x": "y"}, 3), Sample("a_sum", {"x": "y"}, 4.5)
    assert samples(family(HISTOGRAM, fill)) == [*buckets, count, total]
    found = samples(family(GAUGE_HISTOGRAM, fill))
    assert [sample.name for sample in found] == ["a_bucket", "a_bucket", "a_gcount", "a_gsum"]


def test_counts_may_be_floats() -> None:
    def fill(metric: Any) -> None:
        metric.histogram.sample_count_float = 2.5
        metric.histogram.bucket.add(upper_bound=math.inf, cumulative_count_float=2.5)

    assert [sample.value for sample in samples(family(HISTOGRAM, fill))] == [2.5, 2.5]


def native(metric: Any) -> Any:
    histogram = metric.histogram
    histogram.sample_count, histogram.sample_sum = 12, 18.5
    histogram.schema, histogram.zero_threshold, histogram.zero_count = -2, 0.001, 2
    histogram.positive_span.add(offset=-3, length=2)
    histogram.positive_span.add(offset=1, length=1)
    histogram.positive_delta.extend([1, 2, -1])
    histogram.negative_span.add(offset=0, length=1)
    histogram.negative_delta.append(3)
    return histogram


EXPECTED = NativeHistogram(
    12,
    18.5,
    -2,
    0.001,
    2,
    (BucketSpan(-3, 2), BucketSpan(1, 1)),
    (BucketSpan(0, 1),),
    (1, 2, -1),
    (3,),
)


def test_native_histograms() -> None:
    found = samples(family(HISTOGRAM, native))
    assert found == [
        Sample("a_count", {}, 12),
        Sample("a_sum", {}, 18.5),
        Sample("a", {}, 12, None, None, EXPECTED),
    ]

    def with_more(metric: Any) -> None:
        histogram = native(metric)
        histogram.bucket.add(upper_bound=1, cumulative_count=5)
        histogram.exemplars.add(value=1.5).timestamp.seconds = 4

    found = samples(family(HISTOGRAM, with_more))
    assert [(sample.name, sample.value) for sample in found] == [
        ("a_bucket", 5),
        ("a_bucket", 12),
        ("a_count", 12),
        ("a_sum", 18.5),
        ("a", 12),
    ]
    exemplars = (Exemplar({}, 1.5, Timestamp(4, 0)),)
    assert found[-1].native_histogram == EXPECTED._replace(nh_exemplars=exemplars)


def test_native_histograms_of_floats() -> None:
    def fill(metric: Any) -> None:
        histogram = metric.histogram
        histogram.sample_count_float, histogram.zero_count_float = 5.5, 0.5
        histogram.positive_span.add(offset=0, length=2)
        histogram.positive_count.extend([1.5, 3.5])

    found = samples(family(HISTOGRAM, fill))[-1].native_histogram
    assert found is not None
    assert (found.count_value, found.zero_count, found.pos_deltas) == (5.5, 0.5, (1.5, 2.0))


def test_an_empty_native_histogram() -> None:
    def fill(metric: Any) -> None:
        metric.histogram.positive_span.add(offset=0, length=0)

    found = samples(family(HISTOGRAM, fill))
    assert [sample.name for sample in found] == ["a_count", "a"]
    # Without any sign of native buckets it is classic.
    empty = family(HISTOGRAM, lambda metric: metric.histogram.SetInParent())
    assert [sample.name for sample in samples(empty)] == ["a_bucket", "a_count"]


def test_families_and_unknown_fields() -> None:
    one = family(GAUGE, lambda metric: metric.gauge.SetInParent(), "a")
    two = family(GAUGE, lambda metric: metric.gauge.SetInParent(), "b")
    assert [found.name for found in parse(one + two)] == ["a", "b"]
    # A varint, eight bytes, a text and four bytes, of numbers that nobody knows.
    unknown = b"\xa0\x06\x01" + b"\xa1\x06" + bytes(8) + b"\xa2\x06\x01x" + b"\xa5\x06" + bytes(4)
    assert parse(delimited(one[1:] + unknown))[0].samples == parse(one)[0].samples
    (joined,) = parse(one + one)
    assert len(joined.samples) == 2
    with pytest.raises(ParseError, match="family 2, 'a': "):
        parse(one + one, strict=True)


def wrong(fill: Callable[[Any], object], words: str, kind: int = HISTOGRAM) -> None:
    with pytest.raises(ParseError, match=f"^family 1, 'a': .*{words}") as raised:
        parse(family(kind, fill), TYPE)
    assert raised.value.line is None


def test_mistakes() -> None:
    wrong(lambda metric: metric.gauge.SetInParent(), "has no value of the type counter", COUNTER)
    wrong(lambda metric: native(metric).positive_delta.append(1), "not as many buckets")
    wrong(lambda metric: native(metric).negative_span.add(length=2**32 - 1), "not as many buckets")
    wrong(lambda metric: metric.label.add(value="y"), "a label has no name", GAUGE)

    def repeated(metric: Any) -> None:
        metric.label.add(name="le", value="y")
        metric.histogram.bucket.add(upper_bound=1)

    wrong(repeated, "the label 'le' is there twice")

    def late(metric: Any) -> None:
        metric.counter.start_timestamp.nanos = 1_000_000_000

    wrong(late, "nanoseconds", COUNTER)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\x05\x0a\x01a", "family 1: the message is cut off"),
        (b"\xff" * 11, "an integer has more than 64 bits"),
        (b"\xff" * 9 + b"\x01", "the message is cut off"),
        (b"\x80", "the message is cut off"),
        (delimited(b"\x0a\x05a"), "the message is cut off"),
        (delimited(b"\x0a\x01\xff"), "a text is not UTF-8"),
        (delimited(b"\x08\x01"), "a field is no text or message"),
        (delimited(b"\x12\x01a"), "the family has no name"),
        (delimited(b"\x0a\x01a\x18\x09"), "there is no type 9"),
        (delimited(b"\x0a\x01a\x18\x01\x22\x03\x12\x01\x09"), "the message is cut off"),
        (delimited(b"\x0a\x01a\x0b"), "a type that these messages do not have"),
        (delimited(b"\x0a\x01a\x02\x00"), "a field has the number 0"),
    ],
)
def test_bytes_that_are_no_messages(body: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        parse(body, TYPE)


def test_many_labels_and_many_buckets_are_refused_and_take_no_memory() -> None:
    def fill(metric: Any) -> None:
        for number in range(3000):
            metric.label.add(name=f"l{number}", value="")
            metric.histogram.bucket.add(upper_bound=number)

    wrong(fill, "many labels and many buckets")


def test_a_schema_that_there_is_not() -> None:
    def fill(metric: Any) -> None:
        native(metric).schema = 9

    body = family(HISTOGRAM, fill)
    assert parse(body)[0].samples[-1].native_histogram.schema == 9  # type: ignore[union-attr]
    with pytest.raises(ParseError, match="a schema from -4 to 8, not 9"):
        parse(body, strict=True)


def test_small_bodies_do_not_become_large() -> None:
    message = MetricFamily(name="a", type=HISTOGRAM)
    metric = message.metric.add()
    for number in range(380):
        metric.label.add(name=f"l{number}", value="x")
    for bound in range(300):
        metric.histogram.bucket.add(cumulative_count=1, upper_bound=bound)
    with pytest.raises(ParseError, match="many labels and many buckets"):
        parse(delimited(message.SerializeToString()), TYPE)


def test_buckets_share_the_label_values_of_their_series() -> None:
    message = MetricFamily(name="a", type=HISTOGRAM)
    for value in ("one value", "another value"):
        metric = message.metric.add()
        metric.label.add(name="l", value=value)
        for bound in (1, 2):
            metric.histogram.bucket.add(cumulative_count=1, upper_bound=bound)
    found = [
        sample.labels["l"] for sample in samples(delimited(message.SerializeToString()), False)
    ]
    assert sorted(set(found)) == ["another value", "one value"]
    assert len({id(value) for value in found}) == 2
