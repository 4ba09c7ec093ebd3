"""Series of a metric that go away, and others that take the place of all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Generic, NoReturn, TypeVar

from . import _core

_Metric = TypeVar("_Metric", bound=_core.Collector)


class Replacing(Generic[_Metric]):
    """The context manager that ``metric.replacing()`` returns.

    :param metric: The metric whose series are replaced at the end of the block.
    """

    def __init__(self, metric: _Metric) -> None:
        self._metric = metric
        self._new: _Metric | None = None

    def __enter__(self) -> _Metric:
        """Return a metric of the same class, without series, for the updates of the new ones."""
        if self._new is not None:
            raise RuntimeError(
                f"{self._metric.name}: this block of replacing() was entered already; call "
                "replacing() for each block"
            )
        self._new = new = _copy(self._metric)
        return new

    async def __aenter__(self) -> NoReturn:
        """Refuse ``async with``.

        :raises TypeError: Always.
        """
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        raise _core.noted(
            TypeError(
                f"{name!r} object does not support the asynchronous context manager protocol"
            ),
            f"{self._metric.name}: write with, not async with: `with metric.replacing() as new:`; "
            "the block may await",
        )

    async def __aexit__(self, *_: object) -> None:
        """Do nothing: no block was entered."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Replace all series of the metric at once, unless the block has raised an exception."""
        if kind is None and self._new is not None:
            _core.adopt(self._metric, self._new)


def _copy(metric: _Metric) -> _Metric:
    """A metric like this one, without series; with the attributes that its class has given it."""
    new = _core.sibling(metric)
    own = getattr(metric, "__dict__", None)
    if own:
        new.__dict__.update(own)
    for base in type(metric).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            if slot in ("__dict__", "__weakref__"):
                continue
            name = f"_{base.__name__.lstrip('_')}{slot}" if slot[:2] == "__" != slot[-2:] else slot
            if hasattr(metric, name):
                setattr(new, name, getattr(metric, name))
    return new


def replace(metric: _core.Collector, series: Any) -> None:
    """Replace all series of a metric at once. ``metric.replace`` calls this.

    :param metric: The metric.
    :param series: Pairs of labels and a value, or a mapping of keys to values.
    """
    if isinstance(series, Mapping):
        series = series.items()
    elif isinstance(series, (str, bytes)) or not isinstance(series, Iterable):
        raise TypeError(
            f"{metric.name}: replace takes pairs of labels and a value, such as "
            f"[({{'queue': 'mail'}}, 5)], not {type(series).__name__}"
        )
    new = _copy(metric)
    for done, pair in enumerate(series, 1):
        try:
            labels, value = pair
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{metric.name}: replace takes pairs of labels and a value; item {done} is not one"
            ) from error
        new.set_value(_labels(metric, labels), value)
    _core.adopt(metric, new)


def _labels(metric: _core.Collector, labels: Any) -> Any:
    """The labels as ``set_value`` takes them: values by position get the declared names."""
    if labels is None or isinstance(labels, Mapping):
        return labels
    if isinstance(labels, bytes):
        return _of_key(labels)
    names = metric.labelnames
    if isinstance(labels, str):
        if labels in ("", "__EMPTY__"):
            return None
        labels = (labels,)
    if names is None:
        raise TypeError(
            f"{metric.name}: label values by position need declared labelnames; give a dict of "
            "labels, or make the metric with labelnames=[...]"
        )
    values = tuple(labels)
    if len(values) != len(names):
        raise ValueError(
            f"{metric.name}: {len(values)} label values are given for the labelnames {names}; give "
            "one for each, in their order"
        )
    return dict(zip(names, values, strict=True))


def _of_key(key: bytes) -> Any:
    """The labels of a key as ``metric.values`` has it."""
    import json

    return json.loads(key)
