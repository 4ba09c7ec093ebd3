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

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .collectors import Collector, Counter, Gauge, Histogram, Summary
from .note import noted
from .timing.span import Span, wrap

F = TypeVar("F", bound=Callable[..., Any])
Labels = Mapping[str, Any] | None
"""The labels of a series, or None for the one without labels."""


def timer(metric: Histogram | Summary, labels: Labels = None) -> Callable[[F], F]:
    """Time calls: ``@timer(metric)`` observes the seconds of each call.

    :param metric: A histogram or summary of seconds.
    :param labels: The labels of the series. The dict is read when a call ends.
    :returns: A decorator, which makes a callable of the same kind as the decorated one.
    :raises Exception: If the metric is of another type.
    :raises TypeError: If the labels are not a dict.
    :raises ValueError: If the metric refuses the labels, its labelnames being others.
    """
    if not isinstance(metric, (Histogram, Summary)):
        raise _wrong_metric(
            f"timer decorator expects a Histogram or Summary metric but got: {metric}",
            "timer",
            metric,
        )
    _check_labels("timer", metric, labels)
    return wrap(lambda: _Timing(metric, labels))


def inprogress(metric: Gauge, labels: Labels = None) -> Callable[[F], F]:
    """Track calls: ``@inprogress(metric)`` sets a gauge to the number of calls in progress.

    :param metric: A gauge. It is incremented when a call begins and decremented when it ends.
    :param labels: The labels of the series. The dict is read when a call begins. The same series is
      decremented at the end, even if the dict has been changed.
    :returns: A decorator, which makes a callable of the same kind as the decorated one.
    :raises Exception: If the metric is of another type.
    :raises TypeError: If the labels are not a dict.
    :raises ValueError: If the metric refuses the labels, its labelnames being others.
    """
    if not isinstance(metric, Gauge):
        raise _wrong_metric(
            f"inprogess decorator expects a Gauge metric but got: {metric}", "inprogress", metric
        )
    _check_labels("inprogress", metric, labels)
    return wrap(lambda: _Presence(metric, labels))


def count_exceptions(metric: Counter, labels: Labels = None) -> Callable[[F], F]:
    """Count failures: ``@count_exceptions(metric)`` counts the calls that raise an ``Exception``.

    Other exceptions, such as cancellation, KeyboardInterrupt and GeneratorExit, are not counted.

    :param metric: A counter.
    :param labels: The labels of the series. The dict is read when a call has raised.
    :returns: A decorator, which makes a callable of the same kind as the decorated one.
    :raises Exception: If the metric is of another type.
    :raises TypeError: If the labels are not a dict.
    :raises ValueError: If the metric refuses the labels, its labelnames being others.
    """
    if not isinstance(metric, Counter):
        raise _wrong_metric(
            f"count_exceptions decorator expects a Counter metric but got: {metric}",
            "count_exceptions",
            metric,
        )
    _check_labels("count_exceptions", metric, labels)
    return wrap(lambda: _Failure(metric, labels))


def _wrong_metric(message: str, name: str, got: Any) -> Exception:
    """The exception for an object that is not a metric of the right type."""
    error = Exception(message)
    if isinstance(got, type):
        return noted(error, f"this is a class; make a metric: {got.__name__}(name, doc)")
    if hasattr(got, "__code__"):
        return noted(error, f"the decorator needs its metric: @{name}(metric)")
    if type(got).__name__.startswith("Bound"):
        return noted(
            error, f"give the labels of a child beside its metric: @{name}(metric, labels)"
        )
    if isinstance(got, Collector):
        fitting = {"timer": "Histogram or Summary", "inprogress": "Gauge"}.get(name, "Counter")
        return noted(
            error,
            f"{got.name} is a {type(got).__name__}; @{name} needs a {fitting} of its own, "
            "under another name",
        )
    return error


def _check_labels(name: str, metric: Collector, labels: Any) -> None:
    """Refuse labels that the metric would refuse at a call.

    Subclasses that override how a metric is read or updated may take other labels, and are not
    checked.
    """
    kind = type(metric)
    own = next(base for base in (Counter, Gauge, Summary, Histogram) if isinstance(metric, base))
    if any(getattr(kind, method) != getattr(own, method, None) for method in _methods(own)):
        return
    try:
        Collector.get_value(metric, labels)
    except KeyError:
        pass  # the series is not born yet
    except (TypeError, ValueError) as error:
        noted(error, _advice(name, metric, labels))
        raise


def _methods(kind: type[Collector]) -> list[str]:
    """The methods of a metric that can change which labels it takes."""
    names = ("inc", "dec", "add", "observe", "set_value", "get_value", "values")
    return [name for name in names if hasattr(kind, name)]


def _advice(name: str, metric: Collector, labels: Any) -> str:
    what = f"@{name}({metric.name}, ...)"
    if isinstance(labels, type) and issubclass(labels, BaseException):
        return (
            f"{what}: the second argument is a dict of labels. Every Exception counts; to count "
            f"{labels.__name__} only, catch it and call {metric.name}.inc()"
        )
    if metric.labelnames is None:
        return f"{what}: the second argument is a dict of labels, such as {{'method': 'GET'}}"
    if not metric.labelnames:
        return f"{what}: the metric has no labels, leave them out"
    example = ", ".join(f"{label!r}: ..." for label in metric.labelnames)
    return f"{what}: give the labels when decorating: @{name}({metric.name}, {{{example}}})"


class _Timing(Span):
    """A span whose seconds a metric observes."""

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
    """A span that increments a gauge while a call is in progress."""

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
    """A span that is counted if it ends in an Exception."""

    def __init__(self, metric: Counter, labels: Any) -> None:
        self.metric = metric
        self.labels = labels

    def end(self, error: BaseException | None) -> None:
        if isinstance(error, Exception):
            self.metric.inc(self.labels)
