"""The metric types, the registry, and the default registry."""

import enum
import re
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from . import constructors as _constructors  # noqa: F401  the core looks for it here
from . import histogram
from ._core import (
    BoundCounter,
    BoundEnum,
    BoundGauge,
    BoundHistogram,
    BoundInfo,
    BoundSummary,
    Collector,
    Counter,
    Enum,
    Estimator,
    Gauge,
    Histogram,
    Info,
    Registry,
    Summary,
)
from ._core import Collectors as _Collectors
from .histogram import NEG_INF, POS_INF
from .metricdict import MetricDict
from .mypy_types import LabelsType, NumericValueType
from .samples import Sample
from .values import Values

__all__ = [
    "METRIC_NAME_RE",
    "NEG_INF",
    "POS_INF",
    "REGISTRY",
    "RESTRICTED_LABELS_NAMES",
    "RESTRICTED_LABELS_PREFIXES",
    "BoundCounter",
    "BoundEnum",
    "BoundGauge",
    "BoundHistogram",
    "BoundInfo",
    "BoundSummary",
    "Collector",
    "Counter",
    "Enum",
    "Estimator",
    "Gauge",
    "Histogram",
    "Info",
    "LabelsType",
    "MetricDict",
    "MetricsTypes",
    "NumericValueType",
    "Registry",
    "Sample",
    "Summary",
    "Values",
    "get_registry",
    "histogram",
]

METRIC_NAME = r"^[a-zA-Z_:][a-zA-Z0-9_:]*\Z"
"""The pattern of the names of metrics; ``METRIC_NAME_RE`` is compiled on first use."""
RESTRICTED_LABELS_NAMES = ("job",)
"""Label names that Prometheus adds itself."""
RESTRICTED_LABELS_PREFIXES = ("__",)
"""Prefixes of label names that are reserved for Prometheus."""


if TYPE_CHECKING:
    METRIC_NAME_RE: re.Pattern[str]


class MetricsTypes(enum.Enum):
    """The kinds of metrics, named as in the text format."""

    counter = 0
    """A number that only increases."""
    gauge = 1
    """A number that increases and decreases."""
    summary = 2
    """Observations as count, sum and quantiles."""
    untyped = 3
    """A number whose kind is not known."""
    histogram = 4
    """Observations as count, sum and buckets."""


if hasattr(Collector, "kind"):
    # The package was imported before in this process. The classes of the core are the same, so
    # their kinds must stay the same too: programs compare them.
    MetricsTypes = type(Collector.kind)  # type: ignore[misc]
else:
    Collector.kind = MetricsTypes.untyped
    Counter.kind = MetricsTypes.counter
    Gauge.kind = MetricsTypes.gauge
    Summary.kind = MetricsTypes.summary
    Histogram.kind = MetricsTypes.histogram
    # The text format has no types for these two and exposes them as gauges.
    Info.kind = MetricsTypes.gauge
    Enum.kind = MetricsTypes.gauge

MutableMapping.register(_Collectors)

REGISTRY = Registry()
"""The default registry, for metrics that are made without another one."""


def __getattr__(name: str) -> Any:
    if name == "METRIC_NAME_RE":
        return re.compile(METRIC_NAME)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "METRIC_NAME_RE"})


def get_registry() -> Registry:
    """Return :data:`REGISTRY`, the default registry."""
    return REGISTRY
