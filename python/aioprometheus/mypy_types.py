"""The type annotations that users of the package may need."""

from typing import TYPE_CHECKING, Any, TypeAlias

from . import histogram
from ._core import Estimator

if TYPE_CHECKING:
    from typing import Protocol

    class SupportsCollect(Protocol):
        """A collector: an object that ``registry.register`` takes beside metrics."""

        def collect(self) -> Any:
            """Return or yield families."""


LabelsType: TypeAlias = dict[str, str]
"""Label names and values."""
NumericValueType: TypeAlias = int | float | histogram.Histogram | Estimator
"""The value of a series: a number, a histogram, or the estimator of a summary."""
ValueType: TypeAlias = str | NumericValueType
"""The value of a series, or text."""

SummaryDictKeyType: TypeAlias = float | str
"""A quantile's phi, "count" or "sum"."""
SummaryDictType: TypeAlias = dict[SummaryDictKeyType, NumericValueType]
"""What ``get`` of a summary returns."""

HistogramDictKeyType: TypeAlias = float | str
"""An upper bound, "count" or "sum"."""
HistogramDictType: TypeAlias = dict[HistogramDictKeyType, int | float]
"""What ``get`` of a histogram returns."""

MetricValueType: TypeAlias = NumericValueType | SummaryDictType | HistogramDictType
"""What ``get`` of a metric returns."""
MetricTupleType: TypeAlias = tuple[LabelsType, MetricValueType]
"""The labels of a series, and what ``get`` returns for them."""
