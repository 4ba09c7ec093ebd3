"""What this package exposes comes back: parsed, yielded by a collector, and exposed again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from aioprometheus import Registry, names, parse, render
from aioprometheus.families import BucketSpan, NativeHistogram
from support.every_type import EveryType, total, underscored
from support.family_makers import MAKERS, Maker
from support.native_metrics import LABEL, NativeMetrics
from support.yielding import yielding

OPEN = "application/openmetrics-text;version=1.0.0"
BUFFERS = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)
#: How precise powers of two are.
EPSILON = 1e-12
ESCAPINGS = ["underscores", "dots", "values", "allow-utf-8"]
FORMATS = [
    *(f"text/plain;version=1.0.0;escaping={escaping}" for escaping in ESCAPINGS),
    "text/plain;version=0.0.4",
    *(f"{OPEN};escaping={escaping}" for escaping in ESCAPINGS),
    *(f"{BUFFERS};escaping={escaping}" for escaping in ESCAPINGS),
]


@pytest.fixture(scope="module")
def every_type() -> EveryType:
    return EveryType()


@pytest.fixture
def any_names() -> Iterator[None]:
    names.allow_utf8()
    yield
    names.allow_utf8(False)


def exposed(registry: Registry, accept: str) -> tuple[bytes, str]:
    body, headers = render(registry, accept, accept_encoding=[])
    return body, headers["Content-Type"]


@pytest.mark.usefixtures("any_names")
@pytest.mark.parametrize("accept", FORMATS)
def test_every_type(every_type: EveryType, accept: str) -> None:
    body, content_type = exposed(every_type.registry, accept)
    families = parse(body, content_type)
    assert len(families) > 35
    assert str(parse(body)) == str(families)  # the format is recognised; NaN is not equal to itself
    assert str(parse(body, content_type, strict=True)) == str(families)
    again, _ = exposed(yielding(families), accept)
    if "protobuf" not in accept:
        # The order is that of the names before they were escaped.
        assert sorted(again.split(b"\n")) == sorted(body.split(b"\n"))
    by_name = {family.name: str(family) for family in families}
    assert {family.name: str(family) for family in parse(again)} == by_name


@pytest.mark.parametrize("accept", FORMATS)
def test_the_samples_are_those_that_were_given(every_type: EveryType, accept: str) -> None:
    body, _ = exposed(every_type.registry, accept)
    is_open, utf8 = OPEN in accept, "allow-utf-8" in accept
    if not utf8 and "underscores" not in accept and "0.0.4" not in accept:
        return  # the names are other ones; that they stay as they are says the other test

    def shown(name: str, colon: bool = True) -> str:
        return name if utf8 else underscored(name, colon)

    found: dict[Any, Any] = {}
    # In protocol buffers births are no samples, and may be called as samples of other families are.
    for family in sorted(parse(body), key=lambda family: family.type == "gauge"):
        for sample in family.samples:
            key = sample.name, frozenset(item for item in sample.labels.items() if item[1])
            assert key not in found or sample.name.endswith("_created")
            found[key] = repr(float(sample.value))
    expected = {}
    for sample in every_type.samples:
        labels = {shown(name, False): value for name, value in sample.labels.items()}
        if sample.open or not is_open:
            key = shown(sample.name), frozenset(item for item in labels.items() if item[1])
            expected[key] = repr(sample.value)
    assert {key: value for key, value in found.items() if key in expected} == expected


def test_native_histograms() -> None:
    metrics = NativeMetrics()
    body, content_type = exposed(metrics.registry, f"{BUFFERS};escaping=allow-utf-8")
    found = {}
    for family in parse(body, content_type, strict=True):
        for sample in family.samples:
            if sample.native_histogram:
                found[sample.name, str(sample.labels.get(LABEL))] = sample.native_histogram
    assert len(found) >= 5 and found.keys() <= metrics.observed.keys()
    for key, histogram in found.items():
        values = metrics.observed[key]
        finite = [value for value in values if not math.isnan(value)]
        assert histogram.count_value == len(values)
        assert repr(histogram.sum_value) == repr(total(values))
        counts = in_buckets(histogram, 1) + in_buckets(histogram, -1)
        assert histogram.zero_count + sum(count for _, _, count in counts) == len(finite)
        for low, high, count in counts:
            sizes = [abs(value) for value in finite if (value > 0) == (high > 0)]
            sizes = [size for size in sizes if size > histogram.zero_threshold]
            # The bounds here are rounded: what is near one may be in the next bucket.
            near, far = sorted((abs(low), abs(high)))
            inside = [size for size in sizes if near * (1 + EPSILON) < size < far * (1 - EPSILON)]
            around = [size for size in sizes if near * (1 - EPSILON) <= size <= far * (1 + EPSILON)]
            assert len(inside) <= count <= len(around)


def in_buckets(histogram: NativeHistogram, sign: int) -> list[tuple[float, float, float]]:
    """The bounds and the counts of the buckets of one sign."""
    spans = histogram.pos_spans if sign > 0 else histogram.neg_spans
    deltas = iter(histogram.pos_deltas or () if sign > 0 else histogram.neg_deltas or ())
    place, count, found = 0, 0, []
    for span in spans or ():
        assert isinstance(span, BucketSpan)
        place += span.offset
        for _ in range(span.length):
            count += next(deltas)
            low, high = bound(histogram, place - 1), bound(histogram, place)
            found.append((low, high, count) if sign > 0 else (-high, -low, count))
            place += 1
    assert next(deltas, None) is None
    return found


def bound(histogram: NativeHistogram, place: int) -> float:
    """The upper bound of a bucket."""
    try:
        return 2.0 ** (place * 2.0**-histogram.schema)
    except OverflowError:
        return math.inf


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("accept", [FORMATS[0], OPEN, BUFFERS])
def test_families_of_collectors(make: Maker, accept: str) -> None:
    from aioprometheus import families

    if make is MAKERS["gauge_histogram"] and accept == FORMATS[0]:
        pytest.skip("text has no gauge histograms: they are shown as histograms, and these count")
    body, content_type = exposed(yielding([make(families)]), accept)
    parsed = parse(body, content_type, strict=True)
    again, _ = exposed(yielding(parsed), accept)
    assert again == body
