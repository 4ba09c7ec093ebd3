"""
This module provides some convenience decorators for metrics

They take every kind of callable (functions, coroutine functions, generator functions, async
generator functions, methods, ``functools.partial`` objects, callable objects) and leave it the
kind that it was. What is measured, is measured to its end:

- A coroutine, generator or async generator from its first step until it returns, raises or is
  closed, which the garbage collector does for one that was abandoned. One that is never started
  changes nothing. Between the steps of a generator the clock runs on.
- A plain callable from the call until it returns. If it returns a Future or Task, until that is
  done; the caller gets the same object. If it returns a coroutine, a generator or another
  awaitable, the time of the call and the time from the first step of what was returned to its end
  are added up; the pause between them, in which nothing runs, is left out.

An error of the metric (a label that it refuses, say) is raised to the caller, unless the callable
itself raised: then the error of the metric is logged.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from .collectors import Counter, Gauge, Histogram, Summary
from .span import Span, wrap

F = TypeVar("F", bound=Callable[..., Any])
Labels = dict[str, str] | None
"""The labels of a series, or None for the one without labels."""


def timer(metric: Histogram | Summary, labels: Labels = None) -> Callable[[F], F]:
    """
    This decorator wraps a callable with code to calculate how long the
    callable takes to execute and updates the metric with the duration.

    :param metric: a metric to update with the calculated function duration,
      in seconds. The metric object must be a Histogram or Summary metric object.

    :param labels: a dict of extra labels to associate with the metric.

    :return: a callable of the same kind as the decorated one.

    :raises: Exception if the metric is of another type.
    """
    if not isinstance(metric, (Histogram, Summary)):
        raise Exception(f"timer decorator expects a Histogram or Summary metric but got: {metric}")
    return wrap(lambda: _Timing(metric, labels))


def inprogress(metric: Gauge, labels: Labels = None) -> Callable[[F], F]:
    """
    This decorator wraps a callables with code to track whether it is currently
    in progress. The metric is incremented before calling the callable and is
    decremented when the callable is complete.

    :param metric: a metric to increment and decrement. The metric object
      must be a Gauge metric object. The series that is decremented is always
      the one that was incremented, even if the dict of labels has changed.

    :param labels: a dict of extra labels to associate with the metric.

    :return: a callable of the same kind as the decorated one.

    :raises: Exception if the metric is of another type.
    """
    if not isinstance(metric, Gauge):
        raise Exception(f"inprogess decorator expects a Gauge metric but got: {metric}")
    return wrap(lambda: _Presence(metric, labels))


def count_exceptions(metric: Counter, labels: Labels = None) -> Callable[[F], F]:
    """
    This decorator wraps a callable with code to count how many times the
    callable generates an exception. What is no ``Exception`` (cancellation,
    KeyboardInterrupt, the closing of a generator) is not counted.

    :param metric: a metric to increment when an exception is caught. The
      metric object must be a Counter metric object.

    :param labels: a dict of extra labels to associate with the metric.

    :return: a callable of the same kind as the decorated one.

    :raises: Exception if the metric is of another type.
    """
    if not isinstance(metric, Counter):
        raise Exception(f"count_exceptions decorator expects a Counter metric but got: {metric}")
    return wrap(lambda: _Failure(metric, labels))


class _Timing(Span):
    """Observes the seconds that a call was under way."""

    def __init__(self, metric: Histogram | Summary, labels: Any) -> None:
        self.metric = metric
        self.labels = labels
        self.seconds = 0.0

    def begin(self) -> None:
        self.begun = time.monotonic()

    def pause(self) -> None:
        self.seconds += time.monotonic() - self.begun

    def end(self, error: BaseException | None) -> None:
        self.pause()
        self.metric.observe(self.labels, self.seconds)


class _Presence(Span):
    """Holds a gauge up while a call is under way."""

    def __init__(self, metric: Gauge, labels: Any) -> None:
        self.metric = metric
        # A copy, so that the series stays the same when the caller changes the dict.
        self.labels = dict(labels) if labels else labels

    def begin(self) -> None:
        self.metric.inc(self.labels)

    def pause(self) -> None:
        self.metric.dec(self.labels)

    def end(self, error: BaseException | None) -> None:
        self.metric.dec(self.labels)


class _Failure(Span):
    """Counts a call that ends in an Exception."""

    def __init__(self, metric: Counter, labels: Any) -> None:
        self.metric = metric
        self.labels = labels

    def end(self, error: BaseException | None) -> None:
        if isinstance(error, Exception):
            self.metric.inc(self.labels)
