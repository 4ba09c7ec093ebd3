"""Readers of the standard metrics, for tests."""

import contextlib

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_driver import drive


def standard(app, registry=None, **options):
    """An application in a middleware with the standard metrics, and their registry."""
    registry = Registry() if registry is None else registry
    return MetricsMiddleware(app, registry=registry, metrics="standard", **options), registry


def samples(registry, name):
    """The samples of a name: by their label values, in the order of the label names."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == name
    }


def totals(registry, name="http_requests_total"):
    """The requests, by (method, path, status) and the values of other labels behind these."""
    first = ("method", "path", "status")
    return {
        tuple(
            [sample.labels[label] for label in first]
            + [value for label, value in sorted(sample.labels.items()) if label not in first]
        ): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == name
    }


def in_progress(registry):
    """The number of requests in progress, of all methods together."""
    gauges = samples(registry, "http_requests_in_progress")
    return sum(gauges.values())


async def answered(app, scope):
    """Send a request, whatever the application raises."""
    with contextlib.suppress(Exception):
        return await drive(app, scope)
