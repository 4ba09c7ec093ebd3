"""Prometheus metrics for asyncio services: counters, gauges, summaries, histograms, infos, enums.

Make metrics, update them, and give ``render(registry, accept)`` to the ``/metrics`` route of your
service::

    from aioprometheus import REGISTRY, Counter, render

    requests = Counter("requests_total", "Requests served")
    requests.inc({"method": "GET"})
    content, headers = render(REGISTRY, None)

``aioprometheus.service`` and ``aioprometheus.pusher`` need aiohttp, and are imported explicitly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .collectors import (
    REGISTRY,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Registry,
    Sample,
    Summary,
)
from .decorators import count_exceptions, inprogress, timer
from .negotiator import negotiate
from .renderer import render, render_async

if TYPE_CHECKING:
    from .asgi.middleware import MetricsMiddleware

__version__ = "26.11.0"

__all__ = [
    "REGISTRY",
    "Counter",
    "Enum",
    "Gauge",
    "Histogram",
    "Info",
    "MetricsMiddleware",
    "Registry",
    "Sample",
    "Summary",
    "count_exceptions",
    "inprogress",
    "negotiate",
    "render",
    "render_async",
    "timer",
]


def __getattr__(name: str) -> Any:
    # Imported when they are asked for: many services have no ASGI application.
    if name == "MetricsMiddleware":
        return import_module(f"{__name__}.asgi.middleware").MetricsMiddleware
    if name == "asgi":
        return import_module(f"{__name__}.asgi")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "asgi"})
