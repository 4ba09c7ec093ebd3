"""Rules of OpenMetrics that text 0.0.4 does not have, names that clash, and spelling."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from aioprometheus.formats.openmetrics import OpenMetricsFormatter
from support import openmetrics_grammar, text_grammar
from support.drawn import EXAMPLES
from support.format_model import INF, KINDS, Metric, Update

ACCEPT = "application/openmetrics-text;version=1.0.0"
VALUES = {Info: {"v": "1"}, Enum: "on"}
BOUNDS = {Summary: [0.5], Histogram: [1.0, INF]}
SUFFIXES = {
    "counter": ["", "_total", "_created"],
    "summary": ["", "_count", "_sum", "_created"],
    "histogram": ["", "_bucket", "_count", "_sum", "_created"],
    "info": ["", "_info"],
}


def body_of(registry: Registry) -> bytes:
    """Return the body in OpenMetrics, once two parsers have read it."""
    body, _ = render(registry, ACCEPT, accept_encoding="")
    openmetrics_grammar.parse(body)
    list(text_string_to_metric_families(body.decode()))
    return body


def lines_of(registry: Registry) -> list[str]:
    return body_of(registry).decode().splitlines()


def samples_of(registry: Registry) -> list[str]:
    return [line for line in lines_of(registry) if not line.startswith("#")]


def kinds_of(registry: Registry) -> dict[str, str]:
    return {family.name: family.kind for family in openmetrics_grammar.parse(body_of(registry))}


def text_of(registry: Registry) -> list[str]:
    body, _ = render(registry, None)
    text_grammar.parse(body)
    return [line for line in body.decode().splitlines() if not line.startswith("#")]


def one_of(kind: Any, name: str) -> Metric:
    bounds = BOUNDS.get(kind, [])
    return Metric(
        kind, name, bounds=bounds, states=["on"], updates=[Update({}, VALUES.get(kind, 1))]
    )


def claims(metric: Metric) -> set[str]:
    """Return the names that a family takes in OpenMetrics, unless another one stands in the way."""
    suffixes = SUFFIXES.get(metric.open_kind(), [""])
    return {metric.open_name() + suffix for suffix in suffixes}


def has_birth_of_another(metrics: list[Metric]) -> bool:
    """Whether a family is called as the births of another one would be, and neither can yield."""
    fixed = {
        metric.name
        for metric in metrics
        if metric.kind is not Info
        and not (metric.kind is Counter and metric.open_kind() != "unknown")
    }
    return any(
        f"{metric.name}_created" in fixed
        for metric in metrics
        if metric.kind in (Summary, Histogram)
    )


clashing = st.lists(
    st.tuples(
        st.sampled_from([Counter, Counter, Counter, Info, Info, *KINDS]),
        st.builds(
            "a{}{}".format,
            st.sampled_from(["", "_total", "_created", "_info", "_count"]),
            st.sampled_from(["", "_total", "_info"]),
        ),
    ),
    min_size=2,
    max_size=4,
    unique_by=lambda pair: pair[1],
)


CLASHES = [
    [(Counter, "a_total"), (Gauge, "a")],
    [(Counter, "a_total"), (Gauge, "a_created")],
    [(Counter, "a_total"), (Counter, "a_total_total")],
    [(Counter, "a_total"), (Counter, "a_created_total")],
    [(Counter, "a_total"), (Info, "a")],
    [(Counter, "a_total"), (Info, "a_total_info")],
    [(Counter, "a_total"), (Info, "a_created_info")],
    [(Info, "a"), (Gauge, "a")],
    [(Info, "a_info"), (Gauge, "a"), (Counter, "a_total")],
    [(Info, "a_count"), (Summary, "a")],
]


@pytest.mark.parametrize("pairs", CLASHES)
def test_names_that_clash(pairs: list[tuple[Any, str]]) -> None:
    check_names(pairs)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(clashing)
def test_names_that_may_clash(pairs: list[tuple[Any, str]]) -> None:
    check_names(pairs)


def check_names(pairs: list[tuple[Any, str]]) -> None:
    """Assert that metrics of these names can be read, and come back."""
    registry, metrics = Registry(), []
    for kind, name in pairs:
        metric = one_of(kind, name)
        try:
            metric.make(registry)
        except ValueError:
            # Its samples clash in the text format too, or another metric has its name.
            continue
        metrics.append(metric)
    if has_birth_of_another(metrics):
        return
    body, _ = render(registry, ACCEPT, accept_encoding="")
    families = openmetrics_grammar.parse(body)
    # It refuses families that take a name of another family.
    list(text_string_to_metric_families(body.decode()))
    assert sorted(
        (line.name, sorted(line.labels.items()), line.value)
        for family in families
        for line in family.samples
    ) == sorted(
        (name, sorted(labels.items()), value)
        for metric in metrics
        for series in metric.series()
        for name, labels, value, _ in series.open_samples()
    )
    found = {family.samples[0].name: family.kind for family in families}
    for metric in metrics:
        first = metric.series()[0].samples()[0].name
        others = set().union(*(claims(other) for other in metrics if other is not metric))
        if claims(metric).isdisjoint(others) or metric.kind not in (Counter, Info):
            assert found[first] == metric.open_kind(), metric.name
        else:
            assert found[first] in (metric.open_kind(), "unknown"), metric.name


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_counter_beside_a_gauge_of_its_name(order: tuple[int, ...]) -> None:
    makers: list[Callable[[Registry], Any]] = [
        lambda registry: Counter("a_total", "d", registry=registry).inc(exemplar={"t": "1"}),
        lambda registry: Gauge("a", "d", registry=registry).set(2),
        lambda registry: Counter("b_total", "d", registry=registry).inc(3),
    ]
    registry = Registry()
    for position in order:
        makers[position](registry)
    assert kinds_of(registry) == {"a": "gauge", "a_total": "unknown", "b": "counter"}
    assert samples_of(registry) == ["a 2", "a_total 1", "b_total 3"]
    assert render(registry, None)[0] == (
        b"# HELP a d\n# TYPE a gauge\na 2\n# HELP a_total d\n# TYPE a_total counter\na_total 1\n"
        b"# HELP b_total d\n# TYPE b_total counter\nb_total 3\n"
    )
    registry.deregister("a")
    assert kinds_of(registry) == {"a": "counter", "b": "counter"}


def test_an_info_beside_a_gauge_of_its_name() -> None:
    registry = Registry()
    Info("a", "d", registry=registry).info({"version": "1"})
    assert kinds_of(registry) == {"a": "info"}
    Gauge("a_x", "d", registry=registry).set(1)
    Info("a_x_info", "d", registry=registry).info({"version": "1"})
    assert kinds_of(registry) == {"a": "info", "a_x": "gauge", "a_x_info": "unknown"}
    assert samples_of(registry) == ['a_info{version="1"} 1.0', "a_x 1", 'a_x_info{version="1"} 1.0']


@pytest.mark.parametrize("kind", [Summary, Histogram])
def test_births_are_not_samples_of_another_family(kind: Any) -> None:
    registry = Registry()
    one_of(kind, "a").make(registry)
    one_of(Gauge, "a_created").make(registry)
    for created in (False, True):
        # The parser asserts that no two samples are the same.
        openmetrics_grammar.parse(OpenMetricsFormatter(created=created).marshall(registry))


def test_a_counter_without_total_is_unknown() -> None:
    registry = Registry()
    Counter("a", "d", registry=registry).inc(2.5, exemplar={"trace": "1"})
    assert lines_of(registry) == ["# HELP a d", "a 2.5", "# EOF"]


SUMS = [(-3.0, False), (math.nan, False), (-INF, False), (0.0, True), (3.0, True), (INF, True)]


@pytest.mark.parametrize(("value", "is_told"), SUMS)
def test_sums_that_are_left_out(value: float, is_told: bool) -> None:
    registry = Registry()
    summary = Summary("s", "d", registry=registry, quantiles={0.5: 0})
    histogram = Histogram("h", "d", registry=registry, buckets=[0, 1])
    for metric in (summary, histogram):
        metric.observe({"l": "1"}, value)
        metric.observe({"l": "2"}, 1)
    lines = text_of(registry)
    assert len(lines) == 16
    without = ['h_count{l="1"}', 'h_sum{l="1"}', 's_sum{l="1"}']
    if value < 0:
        without.append('s{l="1",quantile="0.5"}')
    left_out = [] if is_told else without
    assert [line.rpartition(" ")[0] for line in samples_of(registry)] == [
        line.rpartition(" ")[0] for line in lines if line.rpartition(" ")[0] not in left_out
    ]


def test_negative_quantiles_are_left_out_one_by_one() -> None:
    registry = Registry()
    summary = Summary("s", "d", registry=registry, quantiles={0: 0, 0.5: 0, 1: 0})
    for value in (-1, 0.5, 4):
        summary.observe(value)
    assert samples_of(registry) == [
        's{quantile="0.5"} 0.5',
        's{quantile="1.0"} 4.0',
        "s_count 3",
        "s_sum 3.5",
    ]
    assert text_of(registry) == [
        's{quantile="0.0"} -1.0',
        's{quantile="0.5"} 0.5',
        's{quantile="1.0"} 4.0',
        "s_count 3",
        "s_sum 3.5",
    ]


def test_histograms_with_negative_bounds_have_buckets_alone() -> None:
    registry = Registry()
    histogram = Histogram("h", "d", registry=registry, buckets=[-1, 0])
    histogram.observe(5)
    assert [line.partition(" ")[0] for line in samples_of(registry)] == [
        'h_bucket{le="-1.0"}',
        'h_bucket{le="0.0"}',
        'h_bucket{le="+Inf"}',
    ]
    assert text_of(registry)[-2:] == ["h_count 1.0", "h_sum 5.0"]


def test_counters_that_a_class_says_are_not_numbers_are_left_out() -> None:
    class Said(Counter):
        def get_all(self) -> Any:
            return [({"l": "1"}, math.nan), ({"l": "2"}, -1), ({"l": "3"}, 2), ({"l": "4"}, INF)]

    registry = Registry()
    Said("a_total", "d", registry=registry)
    assert samples_of(registry) == ['a_total{l="3"} 2', 'a_total{l="4"} +Inf']
    lines = [line for line in render(registry, None)[0].decode().splitlines() if line[0] != "#"]
    assert lines == [
        'a_total{l="1"} nan',
        'a_total{l="2"} -1',
        'a_total{l="3"} 2',
        'a_total{l="4"} inf',
    ]


BOUND_TEXTS = [
    (1, "1.0"),
    (0.1, "0.1"),
    (1e-05, "1e-05"),
    (1e6, "1000000.0"),
    (12345678.5, "12345678.5"),
    (1e15, "1000000000000000.0"),
    (1e16, "1e+16"),
    (1.5e300, "1.5e+300"),
]


@pytest.mark.parametrize(("bound", "text"), BOUND_TEXTS)
def test_bounds_are_spelled_as_in_text(bound: float, text: str) -> None:
    registry = Registry()
    Histogram("h", "d", registry=registry, buckets=[bound]).observe(0)
    for accept in (None, ACCEPT):
        assert f'h_bucket{{le="{text}"}} '.encode() in render(registry, accept)[0]


@pytest.mark.parametrize(
    ("phi", "text"), [(0, "0.0"), (1, "1.0"), (0.5, "0.5"), (0.999, "0.999"), (1e-05, "1e-05")]
)
def test_quantiles_are_spelled_as_in_text(phi: float, text: str) -> None:
    registry = Registry()
    Summary("s", "d", registry=registry, quantiles={phi: 0}).observe(1)
    for accept in (None, ACCEPT):
        assert f's{{quantile="{text}"}} 1.0\n'.encode() in render(registry, accept)[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (-(2**63), "-9223372036854775808"),
        (2**63 - 1, "9223372036854775807"),
        (5.0, "5.0"),
        (0.1, "0.1"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (123456.0, "123456.0"),
        (999999.5, "999999.5"),
        (1e6, "1e+06"),
        (1234567.5, "1.2345675e+06"),
        (1e21, "1e+21"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (INF, "+Inf"),
        (-INF, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_values_are_spelled_as_in_go(value: float, text: str) -> None:
    registry = Registry()
    Gauge("g", "d", registry=registry).set(value)
    assert samples_of(registry) == [f"g {text}"]


def test_helps_and_labels_are_escaped() -> None:
    registry = Registry()
    text = 'a"b\\c\nd\\n\u2028\0'
    Gauge("g", text, {"c": text}, registry).set({"l": text}, 1)
    escaped = 'a\\"b\\\\c\\nd\\\\n\u2028\0'
    assert render(registry, ACCEPT, accept_encoding="")[0].decode() == (
        f'# HELP g {escaped}\n# TYPE g gauge\ng{{c="{escaped}",l="{escaped}"}} 1\n# EOF\n'
    )


def test_an_enum_with_a_colon_in_its_name() -> None:
    registry = Registry()
    Enum("a:b", "d", states=["on"], registry=registry).state({}, "on")
    # The package decides the name of the label, which must not contain a colon.
    assert len(samples_of(registry)) == 1
    assert len(text_of(registry)) == 1
