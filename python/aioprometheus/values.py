"""The live mapping ``metric.values`` with the series of a metric, and the live objects in it."""

from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from functools import partial
from operator import index
from typing import Any

from . import _core
from .histogram import Histogram
from .metricdict import MetricDict, read_key


class Values(MetricDict):
    """A live mapping from labels to the series of one metric.

    Keys are dicts of labels, or the keys that iteration yields: JSON in bytes, and ``"__EMPTY__"``
    for the series without labels. ``None``, ``{}`` and ``""`` stand for that series too. Items are
    numbers, live histograms (:class:`LiveHistogram`) or live estimators
    (``aioprometheus.collectors.Estimator``).

    :param store: The series, as an object of the core.
    """

    def __init__(self, store: _core.SeriesStore) -> None:
        self._series: _core.SeriesStore | _Held = store
        self._store = store
        self._name = store.name

    def hold(self, items: list[tuple[Any, Any]]) -> None:
        """Give the metric other series. This mapping keeps those that the metric had.

        :param items: The new series, as pairs of a key and an item.
        """
        before = self._store.replace(items)
        # Another thread may have given the metric other series meanwhile: this mapping keeps those
        # that there were before.
        if self._series is self._store:
            self._series = _Held(before)

    def __repr__(self) -> str:
        count = len(self)
        return f"<{type(self).__name__} of {self._name}: {count or 'no'} series>"

    @property
    def store(self) -> dict[Any, Any]:  # type: ignore[override]
        """A copy of this mapping as a dict."""
        return dict(self.items())

    def _key(self, key: Any) -> Any:
        """Refuse an object that cannot be a key, with the error of MetricDict."""
        if isinstance(key, Mapping):
            return key
        try:
            return self.__keytransform__(key)
        except TypeError as error:
            hint = (
                "a key must be a dict of labels, such as {'method': 'GET'}, or what iteration gives"
            )
            _core.noted(error, f"{self._name}: {hint}")
            raise

    def __getitem__(self, key: Any) -> Any:
        plain = self._key(key)
        try:
            return self._series.get(plain)
        except ValueError as error:  # label names that the metric does not declare
            raise KeyError(key) from error

    def __setitem__(self, key: Any, value: Any) -> None:
        self._series.set(self._key(key), value)

    def __delitem__(self, key: Any) -> None:
        self._series.delete(self._key(key))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._series.keys())

    def __len__(self) -> int:
        return len(self._series)

    def items(self) -> "_Items":
        """A view of the keys and items. Other threads may delete series during iteration."""
        return _Items(self)

    def values(self) -> "_Values":
        """A view of the items. Other threads may delete series during iteration."""
        return _Values(self)

    def pop(self, key: Any, *default: Any) -> Any:
        """Remove the series of a key, and return its item.

        :param key: The key.
        :param default: The result if there is no such series; without it, a KeyError is raised.
        """
        if len(default) > 1:
            raise TypeError(f"pop expected at most 2 arguments, got {1 + len(default)}")
        try:
            value = self[key]
            del self[key]
        except KeyError:
            if default:
                return default[0]
            raise
        return value

    def popitem(self) -> tuple[Any, Any]:
        """Remove the first series and return its key and its item.

        :raises KeyError: If there is no series.
        """
        # The inherited one lists all keys for each.
        while (key := self._series.first_key()) is not None:
            try:
                return key, self.pop(key)
            except KeyError:  # deleted since
                continue
        raise KeyError

    def clear(self) -> None:
        """Remove all series."""
        self._series.clear()


class _Held:
    """The series of a mapping that its metric has replaced by another, as they were then."""

    def __init__(self, items: Iterable[tuple[Any, Any]]) -> None:
        self._held = MetricDict()
        self._held.store.update(items)

    def _key(self, key: Any) -> Any:
        if not isinstance(key, Mapping):
            return key
        return {name: _core.label_text(value) for name, value in key.items()}

    def get(self, key: Any) -> Any:
        return self._held[self._key(key)]

    def set(self, key: Any, value: Any) -> None:
        self._held[self._key(key)] = value

    def delete(self, key: Any) -> None:
        del self._held[self._key(key)]

    def clear(self) -> None:
        self._held.clear()

    def keys(self) -> list[Any]:
        return list(self._held)

    def first_key(self) -> Any | None:
        return next(iter(self._held), None)

    def __len__(self) -> int:
        return len(self._held)


def replace(metric: _core.Collector, values: Values, series: Any) -> None:
    """Replace the series of a metric by those of a mapping.

    :param metric: The metric.
    :param values: The live mapping of its series so far, which keeps them.
    :param series: The mapping of labels to values that takes their place.
    :raises TypeError: If it is not a mapping, or has a key or a value of a wrong type.
    :raises ValueError: If the metric refuses labels or a value. Nothing has changed then.
    """
    if not isinstance(series, Mapping):
        raise TypeError(
            f"{metric.name}: values must be a mapping of labels to values, such as MetricDict(), "
            f"not {type(series).__name__}"
        )
    values.hold([(read_key(key), value) for key, value in series.items()])


