"""Type annotations that the package shares with its users."""

from typing import TYPE_CHECKING, Union

from . import histogram

if TYPE_CHECKING:
    from ._core import Estimator

#: Label names and values.
LabelsType = dict[str, str]
#: What a series holds: a number, a histogram, or the estimator of a summary.
NumericValueType = Union[int, float, histogram.Histogram, "Estimator"]
ValueType = Union[str, NumericValueType]

#: A phi, or "count" or "sum".
SummaryDictKeyType = Union[float, str]
SummaryDictType = dict[SummaryDictKeyType, NumericValueType]

#: An upper bound, or "count" or "sum".
HistogramDictKeyType = Union[float, str]
HistogramDictType = dict[HistogramDictKeyType, Union[int, float]]

MetricValueType = Union[NumericValueType, SummaryDictType, HistogramDictType]
#: The labels of a series and what ``get`` says of it.
MetricTupleType = tuple[LabelsType, MetricValueType]
