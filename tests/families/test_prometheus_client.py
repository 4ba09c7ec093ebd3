"""Families of prometheus_client: its classes and ours are the same to a collector and a scraper."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse_text

from aioprometheus import _core, families
from support.family_makers import MAKERS, Maker, made_by, theirs

INF = math.inf


@pytest.fixture(params=MAKERS.values(), ids=MAKERS)
def make(request: pytest.FixtureRequest) -> Maker:
    return request.param  # type: ignore[no-any-return]


def latest(family: Metric, **options: Any) -> bytes:
    """What prometheus_client exposes of a family."""

    class Collector:
        def collect(self) -> Iterator[Metric]:
            yield family

    registry = CollectorRegistry()
    registry.register(Collector())
    return generate_latest(registry)


def values(parsed: Any, but: tuple[str, ...] = ()) -> dict[Any, Any]:
    """The values and times of samples by name and labels, bounds as numbers."""
    found = {}
    for family in parsed:
        for name, labels, value, timestamp, *_ in family.samples:
            if name.endswith(but):
                continue
            own = {"le": str(float(labels["le"]))} if "le" in labels else {}
            key = name, tuple(sorted({**labels, **own}.items()))
            assert key not in found
            found[key] = str(float(value)), timestamp and float(timestamp)
    return found


def test_the_samples_are_those_of_prometheus_client(make: Maker) -> None:
    ours, given = make(families), make(theirs())
    assert list(map(str, ours.samples)) == list(map(str, given.samples))
    assert (ours.name, ours.documentation, ours.type, ours.unit) == (
        given.name,
        given.documentation,
        given.type,
        given.unit,
    )


def test_both_are_exposed_alike_in_every_format(make: Maker) -> None:
    for kind in ("text", "openmetrics", "protobuf"):
        for created in (False, True):
            bodies = [
                _core.encode(kind, [make(use)], created=created) for use in (families, theirs())
            ]
            assert bodies[0] == bodies[1]


def test_the_text_has_the_values_that_prometheus_client_shows(make: Maker) -> None:
    body = _core.encode("text", [make(theirs())])
    there = parse_text(latest(make(theirs())).decode())
    found = values(parse_text(body.decode()))
    # Births are for OpenMetrics; a count stands there though values may be negative.
    more = {key for key in found if key[0] == "sizes_count" and ("kind", "b") in key[1]}
    expected = values(there, but=("_created",))
    assert {key: value for key, value in found.items() if key not in more} == expected
    assert (b"_bucket" in body and b"sizes" in body) == bool(more)


def test_openmetrics_has_the_values_that_prometheus_client_shows(make: Maker) -> None:
    given = make(theirs())
    body = _core.encode("openmetrics", [given], created=True).decode()

    class Registry:
        def collect(self) -> Iterator[Metric]:
            yield make(theirs())

    there = list(parse_open(openmetrics.generate_latest(Registry()).decode()))
    here = list(parse_open(body))
    assert values(here) == values(there)
    assert [
        (family.name, family.type, family.unit) for family in here if family.type != "unknown"
    ] == [(family.name, family.type, family.unit) for family in there if family.type != "unknown"]

    def exemplars(parsed: Any) -> list[Any]:
        return [
            sample.exemplar for family in parsed for sample in family.samples if sample.exemplar
        ]

    assert exemplars(here) == exemplars(there)


def test_all_families_live_in_one_exposition() -> None:
    body = _core.encode("openmetrics", list(made_by(families)), created=True).decode()
    names = {family.name for family in parse_open(body)}
    assert {"requests", "sizes", "waiting", "build", "state", "other_name"} <= names


def test_metrics_of_its_registry_are_exposed() -> None:
    import prometheus_client

    registry = CollectorRegistry()
    prometheus_client.Counter("c", "C", ["a"], registry=registry).labels("1").inc(2)
    prometheus_client.Histogram("h", "H", registry=registry).observe(0.3)
    prometheus_client.Summary("s", "S", registry=registry).observe(0.3)
    prometheus_client.Info("i", "I", registry=registry).info({"a": "b"})
    prometheus_client.Enum("e", "E", states=["x", "y"], registry=registry).state("y")
    prometheus_client.Gauge("g", "G", registry=registry).set_function(lambda: 7)
    body = _core.encode("text", list(registry.collect()))
    there = values(parse_text(generate_latest(registry).decode()), but=("_created",))
    assert values(parse_text(body.decode())) == there
    assert b'c_total{a="1"} 2.0\n' in body


def test_names_of_any_text_are_escaped() -> None:
    family = theirs().GaugeMetricFamily("http.requests", "R", labels=["a.b"])
    family.add_metric(["x"], 1)
    body = _core.encode("text", [family])
    assert b'http_requests{a_b="x"} 1\n' in body
    body = _core.encode("text", [family], escaping="allow-utf-8")
    assert b'{"http.requests","a.b"="x"} 1\n' in body


@pytest.mark.parametrize("use", [families, theirs()], ids=["ours", "theirs"])
def test_mistakes_in_constructors_are_the_same(use: Any) -> None:
    for name in ("Counter", "Gauge", "Info", "StateSet", "Unknown"):
        with pytest.raises(ValueError, match="at most one of value and labels"):
            getattr(use, f"{name}MetricFamily")("x", "d", value=3, labels=[])
    with pytest.raises(ValueError, match="must be provided together"):
        use.SummaryMetricFamily("x", "d", sum_value=1)
    with pytest.raises(ValueError, match="at most one of value and labels"):
        use.SummaryMetricFamily("x", "d", count_value=1, sum_value=1, labels=["a"])
    with pytest.raises(ValueError, match="without buckets"):
        use.HistogramMetricFamily("x", "d", sum_value=1)
    for name in ("Histogram", "GaugeHistogram"):
        with pytest.raises(ValueError, match="at most one of buckets and labels"):
            getattr(use, f"{name}MetricFamily")("x", "d", buckets=[("+Inf", 0)], labels=["a"])
    with pytest.raises(ValueError, match="Invalid metric type"):
        use.Metric("x", "d", "typo")
    with pytest.raises(ValueError):
        use.Timestamp(1, -1)
    assert use.Metric("x", "d", "untyped").type == "unknown"
    assert use.Timestamp(1, 1) < use.Timestamp(1, 2) < use.Timestamp(2, 0)
    assert float(use.Timestamp(1, 500_000_000)) == 1.5
    assert use.UntypedMetricFamily is use.UnknownMetricFamily
    assert use.GaugeMetricFamily("a", "d", 1) == use.GaugeMetricFamily("a", "d", 1)
    assert use.GaugeMetricFamily("a", "d", 1) != use.GaugeMetricFamily("a", "d", 2)


def test_samples_are_restricted() -> None:
    family = families.SummaryMetricFamily("s", "d", count_value=1, sum_value=2)
    restricted = family._restricted_metric({"s_sum"})
    assert restricted is not None and [sample.name for sample in restricted.samples] == ["s_sum"]
    assert b"s_sum 2.0\n" in _core.encode("text", [restricted])
    assert family._restricted_metric(set()) is None
