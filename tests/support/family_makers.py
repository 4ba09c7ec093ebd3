"""Families of every type, made by the same code with prometheus_client's classes and with ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

#: Makes one family with the classes of a module.
Maker = Callable[[Any], Any]


def counter_with_births(use: Any) -> Any:
    family = use.CounterMetricFamily("requests", "Requests", labels=["method", "path"])
    family.add_metric(["GET", "/"], 17, created=1_600_000_000.25)
    family.add_metric(["POST", '/a"b\\c\nd'], 2.5, timestamp=1_600_000_100.125)
    return family


def counter_of_one_value(use: Any) -> Any:
    return use.CounterMetricFamily("jobs_total", "Jobs", value=4, created=12)


def counter_with_exemplar(use: Any) -> Any:
    exemplar = use.Exemplar({"trace_id": "abc"}, 0.5, 1_600_000_000.5)
    return use.CounterMetricFamily("traced", "Traced", value=4, exemplar=exemplar)


def gauge_with_unit(use: Any) -> Any:
    family = use.GaugeMetricFamily("wait", "Wait", labels=["queue"], unit="seconds")
    family.add_metric(["a"], -1.5)
    family.add_metric(["b"], float("inf"), timestamp=use.Timestamp(5, 250_000_000))
    return family


def unknown(use: Any) -> Any:
    return use.UntypedMetricFamily("anything", "Anything", value=float("nan"))


def summary(use: Any) -> Any:
    family = use.SummaryMetricFamily("latency", "Latency", labels=["path"])
    family.add_metric(["/"], count_value=3, sum_value=1.5)
    family.add_sample("latency", {"path": "/", "quantile": "0.5"}, 0.25)
    return family


def histogram(use: Any) -> Any:
    exemplar = use.Exemplar({"trace_id": "x"}, 0.7)
    family = use.HistogramMetricFamily("sizes", "Sizes", labels=["kind"])
    family.add_metric(["a"], [("1.0", 3, exemplar), ("2.5", 3), ("+Inf", 5)], 12.5)
    family.add_metric(["b"], [("-1.0", 1), ("+Inf", 2)], 3.0, timestamp=7)
    return family


def gauge_histogram(use: Any) -> Any:
    family = use.GaugeHistogramMetricFamily("waiting", "Waiting", labels=["queue"])
    family.add_metric(["a"], buckets=[("1.0", 3), ("+Inf", 5)], gsum_value=12.5)
    family.add_metric(["b"], buckets=[("-1.0", 3), ("+Inf", 5)], gsum_value=-12.5)
    return family


def info(use: Any) -> Any:
    family = use.InfoMetricFamily("build", "Build", labels=["part"])
    family.add_metric(["core"], {"version": "1.2", "branch": "main"})
    return family


def state_set(use: Any) -> Any:
    family = use.StateSetMetricFamily("state", "State", labels=["node"])
    family.add_metric(["n1"], {"up": True, "slow": True, "down": False})
    family.add_metric(["n2"], {"up": False, "slow": False, "down": True})
    return family


def bare_metric(use: Any) -> Any:
    family = use.Metric("free", "Free", "untyped")
    family.add_sample("free", {"a": "b"}, 1)
    family.add_sample("other_name", {}, 2, 3.5)
    return family


MAKERS: dict[str, Maker] = {
    make.__name__: make
    for make in (
        counter_with_births,
        counter_of_one_value,
        counter_with_exemplar,
        gauge_with_unit,
        unknown,
        summary,
        histogram,
        gauge_histogram,
        info,
        state_set,
        bare_metric,
    )
}
"""By name: what makes a family of each type."""


def theirs() -> ModuleType:
    """Return prometheus_client's names in one module."""
    import prometheus_client.core as core
    from prometheus_client import metrics_core, samples

    use = ModuleType("theirs")
    for module in (core, metrics_core, samples):
        vars(use).update({k: v for k, v in vars(module).items() if not k.startswith("_")})
    return use


def made_by(use: Any) -> Iterator[Any]:
    """Make all families with the classes of a module."""
    return (make(use) for make in MAKERS.values())
