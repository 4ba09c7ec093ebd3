"""Subjects: what is found out about families, whatever format they come from."""

from __future__ import annotations

import pytest

from aioprometheus import (
    CounterFamily,
    GaugeFamily,
    GaugeHistogramFamily,
    HistogramFamily,
    InfoFamily,
    StateSetFamily,
    SummaryFamily,
    UntypedFamily,
)
from aioprometheus.families import Metric, NativeHistogram
from aioprometheus.queries.subject import MOST_SERIES, Subject, find_subjects
from aioprometheus.queries.units import find_limits, find_rate_unit, find_unit


def found(family: Metric) -> Subject:
    [subject] = find_subjects([family])
    return subject


def sampled(name: str, kind: str, *samples: tuple[str, dict[str, object], float]) -> Metric:
    family = Metric(name, "What it says", kind)
    for sample in samples:
        family.add_sample(*sample)
    return family


def test_families_without_series_are_left_out() -> None:
    assert find_subjects([CounterFamily("a_total", "")]) == []


def test_families_are_sorted_and_the_first_of_a_name_counts() -> None:
    families = [sampled(name, "gauge", (name, {}, 1)) for name in ("b", "a", "b")]
    assert [subject.name for subject in find_subjects(families)] == ["a", "b"]


@pytest.mark.parametrize("name", ["jobs", "jobs_total"])
def test_counters_have_the_name_of_their_samples(name: str) -> None:
    # Parsers name the family with the suffix or without it.
    family = sampled(name, "counter", ("jobs_created", {}, 1e9), ("jobs_total", {"a": "b"}, 1))
    subject = found(family)
    assert (subject.name, subject.kind, subject.labels) == ("jobs_total", "counter", ("a",))


def test_births_of_the_text_format_are_no_families() -> None:
    families = [
        sampled("jobs_total", "counter", ("jobs_total", {}, 1)),
        sampled("jobs_created", "gauge", ("jobs_created", {}, 1e9)),
        sampled("users_created", "gauge", ("users_created", {}, 7)),
    ]
    assert [one.name for one in find_subjects(families)] == ["jobs_total", "users_created"]


def test_state_sets() -> None:
    states = StateSetFamily("door_state", "")
    states.add_metric({"door": "left"}, {"open": True, "closed": False})
    as_gauge = sampled(
        "door_state",
        "gauge",
        ("door_state", {"door": "left", "door_state": "open"}, 1),
        ("door_state", {"door": "left", "door_state": "closed"}, 0),
    )
    for family in (states, as_gauge):
        subject = found(family)
        assert (subject.kind, subject.labels, subject.series) == ("stateset", ("door",), 1)
    assert found(sampled("a", "gauge", ("a", {"a": "b"}, 2))).kind == "gauge"


def doors(**values: dict[str, float]) -> Subject:
    """The family of doors, whose label of the states has a name of its own."""
    samples = [
        ("door_state", {"door": door, "state": state}, value)
        for door, states in values.items()
        for state, value in states.items()
    ]
    return found(sampled("door_state", "gauge", *samples))


def test_state_sets_with_a_label_of_their_own() -> None:
    subject = doors(left={"open": 1, "shut": 0}, right={"open": 1, "shut": 0})
    assert (subject.kind, subject.state_label) == ("stateset", "state")
    assert (subject.labels, subject.series) == (("door",), 2)
    for others in (
        {"open": 1, "shut": 1},
        {"open": 0, "shut": 0},
        {"open": 0, "shut": 2},
        {"open": 1},
        {"open": 1, **{str(number): 0 for number in range(20)}},
    ):
        subject = doors(left={"open": 1, "shut": 0}, right=others)
        assert (subject.kind, subject.state_label) == ("gauge", "")
    assert found(sampled("a", "gauge", ("a", {}, 1))).kind == "gauge"


def test_infos() -> None:
    info = InfoFamily("build_info", "")
    info.add_metric({}, {"version": "1"})
    as_gauge = sampled("build_info", "gauge", ("build_info", {"version": "1"}, 1))
    for family in (info, as_gauge):
        subject = found(family)
        assert (subject.name, subject.kind) == ("build_info", "info")
    assert found(sampled("some_info", "gauge", ("some_info", {}, 3))).kind == "gauge"


