"""Metrics, formats and scrapes, written in Rust. Import public names from ``aioprometheus``."""

from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import AbstractContextManager
from datetime import timedelta
from types import TracebackType
from typing import (
    Any,
    ClassVar,
    Literal,
    SupportsFloat,
    SupportsIndex,
    TypeAlias,
    TypeVar,
    final,
    overload,
)

from typing_extensions import Buffer, Self, disjoint_base

from .collectors import MetricsTypes
from .families.sample import Sample as _FamilySample
from .loop import Results
from .mypy_types import SupportsCollect
from .samples import Sample
from .snapshots import Snapshot
from .timing.exceptions import ExceptionCounter
from .timing.labels import Call, TimerLabels
from .values import Values

_Labels: TypeAlias = Mapping[str, Any] | None
_Number: TypeAlias = SupportsFloat | SupportsIndex
_Exemplar: TypeAlias = Mapping[str, Any] | None
_TimerLabels: TypeAlias = Mapping[str, Any] | Callable[[Call], Mapping[str, Any]] | None
_Exceptions: TypeAlias = type[BaseException] | tuple[type[BaseException], ...]
_Func = TypeVar("_Func", bound=Callable[..., Any])
_Exception = TypeVar("_Exception", bound=BaseException)
_Metric = TypeVar("_Metric", bound=Collector)
_Default = TypeVar("_Default")
_Function = TypeVar("_Function", bound=Callable[[], Any])
_Block: TypeAlias = Collector | Report | tuple[str, str]

@disjoint_base
class Collector:
    """The base class of all metrics, and itself a metric of a kind that is not known
    (*untyped*).

    A metric has series, and each series has a value. A series is identified by its labels,
    which are pairs of a name and a value. Label names are ASCII letters, digits and ``_``,
    with no digit first; ``job`` and names that begin with ``__`` are reserved. Label values
    may be any text. What is not text becomes text: an enum member by its value, a date or
    time by ``isoformat()``, everything else by ``str()``. None and ``{}`` are the labels of
    the one series that has none.

    :param name: The name of the metric: ASCII letters, digits, ``_`` and ``:``, with no digit
      first.
    :param doc: What the metric counts or measures: the HELP text that people see.
    :param const_labels: Labels that every series of this metric has, as a dict. They are defaults:
      an update may give another value.
    :param registry: The registry that the metric registers itself in. None: the default registry.
    :param labelnames: The label names that every update must give, no more and no fewer. None: each
      update chooses its own. ``[]``: the metric has one series, without labels, which is exposed
      as 0 at once. If it is removed, it comes back with the next update. An info has none before
      it has facts. Keyword only.
    :param unit: The unit of the values, such as ``"seconds"``. The name must end in it, before the
      ``_total`` of a counter. Keyword only.
    :param max_series: How many series the metric may have, at least 1. Updates of further ones go
      to one series whose label values are ``<overflow>``; that is logged once and counted in
      ``aioprometheus_series_overflow_total``. None: what the registry
      says, which is any number if nothing is given there; ``math.inf``: any number. Keyword only.
    :param namespace: What stands before the name, and is joined to it by ``_``, such as the name of
      the application. The prefix of the registry stands before it. Keyword only.
    :param subsystem: The same, between the namespace and the name. Keyword only.
    :param initial: The value with which the series without labels is exposed from the start. None:
      it is born with its first update. A summary and a histogram take 0. Not for a metric that
      declares labelnames. Keyword only.
    :raises ValueError: If a name is malformed or reserved, if the name is registered already,
      if the unit is not the end of the name, if a text has no UTF-8 form, or if a setting is out of
      its range.
    :raises TypeError: If an argument is of the wrong type.
    """

    kind: ClassVar[MetricsTypes]
    """The kind of the metrics of this class, in the words of the text format."""
    name: str
    """The name of the metric. It cannot be changed once the metric is registered."""
    doc: str
    """The description of the metric: the HELP text of the exposition."""
    const_labels: dict[str, Any]
    """The labels that every series of this metric has, unless an update gives another value."""
    def __init__(
        self,
        name: str,
        doc: str,
        const_labels: _Labels = None,
        registry: Registry | None = None,
        *,
        labelnames: Iterable[str] | None = None,
        unit: str | None = None,
        max_series: float | None = None,
        namespace: str | None = None,
        subsystem: str | None = None,
        initial: _Number | None = None,
    ) -> None: ...
    @property
    def labelnames(self) -> tuple[str, ...] | None:
        """The declared label names as a tuple. None if each update chooses its own."""
    @labelnames.setter
    def labelnames(self, labelnames: Any) -> None: ...
    unit: str | None
    """The unit that the metric was made with, or None."""
    @property
    def values(self) -> Values:
        """The series as a live mapping: a dict of labels is the key, what ``get_value`` returns
        the value.

        Assignment sets the value of a series, deletion removes it, ``clear()`` removes all.
        Iteration yields the keys as JSON in bytes, and ``"__EMPTY__"`` for the series without
        labels.
        """
    @values.setter
    def values(self, series: Mapping[Any, Any]) -> None: ...
    @property
    def samples(self) -> list[Sample]:
        """All samples as a list of ``Sample(name, labels, value)``, in the order of the text
        format.

        A histogram has one sample for each bucket, its count and its sum; a summary one for
        each quantile, its count and its sum. Values are floats.
        """
    @samples.setter
    def samples(self, samples: Any) -> None: ...
    def labels(self, *values: Any, **named: Any) -> Any:
        """Bind one series. The child that this returns has the methods of the metric, without
        the labels.

        A child is the fastest way to update a series. Name the labels in one of three ways:
        ``labels({"method": "GET"})``, ``labels(method="GET")``, or ``labels("GET")`` with the
        values in the order of the declared ``labelnames``.

        The series is born if there is none, and exposed from then on. If it is removed, the
        next update through the child makes it again. If a subclass overrides methods, the
        child calls these.

        :param values: A dict of labels, or the label values in the order of ``labelnames``.
        :param named: The labels as keyword arguments.
        :returns: The child: ``BoundCounter`` for a counter, and so on.
        :raises ValueError: If the metric does not take these label names, or not as many
          values.
        :raises TypeError: If the labels are not a dict, or if values are given by position
          and the metric declares no labelnames.
        """
    def remove(self, *values: Any, **named: Any) -> bool:
        """Remove one series. A child of it makes it again with its next update.

        Name the labels as for ``labels``: ``remove({"method": "GET"})``,
        ``remove(method="GET")``, or ``remove("GET")`` with the values in the order of the
        declared ``labelnames``.

        :param values: A dict of labels, or the label values in the order of ``labelnames``.
        :param named: The labels as keyword arguments.
        :returns: Whether there was such a series.
        :raises ValueError: If the metric declares other label names.
        :raises TypeError: If the labels are not a dict, or if values are given by position
          and the metric declares no labelnames.
        """
    def remove_matching(self, labels: Mapping[str, Any] = ..., **named: Any) -> int:
        """Remove the series that have all of these labels, whatever others they have.

        A label that a series does not have counts as an empty one. ``{}`` matches nothing:
        ``clear`` removes all series.

        :param labels: The labels as a dict.
        :param named: The labels as keyword arguments, in the place of the dict.
        :returns: How many series were removed.
        :raises ValueError: If the metric declares its label names, and one of these is none.
        :raises TypeError: If the labels are not a dict, or if there are none.
        """
    def remove_by_labels(self, labels: Mapping[str, Any] = ..., **named: Any) -> int:
        """The same as ``remove_matching``, by its name in prometheus_client.

        :param labels: The labels as a dict.
        :param named: The labels as keyword arguments, in the place of the dict.
        :returns: How many series were removed.
        """
    def clear(self) -> None:
        """Remove all series at once."""
    def replace(self, series: Iterable[tuple[Any, Any]] | Mapping[Any, Any]) -> None:
        """Replace all series at once: a scrape sees either all of the old ones or all of the new
        ones.

        :param series: Pairs of labels and a value as ``set_value`` takes it, or a mapping.
          Values of declared labelnames can be given as a tuple, in their order.
        :raises ValueError: If labels or a value are refused. Nothing has changed then.
        :raises TypeError: If something is of the wrong type. Nothing has changed then.
        """
    def replacing(self) -> AbstractContextManager[Self, None]:
        """Return a context manager that replaces all series at once at the end of its block.

        ``with metric.replacing() as new:`` gives a metric like this one, without series. At the
        end of the block, its series are those of this metric. After an exception nothing has
        changed.
        """
    def set_value(self, labels: Any, value: Any) -> None:
        """Replace the value of one series. The series is born if there is none.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The new value, of the kind that ``get_value`` returns.
        :raises ValueError: If the labels are refused, or if the metric cannot have the value.
        :raises TypeError: If the value is of the wrong type.
        """
    def get_value(self, labels: Any = None) -> Any:
        """Return the value of one series.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :returns: A number; for a histogram the live histogram, for a summary the live
          estimator, for an info a dict, for an enum the state.
        :raises KeyError: If there is no such series.
        """
    def get(self, labels: Any = None) -> Any:
        """Return the value of one series, as a number (a summary and a histogram return a dict).

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :raises KeyError: If there is no such series.
        """
    # ``Any``, since a class may override it with an ``async def``.
    def get_all(self) -> list[tuple[dict[str, str], Any]] | Any:
        """Return all series.

        :returns: A list of pairs: the labels of a series as a dict sorted by name, and what
          ``get`` returns for them. The constant labels are not among the labels.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

class Counter(Collector):
    """A number that only goes up: requests served, bytes sent, errors.

    By convention the name of a counter ends in ``_total``.

    :param name: The name of the metric: ASCII letters, digits, ``_`` and ``:``, with no digit
      first.
    :param doc: What the metric counts or measures: the HELP text that people see.
    :param const_labels: Labels that every series of this metric has, as a dict. They are defaults:
      an update may give another value.
    :param registry: The registry that the metric registers itself in. None: the default registry.
    :param labelnames: The label names that every update must give, no more and no fewer. None: each
      update chooses its own. ``[]``: the metric has one series, without labels, which is exposed
      as 0 at once. If it is removed, it comes back with the next update. An info has none before
      it has facts. Keyword only.
    :param unit: The unit of the values, such as ``"seconds"``. The name must end in it, before the
      ``_total`` of a counter. Keyword only.
    :param max_series: How many series the metric may have, at least 1. Updates of further ones go
      to one series whose label values are ``<overflow>``; that is logged once and counted in
      ``aioprometheus_series_overflow_total``. None: what the registry
      says, which is any number if nothing is given there; ``math.inf``: any number. Keyword only.
    :param namespace: What stands before the name, and is joined to it by ``_``, such as the name of
      the application. The prefix of the registry stands before it. Keyword only.
    :param subsystem: The same, between the namespace and the name. Keyword only.
    :param initial: The value with which the series without labels is exposed from the start. None:
      it is born with its first update. A summary and a histogram take 0. Not for a metric that
      declares labelnames. Keyword only.
    :raises ValueError: If a name is malformed or reserved, if the name is registered already,
      if the unit is not the end of the name, if a text has no UTF-8 form, or if a setting is out of
      its range.
    :raises TypeError: If an argument is of the wrong type.
    """
    def labels(self, *values: Any, **named: Any) -> BoundCounter: ...
    @overload
    def set(self, labels: _Labels, value: _Number) -> None:
        """Set one series to a value that is counted elsewhere.

        ``set(value)`` sets the series without labels. For a counter that may go down, use a
        gauge.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The new value, not negative.
        :raises ValueError: If the value is negative or NaN, or if the labels are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def set(self, value: _Number, /) -> None: ...
    @overload
    def set(self, *, value: _Number) -> None: ...
    @overload
    def inc(
        self, labels: _Labels = None, value: _Number = 1, *, exemplar: _Exemplar = None
    ) -> None:
        """Add ``value``, or 1, to one series.

        ``inc(value)`` adds to the series without labels. A series is born with its first
        update.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The number to add, not negative; 1 if it is not given.
        :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
          values together have at most 128 characters. The last exemplar of a series is
          exposed with it.
        :raises ValueError: If the value is negative or NaN, or if the labels or the exemplar
          are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def inc(self, value: _Number, /, *, exemplar: _Exemplar = None) -> None: ...
    @overload
    def add(self, labels: _Labels, value: _Number, *, exemplar: _Exemplar = None) -> None:
        """Add ``value`` to one series. ``add(value)`` adds to the series without labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The number to add, not negative.
        :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
          values together have at most 128 characters. The last exemplar of a series is
          exposed with it.
        :raises ValueError: If the value is negative or NaN, or if the labels or the exemplar
          are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def add(self, value: _Number, /, *, exemplar: _Exemplar = None) -> None: ...
    @overload
    def add(self, *, value: _Number, exemplar: _Exemplar = None) -> None: ...
    def get(self, labels: Any = None) -> int | float: ...
    @overload
    def set_function(
        self, labels: _Labels, function: Callable[[], _Number | Awaitable[_Number]] | None
    ) -> None:
        """Have a function give the value of one series at each scrape.

        ``set_function(function)`` is for the series without labels. The function
        returns a number that only goes up, such as one that another library counts.

        ``render_async``, and with it every handler, calls a plain function on a thread of its own
        and awaits an ``async def`` on the event loop. If it raises, takes longer than its time
        limit, or returns what the metric cannot have, the metric is left out of that exposition.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param function: A function without arguments, or None: none is called any more, and the
          series keeps its value.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If it is not a function.
        """
    @overload
    def set_function(
        self, function: Callable[[], _Number | Awaitable[_Number]] | None, /
    ) -> None: ...
    def count_exceptions(
        self,
        types: _Exceptions = ...,
        *,
        labels: _TimerLabels = None,
        exclude: _Exceptions = (),
    ) -> ExceptionCounter:
        """Count the blocks or calls that raise: ``with counter.count_exceptions():``, and
        ``async with``, or ``@counter.count_exceptions()`` over a callable of any kind.

        What is raised goes on to the caller.

        :param types: The class of the exceptions that count, or a tuple of them. ``Exception``,
          the default, does not count cancellation, KeyboardInterrupt and SystemExit.
        :param labels: The labels of the series: a dict, which is read when an exception counts,
          or a function that returns one, as for ``time`` of a histogram.
        :param exclude: The class of the exceptions among them that do not count, or a tuple.
        :returns: The context manager and decorator.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If ``types`` or ``exclude`` are not classes of exceptions, or if the
          labels are not a dict.
        """

