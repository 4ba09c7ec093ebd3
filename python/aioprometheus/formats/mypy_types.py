"""Type annotations of the formatters."""

from typing import TypeAlias

from aioprometheus.collectors import Counter, Gauge, Histogram, Summary

LabelsType: TypeAlias = dict[str, str]
"""Label names and values."""
NumericValueType: TypeAlias = int | float
"""The value of a sample."""
SummaryDictKeyType: TypeAlias = float | str
"""A phi, or ``"count"`` or ``"sum"``."""
SummaryDictType: TypeAlias = dict[SummaryDictKeyType, NumericValueType]
"""What ``get`` of a summary returns."""
HistogramDictKeyType: TypeAlias = float | str
"""An upper bound, or ``"count"`` or ``"sum"``."""
HistogramDictType: TypeAlias = dict[HistogramDictKeyType, NumericValueType]
"""What ``get`` of a histogram returns."""
CollectorsType: TypeAlias = Counter | Gauge | Histogram | Summary
"""A metric of one of the four types of the text format."""
MetricValueType: TypeAlias = NumericValueType | SummaryDictType | HistogramDictType
"""What ``get`` of a metric returns."""
MetricTupleType: TypeAlias = tuple[LabelsType, MetricValueType]
"""The labels of a series, and what ``get`` returns for them."""
