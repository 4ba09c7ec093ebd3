"""Timers and trackers as decorators."""

from __future__ import annotations

from functools import wraps
from typing import Any

from .._core import Collector, started
from .labels import Call, check, example_of
from .span import Opener, follow, wrap


def time_calls(
    timer: Any, target: Any, labels: Any, has_function: bool, error_label: str | None, func: Any
) -> Any:
    """Decorate a callable with a timer.

    :param timer: The timer.
    :param target: Its metric or child.
    :param labels: The labels that it was made with.
    :param has_function: Whether a function finds the labels.
    :param error_label: The label for the class of the exception.
    :param func: The callable.
    """
    if has_function:
        return wrap(lambda args, kwds: timer._anew(Call(func, args, kwds)))(func)
    if isinstance(target, Collector):
        complete = labels if error_label is None else {**(labels or {}), error_label: ""}
        check(target, complete, lambda: _advice(target))
    opener = lambda _args, _kwds: timer._anew()  # noqa: E731
    return wrap(
        opener,
        plain=lambda func: _time_plain(func, timer, opener),
        coroutine=lambda func: _time_coroutine(func, timer),
    )(func)


def track_calls(tracker: Any, func: Any) -> Any:
    """Decorate a callable with a tracker.

    :param tracker: The tracker.
    :param func: The callable.
    """
    return wrap(lambda _args, _kwds: tracker._anew())(func)


def _advice(metric: Collector) -> str:
    if not metric.labelnames:
        return f"{metric.name}: give labels as time({{'method': 'GET'}})"
    return (
        f"{metric.name}: give all labels when decorating: time({example_of(metric)}), or a "
        "function that finds them: time(lambda call: {...})"
    )


# The two kinds that matter most have wrappers that make no object for a call, and no dict for one
# without keywords, which takes a twentieth of the time.


def _time_plain(func: Any, timer: Any, opener: Opener) -> Any:
    ended, over = timer._ended, timer._over

    @wraps(func)
    def wrapper(*args: Any, **kwds: Any) -> Any:
        start = started()
        try:
            result = func(*args, **kwds) if kwds else func(*args)
        except BaseException as error:
            over(start, error)
            raise
        if ended(start, result):
            return result
        span = timer._begun(start)
        result = follow(result, span, opener)
        span._settle()
        return result

    return wrapper


def _time_coroutine(func: Any, timer: Any) -> Any:
    over = timer._over

    @wraps(func)
    async def wrapper(*args: Any, **kwds: Any) -> Any:
        start = started()
        try:
            result = await (func(*args, **kwds) if kwds else func(*args))
        except BaseException as error:
            over(start, error)
            raise
        over(start, None)
        return result

    return wrapper
