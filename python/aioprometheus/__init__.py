"""Prometheus metrics for asyncio services: counters, gauges, summaries, histograms, infos, enums.

Make metrics, update them, and return what ``render(registry, accept)`` gives from the ``/metrics``
route of your service::

    from aioprometheus import REGISTRY, Counter, render

    requests = Counter("requests_total", "Requests served")
    requests.inc({"method": "GET"})
    content, headers = render(REGISTRY, None)

``Service`` and ``Pusher`` need aiohttp. It is imported when one of them is first used.

For pytest, which would warn of a package with a plugin that is imported before it is:
PYTEST_DONT_REWRITE.
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
    from .asgi.app import make_asgi_app
    from .asgi.middleware import MetricsMiddleware
    from .bridge import PrometheusClientCollector
    from .buckets import Buckets
    from .families import (
        CounterFamily,
        GaugeFamily,
        GaugeHistogramFamily,
        HistogramFamily,
        InfoFamily,
        StateSetFamily,
        SummaryFamily,
        UntypedFamily,
    )
    from .linting import Problem, lint, lint_async
    from .parsing import ParseError, parse
    from .pusher import Pusher
    from .pushing import PushError, PushTimeout, push
    from .service import Service
    from .snapshots import Snapshot
    from .textfile import write_to_textfile
    from .wsgi import make_wsgi_app

__version__ = "26.11.0"

__all__ = [
    "REGISTRY",
    "Buckets",
    "Counter",
    "CounterFamily",
    "Enum",
    "Gauge",
    "GaugeFamily",
    "GaugeHistogramFamily",
    "Histogram",
    "HistogramFamily",
    "Info",
    "InfoFamily",
    "MetricsMiddleware",
    "ParseError",
    "Problem",
    "PrometheusClientCollector",
    "PushError",
    "PushTimeout",
    "Pusher",
    "Registry",
    "Sample",
    "Service",
    "Snapshot",
    "StateSetFamily",
    "Summary",
    "SummaryFamily",
    "UntypedFamily",
    "count_exceptions",
    "inprogress",
    "lint",
    "lint_async",
    "make_asgi_app",
    "make_wsgi_app",
    "negotiate",
    "parse",
    "push",
    "render",
    "render_async",
    "timer",
    "write_to_textfile",
]

_PUBLIC = __all__
if not TYPE_CHECKING:
    del __all__  # so that `from aioprometheus import *` gets it from `__getattr__`

# Imported on first use: many services have no ASGI application, or no aiohttp.
_LATE = {
    "Buckets": ".buckets",
    "CounterFamily": ".families",
    "GaugeFamily": ".families",
    "GaugeHistogramFamily": ".families",
    "HistogramFamily": ".families",
    "InfoFamily": ".families",
    "MetricsMiddleware": ".asgi.middleware",
    "ParseError": ".parsing",
    "Problem": ".linting",
    "PrometheusClientCollector": ".bridge",
    "PushError": ".pushing",
    "PushTimeout": ".pushing",
    "Pusher": ".pusher",
    "Service": ".service",
    "Snapshot": ".snapshots",
    "StateSetFamily": ".families",
    "SummaryFamily": ".families",
    "UntypedFamily": ".families",
    "lint": ".linting",
    "lint_async": ".linting",
    "make_asgi_app": ".asgi.app",
    "make_wsgi_app": ".wsgi",
    "parse": ".parsing",
    "push": ".pushing",
    "write_to_textfile": ".textfile",
}
# Modules that are imported on first use.
_MODULES = ("asgi", "runtime")
_NEED_AIOHTTP = ("Pusher", "Service")


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(_LATE[name], __name__), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name == "__all__":
        return _importable()
    error = AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import _core
    from .elsewhere import INSTEAD

    if name in INSTEAD:
        _core.noted(error, f"{name} is of prometheus_client; here, {INSTEAD[name]}")
    raise error


def __dir__() -> list[str]:
    return sorted({*globals(), *_importable(), *_MODULES, "__all__"})


def _importable() -> list[str]:
    """The public names, without those whose import would fail."""
    import sys
    from importlib.util import find_spec

    if sys.modules.get("aiohttp") or find_spec("aiohttp"):
        return list(_PUBLIC)
    return [name for name in _PUBLIC if name not in _NEED_AIOHTTP]
