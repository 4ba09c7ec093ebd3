"""The metric types, the registry, and the default registry."""

import enum
import re
from typing import TYPE_CHECKING, Any

from . import constructors as _constructors  # noqa: F401  for the bindings, which look there
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
"""What the name of a metric looks like; ``METRIC_NAME_RE`` is compiled when it is asked for."""
RESTRICTED_LABELS_NAMES = ("job",)
"""Label names that Prometheus attaches itself."""
RESTRICTED_LABELS_PREFIXES = ("__",)
"""Label names that begin so are Prometheus's own."""


if TYPE_CHECKING:
    METRIC_NAME_RE: re.Pattern[str]


class MetricsTypes(enum.Enum):
    """The kinds of metrics, by the words of the text format."""

    counter = 0
    """A number that only goes up."""
    gauge = 1
    """A number that goes up and down."""
    summary = 2
    """Observations as count, sum and quantiles."""
    untyped = 3
    """A number of which nothing is known."""
    histogram = 4
    """Observations as count, sum and buckets."""


if hasattr(Collector, "kind"):
    # This is another import of the package: the classes are those of the process, and so are their
    # kinds, which programs compare.
    MetricsTypes = type(Collector.kind)  # type: ignore[misc]
else:
    Collector.kind = MetricsTypes.untyped
    Counter.kind = MetricsTypes.counter
    Gauge.kind = MetricsTypes.gauge
    Summary.kind = MetricsTypes.summary
    Histogram.kind = MetricsTypes.histogram
    # What they are in the text format, which has no types of their own for them.
    Info.kind = MetricsTypes.gauge
    Enum.kind = MetricsTypes.gauge

REGISTRY = Registry()
"""The default registry: metrics that are given no other register themselves here."""


def __getattr__(name: str) -> Any:
    if name == "METRIC_NAME_RE":
        return re.compile(METRIC_NAME)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "METRIC_NAME_RE"})


def get_registry() -> Registry:
    """Return the default registry."""
    return REGISTRY
