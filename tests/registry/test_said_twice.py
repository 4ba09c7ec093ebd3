"""Metrics whose class reports a series twice, or the name of another metric, and renaming."""

from __future__ import annotations

import enum
import gc
import logging
from typing import Any

import pytest

from aioprometheus import (
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Registry,
    Summary,
    render,
)
from aioprometheus.collectors import Collector
from aioprometheus.formats.text import TextFormatter
from support import random_registries
from support.random_registries import ESCAPINGS, FORMATTERS

ERRORS = "aioprometheus_collector_errors_total"
LOGGER = "aioprometheus.failure"


def saying(kind: Any, said: list[Any], registry: Registry, name: str = "m", **options: Any) -> Any:
    """Make a metric whose class says these series."""
    own = type("Own", (kind,), {"get_all": lambda self: list(said)})
    if kind is Enum:
        options["states"] = ["on", "off"]
    return own(name, "d", registry=registry, **options)


def lines(registry: Registry) -> list[str]:
    body = render(registry, None)[0].decode()
    return [line for line in body.splitlines() if not line.startswith("#")]


def errors(registry: Registry) -> dict[str, str]:
    return dict(
        line.removeprefix(f'{ERRORS}{{collector="').split('"} ')  # type: ignore[misc]
        for line in lines(registry)
        if line.startswith(ERRORS)
    )


TWICE: list[list[Any]] = [
    [({"a": "x"}, 1), ({"a": "x"}, 2)],
    [({"a": "x", "b": "y"}, 1), ({"b": "y", "a": "x"}, 2)],
    [({"a": "x"}, 1), ({"a": "x", "e": ""}, 2)],
    [({"a": "x"}, 1), ({"a": "x", "c": "const"}, 2)],
    [({"a": 1}, 1), ({"a": "1"}, 2)],
    [(None, 1), ({}, 2)],
    [({"e": ""}, 1), (None, 2)],
]


@pytest.mark.parametrize("said", TWICE)
@pytest.mark.parametrize("kind", [Counter, Gauge, Collector])
def test_the_later_sample_is_left_out(
    kind: Any, said: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    registry = Registry()
    Gauge("other", "d", registry=registry).set(1)
    said = [*said, ({"a": "kept"}, 3)]
    metric = saying(kind, said, registry, const_labels={"c": "const"})
    for _ in range(3):
        values = [line.split()[1] for line in lines(registry) if line.startswith("m{")]
        assert values == ["1", "3"]
    for formatter in FORMATTERS:
        for escaping in ESCAPINGS:
            assert random_registries.repeated(formatter, escaping, registry) == []
    assert [sample.value for sample in metric.samples] == [1.0, 3.0]
    assert list(errors(registry)) == ["m"]
    logged = [
        one.getMessage() for one in caplog.records if "m reports samples twice" in one.message
    ]
    # Once for the registry, and once for samples that were read outside of a rendering.
    assert 1 <= len(logged) <= 2
    assert int(errors(registry)["m"]) > 3


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Summary, {0.5: 1.0, "count": 1, "sum": 1.0}),
        (Histogram, {1.0: 1, float("inf"): 1, "count": 1, "sum": 1.0}),
        (Info, {"fact": "1"}),
        (Enum, "on"),
    ],
)
def test_every_kind(kind: Any, value: Any) -> None:
    registry = Registry()
    metric = saying(kind, [({"a": "x"}, value), ({"e": "", "a": "x"}, value)], registry)
    once = saying(kind, [({"a": "x"}, value)], Registry())
    alone = Registry()
    alone.register(once)
    assert [line for line in lines(registry) if ERRORS not in line] == lines(alone)
    assert metric.samples == once.samples
    assert errors(registry) == {"m": "2"}
    for formatter in FORMATTERS:
        assert random_registries.repeated(formatter, "underscores", registry) == []


def test_facts_that_add_up_to_the_same() -> None:
    registry = Registry()
    saying(Info, [({"a": "1"}, {"b": "2"}), ({"b": "2"}, {"a": "1", "e": ""})], registry)
    assert lines(registry)[1:] == ['m_info{a="1",b="2"} 1.0']


