"""Decorators that time calls, track those in progress, and count their exceptions.

They take every kind of callable: functions, coroutine functions, generator functions, async
generator functions, methods, ``functools.partial`` objects and callable objects. The decorated
callable is of the same kind. Each kind is measured to its end:

- A coroutine, generator or async generator is measured from its first step until it returns, raises
  or is closed. The garbage collector closes one that was abandoned. One that never starts changes
  nothing. The time between the steps of a generator is included.
- A plain callable is measured from the call until it returns. If it returns a Future or Task, it is
  measured until that is done, and the caller gets the same object. If it returns a coroutine, a
  generator or another awaitable, that is measured too, from its first step to its end. The time
  between the call and the first step is left out.
- For a context manager that ``contextlib`` has made of a generator function, its ``with`` block is
  measured. It can still be used as a decorator.

Labels that the metric would refuse are refused when the callable is decorated. If the metric raises
an error at a call, for example because the labels have been changed, the caller gets that error. If
the callable itself has raised, the error of the metric is logged instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .collectors import (
    BoundCounter,
    BoundGauge,
    BoundHistogram,
    BoundSummary,
    Collector,
    Counter,
    Gauge,
    Histogram,
    Summary,
)
from .note import noted
from .timing import ExceptionCounter, Timer
from .timing.labels import check, example_of
from .timing.span import wrap
from .values import ForwardingChild

F = TypeVar("F", bound=Callable[..., Any])
Labels = Mapping[str, Any] | None
"""The labels of a series, or None for the one without labels."""


def timer(
    metric: Histogram | Summary | BoundHistogram | BoundSummary, labels: Labels = None
) -> Callable[[F], F]:
    """Time calls: ``@timer(metric)`` observes the seconds of each call.

    :param metric: A histogram or summary of seconds, or a child of one.
    :param labels: The labels of the series. The dict is read when a call ends. A child has its own.
    :returns: A decorator, which makes a callable of the same kind as the decorated one.
    :raises Exception: If the metric is of another type.
    :raises TypeError: If the labels are not a dict.
    :raises ValueError: If the metric refuses the labels, its labelnames being others.
    """
    if isinstance(metric, (BoundHistogram, BoundSummary)):
        _check_no_labels("timer", labels)
        return metric.time()
    whole, labels = _whole("timer", metric, labels)
    if not isinstance(whole, (Histogram, Summary)):
        raise _wrong_metric(
            f"timer decorator expects a Histogram or Summary metric but got: {metric}",
            "timer",
            metric,
        )
    _check_labels("timer", whole, labels)
    # Not `whole.time`: a subclass that was written for 23.12.0 may have one of its own.
    kind: Any = Histogram if isinstance(whole, Histogram) else Summary
    timed: Timer = kind.time(whole, labels)
    return timed


def inprogress(metric: Gauge | BoundGauge, labels: Labels = None) -> Callable[[F], F]:
    """Track calls: ``@inprogress(metric)`` sets a gauge to the number of calls in progress.

    :param metric: A gauge, or a child of one. It is incremented when a call begins and decremented
      when it ends.
    :param labels: The labels of the series. The dict is read when a call begins. The same series is
      decremented at the end, even if the dict has been changed. A child has its own.
    :returns: A decorator, which makes a callable of the same kind as the decorated one.
    :raises Exception: If the metric is of another type.
    :raises TypeError: If the labels are not a dict.
    :raises ValueError: If the metric refuses the labels, its labelnames being others.
    """
    if isinstance(metric, BoundGauge):
        _check_no_labels("inprogress", labels)
        return metric.track_inprogress()
    whole, labels = _whole("inprogress", metric, labels)
    if not isinstance(whole, Gauge):
        raise _wrong_metric(
            f"inprogess decorator expects a Gauge metric but got: {metric}", "inprogress", metric
        )
    _check_labels("inprogress", whole, labels)
    # Made at each call, which is when labels were refused in 23.12.0 that no metric can have.
    track: Any = Gauge.track_inprogress
    return wrap(lambda _args, _kwds: track(whole, labels))


def count_exceptions(metric: Counter | BoundCounter, labels: Labels = None) -> Callable[[F], F]:
    """Count failures: ``@count_exceptions(metric)`` counts the calls that raise an ``Exception``.

    Other exceptions, such as cancellation, KeyboardInterrupt and GeneratorExit, are not counted.

    :param metric: A counter, or a child of one.
    :param labels: The labels of the series. The dict is read when a call has raised. A child has
      its own.
    :returns: A decorator, which makes a callable of the same kind as the decorated one.
    :raises Exception: If the metric is of another type.
    :raises TypeError: If the labels are not a dict.
    :raises ValueError: If the metric refuses the labels, its labelnames being others.
    """
    if isinstance(metric, BoundCounter):
        _check_no_labels("count_exceptions", labels)
        return ExceptionCounter(metric)
    whole, labels = _whole("count_exceptions", metric, labels)
    if not isinstance(whole, Counter):
        raise _wrong_metric(
            f"count_exceptions decorator expects a Counter metric but got: {metric}",
            "count_exceptions",
            metric,
        )
    _check_labels("count_exceptions", whole, labels)
    return ExceptionCounter(whole, labels=labels)


def _whole(name: str, metric: Any, labels: Labels) -> tuple[Any, Labels]:
    """The metric and the labels that a child of a class with overrides stands for."""
    if not isinstance(metric, ForwardingChild):
        return metric, labels
    _check_no_labels(name, labels)
    return metric._metric, dict(metric._labels)


def _check_no_labels(name: str, labels: Labels) -> None:
    if labels:
        raise ValueError(
            f"@{name}: a child has its labels already; leave them out, or give the metric"
        )


def _wrong_metric(message: str, name: str, got: Any) -> Exception:
    """The exception for an object that is not a metric of the right type."""
    error = Exception(message)
    if isinstance(got, type):
        return noted(error, f"this is a class; make a metric: {got.__name__}(name, doc)")
    if hasattr(got, "__code__"):
        return noted(error, f"the decorator needs its metric: @{name}(metric)")
    fitting = {"timer": "Histogram or Summary", "inprogress": "Gauge"}.get(name, "Counter")
    if type(got).__name__.startswith("Bound"):
        return noted(error, f"this is a child of another kind; @{name} needs that of a {fitting}")
    if isinstance(got, Collector):
        return noted(
            error,
            f"{got.name} is a {type(got).__name__}; @{name} needs a {fitting} of its own, "
            "under another name",
        )
    return error


def _check_labels(name: str, metric: Collector, labels: Any) -> None:
    """Refuse labels that the metric would refuse at a call."""
    check(metric, labels, lambda: _advice(name, metric, labels))


def _advice(name: str, metric: Collector, labels: Any) -> str:
    what = f"@{name}({metric.name}, ...)"
    if isinstance(labels, type) and issubclass(labels, BaseException):
        return (
            f"{what}: the second argument is a dict of labels. Every Exception counts; to count "
            f"{labels.__name__} only, catch it and call {metric.name}.inc(), or decorate with "
            f"@{metric.name}.count_exceptions({labels.__name__})"
        )
    if metric.labelnames is None:
        return f"{what}: the second argument is a dict of labels, such as {{'method': 'GET'}}"
    if not metric.labelnames:
        return f"{what}: the metric has no labels, leave them out"
    example = example_of(metric)
    return f"{what}: give the labels when decorating: @{name}({metric.name}, {example})"
