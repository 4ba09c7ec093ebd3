"""Native histograms in expositions, compared with those of client_golang for the same values.

`tests/golden/native_histograms.go` made its answers. Those that need a clock to be
set are in the tests of the core, which read the same file.
"""

from __future__ import annotations

import json
import math
import struct
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aioprometheus import Histogram, Registry, render
from aioprometheus.formats.protobuf import ProtobufFormatter
from support.protobuf_model import parse

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "native_histograms.json"
DEFAULT_THRESHOLD = 2.0**-128
PROTOBUF = ProtobufFormatter.content_type


def cases() -> list[Any]:
    lines = GOLDEN.read_text().splitlines()
    return [case for case in map(json.loads, lines) if case["min_reset"] == 0]


def floats(digits: str) -> list[float]:
    return [number for (number,) in struct.iter_unpack(">d", bytes.fromhex(digits))]


def float_of(digits: str) -> float:
    return floats(digits)[0]


def make(registry: Registry, **settings: Any) -> Histogram:
    return Histogram("h", "doc", registry=registry, native=True, **settings)


def sent(registry: Registry) -> Iterator[Any]:
    """The histogram messages of the series of the only metric."""
    content, _ = render(registry, PROTOBUF, accept_encoding="")
    (family,) = parse(content)
    for metric in family.metric:
        yield metric.histogram


def test_buckets_are_those_of_client_golang() -> None:
    compared = 0
    for case in cases():
        registry = Registry()
        histogram = make(
            registry,
            buckets=[],
            native_factor=float_of(case["factor"]),
            zero_threshold=float_of(case["zero_threshold"]),
            max_zero_threshold=float_of(case["max_zero_threshold"]),
            max_buckets=case["max_buckets"],
        )
        child = histogram.labels()
        for number, step in enumerate(case["steps"]):
            for value in floats(step["observe"]):
                child.observe(value)
            (message,) = sent(registry)
            context = f"{case['name']}, step {number}, factor {float_of(case['factor'])}"
            check(message, step["is"], context)
            compared += 1
    assert compared > 500


def check(message: Any, expected: Any, context: str) -> None:
    total = float_of(expected["sum"])
    assert message.sample_count == expected["count"], context
    assert message.sample_sum == total or math.isnan(message.sample_sum) == math.isnan(total)
    assert message.schema == expected["schema"], context
    assert message.zero_threshold == float_of(expected["threshold"]), context
    assert message.zero_count == expected["zero"], context
    assert not message.bucket, context
    for side in ("negative", "positive"):
        spans = [[span.offset, span.length] for span in getattr(message, f"{side}_span")]
        if expected["count"] == 0 and side == "positive":
            # This distinguishes an empty one from a classic histogram.
            assert spans == [[0, 0]], context
        else:
            assert [number for span in spans for number in span] == expected[side], context
        deltas = list(getattr(message, f"{side}_delta"))
        assert deltas == expected[f"{side}_deltas"], context
        assert len(deltas) == sum(length for _, length in spans), context


def test_defaults_are_the_usual_ones() -> None:
    registry = Registry()
    histogram = make(registry)
    assert histogram.upper_bounds == Histogram.DEFAULT_BUCKETS
    histogram.observe({"path": "/"}, 0.3)
    (message,) = sent(registry)
    assert (message.schema, message.zero_threshold) == (3, DEFAULT_THRESHOLD)
    bounds = [bucket.upper_bound for bucket in message.bucket]
    assert bounds == list(Histogram.DEFAULT_BUCKETS)
    assert message.bucket[-1].cumulative_count == message.sample_count == 1


def test_factor_alone_makes_it_native() -> None:
    registry = Registry()
    histogram = Histogram("h", "doc", registry=registry, native_factor=2, buckets=[1])
    histogram.observe(0.3)
    (message,) = sent(registry)
    assert message.schema == 0
    assert [(span.offset, span.length) for span in message.positive_span] == [(-1, 1)]


def test_classic_histogram_has_nothing_native() -> None:
    registry = Registry()
    Histogram("h", "doc", registry=registry).observe(0.3)
    (message,) = sent(registry)
    for field in ("schema", "zero_threshold", "zero_count"):
        assert not message.HasField(field)
    assert not message.positive_span and not message.exemplars


@pytest.mark.parametrize("buckets", [[], ()])
def test_other_formats_have_count_and_sum_without_classic_buckets(buckets: Any) -> None:
    registry = Registry()
    histogram = make(registry, buckets=buckets)
    histogram.observe(-3)
    histogram.observe(0.5)
    lines = render(registry, None)[0].decode().splitlines()
    assert lines[2:] == ['h_bucket{le="+Inf"} 2.0', "h_count 2.0", "h_sum -2.5"]
    assert histogram.get() == {math.inf: 2, "count": 2, "sum": -2.5}
    samples = [(sample.name, sample.value) for sample in histogram.samples]
    assert samples == [("h_bucket", 2.0), ("h_count", 2.0), ("h_sum", -2.5)]


def test_nan_counts_and_is_in_no_bucket() -> None:
    registry = Registry()
    make(registry, buckets=[]).observe(math.nan)
    (message,) = sent(registry)
    assert (message.sample_count, message.zero_count) == (1, 0)
    assert math.isnan(message.sample_sum)
    assert not message.positive_span and not message.negative_span


