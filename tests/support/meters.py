"""Metrics that decorated functions update, and a clock that the tests move."""

import asyncio
from contextlib import contextmanager
from unittest import mock

from aioprometheus import (
    Counter,
    Gauge,
    Histogram,
    Registry,
    count_exceptions,
    inprogress,
    timer,
)

LABELS = {"kind": "test"}


class Meters:
    """One metric of each decorator, and a decorator that applies all three."""

    def __init__(self):
        registry = Registry()
        self.seconds = Histogram("seconds", "doc", registry=registry)
        self.running = Gauge("running", "doc", registry=registry)
        self.failures = Counter("failures", "doc", registry=registry)

    def __call__(self, func):
        func = count_exceptions(self.failures, LABELS)(func)
        func = inprogress(self.running, LABELS)(func)
        return timer(self.seconds, LABELS)(func)

    @property
    def now(self):
        """Calls in progress."""
        return dict_get(self.running, 0)

    @property
    def totals(self):
        """Calls timed, their seconds, exceptions; and nothing may be in progress any more."""
        assert self.now == 0
        timed = dict_get(self.seconds, {"count": 0, "sum": 0})
        return timed["count"], timed["sum"], dict_get(self.failures, 0)


def dict_get(metric, default):
    try:
        return metric.get(LABELS)
    except KeyError:
        return default


@contextmanager
def fake_clock():
    """A clock in the place of time.monotonic, with a `sleep` that moves it."""
    clock = mock.Mock(return_value=1000.0)

    def sleep(seconds):
        clock.return_value += seconds

    clock.sleep = sleep
    with mock.patch("time.monotonic", clock):
        yield clock


def nothing():
    """An awaitable that lets everything else run once."""
    return asyncio.sleep(0)
