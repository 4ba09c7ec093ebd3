"""Type annotations that the package shares with its users."""

from typing import TypeAlias

from . import histogram
from ._core import Estimator

#: Label names and values.
LabelsType: TypeAlias = dict[str, str]
#: What a series holds: a number, a histogram, or the estimator of a summary.
NumericValueType: TypeAlias = int | float | histogram.Histogram | Estimator
ValueType: TypeAlias = str | NumericValueType

#: A phi, or "count" or "sum".
SummaryDictKeyType: TypeAlias = float | str
SummaryDictType: TypeAlias = dict[SummaryDictKeyType, NumericValueType]

#: An upper bound, or "count" or "sum".
HistogramDictKeyType: TypeAlias = float | str
HistogramDictType: TypeAlias = dict[HistogramDictKeyType, int | float]

MetricValueType: TypeAlias = NumericValueType | SummaryDictType | HistogramDictType
#: The labels of a series and what ``get`` says of it.
MetricTupleType: TypeAlias = tuple[LabelsType, MetricValueType]
