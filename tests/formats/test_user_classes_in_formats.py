"""Metrics whose classes have their own methods or attributes: they are the same in all formats."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, names, render
from support.protobuf_model import pairs, parse

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)


def lines(registry: Registry, accept: str | None) -> list[str]:
    return render(registry, accept)[0].decode().splitlines()


class Said(Gauge):
    """A gauge that says itself what its series are."""

    said: ClassVar[Any] = []

    def get_all(self) -> Any:
        return self.said


def test_reserved_labels_are_the_own_matter_of_a_class() -> None:
    registry = Registry()
    gauge = Said("g", "doc", {"const": "a"}, registry)
    gauge.said = [({"job": "x", "__y": "z", "const": "b"}, 1.5)]
    line = 'g{__y="z",const="b",job="x"} 1.5'
    assert lines(registry, None)[2:] == [line]
    assert lines(registry, OPENMETRICS)[2:] == [line, "# EOF"]
    ((family,),) = [parse(render(registry, PROTOBUF, accept_encoding="")[0])]
    ((metric,),) = [family.metric]
    assert pairs(metric) == [("__y", "z"), ("const", "b"), ("job", "x")]


def test_labels_that_would_break_a_scrape_cost_the_metric() -> None:
    registry = Registry()
    Said("g", "doc", registry=registry).said = [({"a b": "x"}, 1)]
    Gauge("other", "doc", registry=registry).set(1)
    for accept in (None, OPENMETRICS):
        shown = lines(registry, accept)
        assert "other 1" in shown
        assert not any(line.startswith("g{") for line in shown)


def test_the_own_label_of_a_bucket_has_its_way() -> None:
    class Own(Histogram):
        def get_all(self) -> Any:
            return [({"le": "7", "a": "b"}, {1.0: 1, float("inf"): 2, "count": 2, "sum": 3.0})]

    registry = Registry()
    Own("h", "doc", registry=registry)
    assert lines(registry, OPENMETRICS)[2:4] == [
        'h_bucket{a="b",le="1.0"} 1',
        'h_bucket{a="b",le="+Inf"} 2',
    ]


def test_a_class_may_have_a_unit_of_its_own() -> None:
    class Measured(Gauge):
        def __init__(self, name: str, unit: str, registry: Registry) -> None:
            self.unit = unit
            super().__init__(name, "doc", registry=registry)

        def get_value(self, labels: Any = None) -> Any:
            return super().get_value(labels)

    registry = Registry()
    gauge = Measured("temperature", "C", registry)
    gauge.set(5)
    assert gauge.unit == "C"
    assert Gauge("g_seconds", "doc", registry=Registry(), unit="seconds").unit == "seconds"
    assert Gauge("g", "doc", registry=Registry()).unit is None
    for accept in (None, OPENMETRICS):
        assert "temperature 5" in lines(registry, accept)
    ((family,),) = [parse(render(registry, PROTOBUF, accept_encoding="")[0])]
    assert not family.HasField("unit")


def test_a_metric_that_is_renamed_loses_its_unit() -> None:
    registry = Registry()
    counter = Counter("a_seconds_total", "doc", registry=registry, unit="seconds")
    counter.inc()
    assert "# UNIT a_seconds seconds" in lines(registry, OPENMETRICS)
    registry.clear()
    counter.name = "b_total"
    registry.register(counter)
    assert lines(registry, OPENMETRICS) == [
        "# HELP b doc",
        "# TYPE b counter",
        "b_total 1",
        "# EOF",
    ]


def test_a_summary_may_say_more_than_openmetrics_takes() -> None:
    class Own(Summary):
        def get_all(self) -> Any:
            return [({}, {0.5: -1.0, 1.5: 2.0, 0.9: 3.0, "count": -2.5, "sum": -1.0})]

    registry = Registry()
    Own("s", "doc", registry=registry)
    assert lines(registry, OPENMETRICS)[2:] == ['s{quantile="0.9"} 3.0', "s_count 0", "# EOF"]
    assert 's{quantile="0.5"} -1.0' in lines(registry, None)


def test_names_that_meet_are_refused_whatever_is_allowed_by_then() -> None:
    registry = Registry()
    names.allow_utf8()
    try:
        Gauge("a.b", "doc", registry=registry).set(1)
    finally:
        names.allow_utf8(False)
    with pytest.raises(ValueError, match=r"a_b and a\.b"):
        Gauge("a_b", "doc", registry=registry)
    assert [metric.name for metric in registry.get_all()] == ["a.b"]


def test_no_name_has_a_nul() -> None:
    names.allow_utf8()
    try:
        with pytest.raises(ValueError, match="metric name"):
            Gauge("a\0b", "doc", registry=Registry())
        gauge = Gauge("a.b", "doc", registry=Registry())
        with pytest.raises(ValueError, match="NUL"):
            gauge.set({"c\0": "x"}, 1)
        assert gauge.get_all() == []
    finally:
        names.allow_utf8(False)
