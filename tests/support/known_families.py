"""Families that rules are made of."""

from __future__ import annotations

from aioprometheus import CounterFamily, GaugeFamily, HistogramFamily
from aioprometheus.families import Metric

BOUNDS = ("0.1", "1.0", "+Inf")


def gauge(name: str, *labels: str) -> Metric:
    one = GaugeFamily(name, name)
    one.add_metric(dict.fromkeys(labels, "x"), 1)
    return one


def counter(name: str, *labels: str) -> Metric:
    one = CounterFamily(name, name)
    one.add_metric(dict.fromkeys(labels, "x"), 1)
    return one


def histogram(name: str, *labels: str) -> Metric:
    one = HistogramFamily(name, name)
    one.add_metric(dict.fromkeys(labels, "x"), [(bound, 1) for bound in BOUNDS], 1)
    return one


def known_families(prefix: str = "") -> list[Metric]:
    """The standard metrics, those of the process and those of the loop."""
    labels = ("method", "path", "status")
    return [
        counter(f"{prefix}http_requests_total", *labels),
        histogram(f"{prefix}http_request_duration_seconds", *labels),
        gauge(f"{prefix}http_requests_in_progress", "method"),
        gauge("process_start_time_seconds"),
        gauge("process_open_fds"),
        gauge("process_max_fds"),
        gauge("asyncio_loop_pending_lag_seconds", "thread"),
        histogram("asyncio_loop_lag_seconds", "thread"),
    ]