def test_labels_of_the_name_that_lines_carry_themselves() -> None:
    registry = Registry()
    value = {0.5: 1.0, "count": 1, "sum": 1.0}
    saying(Summary, [({}, value), ({"quantile": "0.5"}, value)], registry)
    assert [line for line in lines(registry) if ERRORS not in line] == [
        'm{quantile="0.5"} 1.0',
        "m_count 1",
        "m_sum 1.0",
    ]


def test_bounds_that_are_there_twice() -> None:
    registry = Registry()
    value = {float("nan"): 1.0, float("nan"): 2.0, 0.5: 3.0, "count": 1, "sum": 1.0}
    saying(Summary, [({}, value)], registry)
    for formatter in FORMATTERS:
        assert random_registries.repeated(formatter, "underscores", registry) == []
    assert 'm{quantile="nan"} 1.0' in lines(registry) and 'm{quantile="0.5"} 3.0' in lines(registry)
    assert list(errors(registry)) == ["m"]


def test_labels_that_are_escaped_alike(utf8_names: None) -> None:
    registry = Registry()
    saying(Gauge, [({"a.b": "x"}, 1), ({"a_b": "x"}, 2), ({"a_b": "y"}, 3)], registry)
    assert lines(registry)[1:] == ['m{a_b="x"} 1', 'm{a_b="y"} 3']


def test_constant_labels_that_are_changed_later() -> None:
    registry = Registry()
    gauge = Gauge("m", "d", registry=registry)
    gauge.set(1)
    gauge.set({"a": "x"}, 2)
    gauge.const_labels = {"a": "x"}
    assert lines(registry)[1:] == ['m{a="x"} 1']
    assert [sample.value for sample in gauge.samples] == [1.0]


def test_formatters_with_lines_of_their_own() -> None:
    class Upper(TextFormatter):
        def _format_line(self, *arguments: Any) -> str:
            return super()._format_line(*arguments).replace("b=", "a=")

    registry = Registry()
    gauge = Gauge("m", "d", registry=registry)
    gauge.set({"a": "x"}, 1)
    gauge.set({"b": "x"}, 2)
    assert b'\nm{a="x"} 1\n' in Upper().marshall(registry)
    assert b"} 2\n" not in Upper().marshall(registry).replace(b'{collector="m"}', b"")


def test_metrics_that_are_asked_alone_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    metric = saying(Gauge, TWICE[0], Registry(), name="asked_alone")
    for _ in range(3):
        assert TextFormatter().marshall_lines(metric)[2:] == ['asked_alone{a="x"} 1']
        assert len(metric.samples) == 1
    assert len([one for one in caplog.records if "asked_alone reports" in one.getMessage()]) == 1


class Renamed(Gauge):
    """A class that calls itself otherwise."""

    other = "other"

    @property
    def name(self) -> str:
        return self.other

    @name.setter
    def name(self, name: object) -> None:
        pass


def test_a_class_that_renames_itself_is_shown_by_that_name() -> None:
    registry = Registry()
    gauge = Renamed("first", "d", registry=registry)
    gauge.set({"a": "x"}, 1)
    assert lines(registry) == ['other{a="x"} 1']
    assert [sample.name for sample in gauge.samples] == ["other"]
    assert list(registry.collectors) == ["other"]


@pytest.mark.parametrize(
    ("kind", "name", "renamed"),
    [
        (Gauge, "other", "other"),
        (Summary, "other", "other_sum"),
        (Histogram, "other", "other_bucket"),
        (Info, "other", "other_info"),
    ],
)
def test_a_class_that_takes_the_name_of_another_metric(
    kind: Any, name: str, renamed: str, caplog: pytest.LogCaptureFixture
) -> None:
    registry = Registry()
    first = kind(name, "d", registry=registry)
    if kind is Info:
        first.info({"f": "1"})
    else:
        first.add(None, 1)
    own = type("Own", (Renamed,), {"other": "free"})("own", "d", registry=registry)
    own.set(5)
    before = [line for line in lines(registry) if not line.startswith("free")]
    type(own).other = renamed
    for formatter in FORMATTERS:
        assert random_registries.repeated(formatter, "underscores", registry) == []
    assert [line for line in lines(registry) if ERRORS not in line] == before
    assert list(errors(registry)) == [renamed]
    (logged,) = [one for one in caplog.records if one.name == LOGGER]
    assert (
        logged.levelno == logging.ERROR
        and "Give one of the two another name" in logged.getMessage()
    )
    type(own).other = "free"
    assert "free 5" in lines(registry)


