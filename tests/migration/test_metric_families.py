"""Families of collectors, and wrong ones: the tests of prometheus_client 0.26.0.

They are translated by the table in from-prometheus-client.md, and have the names that they have
there. What differs on purpose is in those that begin with `test_other`.
"""

from __future__ import annotations

from typing import Any

import pytest

from aioprometheus import (
    Registry,
)
from aioprometheus.families import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
    SummaryMetricFamily,
    UntypedMetricFamily,
)
from support.migration import UTF8, Collecting, Value, exposed


class TestMetricFamilies:
    @pytest.fixture
    def value(self, registry: Registry, value: Value) -> Value:
        """The value of a sample of a family."""

        def of(family: Any, name: str, labels: dict[str, str] | None = None) -> float | None:
            registry.clear()
            registry.register(Collecting(family))
            return value(name, labels)

        return of

    def test_untyped(self, value: Value) -> None:
        assert value(UntypedMetricFamily("u", "help", value=1), "u") == 1

    def test_untyped_labels(self, value: Value) -> None:
        family = UntypedMetricFamily("u", "help", labels=["a", "c"])
        family.add_metric(["b", "d"], 2)
        assert value(family, "u", {"a": "b", "c": "d"}) == 2

    def test_untyped_unit(self, value: Value) -> None:
        assert value(UntypedMetricFamily("u", "help", value=1, unit="unit"), "u_unit") == 1

    def test_counter(self, value: Value) -> None:
        assert value(CounterMetricFamily("c_total", "help", value=1), "c_total") == 1

    def test_counter_utf8(self, registry: Registry) -> None:
        registry.register(Collecting(CounterMetricFamily("my.metric", "help", value=1)))
        assert '\n{"my.metric_total"} 1\n' in exposed(registry, UTF8)

    def test_counter_total(self, value: Value) -> None:
        assert value(CounterMetricFamily("c_total", "help", value=1), "c_total") == 1

    def test_counter_labels(self, value: Value) -> None:
        family = CounterMetricFamily("c_total", "help", labels=["a", "c_total"])
        family.add_metric(["b", "d"], 2)
        assert value(family, "c_total", {"a": "b", "c_total": "d"}) == 2

    def test_counter_exemplars_oneline(self) -> None:
        family = CounterMetricFamily("c_total", "help", value=23, exemplar={"bob": "osbourne"})
        assert family.samples[0].exemplar == {"bob": "osbourne"}

    def test_counter_exemplars_add(self) -> None:
        family = CounterMetricFamily("c_total", "help")
        family.add_metric([], 12, exemplar={"bob": "osbourne"}, created=23)
        total_sample, created_sample = family.samples
        assert created_sample.name == "c_created"
        assert total_sample.exemplar == {"bob": "osbourne"}
        assert created_sample.exemplar is None

    def test_gauge(self, value: Value) -> None:
        assert value(GaugeMetricFamily("g", "help", value=1), "g") == 1

    def test_gauge_labels(self, value: Value) -> None:
        family = GaugeMetricFamily("g", "help", labels=["a"])
        family.add_metric(["b"], 2)
        assert value(family, "g", {"a": "b"}) == 2

    def test_summary(self, value: Value) -> None:
        family = SummaryMetricFamily("s", "help", count_value=1, sum_value=2)
        assert value(family, "s_count") == 1
        assert value(family, "s_sum") == 2

    def test_summary_labels(self, value: Value) -> None:
        family = SummaryMetricFamily("s", "help", labels=["a"])
        family.add_metric(["b"], count_value=1, sum_value=2)
        assert value(family, "s_count", {"a": "b"}) == 1
        assert value(family, "s_sum", {"a": "b"}) == 2

    def test_histogram(self, value: Value) -> None:
        """There le is the text that is given: le="0"."""
        family = HistogramMetricFamily("h", "help", buckets=[("0", 1), ("+Inf", 2)], sum_value=3)
        assert value(family, "h_bucket", {"le": "0.0"}) == 1
        assert value(family, "h_bucket", {"le": "+Inf"}) == 2
        assert value(family, "h_count") == 2
        assert value(family, "h_sum") == 3

    def test_histogram_labels(self, value: Value) -> None:
        family = HistogramMetricFamily("h", "help", labels=["a"])
        family.add_metric(["b"], buckets=[("0", 1), ("+Inf", 2)], sum_value=3)
        assert value(family, "h_bucket", {"a": "b", "le": "0.0"}) == 1
        assert value(family, "h_bucket", {"a": "b", "le": "+Inf"}) == 2
        assert value(family, "h_count", {"a": "b"}) == 2
        assert value(family, "h_sum", {"a": "b"}) == 3

    def test_gaugehistogram(self, value: Value) -> None:
        family = GaugeHistogramMetricFamily("h", "help", buckets=[("0", 1), ("+Inf", 2)])
        assert value(family, "h_bucket", {"le": "0.0"}) == 1
        assert value(family, "h_bucket", {"le": "+Inf"}) == 2

    def test_gaugehistogram_labels(self, value: Value) -> None:
        family = GaugeHistogramMetricFamily("h", "help", labels=["a"])
        family.add_metric(["b"], buckets=[("0", 1), ("+Inf", 2)], gsum_value=3)
        assert value(family, "h_bucket", {"a": "b", "le": "0.0"}) == 1
        assert value(family, "h_bucket", {"a": "b", "le": "+Inf"}) == 2
        assert value(family, "h_gcount", {"a": "b"}) == 2
        assert value(family, "h_gsum", {"a": "b"}) == 3

    def test_info(self, value: Value) -> None:
        family = InfoMetricFamily("i", "help", value={"a": "b"})
        assert value(family, "i_info", {"a": "b"}) == 1

    def test_info_labels(self, value: Value) -> None:
        family = InfoMetricFamily("i", "help", labels=["a"])
        family.add_metric(["b"], {"c": "d"})
        assert value(family, "i_info", {"a": "b", "c": "d"}) == 1

    def test_stateset(self, value: Value) -> None:
        family = StateSetMetricFamily("s", "help", value={"a": True, "b": True})
        assert value(family, "s", {"s": "a"}) == 1
        assert value(family, "s", {"s": "b"}) == 1

    def test_stateset_labels(self, value: Value) -> None:
        family = StateSetMetricFamily("s", "help", labels=["foo"])
        family.add_metric(["bar"], {"a": False, "b": False})
        assert value(family, "s", {"foo": "bar", "s": "a"}) == 0
        assert value(family, "s", {"foo": "bar", "s": "b"}) == 0

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            *(
                (kind, {"value": value, "labels": labels})
                for kind, value in (
                    (UntypedMetricFamily, 1),
                    (CounterMetricFamily, 1),
                    (GaugeMetricFamily, 1),
                    (InfoMetricFamily, {}),
                    (StateSetMetricFamily, {"a": True}),
                )
                for labels in ([], ["a"])
            ),
            (SummaryMetricFamily, {"sum_value": 1}),
            (SummaryMetricFamily, {"count_value": 1}),
            (SummaryMetricFamily, {"count_value": 1, "labels": ["a"]}),
            (SummaryMetricFamily, {"sum_value": 1, "labels": ["a"]}),
            (SummaryMetricFamily, {"count_value": 1, "sum_value": 1, "labels": ["a"]}),
            (HistogramMetricFamily, {"sum_value": 1}),
            # There a KeyError, by accident.
            (HistogramMetricFamily, {"buckets": {}}),
            (HistogramMetricFamily, {"sum_value": 1, "labels": ["a"]}),
            (HistogramMetricFamily, {"buckets": {}, "labels": ["a"]}),
            (HistogramMetricFamily, {"buckets": {}, "sum_value": 1, "labels": ["a"]}),
            (HistogramMetricFamily, {"buckets": {}, "sum_value": 1}),
        ],
    )
    def test_bad_constructors(self, kind: Any, options: dict[str, Any]) -> None:
        with pytest.raises(ValueError):
            kind("x", "help", **options)

    @pytest.mark.parametrize(
        "kind",
        [
            UntypedMetricFamily,
            CounterMetricFamily,
            GaugeMetricFamily,
            SummaryMetricFamily,
            HistogramMetricFamily,
        ],
    )
    def test_labelnames(self, kind: Any) -> None:
        assert kind("x", "help", labels=iter(["a"]))._labelnames == ("a",)