class Gauge(Collector):
    """A number that goes up and down: requests in progress, the length of a queue, a
    temperature.

    :param name: The name of the metric: ASCII letters, digits, ``_`` and ``:``, with no digit
      first.
    :param doc: What the metric counts or measures: the HELP text that people see.
    :param const_labels: Labels that every series of this metric has, as a dict. They are defaults:
      an update may give another value.
    :param registry: The registry that the metric registers itself in. None: the default registry.
    :param labelnames: The label names that every update must give, no more and no fewer. None: each
      update chooses its own. ``[]``: the metric has one series, without labels, which is exposed
      as 0 at once. If it is removed, it comes back with the next update. An info has none before
      it has facts. Keyword only.
    :param unit: The unit of the values, such as ``"seconds"``. The name must end in it, before the
      ``_total`` of a counter. Keyword only.
    :param max_series: How many series the metric may have, at least 1. Updates of further ones go
      to one series whose label values are ``<overflow>``; that is logged once and counted in
      ``aioprometheus_series_overflow_total``. None: what the registry
      says, which is any number if nothing is given there; ``math.inf``: any number. Keyword only.
    :param namespace: What stands before the name, and is joined to it by ``_``, such as the name of
      the application. The prefix of the registry stands before it. Keyword only.
    :param subsystem: The same, between the namespace and the name. Keyword only.
    :param initial: The value with which the series without labels is exposed from the start. None:
      it is born with its first update. A summary and a histogram take 0. Not for a metric that
      declares labelnames. Keyword only.
    :raises ValueError: If a name is malformed or reserved, if the name is registered already,
      if the unit is not the end of the name, if a text has no UTF-8 form, or if a setting is out of
      its range.
    :raises TypeError: If an argument is of the wrong type.
    """
    def labels(self, *values: Any, **named: Any) -> BoundGauge: ...
    @overload
    def set(self, labels: _Labels, value: _Number) -> None:
        """Set one series to ``value``. ``set(value)`` sets the series without labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The new value.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def set(self, value: _Number, /) -> None: ...
    @overload
    def set(self, *, value: _Number) -> None: ...
    def set_to_current_time(self, labels: _Labels = None) -> None:
        """Set one series to the current time, in seconds since 1970 (UTC).

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :raises ValueError: If the labels are refused.
        """
    @overload
    def inc(self, labels: _Labels = None, value: _Number = 1) -> None:
        """Add ``value``, or 1, to one series. ``inc(value)`` adds to the series without labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The number to add; 1 if it is not given.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def inc(self, value: _Number, /) -> None: ...
    @overload
    def dec(self, labels: _Labels = None, value: _Number = 1) -> None:
        """Subtract ``value``, or 1, from one series. ``dec(value)`` subtracts from the series
        without labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The number to subtract; 1 if it is not given.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def dec(self, value: _Number, /) -> None: ...
    @overload
    def add(self, labels: _Labels, value: _Number) -> None:
        """Add ``value`` to one series. ``add(value)`` adds to the series without labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The number to add, which may be negative.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def add(self, value: _Number, /) -> None: ...
    @overload
    def add(self, *, value: _Number) -> None: ...
    @overload
    def sub(self, labels: _Labels, value: _Number) -> None:
        """Subtract ``value`` from one series. ``sub(value)`` subtracts from the series without
        labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The number to subtract.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def sub(self, value: _Number, /) -> None: ...
    @overload
    def sub(self, *, value: _Number) -> None: ...
    def get(self, labels: Any = None) -> int | float: ...
    @overload
    def set_function(
        self, labels: _Labels, function: Callable[[], _Number | Awaitable[_Number]] | None
    ) -> None:
        """Have a function give the value of one series at each scrape.

        ``set_function(function)`` is for the series without labels. The function
        returns a number, such as the length of a queue.

        ``render_async``, and with it every handler, calls a plain function on a thread of its own
        and awaits an ``async def`` on the event loop. If it raises, takes longer than its time
        limit, or returns what the metric cannot have, the metric is left out of that exposition.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param function: A function without arguments, or None: none is called any more, and the
          series keeps its value.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If it is not a function.
        """
    @overload
    def set_function(
        self, function: Callable[[], _Number | Awaitable[_Number]] | None, /
    ) -> None: ...
    def time(
        self,
        labels: _TimerLabels = None,
        *,
        errors: Literal["observe", "skip"] = "observe",
        error_label: str | None = None,
    ) -> Timer:
        """Time a block or calls: ``with metric.time({"method": "GET"}):``, and ``async with``, or
        ``@metric.time({"method": "GET"})`` over a callable of any kind. The gauge is set to the
        seconds of the last one.

        :param labels: The labels of the series: a dict, which is read at the end, or a function
          that returns one. The function is called at the end with one argument, a
          ``aioprometheus.timing.Call``, which has the arguments, the result and the error.
          ``with metric.time() as timer`` can set labels inside: ``timer.labels["status"] = "200"``.
        :param errors: What becomes of a block or call that raises: ``"observe"`` or ``"skip"``.
        :param error_label: A label that has the name of the class of what was raised, and ``""``
          if nothing was.
        :returns: The timer. Its ``seconds`` can be read inside and afterwards.
        :raises ValueError: If ``errors`` is something else. The labels are checked when a callable
          is decorated, and at the end of a block.
        :raises TypeError: If the labels are not a dict.
        """
    def track_inprogress(self, labels: _Labels = None) -> InProgress:
        """Count the blocks or calls that are in progress: ``with gauge.track_inprogress():``, and
        ``async with``, or ``@gauge.track_inprogress()`` over a callable of any kind.

        The gauge goes up by 1 when a block or call begins. The same series goes down by 1 when it
        ends, is cancelled, or is abandoned.

        :param labels: The labels of the series. The dict is read when a block or call begins.
        :returns: The context manager and decorator.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If the labels are not a dict.
        """

class Summary(Collector):
    """Count, sum and quantiles of observations, such as latencies or sizes.

    Exposes ``<name>{quantile="<phi>"}`` for each quantile, ``<name>_count`` and
    ``<name>_sum``. The quantiles are those of all observations since the series was born.
    Quantiles of several processes cannot be combined; buckets of a histogram can.

    A quantile is a value that was observed: among the n sorted observations, its rank differs
    from ``phi * n``, rounded up, by at most ``epsilon * n``. NaN counts in the count and in
    the sum, and has no rank.

    :param name: The name of the metric: ASCII letters, digits, ``_`` and ``:``, with no digit
      first.
    :param doc: What the metric counts or measures: the HELP text that people see.
    :param const_labels: Labels that every series of this metric has, as a dict. They are defaults:
      an update may give another value.
    :param registry: The registry that the metric registers itself in. None: the default registry.
    :param labelnames: The label names that every update must give, no more and no fewer. None: each
      update chooses its own. ``[]``: the metric has one series, without labels, which is exposed
      as 0 at once. If it is removed, it comes back with the next update. An info has none before
      it has facts. Keyword only.
    :param unit: The unit of the values, such as ``"seconds"``. The name must end in it, before the
      ``_total`` of a counter. Keyword only.
    :param max_series: How many series the metric may have, at least 1. Updates of further ones go
      to one series whose label values are ``<overflow>``; that is logged once and counted in
      ``aioprometheus_series_overflow_total``. None: what the registry
      says, which is any number if nothing is given there; ``math.inf``: any number. Keyword only.
    :param namespace: What stands before the name, and is joined to it by ``_``, such as the name of
      the application. The prefix of the registry stands before it. Keyword only.
    :param subsystem: The same, between the namespace and the name. Keyword only.
    :param initial: The value with which the series without labels is exposed from the start. None:
      it is born with its first update. A summary and a histogram take 0. Not for a metric that
      declares labelnames. Keyword only.
    :param invariants: The quantiles as pairs ``(phi, epsilon)``.
    :param quantiles: The quantiles as a dict ``{phi: epsilon}``: phi in [0, 1], the allowed
      error of the rank epsilon in [0, 1), at least one of them. Keyword only; instead of
      ``invariants``. Without either, they are ``{0.5: 0.05, 0.9: 0.01, 0.99: 0.001}``.
    :raises ValueError: If a name is malformed or reserved, if the name is registered already,
      if the unit is not the end of the name, if a text has no UTF-8 form, or if a setting is out of
      its range.
    :raises TypeError: If an argument is of the wrong type.
    """

    REPR_STR: ClassVar[str]
    """The kind as text."""
    DEFAULT_INVARIANTS: ClassVar[Sequence[tuple[float, float]]]
    """The quantiles of a summary that is given none, as pairs of phi and epsilon."""
    SUM_KEY: ClassVar[str]
    """The key of the sum in what ``get`` returns."""
    COUNT_KEY: ClassVar[str]
    """The key of the count in what ``get`` returns."""
    @property
    def invariants(self) -> Sequence[tuple[float, float]]:
        """The quantiles as pairs of phi and epsilon. Can be set until the first series is born."""
    @invariants.setter
    def invariants(self, invariants: Iterable[tuple[float, float]]) -> None: ...
    @overload
    def __init__(
        self,
        name: str,
        doc: str,
        const_labels: _Labels = None,
        registry: Registry | None = None,
        *,
        quantiles: Mapping[float, float] | None = None,
        labelnames: Iterable[str] | None = None,
        unit: str | None = None,
        max_series: float | None = None,
        namespace: str | None = None,
        subsystem: str | None = None,
        initial: _Number | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        name: str,
        doc: str,
        const_labels: _Labels = None,
        registry: Registry | None = None,
        invariants: Iterable[tuple[float, float]] | None = ...,
        *,
        labelnames: Iterable[str] | None = None,
        unit: str | None = None,
        max_series: float | None = None,
        namespace: str | None = None,
        subsystem: str | None = None,
        initial: _Number | None = None,
    ) -> None: ...
    def labels(self, *values: Any, **named: Any) -> BoundSummary: ...
    @overload
    def add(self, labels: _Labels, value: _Number) -> None:
        """Observe one value; the same as ``observe``.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The observed value.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def add(self, value: _Number, /) -> None: ...
    @overload
    def add(self, *, value: _Number) -> None: ...
    @overload
    def observe(self, labels: _Labels, value: _Number, *, count: int = 1) -> None:
        """Observe one value. ``observe(value)`` is for the series without labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The observed value, in the unit of the metric: seconds for a latency.
        :param count: How often the value was observed; 0 changes nothing. Keyword only.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def observe(self, value: _Number, /, *, count: int = 1) -> None: ...
    @overload
    def observe(self, *, value: _Number, count: int = 1) -> None: ...
    @overload
    def observe_many(self, labels: _Labels, values: Buffer | Iterable[_Number]) -> None:
        """Observe many values: the same as ``observe`` for one after the other.

        :param labels: The labels of the series. None or ``{}`` is the series without labels; so
          it is if they are left out.
        :param values: A buffer of numbers, such as an array of NumPy or of the module ``array``,
          which is not copied, or an iterable. Arrays of several dimensions are read in the
          order of C.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If a value is not a number. Nothing was observed then.
        """
    @overload
    def observe_many(self, values: Buffer | Iterable[_Number], /) -> None: ...
    @overload
    def observe_many(self, *, values: Buffer | Iterable[_Number]) -> None: ...
    def get(self, labels: Any = None) -> dict[float | str, int | float]:
        """Return the quantiles, the count and the sum of one series.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :returns: An ordered dict: the value of each quantile by its phi, then ``"count"`` and
          ``"sum"``.
        :raises KeyError: If there is no such series.
        """
    def time(
        self,
        labels: _TimerLabels = None,
        *,
        errors: Literal["observe", "skip"] = "observe",
        error_label: str | None = None,
    ) -> Timer:
        """Time a block or calls: ``with metric.time({"method": "GET"}):``, and ``async with``, or
        ``@metric.time({"method": "GET"})`` over a callable of any kind.

        :param labels: The labels of the series: a dict, which is read at the end, or a function
          that returns one. The function is called at the end with one argument, a
          ``aioprometheus.timing.Call``, which has the arguments, the result and the error.
          ``with metric.time() as timer`` can set labels inside: ``timer.labels["status"] = "200"``.
        :param errors: What becomes of a block or call that raises: ``"observe"`` or ``"skip"``.
        :param error_label: A label that has the name of the class of what was raised, and ``""``
          if nothing was.
        :returns: The timer. Its ``seconds`` can be read inside and afterwards.
        :raises ValueError: If ``errors`` is something else. The labels are checked when a callable
          is decorated, and at the end of a block.
        :raises TypeError: If the labels are not a dict.
        """

class Histogram(Collector):
    """Count, sum and buckets of observations, such as latencies or sizes.

    Exposes ``<name>_bucket{le="<upper bound>"}`` for each bucket, ``<name>_count`` and
    ``<name>_sum``. A bucket counts all observations up to its bound, the bound included. NaN
    counts in the count, in the sum and in the bucket +Inf.

    A *native* histogram needs no bounds: it makes its buckets where values fall, each a
    constant factor wider than the one before. Native buckets are sent as protocol buffers
    only, to servers that ask for these. All others get the classic buckets that stand beside
    them.

    :param name: The name of the metric: ASCII letters, digits, ``_`` and ``:``, with no digit
      first.
    :param doc: What the metric counts or measures: the HELP text that people see.
    :param const_labels: Labels that every series of this metric has, as a dict. They are defaults:
      an update may give another value.
    :param registry: The registry that the metric registers itself in. None: the default registry.
    :param labelnames: The label names that every update must give, no more and no fewer. None: each
      update chooses its own. ``[]``: the metric has one series, without labels, which is exposed
      as 0 at once. If it is removed, it comes back with the next update. An info has none before
      it has facts. Keyword only.
    :param unit: The unit of the values, such as ``"seconds"``. The name must end in it, before the
      ``_total`` of a counter. Keyword only.
    :param max_series: How many series the metric may have, at least 1. Updates of further ones go
      to one series whose label values are ``<overflow>``; that is logged once and counted in
      ``aioprometheus_series_overflow_total``. None: what the registry
      says, which is any number if nothing is given there; ``math.inf``: any number. Keyword only.
    :param namespace: What stands before the name, and is joined to it by ``_``, such as the name of
      the application. The prefix of the registry stands before it. Keyword only.
    :param subsystem: The same, between the namespace and the name. Keyword only.
    :param initial: The value with which the series without labels is exposed from the start. None:
      it is born with its first update. A summary and a histogram take 0. Not for a metric that
      declares labelnames. Keyword only.
    :param buckets: The upper bounds, ascending. +Inf is added if it is missing, and equal
      bounds are merged. ``[]`` leaves a native histogram without classic buckets.
    :param native: Whether the histogram has native buckets. None: if ``native_factor`` is
      given.
    :param native_factor: How much wider, at most, each native bucket is than the one before;
      more than 1. 1.1 if it is not given.
    :param max_buckets: How many native buckets a series may have; 0 sets no limit. Beyond it,
      each observation takes one step to have fewer: it resets the series, widens the zero
      bucket, or halves the resolution.
    :param min_reset_duration: How old a series must be before it is reset, in seconds or as a
      ``timedelta``. 0 means never.
    :param zero_threshold: Values up to this distance from 0 count in the zero bucket.
    :param max_zero_threshold: How far the zero bucket may be widened.
    :raises ValueError: If a name is malformed or reserved, if the name is registered already,
      if the unit is not the end of the name, if a text has no UTF-8 form, or if a setting is out of
      its range.
    :raises TypeError: If an argument is of the wrong type.
    """

    REPR_STR: ClassVar[str]
    """The kind as text."""
    DEFAULT_BUCKETS: ClassVar[Sequence[float]]
    """The bounds of a histogram that is given none: 5 ms to 10 s, in seconds, and +Inf."""
    SUM_KEY: ClassVar[str]
    """The key of the sum in what ``get`` returns."""
    COUNT_KEY: ClassVar[str]
    """The key of the count in what ``get`` returns."""
    @property
    def upper_bounds(self) -> Sequence[float]:
        """The upper bounds, as they were given. Can be set until the first series is born."""
    @upper_bounds.setter
    def upper_bounds(self, bounds: Iterable[float]) -> None: ...
    @overload
    def __init__(
        self,
        name: str,
        doc: str,
        const_labels: _Labels = None,
        registry: Registry | None = None,
        buckets: Iterable[float] | None = ...,
        *,
        labelnames: Iterable[str] | None = None,
        unit: str | None = None,
        max_series: float | None = None,
        namespace: str | None = None,
        subsystem: str | None = None,
        initial: _Number | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        name: str,
        doc: str,
        const_labels: _Labels = None,
        registry: Registry | None = None,
        buckets: Iterable[float] | None = ...,
        *,
        labelnames: Iterable[str] | None = None,
        unit: str | None = None,
        max_series: float | None = None,
        namespace: str | None = None,
        subsystem: str | None = None,
        initial: _Number | None = None,
        native: bool | None = None,
        native_factor: float | None = None,
        max_buckets: int = 160,
        min_reset_duration: float | timedelta = 0,
        zero_threshold: float = ...,
        max_zero_threshold: float = 0,
    ) -> None: ...
    def labels(self, *values: Any, **named: Any) -> BoundHistogram: ...
    @overload
    def add(self, labels: _Labels, value: _Number, *, exemplar: _Exemplar = None) -> None:
        """Observe one value; the same as ``observe``.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The observed value.
        :param exemplar: The labels of an exemplar, as for ``observe``.
        :raises ValueError: If the labels or the exemplar are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def add(self, value: _Number, /, *, exemplar: _Exemplar = None) -> None: ...
    @overload
    def add(self, *, value: _Number, exemplar: _Exemplar = None) -> None: ...
    @overload
    def observe(
        self, labels: _Labels, value: _Number, *, exemplar: _Exemplar = None, count: int = 1
    ) -> None:
        """Observe one value. ``observe(value)`` is for the series without labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The observed value, in the unit of the metric: seconds for a latency.
        :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
          values together have at most 128 characters. The last exemplar of each bucket is
          exposed with it.
        :param count: How often the value was observed; 0 changes nothing. Keyword only.
        :raises ValueError: If the labels or the exemplar are refused.
        :raises TypeError: If the value is not a number.
        """
    @overload
    def observe(self, value: _Number, /, *, exemplar: _Exemplar = None, count: int = 1) -> None: ...
    @overload
    def observe(self, *, value: _Number, exemplar: _Exemplar = None, count: int = 1) -> None: ...
    @overload
    def observe_many(self, labels: _Labels, values: Buffer | Iterable[_Number]) -> None:
        """Observe many values: the same as ``observe`` for one after the other.

        :param labels: The labels of the series. None or ``{}`` is the series without labels; so
          it is if they are left out.
        :param values: A buffer of numbers, such as an array of NumPy or of the module ``array``,
          which is not copied, or an iterable. Arrays of several dimensions are read in the
          order of C.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If a value is not a number. Nothing was observed then.
        """
    @overload
    def observe_many(self, values: Buffer | Iterable[_Number], /) -> None: ...
    @overload
    def observe_many(self, *, values: Buffer | Iterable[_Number]) -> None: ...
    def get(self, labels: Any = None) -> dict[float | str, int | float]:
        """Return the buckets, the count and the sum of one series.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :returns: An ordered dict: the cumulative count of each bucket by its upper bound,
          then ``"count"`` and ``"sum"``. They are those of one moment.
        :raises KeyError: If there is no such series.
        """
    def time(
        self,
        labels: _TimerLabels = None,
        *,
        errors: Literal["observe", "skip"] = "observe",
        error_label: str | None = None,
    ) -> Timer:
        """Time a block or calls: ``with metric.time({"method": "GET"}):``, and ``async with``, or
        ``@metric.time({"method": "GET"})`` over a callable of any kind.

        :param labels: The labels of the series: a dict, which is read at the end, or a function
          that returns one. The function is called at the end with one argument, a
          ``aioprometheus.timing.Call``, which has the arguments, the result and the error.
          ``with metric.time() as timer`` can set labels inside: ``timer.labels["status"] = "200"``.
        :param errors: What becomes of a block or call that raises: ``"observe"`` or ``"skip"``.
        :param error_label: A label that has the name of the class of what was raised, and ``""``
          if nothing was.
        :returns: The timer. Its ``seconds`` can be read inside and afterwards.
        :raises ValueError: If ``errors`` is something else. The labels are checked when a callable
          is decorated, and at the end of a block.
        :raises TypeError: If the labels are not a dict.
        """