def test_a_metric_that_is_put_into_a_registry_twice() -> None:
    registry = Registry()
    gauge = Gauge("m", "d", registry=registry)
    gauge.set(1)
    registry.collectors["alias"] = gauge
    registry.collectors["m_sum"] = Gauge("m_sum", "d", registry=Registry())
    registry.collectors["s"] = Summary("m", "d", registry=Registry())
    assert lines(registry)[1:] == ["m 1"]


def test_a_kind_that_there_is_not_costs_no_scrape() -> None:
    class Kind(enum.Enum):
        odd = 0

    registry = Registry()
    Gauge("other", "d", registry=registry).set(1)
    own = type("Own", (Gauge,), {"kind": Kind.odd})("m", "d", registry=registry)
    own.set(2)
    registry.collectors["again"] = own
    assert [line for line in lines(registry) if ERRORS not in line] == ["m 2", "other 1"]
    for formatter in FORMATTERS:
        assert b"other" in formatter().marshall(registry)


def test_names_that_are_escaped_alike(utf8_names: None) -> None:
    registry = Registry()
    Gauge("a.b", "d", registry=registry).set(1)
    other = Gauge("a_b", "d", registry=Registry())
    other.set(2)
    registry.collectors["a_b"] = other
    for formatter in FORMATTERS:
        for escaping in ESCAPINGS:
            assert random_registries.repeated(formatter, escaping, registry) == []
    assert lines(registry)[0] == "a_b 1"


@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram, Info])
def test_a_registered_metric_keeps_its_name(kind: Any) -> None:
    registry, second = Registry(), Registry()
    metric = kind("m", "d", registry=registry)
    second.register(metric)
    before = render(registry, None)
    for gone in (registry, second):
        with pytest.raises(ValueError, match=r"m is registered.*make another metric.*'other'"):
            metric.name = "other"
        assert metric.name == "m" and render(registry, None) == before
        metric.name = "m"
        metric.doc = "d"
        if gone is registry:
            registry.deregister("m")
            before = render(registry, None)
    # It is not in a registry any more.
    del second.collectors["m"]
    metric.name = "other"
    registry.register(metric)
    assert list(registry.collectors) == ["other"]
    with pytest.raises(ValueError, match="other is registered"):
        metric.name = "third"


def test_a_registry_that_is_gone_holds_no_name() -> None:
    registry = Registry()
    gauge = Gauge("m", "d", registry=registry)
    del registry
    gc.collect()
    gauge.name = "other"
    assert gauge.name == "other"


def test_a_registry_may_rename_what_it_takes() -> None:
    class Prefixed(Registry):
        def register(self, collector: Any) -> None:
            collector.name = f"app_{collector.name}"
            super().register(collector)

    registry = Prefixed()
    gauge = Gauge("m", "d", registry=registry)
    assert list(registry.collectors) == ["app_m"]
    with pytest.raises(ValueError, match="app_m is registered"):
        gauge.name = "m"


def test_a_class_may_be_called_as_it_was_made() -> None:
    class Described(Histogram):
        name = "m"
        doc = "d"

    registry = Registry()
    histogram = Described("m", "d", buckets=[1], registry=registry)
    histogram.observe(0)
    body = render(registry, "application/openmetrics-text")[0]
    # The core renders it, because nothing is overridden.
    assert b"# TYPE m histogram" in body and b'm_bucket{le="1.0"} 1\n' in body
