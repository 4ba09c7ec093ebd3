"""What a scrape exposes of a metric: the core asks here for what it does not render by itself."""

from __future__ import annotations

from typing import Any, TypeAlias

from . import _core
from .collectors import Collector, Enum, Info
from .failure import leave_out
from .timing.span import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_ITERABLE_COROUTINE, code_flags

MOST_DECORATORS = 1000
"""How many decorators of a function are looked through."""

Block: TypeAlias = Collector | _core.Report | tuple[str, str]
"""What the core encodes: a metric, its report, or its name and its lines."""


def block_of(collector: Collector) -> Block:
    """Return the metric itself if the core can encode it, else its report.

    :param collector: The metric.
    """
    return collector if _core.is_built_in(collector) else report(collector)


def report(collector: Collector, reported: Any = None) -> _core.Report:
    """Return the report of a metric whose class overrides methods.

    :param collector: The metric.
    :param reported: What its ``get_all`` returned, if it was called already.
    :raises Exception: What these methods raise, or an error in what they report.
    """
    kind = _kind(collector)
    const_labels = collector.const_labels or {}
    series = []
    for labels, value in collector.get_all() if reported is None else reported:
        if hasattr(value, "items"):
            value = dict(value.items())
        elif isinstance(collector, Enum):
            value = (list(collector.states), value)
        # As in the text format, a label of the series replaces a const label of the same name.
        series.append(({**const_labels, **(labels or {})}, value))
    made = _core.Report(collector, str(collector.name), str(collector.doc), kind, {}, series)
    leave_out(collector, made.left_out)
    return made


def _kind(collector: Collector) -> str:
    """The core's word for the kind of a metric."""
    if isinstance(collector, Info):
        return "info"
    return "stateset" if isinstance(collector, Enum) else str(collector.kind.name)


def is_async(function: Any) -> bool:
    """Return whether what a function returns has to be awaited, or iterated with ``async for``.

    :param function: The function, whose decorators are looked through.
    """
    # Some objects have every attribute.
    for _ in range(MOST_DECORATORS):
        if not hasattr(function, "__wrapped__"):
            break
        function = function.__wrapped__
    return bool(code_flags(function) & (CO_COROUTINE | CO_ITERABLE_COROUTINE | CO_ASYNC_GENERATOR))
