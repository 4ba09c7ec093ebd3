"""Type annotations that the package shares with its users."""

from typing import TypeAlias

from . import histogram
from ._core import Estimator

LabelsType: TypeAlias = dict[str, str]
"""Label names and values."""
NumericValueType: TypeAlias = int | float | histogram.Histogram | Estimator
"""What a series holds: a number, a histogram, or the estimator of a summary."""
ValueType: TypeAlias = str | NumericValueType
"""What a series holds, or its text."""

SummaryDictKeyType: TypeAlias = float | str
"""A phi, or "count" or "sum"."""
SummaryDictType: TypeAlias = dict[SummaryDictKeyType, NumericValueType]
"""What ``get`` of a summary returns."""

HistogramDictKeyType: TypeAlias = float | str
"""An upper bound, or "count" or "sum"."""
HistogramDictType: TypeAlias = dict[HistogramDictKeyType, int | float]
"""What ``get`` of a histogram returns."""

MetricValueType: TypeAlias = NumericValueType | SummaryDictType | HistogramDictType
"""What ``get`` of a metric returns."""
MetricTupleType: TypeAlias = tuple[LabelsType, MetricValueType]
"""The labels of a series, and what ``get`` returns for them."""
