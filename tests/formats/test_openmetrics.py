"""OpenMetrics text, from which two parsers read back what metrics were given.

One is prometheus_client's. It strips spaces from the start of a HELP, which the tests allow for. It
misreads exemplars with quotes in their labels, which only the other parser reads here, that of
:mod:`openmetrics_grammar`.
"""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from aioprometheus.formats import openmetrics
from aioprometheus.formats.openmetrics import OpenMetricsFormatter
from support import openmetrics_grammar, text_grammar
from support.drawn import EXAMPLES
from support.format_model import (
    INF,
    KINDS,
    Metric,
    Sample,
    Series,
    Update,
    exemplar_labels,
    fill,
    registries,
)

ACCEPT = "application/openmetrics-text;version=1.0.0"
HEADERS = {"Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8"}

properties = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
without_quotes = exemplar_labels.map(
    lambda labels: {name: value.replace('"', "'") for name, value in labels.items()}
)


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


def moment(text: str) -> int:
    """Return a time of the format in milliseconds."""
    return round(float(text) * 1000)


def body_of(registry: Registry) -> bytes:
    body, headers = render(registry, ACCEPT, accept_encoding="")
    assert headers == {**HEADERS, "Vary": "Accept, Accept-Encoding"}
    return body


def number_text(value: int | float) -> str:
    """Return what distinguishes numbers: an int from a float, and NaN from none."""
    return repr(value) if isinstance(value, int) else repr(float(value))


def expected(metric: Metric) -> list[Sample]:
    """Return the samples that a metric should have, unless another family stands in the way."""
    samples = [sample for series in metric.series() for sample in series.open_samples()]
    if metric.kind in (Counter, Gauge):
        if metric.open_kind() == "unknown":
            samples = [sample._replace(exemplar=None) for sample in samples]
        return samples
    # Counts are ints in one format and floats in the other.
    return [sample._replace(value=float(sample.value)) for sample in samples]


def comparable(samples: list[Sample]) -> list[Any]:
    return [
        (name, labels, number_text(value), exemplar and (exemplar[0], repr(exemplar[1])))
        for name, labels, value, exemplar in samples
    ]


def assert_grammar_reads(body: bytes, drawn: list[Metric], before: int, after: int) -> None:
    """Assert that a strict parser reads metrics as they went in."""
    found = openmetrics_grammar.parse(body)
    assert [(family.name, family.kind, family.unit, family.help) for family in found] == [
        (metric.open_name(), metric.open_kind(), metric.unit, metric.doc) for metric in drawn
    ]
    for family, metric in zip(found, drawn, strict=True):
        samples = []
        for name, labels, text, at, exemplar in family.samples:
            assert at is None
            pair = None
            if exemplar is not None:
                pair = (exemplar.labels, float(exemplar.text))
                assert before <= moment(exemplar.time) <= after
            literal = metric.kind in (Counter, Gauge) and text.lstrip("-").isdecimal()
            samples.append(Sample(name, labels, int(text) if literal else float(text), pair))
        assert comparable(samples) == comparable(expected(metric))


def read_with_client(body: bytes) -> list[Any]:
    return list(text_string_to_metric_families(body.decode()))


def assert_client_reads(body: bytes, drawn: list[Metric]) -> None:
    """Assert that prometheus_client's parser reads metrics as they went in."""
    found = []
    for family in read_with_client(body):
        samples = []
        for sample in family.samples:
            assert sample.timestamp is None
            exemplar = sample.exemplar and (sample.exemplar.labels, float(sample.exemplar.value))
            samples.append(Sample(sample.name, sample.labels, float(sample.value), exemplar))
        key = (family.name, family.type, family.unit, family.documentation)
        found.append((*key, comparable(samples)))
    wanted = []
    for metric in drawn:
        samples = [sample._replace(value=float(sample.value)) for sample in expected(metric)]
        key = (metric.open_name(), metric.open_kind(), metric.unit or "", metric.doc.lstrip(" "))
        wanted.append((*key, comparable(samples)))
    assert found == wanted


