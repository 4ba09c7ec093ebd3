"""aiohttp: a handler that answers scrapes, a middleware with metrics of requests, and both of the
client."""

from __future__ import annotations

try:
    import aiohttp as aiohttp
except ImportError as exc:
    from ..note import absent

    absent(exc, "aiohttp")
    raise

from .application import setup
from .client import client_trace_config
from .handler import REGISTRY_KEY, make_handler
from .middleware import EXCLUDE_PATHS, UNMATCHED_PATH, MetricsMiddleware, metrics_middleware

__all__ = [
    "EXCLUDE_PATHS",
    "REGISTRY_KEY",
    "UNMATCHED_PATH",
    "MetricsMiddleware",
    "client_trace_config",
    "make_handler",
    "metrics_middleware",
    "setup",
]