class Info(Collector):
    """Facts that are text: the version of a service, where it was built.

    Exposes ``<name>_info{<label>="...",<fact>="..."} 1.0``. A name that ends in ``_info``
    already is taken as it is. In the text format, it is a gauge. An info has no unit.

    :param name: The name of the metric: ASCII letters, digits, ``_`` and ``:``, with no digit
      first.
    :param doc: What the metric counts or measures: the HELP text that people see.
    :param const_labels: Labels that every series of this metric has, as a dict. They are defaults:
      an update may give another value.
    :param registry: The registry that the metric registers itself in. None: the default registry.
    :param labelnames: The label names that every update must give, no more and no fewer. None: each
      update chooses its own. ``[]``: the metric has one series, without labels, which is exposed
      as 0 at once. If it is removed, it comes back with the next update. An info has none before
      it has facts. Keyword only.
    :param unit: The unit of the values, such as ``"seconds"``. The name must end in it, before the
      ``_total`` of a counter. Keyword only.
    :param max_series: How many series the metric may have, at least 1. Updates of further ones go
      to one series whose label values are ``<overflow>``; that is logged once and counted in
      ``aioprometheus_series_overflow_total``. None: what the registry
      says, which is any number if nothing is given there; ``math.inf``: any number. Keyword only.
    :param namespace: What stands before the name, and is joined to it by ``_``, such as the name of
      the application. The prefix of the registry stands before it. Keyword only.
    :param subsystem: The same, between the namespace and the name. Keyword only.
    :param initial: The value with which the series without labels is exposed from the start. None:
      it is born with its first update. A summary and a histogram take 0. Not for a metric that
      declares labelnames. Keyword only.
    :raises ValueError: If a name is malformed or reserved, if the name is registered already,
      if the unit is not the end of the name, if a text has no UTF-8 form, or if a setting is out of
      its range.
    :raises TypeError: If an argument is of the wrong type.
    """
    def __init__(
        self,
        name: str,
        doc: str,
        const_labels: _Labels = None,
        registry: Registry | None = None,
        *,
        labelnames: Iterable[str] | None = None,
        unit: str | None = None,
        max_series: float | None = None,
        namespace: str | None = None,
        subsystem: str | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None: ...
    def labels(self, *values: Any, **named: Any) -> BoundInfo: ...
    @overload
    def info(self, labels: _Labels, value: Mapping[str, Any]) -> None:
        """Replace the facts of one series. ``info(facts)`` is for the series without labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The facts: a dict of names and values.
        :raises ValueError: If the labels are refused, if a fact has the name of a label, or if
          labels and facts add up to those of another series.
        :raises TypeError: If the facts are not a dict.
        """
    @overload
    def info(self, value: Mapping[str, Any], /) -> None: ...
    @overload
    def info(self, *, value: Mapping[str, Any]) -> None: ...
    def get(self, labels: Any = None) -> dict[str, str]: ...
    @overload
    def set_function(
        self,
        labels: _Labels,
        function: Callable[[], Mapping[str, Any] | Awaitable[Mapping[str, Any]]] | None,
    ) -> None:
        """Have a function give the value of one series at each scrape.

        ``set_function(function)`` is for the series without labels. The function
        returns the facts as a dict.

        ``render_async``, and with it every handler, calls a plain function on a thread of its own
        and awaits an ``async def`` on the event loop. If it raises, takes longer than its time
        limit, or returns what the metric cannot have, the metric is left out of that exposition.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param function: A function without arguments, or None: none is called any more, and the
          series keeps its value.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If it is not a function.
        """
    @overload
    def set_function(
        self, function: Callable[[], Mapping[str, Any] | Awaitable[Mapping[str, Any]]] | None, /
    ) -> None: ...

class Enum(Collector):
    """Which one of several states something is in: starting, running, stopped.

    Exposes ``<name>{<label>="<state>"}`` for each state: 1.0 for the current one and 0.0 for
    the others. In the text format, it is a gauge. A series is born in the first state. An
    enum has no unit.

    :param name: The name of the metric: ASCII letters, digits, ``_`` and ``:``, with no digit
      first.
    :param doc: What the metric counts or measures: the HELP text that people see.
    :param const_labels: Labels that every series of this metric has, as a dict. They are defaults:
      an update may give another value.
    :param registry: The registry that the metric registers itself in. None: the default registry.
    :param labelnames: The label names that every update must give, no more and no fewer. None: each
      update chooses its own. ``[]``: the metric has one series, without labels, which is exposed
      as 0 at once. If it is removed, it comes back with the next update. An info has none before
      it has facts. Keyword only.
    :param unit: The unit of the values, such as ``"seconds"``. The name must end in it, before the
      ``_total`` of a counter. Keyword only.
    :param max_series: How many series the metric may have, at least 1. Updates of further ones go
      to one series whose label values are ``<overflow>``; that is logged once and counted in
      ``aioprometheus_series_overflow_total``. None: what the registry
      says, which is any number if nothing is given there; ``math.inf``: any number. Keyword only.
    :param namespace: What stands before the name, and is joined to it by ``_``, such as the name of
      the application. The prefix of the registry stands before it. Keyword only.
    :param subsystem: The same, between the namespace and the name. Keyword only.
    :param initial: The value with which the series without labels is exposed from the start. None:
      it is born with its first update. A summary and a histogram take 0. Not for a metric that
      declares labelnames. Keyword only.
    :param states: The names of the states, at least one, each once. Members of an
      ``enum.Enum`` stand for their values. Keyword only.
    :param label: The name of the label that holds the state. None: that of the metric. With
      another name, OpenMetrics gets a gauge, because its state sets cannot have one. Keyword only.
    :raises ValueError: If a name is malformed or reserved, if the name is registered already,
      if the unit is not the end of the name, if a text has no UTF-8 form, or if a setting is out of
      its range.
    :raises TypeError: If an argument is of the wrong type.
    """
    @property
    def states(self) -> tuple[str, ...]:
        """The names of the states, as a tuple."""
    def __init__(
        self,
        name: str,
        doc: str,
        const_labels: _Labels = None,
        registry: Registry | None = None,
        *,
        states: Iterable[Any],
        labelnames: Iterable[str] | None = None,
        unit: str | None = None,
        max_series: float | None = None,
        namespace: str | None = None,
        subsystem: str | None = None,
        initial: Any = None,
        label: str | None = None,
    ) -> None: ...
    @property
    def label(self) -> str:
        """The name of the label that holds the state."""
    def labels(self, *values: Any, **named: Any) -> BoundEnum: ...
    @overload
    def state(self, labels: _Labels, value: Any) -> None:
        """Change the state of one series. ``state(value)`` is for the series without labels.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param value: The new state: one of ``states``.
        :raises ValueError: If there is no such state, or if the labels are refused.
        """
    @overload
    def state(self, value: Any, /) -> None: ...
    @overload
    def state(self, *, value: Any) -> None: ...
    def get(self, labels: Any = None) -> str: ...
    @overload
    def set_function(self, labels: _Labels, function: Callable[[], Any] | None) -> None:
        """Have a function give the value of one series at each scrape.

        ``set_function(function)`` is for the series without labels. The function
        returns one of ``states``.

        ``render_async``, and with it every handler, calls a plain function on a thread of its own
        and awaits an ``async def`` on the event loop. If it raises, takes longer than its time
        limit, or returns what the metric cannot have, the metric is left out of that exposition.

        :param labels: The labels of the series. None or ``{}`` is the series without labels.
        :param function: A function without arguments, or None: none is called any more, and the
          series keeps its value.
        :raises ValueError: If the labels are refused.
        :raises TypeError: If it is not a function.
        """
    @overload
    def set_function(self, function: Callable[[], Any] | None, /) -> None: ...

@final
class Collectors(MutableMapping[str, Collector]):
    """The metrics of a registry by name, in the order of their registration.

    It is a live mapping with the methods of a dict: what is put into it is exposed at the next
    scrape. Its keys are str. Unlike ``registry.register(metric)``, ``collectors[name] = metric``
    checks nothing. ``keys()``, ``values()``, ``items()`` and iteration show the metrics of their
    moment, so that others can be added and removed meanwhile.
    """
    def __len__(self) -> int: ...
    def __contains__(self, name: object, /) -> bool: ...
    def __getitem__(self, name: str, /) -> Collector: ...
    def __setitem__(self, name: str, metric: Collector, /) -> None: ...
    def __delitem__(self, name: str, /) -> None: ...
    def __iter__(self) -> Iterator[str]: ...
    def __reversed__(self) -> Iterator[str]: ...
    def __or__(self, other: Any, /) -> dict[str, Any]: ...
    def __ror__(self, other: Any, /) -> dict[str, Any]: ...
    def __ior__(self, other: Any, /) -> Self: ...
    def __copy__(self) -> dict[str, Collector]: ...
    @overload
    def get(self, name: str, default: None = None, /) -> Collector | None:
        """Return the metric of a name, or ``default``.

        :param name: The name.
        :param default: What is returned if there is none.
        """
    @overload
    def get(self, name: str, default: _Default, /) -> Collector | _Default: ...
    def pop(self, name: str, /, *default: Any) -> Any:
        """Remove the metric of a name and return it.

        :param name: The name.
        :param default: What is returned if there is none.
        :raises KeyError: If there is none, and no default.
        """
    def setdefault(self, name: str, default: Any = None, /) -> Any:
        """Return the metric of a name, which becomes ``default`` if there is none.

        :param name: The name.
        :param default: The metric to put there.
        """
    def copy(self) -> dict[str, Collector]:
        """Return a dict of the metrics."""

@disjoint_base
class Registry:
    """A set of metrics that are exposed together.

    ``len(registry)`` is the number of its metrics, ``name in registry`` is true for the name
    of one of them, and iteration yields the metrics. An empty registry is true, too.

    The prefix and the constant labels are given to metrics that are made in the registry:
    ``Counter(..., registry=registry)``. A metric that is made elsewhere and registered here
    stays as it is. All parameters are keyword only.

    :param prefix: What the names of these metrics begin with, as it is given: ``"app_"``. None:
      nothing.
    :param const_labels: Labels that every series of these metrics has, as a dict. Those of a
      metric win over them.
    :param max_series: How many series each of these metrics may have, unless it has a
      ``max_series`` of its own. None: any number.
    :param on_duplicate: What happens when a metric is made and one of its name is there.
      ``"error"``: a ValueError. ``"reuse"``: the one that is there is returned if it is
      identical: of the same class, with the same doc, labels, unit and settings. If it is not,
      a ValueError says what differs.
    :param target_info: Labels of the sample ``target_info``, which describes the process itself.
      Neither the prefix nor the constant labels are given to it.
    :raises ValueError: If no name of a metric can begin with the prefix, if a label is refused,
      or if ``on_duplicate`` is another word.
    :raises TypeError: If an argument is of the wrong type.
    """

    @property
    def collectors(self) -> Collectors:
        """The metrics by name: a live mapping, which can be written to.

        A dict that is assigned is copied.
        """
    @collectors.setter
    def collectors(self, collectors: Collectors | dict[str, Collector]) -> None: ...
    prefix: str
    """What the names of metrics begin with that are made in this registry.

    It can be set. On an object of a derived class, assignment makes an attribute of its own, as it
    did with 23.12.0, and changes no setting; so with ``const_labels``.
    """
    const_labels: dict[str, str]
    """The labels of all series of the metrics that are made in this registry. They can be set."""
    max_series: int | None
    """How many series each metric may have that is made in this registry, and has no limit of its
    own. It can be set; None is any number.
    """
    on_duplicate: Literal["error", "reuse"]
    """What happens when a metric is made and one of its name is there.

    It can be set: ``aioprometheus.REGISTRY.on_duplicate = "reuse"``.
    """
    def __init__(
        self,
        *,
        prefix: str | None = None,
        const_labels: _Labels = None,
        max_series: float | None = None,
        on_duplicate: Literal["error", "reuse"] = "error",
        target_info: _Labels = None,
    ) -> None: ...
    def register(
        self, collector: Collector | SupportsCollect, *, timeout: float | None = None
    ) -> None:
        """Add a metric, or a collector.

        A metric may be in several registries, which then share its series. A collector is an
        object whose method ``collect()`` returns or yields families at each scrape: those of this
        package, such as ``GaugeFamily``, those of ``prometheus_client``, or metrics. The method
        may be an ``async def``, or an async generator. It is not called before the first scrape.

        :param collector: The metric or collector.
        :param timeout: How long a scrape by ``render_async`` waits for a collector, for the
          functions of a metric or for its ``async def get_all``, in seconds. None is 5 seconds,
          or less if the scraper gives up sooner. Then it is left out of the exposition.
        :raises TypeError: If it is neither a :class:`Collector` nor has a method ``collect``, or
          if the timeout is not a number.
        :raises ValueError: If the name is registered already, or if a metric that is there
          exposes samples of the same name; if this collector is registered already; or if the
          timeout is not positive.
        """
    @overload
    def before_scrape(self, function: _Function, *, timeout: float | None = None) -> _Function:
        """Have a function called before each scrape, for many metrics that are refreshed at once.

        ``render_async``, and with it every handler, calls a plain function on a thread of its own
        and awaits an ``async def``. If it raises or takes longer than its time limit, the metrics
        are exposed as they are, and the failure is counted.

        :param function: A function without arguments. Without it, a decorator is returned:
          ``@registry.before_scrape(timeout=1)``.
        :param timeout: How long a scrape by ``render_async`` waits, in seconds: 5 for None, and at
          most half of the time that the scraper waits.
        :returns: The function, so that this is a decorator too.
        :raises TypeError: If it is not a function, or if the timeout is not a number.
        :raises ValueError: If this function is called before each scrape already, or if the
          timeout is not positive.
        """
    @overload
    def before_scrape(
        self, function: None = None, *, timeout: float | None = None
    ) -> Callable[[_Function], _Function]: ...
    def snapshot(self) -> Snapshot:
        """Return a copy of all samples at this moment.

        What a scrape asks users' code for is asked on the calling thread, as ``render`` does.

        :returns: An ``aioprometheus.Snapshot``; its ``diff(later)`` is what has changed until a
          later one.
        """
    def snapshot_async(self) -> Coroutine[Any, Any, Snapshot]:
        """Return a copy of all samples, where collectors or functions are ``async def``.

        They are asked as ``render_async`` does: all at a time, with time limits.

        :returns: A coroutine, which returns an ``aioprometheus.Snapshot``.
        """
    def get_sample_value(self, name: str, labels: _Labels = None) -> float | None:
        """Return the value of one sample, as a scrape in the text format would show it.

        :param name: The name of the sample, such as ``latency_seconds_count``.
        :param labels: All its labels, the constant ones too. Their values are compared as text.
        :returns: The value; None if there is no such sample.
        :raises TypeError: If the labels are not a dict.
        """
    def restricted(self, names: Collection[str]) -> Registry:
        """Return the part of this registry that has certain names, also what comes later.

        It can be rendered and served like a registry.

        :param names: The names of metrics and of families of collectors, or of their samples.
        :raises TypeError: If the names are not a collection of str.
        """
    def deregister(self, name: str) -> None:
        """Remove a metric: it is not exposed any more.

        :param name: The name of the metric.
        :raises KeyError: If there is none of that name.
        """
    def unregister(self, collector: Any) -> None:
        """Remove a metric, a collector, or a function that is called before each scrape.

        :param collector: The object itself, as it was registered.
        :raises KeyError: If it is not registered here.
        """
    def set_target_info(self, labels: _Labels) -> None:
        """Set what the registry says of the process itself: labels of the sample
        ``target_info``.

        :param labels: The labels, as a dict. None or ``{}``: there is no ``target_info``.
        :raises ValueError: If a label is refused, or if another metric is called so.
        :raises TypeError: If the labels are not a dict.
        """
    def get_target_info(self) -> dict[str, str] | None:
        """Return the labels of the sample ``target_info``.

        :returns: A dict, or None if there is no such sample.
        """
    def get(self, name: str) -> Collector:
        """Return one metric.

        :param name: The name of the metric.
        :raises KeyError: If there is none of that name.
        """
    def get_all(self) -> list[Collector]:
        """Return a list of all metrics, in the order of their registration."""
    def collect(self) -> Iterator[Collector]:
        """Return an iterator over all metrics, in the order of their registration."""
    def clear(self) -> None:
        """Remove all metrics, all collectors, and what is called before each scrape."""
    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __contains__(self, item: object, /) -> bool: ...
    def __iter__(self) -> Iterator[Collector]: ...

class Child:
    """What the children of all kinds have in common."""
    def remove(self) -> bool:
        """Remove this series. The next update through the child makes it again.

        :returns: Whether there was such a series.
        """

@final
class BoundCounter(Child):
    """One series of a counter: a child, as :meth:`Collector.labels` returns it."""
    def inc(self, value: _Number = 1, *, exemplar: _Exemplar = None) -> None:
        """Add ``value``, or 1.

        :param value: The number to add, not negative; 1 if it is not given.
        :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
          values together have at most 128 characters. The last exemplar of a series is
          exposed with it.
        :raises ValueError: If the value is negative or NaN, or if the exemplar is refused.
        :raises TypeError: If the value is not a number.
        """
    def add(self, value: _Number, *, exemplar: _Exemplar = None) -> None:
        """Add ``value``.

        :param value: The number to add, not negative.
        :param exemplar: The labels of an exemplar, as for ``inc``.
        :raises ValueError: If the value is negative or NaN, or if the exemplar is refused.
        :raises TypeError: If the value is not a number.
        """
    def set(self, value: _Number) -> None:
        """Set the series to a value that is counted elsewhere.

        :param value: The new value, not negative.
        :raises ValueError: If the value is negative or NaN.
        :raises TypeError: If the value is not a number.
        """
    def set_value(self, value: _Number) -> None:
        """Set the series; the same as ``set``.

        :param value: The new value, not negative.
        """
    def get(self) -> int | float:
        """Return the number.

        :raises KeyError: If the series was removed.
        """
    def get_value(self) -> int | float:
        """Return the number; the same as ``get``."""
    def set_function(self, function: Callable[[], _Number | Awaitable[_Number]] | None) -> None:
        """Have a function give the value of the series at each scrape.

        :param function: As for ``set_function`` of the metric.
        :raises TypeError: If it is not a function.
        """
    def count_exceptions(
        self, types: _Exceptions = ..., *, exclude: _Exceptions = ()
    ) -> ExceptionCounter:
        """Count the blocks or calls that raise: ``with child.count_exceptions():``, and
        ``async with``, or ``@child.count_exceptions()`` over a callable of any kind.

        What is raised goes on to the caller.

        :param types: The class of the exceptions that count, or a tuple of them. ``Exception``,
          the default, does not count cancellation, KeyboardInterrupt and SystemExit.
        :param exclude: The class of the exceptions among them that do not count, or a tuple.
        :returns: The context manager and decorator.
        :raises TypeError: If ``types`` or ``exclude`` are not classes of exceptions.
        """

@final
class BoundGauge(Child):
    """One series of a gauge: a child, as :meth:`Collector.labels` returns it."""
    def set(self, value: _Number) -> None:
        """Set the series to ``value``.

        :param value: The new value.
        :raises TypeError: If the value is not a number.
        """
    def set_to_current_time(self) -> None:
        """Set the series to the current time, in seconds since 1970 (UTC)."""
    def inc(self, value: _Number = 1) -> None:
        """Add ``value``, or 1.

        :param value: The number to add; 1 if it is not given.
        :raises TypeError: If the value is not a number.
        """
    def dec(self, value: _Number = 1) -> None:
        """Subtract ``value``, or 1.

        :param value: The number to subtract; 1 if it is not given.
        :raises TypeError: If the value is not a number.
        """
    def add(self, value: _Number) -> None:
        """Add ``value``.

        :param value: The number to add, which may be negative.
        :raises TypeError: If the value is not a number.
        """
    def sub(self, value: _Number) -> None:
        """Subtract ``value``.

        :param value: The number to subtract.
        :raises TypeError: If the value is not a number.
        """
    def set_value(self, value: _Number) -> None:
        """Set the series; the same as ``set``.

        :param value: The new value.
        """
    def get(self) -> int | float:
        """Return the number.

        :raises KeyError: If the series was removed.
        """
    def get_value(self) -> int | float:
        """Return the number; the same as ``get``."""
    def set_function(self, function: Callable[[], _Number | Awaitable[_Number]] | None) -> None:
        """Have a function give the value of the series at each scrape.

        :param function: As for ``set_function`` of the metric.
        :raises TypeError: If it is not a function.
        """
    def time(
        self, *, errors: Literal["observe", "skip"] = "observe", error_label: str | None = None
    ) -> Timer:
        """Time a block or calls: ``with child.time():``, and ``async with``, or ``@child.time()``
        over a callable of any kind. The gauge is set to the seconds of the last one.

        :param errors: What becomes of a block or call that raises: ``"observe"`` or ``"skip"``.
        :param error_label: A label that has the name of the class of what was raised, and ``""``
          if nothing was.
        :returns: The timer. Its ``seconds`` can be read inside and afterwards.
        :raises ValueError: If ``errors`` is something else.
        """
    def track_inprogress(self) -> InProgress:
        """Count the blocks or calls that are in progress: ``with child.track_inprogress():``, and
        ``async with``, or ``@child.track_inprogress()`` over a callable of any kind.

        The gauge goes up by 1 when a block or call begins. The same series goes down by 1 when it
        ends, is cancelled, or is abandoned.

        :returns: The context manager and decorator.
        """

@final
class BoundSummary(Child):
    """One series of a summary: a child, as :meth:`Collector.labels` returns it."""
    def observe(self, value: _Number, *, count: int = 1) -> None:
        """Observe one value.

        :param value: The observed value, in the unit of the metric: seconds for a latency.
        :param count: How often the value was observed; 0 changes nothing. Keyword only.
        :raises TypeError: If the value is not a number.
        """
    def add(self, value: _Number) -> None:
        """Observe one value; the same as ``observe``.

        :param value: The observed value.
        """
    def set_value(self, value: Any) -> None:
        """Replace the observations by those of an estimator.

        :param value: The estimator.
        :raises TypeError: If it is not an estimator.
        :raises ValueError: If it has other quantiles.
        """
    def observe_many(self, values: Buffer | Iterable[_Number]) -> None:
        """Observe many values: the same as ``observe`` for one after the other.

        :param values: A buffer of numbers, such as an array of NumPy or of the module ``array``,
          which is not copied, or an iterable. Arrays of several dimensions are read in the
          order of C.
        :raises TypeError: If a value is not a number. Nothing was observed then.
        """
    def get(self) -> dict[float | str, int | float]:
        """Return the quantiles, the count and the sum.

        :returns: An ordered dict: the value of each quantile by its phi, then ``"count"`` and
          ``"sum"``.
        :raises KeyError: If the series was removed.
        """
    def get_value(self) -> Any:
        """Return the live estimator.

        :raises KeyError: If the series was removed.
        """
    def time(
        self, *, errors: Literal["observe", "skip"] = "observe", error_label: str | None = None
    ) -> Timer:
        """Time a block or calls: ``with child.time():``, and ``async with``, or ``@child.time()``
        over a callable of any kind.

        :param errors: What becomes of a block or call that raises: ``"observe"`` or ``"skip"``.
        :param error_label: A label that has the name of the class of what was raised, and ``""``
          if nothing was.
        :returns: The timer. Its ``seconds`` can be read inside and afterwards.
        :raises ValueError: If ``errors`` is something else.
        """

@final
class BoundHistogram(Child):
    """One series of a histogram: a child, as :meth:`Collector.labels` returns it."""
    def observe(self, value: _Number, *, exemplar: _Exemplar = None, count: int = 1) -> None:
        """Observe one value.

        :param value: The observed value, in the unit of the metric: seconds for a latency.
        :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
          values together have at most 128 characters. The last exemplar of each bucket is
          exposed with it.
        :param count: How often the value was observed; 0 changes nothing. Keyword only.
        :raises ValueError: If the exemplar is refused.
        :raises TypeError: If the value is not a number.
        """
    def add(self, value: _Number, *, exemplar: _Exemplar = None) -> None:
        """Observe one value; the same as ``observe``.

        :param value: The observed value.
        :param exemplar: The labels of an exemplar, as for ``observe``.
        """
    def set_value(self, value: Any) -> None:
        """Replace the observations by those of a histogram.

        :param value: The histogram, such as an ``aioprometheus.histogram.Histogram``.
        :raises TypeError: If it is not a histogram.
        :raises ValueError: If it has other buckets.
        """
    def observe_many(self, values: Buffer | Iterable[_Number]) -> None:
        """Observe many values: the same as ``observe`` for one after the other.

        :param values: A buffer of numbers, such as an array of NumPy or of the module ``array``,
          which is not copied, or an iterable. Arrays of several dimensions are read in the
          order of C.
        :raises TypeError: If a value is not a number. Nothing was observed then.
        """
    def get(self) -> dict[float | str, int | float]:
        """Return the buckets, the count and the sum.

        :returns: An ordered dict: the cumulative count of each bucket by its upper bound,
          then ``"count"`` and ``"sum"``. They are those of one moment.
        :raises KeyError: If the series was removed.
        """
    def get_value(self) -> Any:
        """Return the live histogram.

        :raises KeyError: If the series was removed.
        """
    def time(
        self, *, errors: Literal["observe", "skip"] = "observe", error_label: str | None = None
    ) -> Timer:
        """Time a block or calls: ``with child.time():``, and ``async with``, or ``@child.time()``
        over a callable of any kind.

        :param errors: What becomes of a block or call that raises: ``"observe"`` or ``"skip"``.
        :param error_label: A label that has the name of the class of what was raised, and ``""``
          if nothing was.
        :returns: The timer. Its ``seconds`` can be read inside and afterwards.
        :raises ValueError: If ``errors`` is something else.
        """

@final
class BoundInfo(Child):
    """One series of an info: a child, as :meth:`Collector.labels` returns it."""
    def info(self, value: Mapping[str, Any]) -> None:
        """Replace the facts.

        :param value: The facts: a dict of names and values.
        :raises ValueError: If a name is refused, or if it is a label of the series.
        :raises TypeError: If the facts are not a dict.
        """
    def set_value(self, value: Mapping[str, Any]) -> None:
        """Replace the facts; the same as ``info``.

        :param value: The facts: a dict of names and values.
        """
    def get(self) -> dict[str, str]:
        """Return the facts as a dict.

        :raises KeyError: If the series was removed.
        """
    def get_value(self) -> dict[str, str]:
        """Return the facts; the same as ``get``."""
    def set_function(
        self, function: Callable[[], Mapping[str, Any] | Awaitable[Mapping[str, Any]]] | None
    ) -> None:
        """Have a function give the value of the series at each scrape.

        :param function: As for ``set_function`` of the metric.
        :raises TypeError: If it is not a function.
        """

@final
class BoundEnum(Child):
    """One series of an enum: a child, as :meth:`Collector.labels` returns it."""
    def state(self, value: Any) -> None:
        """Change the state.

        :param value: The new state: one of the states of the enum.
        :raises ValueError: If there is no such state.
        """
    def set_value(self, value: Any) -> None:
        """Change the state; the same as ``state``.

        :param value: The new state.
        """
    def get(self) -> str:
        """Return the state.

        :raises KeyError: If the series was removed.
        """
    def get_value(self) -> str:
        """Return the state; the same as ``get``."""
    def set_function(self, function: Callable[[], Any] | None) -> None:
        """Have a function give the value of the series at each scrape.

        :param function: As for ``set_function`` of the metric.
        :raises TypeError: If it is not a function.
        """

__all__ = [
    "BoundCounter",
    "BoundEnum",
    "BoundGauge",
    "BoundHistogram",
    "BoundInfo",
    "BoundSummary",
    "Child",
    "Choice",
    "Collector",
    "Collectors",
    "Counter",
    "DistinctLabels",
    "Enum",
    "Estimator",
    "Failed",
    "Gauge",
    "Histogram",
    "HistogramSeries",
    "HttpCall",
    "HttpExchange",
    "HttpRecorder",
    "InProgress",
    "Info",
    "ParsedPage",
    "Ready",
    "Registry",
    "Report",
    "Scrape",
    "SeriesFunction",
    "SeriesStore",
    "Summary",
    "Timer",
    "adopt",
    "allow_utf8",
    "boot_time",
    "encode",
    "escape_name",
    "exchange",
    "format_bound",
    "format_header",
    "format_sample",
    "is_built_in",
    "is_for_caller",
    "is_unfinished",
    "label_text",
    "lint_families",
    "lint_metrics",
    "lint_rules",
    "negotiate",
    "noted",
    "own_label",
    "parse",
    "process_reading",
    "reports_of",
    "set_exemplar_hook",
    "settings_of",
    "sibling",
    "sources_of",
    "started",
    "takes_utf8",
    "utf8_is_allowed",
]

@final
class Estimator:
    """The observations of one series of a summary: their count, their sum and a sketch of their
    quantiles.

    :param invariants: Pairs of a phi in [0, 1] and the error epsilon in [0, 1) that its rank
      may have. ``(0.5, 0.01)`` and ``(0.99, 0.001)`` if there is none.
    :raises ValueError: If they are not such pairs.
    """
    def __new__(cls, *invariants: tuple[float, float]) -> Estimator: ...
    def observe(self, value: _Number) -> None:
        """Observe one value.

        :param value: The observed value.
        :raises TypeError: If the value is not a number.
        """
    def query(self, rank: float) -> int | float:
        """Return a quantile: an observed value. 0 before the first observation.

        :param rank: The phi of the quantile, in [0, 1].
        """
    @property
    def _observations(self) -> int:
        """The number of observations."""
    @_observations.setter
    def _observations(self, value: int) -> None: ...
    @property
    def _sum(self) -> float:
        """The sum of the observations."""
    @_sum.setter
    def _sum(self, value: float) -> None: ...
    @property
    def _invariants(self) -> list[Any]:
        """The quantiles that are asked for, as objects with ``_quantile`` and ``_inaccuracy``."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class HistogramSeries:
    """The state of one series of a histogram, behind ``aioprometheus.values.LiveHistogram``.

    :param bounds: The upper bounds, ascending.
    :raises ValueError: If they are not ascending numbers.
    """
    def __new__(cls, *bounds: float) -> HistogramSeries: ...
    def read(self) -> tuple[list[tuple[float, int]], float]:
        """Return the buckets and the sum, all of one moment.

        :returns: A list of pairs, an upper bound and its cumulative count, ascending; and the
          sum.
        """
    def change(
        self,
        *,
        buckets: Mapping[float, int] | None = None,
        observations: int | None = None,
        sum: float | None = None,
    ) -> None:
        """Replace some of the state, all at one moment.

        :param buckets: The cumulative counts by upper bound: a mapping.
        :param observations: The number of observations: 0, which empties the buckets, or at least
          that of the last bucket before +Inf.
        :param sum: The sum of the observations.
        :raises ValueError: If the buckets are others, or if the number is too small for them.
        """
    def observe(self, value: _Number) -> None:
        """Observe one value.

        :param value: The observed value.
        :raises TypeError: If the value is not a number.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class SeriesStore:
    """The series of one metric by their keys, behind ``aioprometheus.values.Values``.

    A key is a dict of labels, JSON in bytes as ``keys`` returns it, or ``"__EMPTY__"``.
    """
    def get(self, key: Any) -> Any:
        """Return the number or the live object of one series.

        :param key: The key of the series.
        :raises KeyError: If there is no such series.
        """
    def set(self, key: Any, value: Any) -> None:
        """Replace the value of one series. The series is born if there is none.

        :param key: The key of the series.
        :param value: The new value, of the kind that ``get`` returns.
        """
    def replace(self, items: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        """Replace all series, or none if one of the new ones is refused.

        :param items: The new series, as pairs of a key and a value.
        :returns: The series that there were, as such pairs.
        """
    def delete(self, key: Any) -> None:
        """Remove one series.

        :param key: The key of the series.
        :raises KeyError: If there is no such series.
        """
    def clear(self) -> None:
        """Remove all series."""
    def keys(self) -> list[Any]:
        """Return the keys, in the order of the births: JSON in bytes, or ``"__EMPTY__"``."""
    def first_key(self) -> Any | None:
        """Return the first of the keys, or None if there is no series."""
    def __len__(self) -> int: ...
    @property
    def name(self) -> str:
        """The name of the metric."""

@final
class DistinctLabels:
    """Label sets, of which no two are one series for a server.

    :param collector: The metric that they belong to. It says whether names may be any text.
    """
    def __new__(cls, collector: Collector) -> DistinctLabels: ...
    def add(self, labels: dict[str, Any]) -> str | None:
        """Add a label set, the constant labels among them.

        :param labels: The labels.
        :returns: None, or the labels as text if they are there already.
        :raises ValueError: If a label is refused.
        """

@final
class Failed:
    """Something that failed, in the place of what it would have exposed: it is counted, and logged
    once.

    :param name: The name by which it is counted.
    :param words: What it is, for the log.
    :param error: The exception.
    :param effect: What the scrape did then, for the log.
    """
    def __new__(cls, name: str, words: str, error: BaseException, effect: str) -> Self: ...

@final
class SeriesFunction:
    """A function that gives the value of one series at a scrape, and where that value goes."""
    @property
    def function(self) -> Callable[[], Any]:
        """The function."""
    def set(self, value: Any) -> None:
        """Set the value of the series, unless the series was removed meanwhile.

        :param value: What the function has returned.
        :raises TypeError: If the series cannot have such a value.
        :raises ValueError: If the series cannot have this value.
        """

@final
class Report:
    """The series of one metric as its class reports them, for one exposition.

    :param collector: The metric, if there is one. It says whether names may be any text, and
      its unit.
    :param name: The name of the metric.
    :param doc: Its description.
    :param kind: What it is: ``"counter"``, ``"gauge"``, ``"summary"``, ``"histogram"``,
      ``"untyped"``, ``"info"`` or ``"stateset"``.
    :param const_labels: Labels of every series.
    :param series: Pairs of labels and a value, as ``get_all`` returns them. The value is a
      number; for a summary or histogram a dict of the quantiles or cumulative counts,
      ``"count"`` and ``"sum"``; for an info its facts; for an enum its states and the current
      one.
    :raises ValueError: If a name is malformed, or if a metric of the kind cannot have a
      value.
    :raises TypeError: If a value is not a number.
    """
    def __new__(
        cls,
        collector: Collector | None,
        name: str,
        doc: str,
        kind: str,
        const_labels: _Labels,
        series: list[tuple[dict[str, Any], Any]],
    ) -> Report: ...
    @property
    def name(self) -> str:
        """The name of the family."""
    @property
    def left_out(self) -> list[str]:
        """What was reported twice, as text: the labels of series that a server would take for
        an earlier one, and bounds, quantiles and states that are there already.
        """

@final
class Choice:
    """A format, its version and what becomes of names that need quotes."""
    @property
    def format(self) -> str:
        """The name of the format: ``"text"``, ``"openmetrics"`` or ``"protobuf"``."""
    @property
    def escaping(self) -> str | None:
        """What becomes of names that need quotes; None if the request does not say."""
    @property
    def content_type(self) -> str:
        """The Content-Type of a response."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class ParsedPage:
    """The families of an exposition."""
    def __len__(self) -> int: ...
    def family(self, place: int) -> tuple[str, str, str, str]:
        """Return the name of a family, its description, its type and its unit.

        :param place: Its place, from 0 on.
        :raises IndexError: If there is none at this place.
        """

    def samples(self, place: int) -> list[_FamilySample]:
        """Return the samples of a family.

        :param place: Its place, from 0 on.
        :raises IndexError: If there is none at this place.
        """

@final
class HttpRecorder:
    """What the requests of one middleware are counted in.

    It keeps the series of each route, and asks the owner, an object of Python, for those that it
    does not know yet. What goes wrong with a metric is given to the owner to be logged, and does
    not reach the request.

    :param owner: The middleware. It has the methods of ``aioprometheus.http.owner.Owner`` that the
      settings need: without more labels or exemplars, nobody asks it for these.
    :param settings: What is recorded: an ``aioprometheus.http.owner.Settings``.
    """

    METHODS: ClassVar[tuple[str, ...]]
    """The labels of methods: those of HTTP, ``"<other>"`` for any other word, and ``"WEBSOCKET"``.
    By these, the settings name the methods that are not counted."""
    def __new__(cls, owner: object, settings: object) -> Self: ...
    def begin(
        self,
        scope: object,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> HttpExchange | None:
        """Begin a call of an ASGI application.

        :param scope: The scope of the call.
        :param receive: The function of the server that receives.
        :param send: The one that sends.
        :returns: The exchange, or None if the call is not counted here.
        """
    def open(self, method: str) -> HttpCall | None:
        """Begin a request of another framework, or to another server.

        :param method: Its method.
        :returns: The call, or None if requests of the method are not counted.
        """

@final
class HttpExchange:
    """One request to an ASGI application and its answer, as far as they have been seen.

    The four counters count it when the answer starts or when the call ends, whichever is first. If
    the client goes before the answer starts, it is counted at the end of the call, because only
    then it is known whether the application has given up, too. The standard metrics count it when
    the answer is complete or when the call ends.
    """
    @property
    def client_is_gone(self) -> bool:
        """Whether the client has gone."""
    def receive(self) -> Awaitable[Any]:
        """Call the function of the server that receives.

        :returns: What the function returns. The message is for :meth:`received`, too.
        """
    def send(self, message: object) -> Awaitable[None]:
        """Call the function of the server that sends.

        :param message: The message from the application.
        :returns: What the function returns, which the application awaits.
        """
    def received(self, message: object) -> None:
        """Note a message from the server.

        :param message: The message.
        """
    def ended(self) -> None:
        """Count what has not been counted, at the end of the call."""
    def failed(
        self, error: BaseException, is_given_up: bool, status_around: int | None = None
    ) -> None:
        """Count what has not been counted, and the exception with which the call has ended.

        :param error: The exception.
        :param is_given_up: Whether it means that the request was given up, and is not an error.
        :param status_around: The status with which what is around the middleware answers the
          exception, which is no error then.
        """

@final
class HttpCall:
    """A request under way: of a framework without messages of ASGI, or to another server."""
    @property
    def method(self) -> str:
        """The method of the request, as its label has it."""
    def first_byte(self) -> None:
        """Note that the first byte of the body of the answer has come or gone."""
    def complete(self) -> None:
        """Note that the answer is complete: its duration ends here, and it is not in progress any
        more. It may be recorded later, or never.
        """
    def close(
        self,
        route: object,
        status: object,
        request_bytes: float = 0.0,
        response_bytes: float = 0.0,
        request: tuple[Any, ...] | None = None,
        is_stream: bool = False,
    ) -> None:
        """End the request.

        :param route: The object that stands for its route, or None.
        :param status: The status of its answer.
        :param request_bytes: The bytes of its body.
        :param response_bytes: The bytes of the body of its answer.
        :param request: What labels and exemplars are found from: a tuple.
        :param is_stream: Whether the option ``streams`` says what its duration is.
        """

@final
class Scrape:
    """What a request gets, by its headers and its query.

    :param choice: What its Accept headers choose.
    :param accept_encoding: The values of the Accept-Encoding headers; None for a body that is not
      compressed, and may be passed on without its headers.
    :param names: The names of the metrics to expose, or of their samples; without any, all.
    :raises TypeError: If a value is not a str.
    """
    def __new__(
        cls,
        choice: Choice,
        accept_encoding: Iterable[str | None] | None = None,
        names: Iterable[str] | None = None,
    ) -> Self: ...
    @staticmethod
    def of_format(format: str, escaping: str | None = None) -> Scrape:
        """Return the scrape of everything in a format, uncompressed.

        :param format: ``"text"``, ``"openmetrics"`` or ``"protobuf"``.
        :param escaping: What becomes of names that need quotes: ``"underscores"`` (the same as
          None), ``"dots"``, ``"values"`` or ``"allow-utf-8"``.
        :raises ValueError: If there is no such format or escaping.
        """
    @property
    def choice(self) -> Choice:
        """What the Accept headers chose."""
    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response."""
    def for_bare_body(
        self, accept: Iterable[str | None], collectors: Iterable[Collector]
    ) -> Scrape:
        """Return what the same request gets if its body may be sent as ``text/plain`` or decoded.

        Protocol buffers are chosen only if a histogram has native buckets, which no other format
        can expose. For metrics of the types that 23.12.0 had, OpenMetrics is valid as text 0.0.4
        too, unless the HELP of a metric has a double quote. Text 0.0.4 is chosen then.

        :param accept: The values of the Accept headers.
        :param collectors: The metrics of the registry.
        """
    @property
    def selects_all(self) -> bool:
        """Whether everything is asked for, and not certain names only."""
    def selects(self, family: Collector | Report) -> bool:
        """Return whether a metric or a report is asked for, by its name or by one of its samples.

        :param family: The metric or report.
        """
    def asked(
        self, collectors: Iterable[object]
    ) -> list[tuple[int, Collector, list[SeriesFunction]]]:
        """Return the metrics that are asked for and that only Python code can report: triples of
        the place of a metric among all, the metric, and its functions.

        :param collectors: All metrics.
        """
    def render(
        self,
        registry: Registry,
        collectors: Iterable[Collector | Report | Failed],
        block: Callable[[Collector], tuple[_Block, list[str]]],
        *,
        of_all: bool = False,
        timestamp: int | None = None,
        created: bool = False,
    ) -> bytes:
        """Return the exposition of a registry. The interpreter's lock is free while it is encoded.

        :param registry: The registry, whose failures are counted.
        :param collectors: Its metrics.
        :param block: A function that gives, for a metric that the core does not render by itself,
          a pair: what is encoded, which is the metric, its report, or its name and its lines; and
          the samples that it reports twice, as text.
        :param of_all: Whether the function is called for all metrics.
        :param timestamp: The time of every sample, in milliseconds since 1970.
        :param created: Whether OpenMetrics says when series were born.
        """
    def families(
        self,
        registry: Registry,
        collectors: Iterable[Collector | Report | Failed],
        block: Callable[[Collector], tuple[_Block, list[str]]],
    ) -> list[tuple[str, str, list[Sample]]]:
        """Return the families of a registry with their samples, in the order of the text format:
        triples of the name, the word for the kind, and the samples.

        :param registry: As for ``render``.
        :param collectors: As for ``render``.
        :param block: As for ``render``.
        """
    def render_async(
        self,
        results: Results,
        registry: Registry,
        collectors: Iterable[Collector | Report | Failed],
        block: Callable[[Collector], tuple[_Block, list[str]]],
        *,
        of_all: bool = False,
        timestamp: int | None = None,
        created: bool = False,
    ) -> None:
        """Render a registry on a worker thread.

        :param results: An ``aioprometheus.loop.Results``, which gets the bytes.
        :param registry: As for ``render``.
        :param collectors: As for ``render``.
        :param block: As for ``render``.
        :param of_all: As for ``render``.
        :param timestamp: As for ``render``.
        :param created: As for ``render``.
        """

def adopt(metric: Collector, sibling: Collector) -> None:
    """Give a metric the series of its sibling at once. The sibling has none then.

    :param metric: The metric.
    :param sibling: What :func:`sibling` returned for it.
    :raises TypeError: If it is not.
    :raises RuntimeError: If the bounds or the quantiles of the metric were changed since.
    """

def sibling(metric: _Metric) -> _Metric:
    """Return a metric like this one, without series, and in no registry.

    :param metric: The metric.
    """

def allow_utf8(allowed: bool) -> None:
    """Set whether metrics that are made from now on, and their labels, may have any names.

    :param allowed: Whether they may. See ``aioprometheus.names``.
    """

def encode(
    format: str,
    blocks: list[_Block],
    *,
    escaping: str | None = None,
    timestamp: int | None = None,
    created: bool = False,
) -> bytes:
    """Encode metrics, sorted by name. The interpreter's lock is free meanwhile.

    :param format: ``"text"``, ``"openmetrics"`` or ``"protobuf"``.
    :param blocks: Metrics for which ``is_built_in`` is true, reports, families that a collector
      yields, and pairs of a name and its lines of text.
    :param escaping: What becomes of names that need quotes: ``"underscores"`` (the same as
      None), ``"dots"``, ``"values"`` or ``"allow-utf-8"``.
    :param timestamp: The time of every sample, in milliseconds since 1970.
    :param created: Whether OpenMetrics says when series were born.
    :raises ValueError: If there is no such format or escaping.
    """

def escape_name(name: str, escaping: str) -> str:
    """Return the name of a metric as a scraper gets it that asks for an escaping.

    :param name: The name of the metric.
    :param escaping: ``"underscores"``, ``"dots"``, ``"values"`` or ``"allow-utf-8"``.
    :raises ValueError: If there is no such escaping.
    """

def settings_of(registry: Registry) -> tuple[str, dict[str, str]]:
    """Return the prefix and the constant labels of metrics that are made in a registry, whatever
    attributes its class has.

    :param registry: The registry.
    :returns: A str and a dict.
    """

def own_label(kind: str) -> tuple[str | None, str]:
    """Return the label that most samples of a kind carry themselves, and the suffix of their names.

    :param kind: The kind, such as ``"histogram"``, whose samples with ``le`` end in
      ``_bucket``.
    :returns: The name of the label, or None if there is none; and the suffix, which may be
      empty.
    :raises ValueError: If there is no such kind.
    """

def exchange(first: Registry, second: Registry) -> None:
    """Exchange what two registries hold: metrics, collectors, functions, settings, failures.

    The objects stay what they are, so that whoever has one of them sees what the other one had.

    :param first: A registry.
    :param second: The other one.
    """

def format_bound(bound: float) -> str:
    """Return the text of the label ``le`` of a bucket.

    :param bound: The upper bound.
    """

def format_header(
    name: str, help: str, kind: str, escaping: str | None = None, utf8: bool | None = None
) -> str:
    """Return the HELP and TYPE lines of a metric.

    :param name: The name of the metric.
    :param help: Its description, not yet escaped.
    :param kind: What it is, in the words of the text format.
    :param escaping: What becomes of a name that needs quotes.
    :param utf8: Whether the name may be any text; None asks ``utf8_is_allowed``.
    :raises ValueError: If the name is malformed.
    """

def format_sample(
    name: str,
    labels: Any,
    value: Any,
    timestamp: int | None = None,
    escaping: str | None = None,
    utf8: bool | None = None,
) -> str:
    """Return the line of one sample, with its labels sorted by name and their values escaped.

    :param name: The name of the sample.
    :param labels: Its labels.
    :param value: Its value.
    :param timestamp: Its time, in milliseconds since 1970.
    :param escaping: What becomes of names that need quotes.
    :param utf8: Whether names may be any text; None asks ``utf8_is_allowed``.
    :raises ValueError: If a name is malformed, or if a label value has no UTF-8 form.
    :raises TypeError: If the value is not a number.
    """

def is_built_in(collector: object) -> bool:
    """Return whether the core renders a metric from its own state.

    It does unless the class of the metric, or the metric itself (a mock may stand in its
    ``__dict__``), has a ``kind`` of its own or overrides a method that reports its series.

    :param collector: The metric.
    """

def label_text(value: object) -> str:
    """Return the text that a label value becomes in an update, not escaped.

    :param value: The label value.
    :raises ValueError: If it has no UTF-8 form.
    """

def lint_families(
    families: list[Any], limits: tuple[int, int, int, int]
) -> tuple[list[tuple[str, str, str, str, dict[str, str]]], int, int]:
    """Return what is wrong with families.

    :param families: Families; or for one that was parsed, its page and its place there.
    :param limits: As for ``lint_metrics``.
    :returns: As for ``lint_metrics``.
    :raises TypeError: If something else is among them.
    :raises ValueError: If there is no such type of families.
    """

def lint_metrics(
    metrics: list[Any], block: Callable[[Any], Any], limits: tuple[int, int, int, int]
) -> tuple[list[tuple[str, str, str, str, dict[str, str]]], int, int]:
    """Return what is wrong with the metrics of a registry.

    :param metrics: What a scrape exposes: metrics, reports and failures.
    :param block: As for ``Scrape.render``.
    :param limits: The most values of a label, series, buckets, and bytes of a label value.
    :returns: The problems, each as a tuple of the family, the rule, its severity, the text, and
        the labels; how many families there were, and how many series.
    """

def lint_rules() -> list[tuple[str, str, str]]:
    """Return all rules of ``lint``: the name of each, its severity, and what it asks for."""

def parse(body: bytes | str, content_type: str | None = None, strict: bool = False) -> ParsedPage:
    """Parse an exposition. The interpreter's lock is free meanwhile, if it is a long one.

    :param body: The exposition: a str or bytes.
    :param content_type: Its media type; None recognises the format.
    :param strict: Whether the letter of the format counts.
    :raises ParseError: If it is refused.
    :raises TypeError: If the body is something else.
    """

def negotiate(accept: Iterable[str | None]) -> Choice:
    """Return what a request gets.

    :param accept: The values of the Accept headers; None is ignored.
    :raises TypeError: If a value is not a str.
    """

def noted(exception: _Exception, note: str) -> _Exception:
    """Add a note to an exception, as ``add_note`` does from Python 3.11 on. Return the exception.

    :param exception: The exception.
    :param note: What its traceback says below its words.
    """

def set_exemplar_hook(hook: Callable[[], Mapping[str, Any] | None] | None) -> None:
    """Set the hook that gives an exemplar to every update that is given none.

    :param hook: A function without parameters that returns the labels of an exemplar, or
      None. None removes the hook. See ``aioprometheus.exemplars.set_hook``.
    :raises TypeError: If the hook cannot be called.
    """

def reports_of(family: object, check: Callable[[], object] | None = None) -> list[Report]:
    """Return the reports of a family that a collector has yielded: that of the family, and one for
    each other name that its samples have.

    :param family: A family of this package or of prometheus_client.
    :param check: A function that is called now and then, and raises when this is to end.
    :raises TypeError: If it is something else, or if a value is not a number.
    :raises ValueError: If it cannot be exposed.
    """

def sources_of(
    registry: Registry,
) -> tuple[list[tuple[Any, float | None]], list[tuple[Any, float | None]], dict[str, float]]:
    """Return what a registry calls at a scrape beside its metrics.

    :param registry: The registry.
    :returns: The collectors and the functions to be called before, each with its time limit in
      seconds or None; and the time limits of metrics by their names.
    """

def boot_time(proc: str) -> float | None:
    """Return when the kernel started, in seconds since 1970, or None.

    :param proc: Where the file system of that name is mounted.
    """

def process_reading(
    proc: str, process: str, boot_time: float | None
) -> tuple[float | None, int | None, int | None, float | None, int | None, float | None]:
    """Return what is known of a process, read without the interpreter's lock. What cannot be read
    is None.

    :param proc: Where the file system of that name is mounted.
    :param process: The number of the process, or ``"self"``.
    :param boot_time: What ``boot_time`` returns.
    :returns: The seconds on processors, the bytes of its address space, the bytes of that in
      memory, the time of its start in seconds since 1970, the number of its open files, and the
      most that it may have.
    """

def takes_utf8(collector: Collector) -> bool:
    """Return whether a metric and its labels may have any names.

    :param collector: The metric.
    """

def utf8_is_allowed() -> bool:
    """Return whether metrics that are made now may have any names."""

@final
class Timer:
    """Measures blocks and calls, and puts their seconds into a histogram, a summary or a gauge.

    ``time()`` of a metric makes one. It is a context manager, for ``with`` and ``async with``,
    and a decorator of callables of every kind. One timer may measure any number of blocks and
    calls, one after the other, one within the other, and in other threads and tasks: each has a
    beginning of its own.
    """

    seconds: float
    """The seconds of the block: those so far while it runs, and all of them after it."""
    duration: float | None
    """The seconds of the block, as prometheus_client calls them; None before its end."""
    @property
    def labels(self) -> TimerLabels:
        """The labels of the series, as a dict that the block may change: ``timer.labels["status"] =
        "200"``. Assign a dict to replace them all. ``timer.labels("GET")`` and
        ``timer.labels(method="GET")`` set them too, as in prometheus_client. A block that begins
        later has the labels that the timer was made with.
        """
    @labels.setter
    def labels(self, labels: Mapping[str, Any] | None) -> None: ...
    def __enter__(self) -> Timer: ...
    def __exit__(
        self,
        type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def __aenter__(self) -> Awaitable[Timer]: ...
    def __aexit__(
        self,
        type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> Awaitable[None]: ...
    def __call__(self, func: _Func) -> _Func: ...

@final
class InProgress:
    """Counts the blocks and calls that are in progress.

    ``track_inprogress()`` of a gauge makes one. It is a context manager, for ``with`` and
    ``async with``, and a decorator of callables of every kind. The gauge goes up by 1 when a
    block or call begins, and the same series goes down by 1 at its end, however that comes
    about. If the series was removed in between, nothing is left to go down.
    """
    def __enter__(self) -> InProgress: ...
    def __exit__(
        self,
        type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def __aenter__(self) -> Awaitable[InProgress]: ...
    def __aexit__(
        self,
        type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> Awaitable[None]: ...
    def __call__(self, func: _Func) -> _Func: ...

@final
class Ready:
    """An awaitable that is done. Nothing else runs while it is awaited."""
    def __await__(self) -> Iterator[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __next__(self) -> Any: ...

def started() -> Any:
    """Return when a call began, for the methods of a timer that end it."""

def is_for_caller(error: BaseException) -> bool:
    """Return whether what a function raised that a metric has called goes to the caller of the
    metric: an interrupt such as KeyboardInterrupt, SystemExit, and that by which gevent stops a
    greenlet.

    A metric never raises into a request of its own accord, so all else is a failure of the
    function. So are asyncio's CancelledError and GeneratorExit: both arrive where a coroutine or
    generator waits, never in a function.

    :param error: The exception.
    """

def is_unfinished(result: Any) -> bool:
    """Return whether what a call returned goes on after it: a coroutine or another awaitable, a
    generator of either kind, or the context manager of a generator function.

    :param result: What the call returned.
    """
