"""The type annotations of the formatters."""

from typing import TypeAlias

from ..collectors import Counter, Gauge, Histogram, Summary

LabelsType: TypeAlias = dict[str, str]
"""Label names and values."""
NumericValueType: TypeAlias = int | float
"""The value of a sample."""
SummaryDictKeyType: TypeAlias = float | str
"""A quantile's phi, ``"count"`` or ``"sum"``."""
SummaryDictType: TypeAlias = dict[SummaryDictKeyType, NumericValueType]
"""What ``get`` of a summary returns."""
HistogramDictKeyType: TypeAlias = float | str
"""An upper bound, ``"count"`` or ``"sum"``."""
HistogramDictType: TypeAlias = dict[HistogramDictKeyType, NumericValueType]
"""What ``get`` of a histogram returns."""
CollectorsType: TypeAlias = Counter | Gauge | Histogram | Summary
"""A counter, gauge, histogram or summary."""
MetricValueType: TypeAlias = NumericValueType | SummaryDictType | HistogramDictType
"""What ``get`` of a metric returns."""
MetricTupleType: TypeAlias = tuple[LabelsType, MetricValueType]
"""The labels of a series, and what ``get`` returns for them."""
