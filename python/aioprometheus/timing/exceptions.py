"""What counts the exceptions of blocks and calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .._core import Collector
from .labels import Call, LabelsFunction, check, checked, example_of, failed
from .span import log_failure, wrap

F = TypeVar("F", bound=Callable[..., Any])


class ExceptionCounter:
    """Counts the blocks and calls that raise.

    ``count_exceptions()`` of a counter makes one. It is a context manager, for ``with`` and ``async
    with``, and a decorator of callables of every kind. What is raised goes on to the caller.

    :param counter: The counter, or a child of one.
    :param types: The class of the exceptions that count, or a tuple; ``Exception`` if it is None.
    :param labels: The labels of the series, or a function that finds them.
    :param exclude: The class of those that do not count, or a tuple.
    :raises TypeError: If the classes are not classes of exceptions, or the labels not a dict.
    :raises ValueError: If the counter refuses the labels.
    """

    def __init__(
        self, counter: Any, types: Any = None, labels: Any = None, exclude: Any = None
    ) -> None:
        self._counter = counter
        name = counter.name if isinstance(counter, Collector) else "count_exceptions"
        self._types = _classes(name, "types", Exception if types is None else types)
        self._exclude = _classes(name, "exclude", () if exclude is None else exclude)
        self._labels: Any = None
        has_function = False
        if labels is not None:
            self._labels, has_function = checked(counter, labels)
        if isinstance(counter, Collector) and not has_function:
            check(counter, self._labels, lambda: _advice(counter))

    def __enter__(self) -> ExceptionCounter:
        return self

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        self._close(error)

    async def __aenter__(self) -> ExceptionCounter:
        return self

    async def __aexit__(
        self, _type: object, error: BaseException | None, _traceback: object
    ) -> None:
        self._close(error)

    def __call__(self, func: F) -> F:
        if isinstance(self._labels, LabelsFunction):
            return wrap(lambda args, kwds: _Counted(self, Call(func, args, kwds)))(func)
        return wrap(lambda _args, _kwds: self)(func)

    def __repr__(self) -> str:
        return f"<ExceptionCounter of {self._counter!r}>"

    def _leave_open(self, pauses: bool) -> None:
        pass

    def _returned(self, result: Any) -> None:
        pass

    def _close(self, error: BaseException | None, call: Call | None = None) -> None:
        """Count what a block or call raised. If that fails, its own error is still raised."""
        if error is None:
            return
        try:
            if isinstance(error, self._types) and not isinstance(error, self._exclude):
                self._count(error, call)
        except BaseException as failure:
            if isinstance(self._labels, LabelsFunction):
                failed(self._labels, getattr(self._counter, "name", "a child"), failure)
            else:
                log_failure(failure)

    def _count(self, error: BaseException, call: Call | None) -> None:
        if not isinstance(self._counter, Collector):
            self._counter.inc()
        elif isinstance(self._labels, LabelsFunction):
            call = call or Call(None, (), {})
            call.error = error
            self._counter.inc(self._labels.find(call))  # type: ignore[attr-defined]
        else:
            self._counter.inc(self._labels)  # type: ignore[attr-defined]


class _Counted:
    """One call, for a function that finds its labels."""

    def __init__(self, counter: ExceptionCounter, call: Call) -> None:
        self._counter = counter
        self._call = call

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        self._close(error)

    def _leave_open(self, pauses: bool) -> None:
        pass

    def _returned(self, result: Any) -> None:
        pass

    def _close(self, error: BaseException | None) -> None:
        self._counter._close(error, self._call)


def _classes(name: str, parameter: str, given: Any) -> Any:
    """Check that a parameter is a class of exceptions, or a tuple of them."""
    for one in given if isinstance(given, tuple) else (given,):
        if not (isinstance(one, type) and issubclass(one, BaseException)):
            hint = ""
            if isinstance(one, dict):
                hint = "; give labels by name: count_exceptions(labels={...})"
            raise TypeError(
                f"{name}: {parameter} must be a class of exceptions, or a tuple of them, "
                f"not {one!r}{hint}"
            )
    return given


def _advice(counter: Collector) -> str:
    if not counter.labelnames:
        return f"{counter.name}: give labels as count_exceptions(labels={{'method': 'GET'}})"
    return f"{counter.name}: give all labels: count_exceptions(labels={example_of(counter)})"
