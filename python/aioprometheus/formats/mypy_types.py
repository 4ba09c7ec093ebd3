"""Type annotations of the formatters."""

from typing import Union

from aioprometheus.collectors import Counter, Gauge, Histogram, Summary

LabelsType = dict[str, str]
NumericValueType = Union[int, float]
SummaryDictKeyType = Union[float, str]
SummaryDictType = dict[SummaryDictKeyType, NumericValueType]
HistogramDictKeyType = Union[float, str]
HistogramDictType = dict[HistogramDictKeyType, NumericValueType]
CollectorsType = Union[Counter, Gauge, Histogram, Summary]
MetricValueType = Union[NumericValueType, SummaryDictType, HistogramDictType]
MetricTupleType = tuple[LabelsType, MetricValueType]