def assert_text_has_all(registry: Registry, drawn: list[Metric]) -> None:
    """Assert that nothing is left out of text 0.0.4, whatever OpenMetrics forbids."""
    found = text_grammar.parse(render(registry, None)[0])
    assert [(family.name, family.kind, family.help) for family in found] == sorted(
        (metric.text_name(), metric.text_kind(), metric.doc) for metric in drawn
    )
    for family in found:
        metric = next(metric for metric in drawn if metric.text_name() == family.name)
        assert [(line.name, line.labels, repr(line.value)) for line in family.samples] == [
            (name, labels, repr(float(value)))
            for series in metric.series()
            for name, labels, value, _ in series.samples()
        ]


@properties
@given(registries(exemplars=without_quotes))
def test_everything_comes_back(drawn: list[Metric]) -> None:
    before = milliseconds()
    registry = fill(drawn)
    body = body_of(registry)
    drawn.sort(key=lambda metric: metric.name)
    assert_grammar_reads(body, drawn, before, milliseconds())
    assert_client_reads(body, drawn)
    assert_text_has_all(registry, drawn)
    assert body_of(registry) == body


@properties
@given(registries(kinds=[Counter, Histogram]))
def test_exemplars_have_any_text(drawn: list[Metric]) -> None:
    before = milliseconds()
    body = body_of(fill(drawn))
    drawn.sort(key=lambda metric: metric.name)
    assert_grammar_reads(body, drawn, before, milliseconds())


def with_births(series: Series) -> list[tuple[str, dict[str, str]]]:
    """Return the names and labels of the lines that a series has with `_created`."""
    lines = [(name, labels) for name, labels, _, _ in series.open_samples()]
    metric = series.metric
    if metric.open_kind() in ("counter", "summary", "histogram"):
        lines.append((f"{metric.open_name()}_created", series.all_labels))
    return lines


@properties
@given(registries(exemplars=without_quotes), st.booleans(), st.booleans())
def test_times_of_births_and_of_samples(
    drawn: list[Metric], timestamp: bool, created: bool
) -> None:
    before = milliseconds()
    registry = fill(drawn)
    born = milliseconds()
    body = OpenMetricsFormatter(timestamp=timestamp, created=created).marshall(registry)
    after = milliseconds()
    drawn.sort(key=lambda metric: metric.name)
    found = openmetrics_grammar.parse(body)
    times = set()
    for family, metric in zip(found, drawn, strict=True):
        lines = [(sample.name, sample.labels) for sample in family.samples]
        if created:
            assert lines == [line for series in metric.series() for line in with_births(series)]
        else:
            assert lines == [(name, labels) for name, labels, _, _ in expected(metric)]
        for sample in family.samples:
            times.add(sample.time)
            if created and sample.name == f"{metric.open_name()}_created":
                assert before <= moment(sample.text) <= born
    if timestamp:
        assert len(times) <= 1
        assert all(born <= moment(text) <= after for text in times)
    else:
        assert times <= {None}
    read = [
        (sample.name, sample.labels)
        for family in read_with_client(body)
        for sample in family.samples
    ]
    assert read == [(line.name, line.labels) for family in found for line in family.samples]


def test_births_are_told_by_the_option_or_by_the_switch() -> None:
    registry = Registry()
    Counter("a_total", "d", registry=registry).inc()

    def exposes(**options: Any) -> bool:
        return b"a_created " in OpenMetricsFormatter(**options).marshall(registry)

    assert [exposes(), exposes(created=None), exposes(created=False), exposes(created=True)] == [
        False,
        False,
        False,
        True,
    ]
    openmetrics.enable_created_metrics()
    try:
        assert [exposes(), exposes(created=False), exposes(created=True)] == [True, False, True]
        assert b"a_created " in body_of(registry)
        assert render(registry, None)[0] == b"# HELP a_total d\n# TYPE a_total counter\na_total 1\n"
    finally:
        openmetrics.disable_created_metrics()
    assert not exposes()
    assert b"a_created " not in body_of(registry)


