"""Prometheus metrics for asyncio services: counters, gauges, summaries and histograms.

Make metrics, update them, and give ``render(registry, accept)`` to the ``/metrics`` route of your
service::

    from aioprometheus import REGISTRY, Counter, render

    requests = Counter("requests_total", "Requests served")
    requests.inc({"method": "GET"})
    content, headers = render(REGISTRY, None)

``aioprometheus.service`` and ``aioprometheus.pusher`` need aiohttp, and are imported explicitly.
"""

from .collectors import REGISTRY, Counter, Gauge, Histogram, Registry, Sample, Summary
from .decorators import count_exceptions, inprogress, timer
from .negotiator import negotiate
from .renderer import render

from .asgi.middleware import MetricsMiddleware  # isort: skip  (imports the names above)

__version__ = "26.11.0"

__all__ = [
    "REGISTRY",
    "Counter",
    "Gauge",
    "Histogram",
    "MetricsMiddleware",
    "Registry",
    "Sample",
    "Summary",
    "count_exceptions",
    "inprogress",
    "negotiate",
    "render",
    "timer",
]