def test_histograms() -> None:
    classic = HistogramFamily("a_seconds", "")
    classic.add_metric({"path": "/"}, [("0.1", 1), ("+Inf", 2)], 3)
    subject = found(classic)
    assert (subject.name, subject.kind, subject.labels) == ("a_seconds", "histogram", ("path",))
    assert subject.is_classic and not subject.is_native
    native = Metric("a_seconds", "", "histogram")
    native.add_sample("a_seconds", {}, 2, native_histogram=NativeHistogram(2, 3, 3, 1e-9, 0))
    subject = found(native)
    assert subject.is_native and not subject.is_classic
    both = found(sampled_with(native, ("a_seconds_bucket", {"le": "1.0"}, 1)))
    assert both.is_native and both.is_classic


def sampled_with(family: Metric, sample: tuple[str, dict[str, object], float]) -> Metric:
    family.add_sample(*sample)
    return family


def test_histograms_without_bounds_are_native() -> None:
    # All that the text formats show of them.
    bare = HistogramFamily("a_seconds", "")
    bare.add_metric({}, [("+Inf", 2)], 3)
    subject = found(bare)
    assert subject.is_native and not subject.is_classic


def test_histograms_of_what_is_there_now() -> None:
    family = GaugeHistogramFamily("a_bytes", "")
    family.add_metric({"b": "c"}, [("1.0", 1), ("+Inf", 2)], 3)
    labels = {"b": "c", "le": "1.0"}
    of_text = sampled("a_bytes", "histogram", ("a_bytes_bucket", labels, 1))
    for one in (family, of_text):
        subject = found(one)
        assert (subject.kind, subject.labels) == ("gaugehistogram", ("b",))
        assert subject.is_classic and subject.name == "a_bytes"


def test_summaries() -> None:
    family = SummaryFamily("a_seconds", "")
    family.add_metric({"b": "c"}, 1, 2)
    assert found(family) == Subject("a_seconds", "summary", "", "", ("b",), ("b",), 1)
    family.add_metric({"b": "d"}, 1, 2, quantiles={0.5: 1})
    subject = found(family)
    assert subject.has_quantiles and subject.series == 2 and subject.labels == ("b",)


def test_untyped() -> None:
    family = UntypedFamily("a", "")
    family.add_metric({}, 1)
    assert found(family).kind == "unknown"


def test_labels_of_many_values_are_not_shown() -> None:
    family = GaugeFamily("a", "")
    for number in range(MOST_SERIES + 1):
        family.add_metric({"user": str(number), "shop": str(number % 2)}, number)
    subject = found(family)
    assert subject.labels == ("shop", "user") and subject.shown == ("shop",)
    assert subject.series == MOST_SERIES + 1


def gauge_named(name: str, unit: str = "") -> Subject:
    return Subject(name, "gauge", unit=unit)


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("a_seconds", "", "s"),
        ("a_seconds_total", "", "s"),
        ("a_bytes", "", "bytes"),
        ("a_fill_ratio", "", "percentunit"),
        ("a", "bytes", "bytes"),
        ("a_jobs", "jobs", "short"),
        ("a.b_seconds", "", "s"),
        ("seconds_of_work", "", "short"),
    ],
)
def test_units(name: str, unit: str, expected: str) -> None:
    assert find_unit(gauge_named(name, unit)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a_bytes_total", "binBps"),
        ("a_cpu_seconds_total", "percentunit"),
        ("http_requests_total", "reqps"),
        ("a_jobs_total", "cps"),
    ],
)
def test_units_of_rates(name: str, expected: str) -> None:
    assert find_rate_unit(gauge_named(name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("queue_fill_ratio", (0.8, 0.9)),
        ("queue_fill_percent", (80, 90)),
        ("cache_hit_ratio", (0.2, 0.1)),
        ("disk_free_percent", (20, 10)),
        ("rack_celsius", (70, 85)),
        ("queue_size", None),
        ("disk_free_bytes", None),
    ],
)
def test_limits(name: str, expected: tuple[float, float] | None) -> None:
    assert find_limits(gauge_named(name)) == expected
