"""Registries: the tests of prometheus_client 0.26.0.

They are translated by the table in from-prometheus-client.md, and have the names that they have
there. What differs on purpose is in those that begin with `test_other`.
"""

from __future__ import annotations

import logging
from typing import Any
from unittest.mock import MagicMock

import pytest

from aioprometheus import (
    Counter,
    Gauge,
    Histogram,
    Info,
    Registry,
    Summary,
)
from aioprometheus.families import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from support.migration import Collecting, Value, exposed, samples


class TestCollectorRegistry:
    @pytest.mark.parametrize(
        ("kind", "name", "taken"),
        [
            (Counter, "c_total", [(Counter, "c_total"), (Gauge, "c_total")]),
            (Gauge, "g_created", [(Gauge, "g_created")]),
            (Summary, "s", [(Summary, "s"), (Gauge, "s_sum"), (Gauge, "s_count"), (Gauge, "s")]),
            (
                Histogram,
                "h",
                [
                    (Histogram, "h"),
                    (Summary, "h"),
                    (Gauge, "h_count"),
                    (Gauge, "h_sum"),
                    (Gauge, "h_bucket"),
                    (Gauge, "h"),
                ],
            ),
            (Info, "i", [(Gauge, "i_info")]),
        ],
        ids=["counter", "gauge", "summary", "histogram", "info"],
    )
    def test_duplicate_metrics_raises(
        self, registry: Registry, kind: Any, name: str, taken: list[tuple[Any, str]]
    ) -> None:
        kind(name, "help", registry=registry)
        for other, name_of_other in taken:
            with pytest.raises(ValueError):
                other(name_of_other, "help", registry=registry)

    def test_other_created_is_not_taken(self, registry: Registry) -> None:
        for kind, name in ((Counter, "c_total"), (Summary, "s"), (Histogram, "h")):
            kind(name, "help", registry=registry)
            Gauge(name.removesuffix("_total") + "_created", "help", registry=registry)

    def test_unregister_works(self, registry: Registry) -> None:
        summary = Summary("s", "help", registry=registry)
        with pytest.raises(ValueError):
            Gauge("s_count", "help", registry=registry)
        registry.unregister(summary)
        Gauge("s_count", "help", registry=registry)

    def test_unregister_removes_no_names_collector(self, registry: Registry) -> None:
        collector = Collecting(GaugeMetricFamily("foo", "help", value=42))
        registry.register(collector)
        registry.unregister(collector)
        assert exposed(registry.restricted(["foo"])) == ""

    def test_autodescribe_disabled_by_default(self, registry: Registry, value: Value) -> None:
        """A collector is not asked when it is registered; the later family is left out."""
        for _ in range(2):
            registry.register(Collecting(CounterMetricFamily("c_total", "help", value=1)))
        logging.disable()
        try:
            assert value("c_total") == 1
        finally:
            logging.disable(logging.NOTSET)

    def test_restricted_registry(self, registry: Registry) -> None:
        """There the samples of other names are left out; here a family is whole."""
        Counter("c_total", "help", registry=registry, labelnames=[])
        Summary("s", "help", registry=registry).observe(7)
        found = {name for name, _ in samples(registry.restricted(["s_sum"]))}
        assert found == {"s", "s_count", "s_sum"}

    def test_restricted_registry_adds_new_metrics(self, registry: Registry) -> None:
        Counter("c_total", "help", registry=registry, labelnames=[])
        restricted = registry.restricted(["s_sum"])
        Summary("s", "help", registry=registry).observe(7)
        assert {name for name, _ in samples(restricted)} == {"s", "s_count", "s_sum"}

    def test_target_info_injected(self, value: Value) -> None:
        registry = Registry(target_info={"foo": "bar"})
        assert samples(registry) == {("target_info", frozenset({("foo", "bar")})): 1}

    def test_target_info_duplicate_detected(self) -> None:
        registry = Registry(target_info={"foo": "bar"})
        with pytest.raises(ValueError):
            Info("target", "help", registry=registry)
        registry.set_target_info({})
        info = Info("target", "help", registry=registry)
        registry.set_target_info({})
        with pytest.raises(ValueError):
            Info("target", "help", registry=registry)
        with pytest.raises(ValueError):
            registry.set_target_info({"foo": "bar"})
        registry.unregister(info)
        registry.set_target_info({"foo": "bar"})

    def test_target_info_restricted_registry(self) -> None:
        registry = Registry(target_info={"foo": "bar"})
        Summary("s", "help", registry=registry).observe(7)
        assert "target_info" not in exposed(registry.restricted(["s_sum"]))
        assert exposed(registry.restricted(["target_info"])) == (
            "# HELP target_info Target metadata\n"
            "# TYPE target_info gauge\n"
            'target_info{foo="bar"} 1.0\n'
        )

    def test_restricted_registry_does_not_call_extra(self, registry: Registry) -> None:
        collector = MagicMock()
        collector.describe.return_value = [Metric("foo", "help", "summary")]
        registry.register(collector)
        Summary("s", "help", registry=registry).observe(7)
        assert "s_sum 7.0\n" in exposed(registry.restricted(["s_sum"]))
        collector.collect.assert_not_called()

    def test_restricted_registry_collects_no_names_collectors(self, registry: Registry) -> None:
        """There it is called with `support_collectors_without_names=True` alone."""
        collector = MagicMock()
        collector.describe.return_value = []
        collector.collect.return_value = []
        registry.register(collector)
        assert exposed(registry.restricted(["metric"])) == ""
        collector.collect.assert_called()

    def test_restricted_registry_does_not_yield_while_locked(self, registry: Registry) -> None:
        """A registry can be changed while it is collected."""
        registry = Registry(target_info={"foo": "bar"})
        Summary("s", "help", registry=registry).observe(7)
        for _ in registry.restricted(["target_info", "s_sum"]).collect():
            registry.unregister(Gauge("g", "help", registry=registry))
