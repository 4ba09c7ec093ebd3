"""The parameters of the constructors of metrics and registries.

Python binds the arguments to these functions, so that a missing or unexpected argument gets the
message of the Python version that runs. The functions return what the core takes from them.
"""

from collections.abc import Callable
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _called(name: str) -> Callable[[_Function], _Function]:
    """Give a function the name that Python's messages are to show."""

    def rename(function: _Function) -> _Function:
        function.__qualname__ = name
        return function

    return rename


@_called("Collector.__init__")
def collector(  # type: ignore[no-untyped-def]
    self,
    name,
    doc,
    const_labels=None,
    registry=None,
    *,
    labelnames=None,
    unit=None,
    max_series=None,
    namespace=None,
    subsystem=None,
    initial=None,
):
    """Return the arguments of all metrics."""
    return (
        name,
        doc,
        const_labels,
        registry,
        labelnames,
        unit,
        max_series,
        namespace,
        subsystem,
        initial,
    )


@_called("Summary.__init__")
def summary(  # type: ignore[no-untyped-def]
    self,
    name,
    doc,
    const_labels=None,
    registry=None,
    invariants=None,
    *,
    quantiles=None,
    labelnames=None,
    unit=None,
    max_series=None,
    namespace=None,
    subsystem=None,
    initial=None,
):
    """Return the arguments of all metrics, and those of ``Summary``."""
    common = (
        name,
        doc,
        const_labels,
        registry,
        labelnames,
        unit,
        max_series,
        namespace,
        subsystem,
        initial,
    )
    return common, invariants, quantiles


@_called("Histogram.__init__")
def histogram(  # type: ignore[no-untyped-def]
    self,
    name,
    doc,
    const_labels=None,
    registry=None,
    buckets=None,
    *,
    labelnames=None,
    unit=None,
    max_series=None,
    namespace=None,
    subsystem=None,
    initial=None,
    native=None,
    native_factor=None,
    max_buckets=None,
    min_reset_duration=None,
    zero_threshold=None,
    max_zero_threshold=None,
):
    """Return the arguments of all metrics, the buckets, and the settings of native buckets."""
    common = (
        name,
        doc,
        const_labels,
        registry,
        labelnames,
        unit,
        max_series,
        namespace,
        subsystem,
        initial,
    )
    resetting = max_buckets, min_reset_duration, zero_threshold, max_zero_threshold
    return common, buckets, (native, native_factor, *resetting)


@_called("Info.__init__")
def info(  # type: ignore[no-untyped-def]
    self,
    name,
    doc,
    const_labels=None,
    registry=None,
    *,
    labelnames=None,
    unit=None,
    max_series=None,
    namespace=None,
    subsystem=None,
    initial=None,
):
    """Return the arguments of all metrics."""
    return (
        name,
        doc,
        const_labels,
        registry,
        labelnames,
        unit,
        max_series,
        namespace,
        subsystem,
        initial,
    )


@_called("Enum.__init__")
def enum(  # type: ignore[no-untyped-def]
    self,
    name,
    doc,
    const_labels=None,
    registry=None,
    *,
    labelnames=None,
    unit=None,
    max_series=None,
    namespace=None,
    subsystem=None,
    initial=None,
    states=None,
    label=None,
):
    """Return the arguments of all metrics, the states, and the name of their label."""
    common = (
        name,
        doc,
        const_labels,
        registry,
        labelnames,
        unit,
        max_series,
        namespace,
        subsystem,
        initial,
    )
    return common, states, label


@_called("Registry.__init__")
def registry(  # type: ignore[no-untyped-def]
    self,
    *,
    prefix=None,
    const_labels=None,
    max_series=None,
    on_duplicate="error",
    target_info=None,
):
    """Return the arguments of ``Registry``."""
    return prefix, const_labels, max_series, on_duplicate, target_info