@pytest.mark.parametrize("kind", [Counter, Summary, Histogram])
def test_a_birth_is_that_of_the_series(kind: Any) -> None:
    registry = Registry()
    metric = kind("a_total", "d", {"c": "1"}, registry)
    windows = {}
    for name in ("x", 'y"', ""):
        before = milliseconds()
        method = metric.inc if kind is Counter else metric.observe
        method({"l": name}, 1)
        windows[name] = (before, milliseconds())
    births = {}
    for _ in range(2):
        for family in openmetrics_grammar.parse(
            OpenMetricsFormatter(created=True).marshall(registry)
        ):
            for sample in family.samples:
                if sample.name.endswith("_created"):
                    name = sample.labels.pop("l")
                    assert sample.labels == {"c": "1"}
                    # A later update or rendering does not change it.
                    assert births.setdefault(name, sample.text) == sample.text
                    assert windows[name][0] <= moment(sample.text) <= windows[name][1]
        (metric.inc if kind is Counter else metric.observe)({"l": "x"}, 1)
    assert set(births) == set(windows)


def test_the_latest_exemplar_of_each_place_is_told() -> None:
    registry = Registry()
    counter = Counter("c_total", "d", registry=registry)
    counter.inc(None, 1, exemplar={"trace": "a"})
    counter.inc({"l": "1"}, 2.5, exemplar={"trace": "b"})
    counter.inc({"l": "1"}, 3, exemplar={"trace": "c", "span": "d"})
    counter.inc({"l": "1"}, 4)
    histogram = Histogram("h", "d", registry=registry, buckets=[1, 2.5])
    for value, trace in ((1, "a"), (0.5, "b"), (2, "c"), (3, "d"), (math.nan, "e")):
        histogram.observe(None, value, exemplar={"trace": trace})
    exemplars = {
        (line.name, line.labels.get("le", line.labels.get("l"))): line.exemplar
        for family in openmetrics_grammar.parse(body_of(registry))
        for line in family.samples
        if line.exemplar is not None
    }
    assert {key: one[:2] for key, one in exemplars.items()} == {
        ("c_total", None): ({"trace": "a"}, "1.0"),
        ("c_total", "1"): ({"span": "d", "trace": "c"}, "3.0"),
        ("h_bucket", "1.0"): ({"trace": "b"}, "0.5"),
        ("h_bucket", "2.5"): ({"trace": "c"}, "2.0"),
        ("h_bucket", "+Inf"): ({"trace": "e"}, "NaN"),
    }
    assert b" # " not in render(registry, None)[0]


@pytest.mark.parametrize("labels", [{}, {"a": "x" * 127}, {"abc": "\N{PILE OF POO}" * 125}])
def test_exemplars_of_128_characters(labels: dict[str, str]) -> None:
    metric = Metric(Counter, "c_total", updates=[Update({}, 2, labels)])
    before = milliseconds()
    body = body_of(fill([metric]))
    assert_grammar_reads(body, [metric], before, milliseconds())
    assert_client_reads(body, [metric])


@pytest.mark.parametrize("names", [["a_total"], ["a"], ["a_total", "a", "a_created", "a_info"]])
@pytest.mark.parametrize("count", [0, 1])
def test_every_type_in_small(names: list[str], count: int) -> None:
    for kind in KINDS:
        for name in names:
            value = {Info: {"v": "1"}, Enum: "on"}.get(kind, 1)
            bounds = {Summary: [0.5], Histogram: [1.0, INF]}.get(kind, [])
            updates = [Update({}, value)] * count
            metric = Metric(kind, name, bounds=bounds, states=["on"], updates=updates)
            body = body_of(fill([metric]))
            assert_client_reads(body, [metric])
            assert_grammar_reads(body, [metric], 0, 0)


def test_an_empty_registry() -> None:
    assert body_of(Registry()) == b"# EOF\n"
    assert render(Registry(), None)[0] == b""
