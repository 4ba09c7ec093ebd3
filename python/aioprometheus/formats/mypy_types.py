"""Type annotations of the formatters."""

from typing import TypeAlias

from aioprometheus.collectors import Counter, Gauge, Histogram, Summary

LabelsType: TypeAlias = dict[str, str]
NumericValueType: TypeAlias = int | float
SummaryDictKeyType: TypeAlias = float | str
SummaryDictType: TypeAlias = dict[SummaryDictKeyType, NumericValueType]
HistogramDictKeyType: TypeAlias = float | str
HistogramDictType: TypeAlias = dict[HistogramDictKeyType, NumericValueType]
CollectorsType: TypeAlias = Counter | Gauge | Histogram | Summary
MetricValueType: TypeAlias = NumericValueType | SummaryDictType | HistogramDictType
MetricTupleType: TypeAlias = tuple[LabelsType, MetricValueType]