def test_exemplars_are_told_with_the_native_buckets() -> None:
    registry = Registry()
    alone = make(registry, buckets=[])
    for number in range(1, 40):
        alone.observe(number, exemplar={"n": str(number)})
    (message,) = sent(registry)
    values = [exemplar.value for exemplar in message.exemplars]
    assert 1 < len(values) <= 10 and 39.0 in values
    assert all(exemplar.HasField("timestamp") for exemplar in message.exemplars)
    # Prometheus 2.42 looks for exemplars in classic buckets, so there is one such bucket.
    ((bound, exemplar),) = [(bucket.upper_bound, bucket.exemplar) for bucket in message.bucket]
    assert bound == math.inf and exemplar.value in values

    registry = Registry()
    beside = make(registry, buckets=[1, 2])
    for value in (0.5, 0.7, 1.5, 5):
        beside.observe(value, exemplar={"n": str(value)})
    (message,) = sent(registry)
    assert [exemplar.value for exemplar in message.exemplars] == [0.7, 1.5, 5.0]
    assert [bucket.exemplar.value for bucket in message.bucket] == [0.7, 1.5, 5.0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"native_factor": 1}, "factor"),
        ({"native_factor": math.nan}, "factor"),
        ({"native": True, "native_factor": 0.5}, "factor"),
        ({"native": False, "native_factor": 1.1}, "native_factor"),
        ({"max_buckets": 10}, "max_buckets"),
        ({"zero_threshold": 0}, "zero_threshold"),
        ({"native": True, "max_buckets": -1}, "max_buckets"),
        ({"native": True, "max_buckets": 1.5}, "max_buckets"),
        ({"native": True, "zero_threshold": -1}, "zero threshold"),
        ({"native": True, "zero_threshold": math.nan}, "zero threshold"),
        ({"native": True, "max_zero_threshold": -0.5}, "zero threshold"),
        ({"native": True, "min_reset_duration": -1}, "min_reset_duration"),
        ({"native": True, "min_reset_duration": math.nan}, "min_reset_duration"),
        ({"native": True, "buckets": [2, 1]}, "sorted"),
        ({"buckets": []}, "two buckets"),
    ],
)
def test_mistakes_are_told_when_the_metric_is_made(settings: dict[str, Any], words: str) -> None:
    registry = Registry()
    with pytest.raises(ValueError, match=words) as error:
        Histogram("h_mistaken", "doc", registry=registry, **settings)
    if "bucket" not in words.replace("max_buckets", "") and words != "sorted":
        assert "h_mistaken" in str(error.value)
    assert registry.get_all() == []


@pytest.mark.parametrize("setting", ["native_factor", "zero_threshold", "min_reset_duration"])
def test_settings_are_numbers(setting: str) -> None:
    with pytest.raises(TypeError, match=f"h_mistaken.*{setting}"):
        Histogram("h_mistaken", "doc", registry=Registry(), native=True, **{setting: "1.1"})


def test_old_series_begin_anew_over_the_limit() -> None:
    registry = Registry()
    histogram = make(registry, max_buckets=3, min_reset_duration=timedelta(milliseconds=1))
    histogram.observe(1)
    (message,) = sent(registry)
    born = message.start_timestamp.ToNanoseconds()
    # As soon as the series is a millisecond old and has too many buckets.
    value = 1.0
    while message.start_timestamp.ToNanoseconds() == born:
        value *= 2 if value < 1e300 else 1e-300
        histogram.observe(value)
        (message,) = sent(registry)
        assert len(message.positive_delta) <= 100
    assert message.sample_count == message.bucket[-1].cumulative_count
    assert message.sample_count < 20
    assert message.sample_sum >= 0


def test_series_stay_small_whatever_is_observed() -> None:
    registry = Registry()
    histogram = make(registry, buckets=[], max_buckets=20, native_factor=1.002)
    for exponent in range(-1074, 1024):
        histogram.observe(math.ldexp(1.0, exponent))
        histogram.observe(-math.ldexp(1.0, exponent))
    (message,) = sent(registry)
    assert message.sample_count == 2 * (1024 + 1074)
    # Each further observation may reduce the schema by one, down to the coarsest.
    assert message.schema == -4
    assert len(message.positive_delta) + len(message.negative_delta) < 300


def test_scrapes_see_whole_observations_of_busy_threads() -> None:
    registry = Registry()
    histogram = make(registry, buckets=[1, 10])
    done = threading.Event()

    def work() -> None:
        child = histogram.labels()
        while not done.is_set():
            for value in (0.25, 4.0, 16.0, -2.0):
                child.observe(value)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        before = 0
        for _ in range(300):
            for message in sent(registry):
                check_whole(message)
                assert message.sample_count >= before
                before = message.sample_count
    finally:
        done.set()
        for thread in threads:
            thread.join()
    (message,) = sent(registry)
    assert message.sample_count == histogram.get()["count"]


def check_whole(message: Any) -> None:
    """Assert that the parts of a message come from the same observations."""
    counted = message.zero_count
    for deltas in (message.positive_delta, message.negative_delta):
        count = 0
        for delta in deltas:
            count += delta
            counted += count
    assert counted == message.sample_count == message.bucket[-1].cumulative_count
    # Each of three threads observes the values in turn.
    assert abs(message.sample_sum - message.sample_count / 4 * 18.25) <= 3 * 40


def test_assigned_histogram_has_no_native_buckets_until_it_observes() -> None:
    from aioprometheus import histogram as plain

    registry = Registry()
    histogram = make(registry, buckets=[1])
    histogram.observe(0.5)
    assigned = plain.Histogram(1)
    assigned.observe(3)
    assigned.observe(4)
    histogram.set_value(None, assigned)
    assert histogram.get() == {1.0: 0, math.inf: 2, "count": 2, "sum": 7.0}
    histogram.observe(2)
    (message,) = sent(registry)
    assert message.sample_count == 1
    assert [(span.offset, span.length) for span in message.positive_span] == [(8, 1)]
