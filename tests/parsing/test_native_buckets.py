"""Native buckets of parsed families that a collector yields: protocol buffers show them again."""

from __future__ import annotations

from typing import Any

import pytest

from aioprometheus import Histogram, Registry, parse, render
from aioprometheus.families import BucketSpan, Metric, NativeHistogram, Sample
from support.native_metrics import NativeMetrics
from support.yielding import yielding

BUFFERS = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)
ACCEPT = f"{BUFFERS};escaping=allow-utf-8"
GIVEN = NativeHistogram(4, 6.5, 3, 0.5, 1, (BucketSpan(-2, 2), BucketSpan(4, 1)), None, (1, 0, 0))


def exposed(registry: Registry, accept: str = ACCEPT) -> list[Metric]:
    """What a registry exposes, parsed."""
    body, headers = render(registry, accept, accept_encoding=[])
    return parse(body, headers["Content-Type"])


def histogram(native: object, *others: Sample) -> Metric:
    """A family with a sample of native buckets."""
    family = Metric("h", "H", "histogram")
    counted = Sample("h_count", {"a": "b"}, 4), Sample("h_sum", {"a": "b"}, 6.5)
    sample = Sample("h", {"a": "b"}, 4, None, None, native)  # type: ignore[arg-type]
    family.samples = [*others, *counted, sample]
    return family


def by_name(families: list[Metric]) -> dict[str, str]:
    return {family.name: str(family) for family in families}


def test_what_this_package_exposes_comes_back() -> None:
    families = exposed(NativeMetrics().registry)
    again = exposed(yielding(families))
    assert by_name(again) == by_name(families)
    assert sum(sample.native_histogram is not None for f in again for sample in f.samples) >= 5


def test_classic_buckets_and_exemplars_stay_beside_them() -> None:
    registry = Registry()
    both = Histogram("both", "Both", buckets=[1, 2], native=True, registry=registry)
    for value in (0.5, 1.5, 700, -3, 0):
        both.observe({"a": "b"}, value, exemplar={"trace_id": str(value)})
    families = exposed(registry)
    again = exposed(yielding(families))
    assert by_name(again) == by_name(families)
    (native,) = (s.native_histogram for f in again for s in f.samples if s.native_histogram)
    assert native.nh_exemplars is not None and len(native.nh_exemplars) >= 3
    text = render(yielding(families), "text/plain")[0].decode()
    assert 'both_bucket{a="b",le="+Inf"} 5' in text


def test_spans_and_deltas_are_those_that_were_given() -> None:
    (family,) = exposed(yielding([histogram(GIVEN)]))
    assert [sample.name for sample in family.samples] == ["h_count", "h_sum", "h"]
    assert family.samples[-1].native_histogram == GIVEN


def test_the_count_may_come_from_them_alone() -> None:
    family = Metric("h", "H", "histogram")
    family.samples = [Sample("h", {}, 4, None, None, GIVEN)]
    (again,) = exposed(yielding([family]))
    assert [sample.name for sample in again.samples] == ["h_count", "h"]
    assert "h_count 4.0\n" in render(yielding([family]), "text/plain")[0].decode()


@pytest.mark.parametrize(
    "native",
    [
        GIVEN._replace(count_value=4.5),
        GIVEN._replace(schema=-53),
        GIVEN._replace(zero_count=-1),
        GIVEN._replace(zero_threshold=float("nan")),
        GIVEN._replace(pos_deltas=(1, 0)),
        GIVEN._replace(pos_deltas=(1, -2, 0)),
        GIVEN._replace(pos_spans=(BucketSpan(0, 2**62), BucketSpan(2**62, 1))),
        GIVEN._replace(pos_spans=((1,),)),  # type: ignore[arg-type]
        GIVEN._replace(pos_spans=5),  # type: ignore[arg-type]
        (1, 2),
        "buckets",
    ],
    ids=str,
)
def test_what_cannot_be_held_is_left_out(native: Any) -> None:
    (family,) = exposed(yielding([histogram(native)]))
    assert [sample.name for sample in family.samples] == ["h_bucket", "h_count", "h_sum"]


def test_another_type_has_none() -> None:
    family = Metric("g", "G", "gauge")
    family.samples = [Sample("g", {}, 1), Sample("g", {"a": "b"}, 4, None, None, GIVEN)]
    (again,) = exposed(yielding([family]))
    assert [sample.labels for sample in again.samples] == [{}]
