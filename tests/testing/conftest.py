"""Fixtures of the tests of ``aioprometheus.testing``: a registry with some metrics."""

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry
from aioprometheus.testing import Metrics


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def metrics(registry):
    return Metrics(registry)


@pytest.fixture
def requests(registry):
    counter = Counter("requests_total", "d", {"env": "prod"}, registry=registry)
    counter.inc({"method": "GET", "path": "/"}, 3)
    counter.inc({"method": "PUT", "path": "/"}, 4)
    return counter


@pytest.fixture
def queue(registry):
    gauge = Gauge("queue_size", "d", registry=registry)
    gauge.set(5)
    return gauge


@pytest.fixture
def latency(registry):
    return Histogram("latency_seconds", "d", buckets=[1], registry=registry)
