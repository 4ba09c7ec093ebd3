"""Labels of timers and exception counters, some of which are known only when a call ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._core import Collector, Counter, Gauge, Histogram, Summary, is_for_caller, noted


class Call:
    """A call that has ended, as a function of labels gets it.

    For the block of a ``with`` statement, there are no arguments and no result.

    :param func: The function, or None for a block.
    :param args: The positional arguments.
    :param kwargs: The arguments by name.
    """

    __slots__ = ("_func", "args", "error", "kwargs", "result", "seconds")

    def __init__(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._func = func
        self.args = args
        """The positional arguments."""
        self.kwargs = kwargs
        """The arguments that were given by name."""
        self.result: Any = None
        """What the call returned; of a coroutine or a generator, what it returned at its end."""
        self.error: BaseException | None = None
        """What the call raised, or None."""
        self.seconds = 0.0
        """How long it took. 0.0 where nothing is timed."""

    @property
    def arguments(self) -> dict[str, Any]:
        """All arguments by the names of the parameters, defaults included."""
        from inspect import signature

        if self._func is None:
            return {}
        bound = signature(self._func).bind(*self.args, **self.kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def __repr__(self) -> str:
        outcome = (
            f"raised {self.error!r}" if self.error is not None else f"returned {self.result!r}"
        )
        return f"<Call with {self.args} and {self.kwargs}: {outcome}>"


class LabelsFunction:
    """A function of the user's that finds labels.

    :param function: The function. It takes a :class:`Call`.
    """

    def __init__(self, function: Callable[[Call], Any]) -> None:
        self.function = function
        self.has_failed = False

    def find(self, call: Call) -> dict[str, Any]:
        """The labels of a call.

        :param call: The call, which has ended.
        """
        found = self.function(call)
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            raise TypeError(f"a labels function returns a dict of labels, not {found!r}")
        return dict(found)


class TimerLabels(dict[str, Any]):
    """The labels of a timer, which its block may change.

    :param metric: The metric, whose labelnames are the order of values that are given by position.
    :param of_child: The labels of a child.
    :param given: The labels that the timer was made with.
    """

    def __init__(self, metric: Any, of_child: Any, given: Any) -> None:
        super().__init__({**(of_child or {}), **(given or {})})
        self._metric = metric

    def __call__(self, *values: Any, **named: Any) -> None:
        """Set labels as ``labels`` of a metric takes them.

        :param values: A dict of labels, or the values in the order of the labelnames.
        :param named: The labels as keyword arguments.
        :raises ValueError: If values and labelnames are not of the same number.
        """
        if len(values) == 1 and isinstance(values[0], Mapping):
            self.update(values[0])
        elif values:
            names = getattr(self._metric, "labelnames", None) or ()
            name = getattr(self._metric, "name", "timer")
            if not names:
                raise ValueError(
                    f"{name}: label values by position need declared labelnames; write "
                    "timer.labels(name=value)"
                )
            if len(names) != len(values) or named:
                raise ValueError(
                    f"{name}: {len(values)} label values are given for the labelnames {names}; "
                    "give one for each, in their order"
                )
            self.update(zip(names, values, strict=True))
        self.update(named)

    def replace(self, labels: Any) -> None:
        """Replace all labels.

        :param labels: A dict of labels, or None for none.
        """
        if labels is not None and not isinstance(labels, Mapping):
            name = getattr(self._metric, "name", "timer")
            raise TypeError(f"{name}: the labels of a timer are a dict, not {labels!r}")
        new = dict(labels or {})
        self.clear()
        self.update(new)


def find(
    of_child: dict[str, Any] | None,
    given: Any,
    own: TimerLabels | None,
    error_label: str | None,
    error: BaseException | None,
    call: Call | None,
    seconds: float,
) -> dict[str, Any]:
    """The labels of a call that has ended.

    :param of_child: The labels of a child.
    :param given: The labels that the timer was made with, or a :class:`LabelsFunction`.
    :param own: The labels that the block has set.
    :param error_label: The label for the class of the exception.
    :param error: What the call raised.
    :param call: The call, if a function finds labels.
    :param seconds: How long it took.
    """
    labels = dict(of_child or {})
    if isinstance(given, LabelsFunction):
        call = call or Call(None, (), {})
        call.error, call.seconds = error, seconds
        labels.update(given.find(call))
    elif own is None and given:
        labels.update(given)
    if own is not None:
        labels.update(own)
    if error_label is not None:
        labels[error_label] = "" if error is None else type(error).__name__
    return labels


def checked(metric: Any, labels: Any) -> tuple[Any, bool]:
    """The labels that were given, and whether they are a function, which is wrapped.

    :param metric: The metric or child.
    :param labels: A dict of labels or a function.
    :raises TypeError: If they are neither, and the class of the metric does not take others.
    """
    if isinstance(labels, Mapping) or (isinstance(labels, str) and not labels):
        return labels, False
    is_class = isinstance(labels, type)
    if callable(labels) and not is_class:
        return LabelsFunction(labels), True
    if isinstance(metric, Collector) and takes_other_labels(metric):
        return labels, False
    name = metric.name if isinstance(metric, Collector) else "a child"
    error = TypeError("Only accepts dicts as keys")
    hint = "the labels are a dict, such as {'method': 'GET'}, or a function that returns one"
    noted(error, f"{name}: {hint}, not {labels!r}")
    raise error


def failed(function: LabelsFunction, name: str, failure: BaseException) -> None:
    """Log that no labels were found for a call; once for each function.

    :param function: The function.
    :param name: The name of the metric.
    :param failure: What it raised, or what the metric raised for its labels.
    :raises BaseException: The failure itself, if it is meant for the caller.
    """
    if is_for_caller(failure):
        raise failure
    if function.has_failed:
        return
    function.has_failed = True
    import logging

    logging.getLogger("aioprometheus.timing").error(
        "%s: the labels function %r raised, or its labels were refused: the call was not measured "
        "(this is logged once)",
        name,
        function.function,
        exc_info=failure,
    )


def without_clock(failure: BaseException) -> None:
    """Log that a program's own clock has failed when a block or call ended.

    :param failure: What it raised.
    :raises BaseException: The failure itself, if it is meant for the caller.
    """
    if is_for_caller(failure):
        raise failure
    import logging

    logging.getLogger("aioprometheus.timing").error(
        "what is in the place of time.monotonic raised, or returned no number: a block or call was "
        "not measured",
        exc_info=failure,
    )


def takes_other_labels(metric: Collector) -> bool:
    """Whether the class of a metric overrides how it is read or updated. It may take other labels.

    :param metric: The metric.
    """
    kind = type(metric)
    kinds = (Counter, Gauge, Summary, Histogram)
    if kind in kinds:
        return False
    own = next((base for base in kinds if isinstance(metric, base)), Collector)
    return any(getattr(kind, method) != getattr(own, method, None) for method in _methods(own))


def _methods(kind: type[Collector]) -> list[str]:
    """The methods of a metric that can change which labels it takes."""
    names = ("inc", "dec", "add", "set", "observe", "set_value", "get_value", "values")
    return [name for name in names if hasattr(kind, name)]


def example_of(metric: Collector) -> str:
    """Return how the labels of a metric are given, as a dict of its labelnames.

    :param metric: The metric, which declares labelnames.
    """
    return "{" + ", ".join(f"{name!r}: ..." for name in metric.labelnames or ()) + "}"


def check(metric: Collector, labels: Any, advice: Callable[[], str]) -> None:
    """Refuse labels that the metric would refuse at an update.

    :param metric: The metric.
    :param labels: The labels.
    :param advice: Returns what the note of the exception says.
    :raises ValueError: If the names are not those that the metric takes.
    :raises TypeError: If the labels are not a dict.
    """
    if takes_other_labels(metric):
        return
    try:
        Collector.get_value(metric, labels)
    except KeyError:
        pass  # the series is not born yet
    except (TypeError, ValueError) as error:
        noted(error, advice())
        raise