class _Items(ItemsView[Any, Any]):
    _mapping: Values

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        for key in self._mapping:
            try:
                yield key, self._mapping[key]
            except KeyError:  # removed meanwhile
                continue


class _Values(ValuesView[Any]):
    _mapping: Values

    def __iter__(self) -> Iterator[Any]:
        for _, value in _Items(self._mapping):
            yield value


class LiveHistogram(Histogram):
    """The histogram of one series. Each access to an attribute reads or changes the current state.

    :param series: The series, as an object of the core.
    """

    def __init__(self, series: _core.HistogramSeries) -> None:
        self.series = series

    @property
    def buckets(self) -> "OrderedDict[float, int]":
        """The cumulative counts by upper bound, ascending; a copy. Assign a mapping of the same
        bounds to change them.
        """
        return OrderedDict(self.series.read()[0])

    @buckets.setter
    def buckets(self, buckets: Mapping[float, int]) -> None:
        self.series.change(buckets=dict(buckets))

    @property
    def observations(self) -> int:
        """The number of observed values: the count of the bucket +Inf. 0 empties all buckets."""
        return self.series.read()[0][-1][1]

    @observations.setter
    def observations(self, observations: int) -> None:
        self.series.change(observations=index(observations))

    @property
    def sum(self) -> float:
        """The sum of the observed values."""
        return self.series.read()[1]

    @sum.setter
    def sum(self, sum: float) -> None:
        self.series.change(sum=0.0 + sum)  # a number: None would leave it

    def observe(self, value: float | int) -> None:
        """Observe one value.

        :param value: The observed value.
        """
        self.series.observe(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LiveHistogram) and self.series == other.series

    def __hash__(self) -> int:
        return hash(self.series)


class Invariant:
    """A quantile of an estimator, with the attribute names of quantile-python.

    :param quantile: The phi of the quantile.
    :param inaccuracy: The allowed error of the rank, epsilon.
    """

    __slots__ = ("_inaccuracy", "_quantile")

    def __init__(self, quantile: float, inaccuracy: float) -> None:
        self._quantile = quantile
        self._inaccuracy = inaccuracy

    def __repr__(self) -> str:
        return f"<Invariant: {self._quantile} within {self._inaccuracy}>"


class ForwardingChild:
    """A child of a metric whose class overrides methods, which it calls.

    It has the methods of the metric that take labels, without that argument.

    :param metric: The metric.
    :param labels: The labels of the series.
    """

    __slots__ = ("_labels", "_metric")

    def __init__(self, metric: Any, labels: dict[str, str]) -> None:
        self._metric = metric
        self._labels = labels

    def __repr__(self) -> str:
        labels = ", ".join(f"{name}={text[:60]!r}" for name, text in self._labels.items())
        metric = _core.Collector.__repr__(self._metric)
        return f"<child of {metric} with the labels {labels or 'none'}>"

    def __getattr__(self, name: str) -> Any:
        if name == "count_exceptions":  # whose first argument is not labels
            return partial(self._metric.count_exceptions, labels=dict(self._labels))
        if name not in FORWARDED:
            raise AttributeError(f"a child of a metric has no attribute {name!r}")
        return partial(getattr(self._metric, name), dict(self._labels))


FORWARDED = frozenset(
    (
        "add",
        "dec",
        "get",
        "get_value",
        "inc",
        "info",
        "observe",
        "observe_many",
        "remove",
        "set",
        "set_function",
        "set_to_current_time",
        "set_value",
        "state",
        "sub",
        "time",
        "track_inprogress",
    )
)
"""The methods of metrics that take labels as their first argument."""


def histogram_report(histogram: Histogram) -> "OrderedDict[float | str, float]":
    """Return the result of ``get`` for a histogram that an override of ``get_value`` returned.

    :param histogram: The histogram.
    """
    report: OrderedDict[float | str, float] = OrderedDict()
    for bound, count in histogram.buckets.items():
        report[bound] = count
    report["count"] = histogram.observations
    report["sum"] = histogram.sum
    return report


def summary_report(estimator: Any) -> "OrderedDict[float | str, float]":
    """Return the result of ``get`` for an estimator that an override of ``get_value`` returned.

    :param estimator: The estimator.
    """
    report: OrderedDict[float | str, float] = OrderedDict()
    for invariant in estimator._invariants:
        report[invariant._quantile] = estimator.query(invariant._quantile)
    report["count"] = estimator._observations
    report["sum"] = estimator._sum
    return report
