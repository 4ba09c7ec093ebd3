"""Families: what the ``collect()`` of a collector yields, made for one exposition.

The classes stand under two names each: those of this package, whose families are exposed under the
name that they are given, and those of prometheus_client, whose collectors work here when the import
is changed::

    from aioprometheus.families import GaugeMetricFamily
"""

from .family import Family, Labels
from .metric import METRIC_TYPES, Metric
from .numbers import CounterFamily, GaugeFamily, UntypedFamily
from .observations import Buckets, GaugeHistogramFamily, HistogramFamily, SummaryFamily
from .sample import AnyExemplar, BucketSpan, Exemplar, NativeHistogram, Sample, Time, Timestamp
from .states import InfoFamily, StateSetFamily
from .suffixed import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
    SummaryMetricFamily,
    UnknownMetricFamily,
    UntypedMetricFamily,
)

__all__ = [
    "METRIC_TYPES",
    "AnyExemplar",
    "BucketSpan",
    "Buckets",
    "CounterFamily",
    "CounterMetricFamily",
    "Exemplar",
    "Family",
    "GaugeFamily",
    "GaugeHistogramFamily",
    "GaugeHistogramMetricFamily",
    "GaugeMetricFamily",
    "HistogramFamily",
    "HistogramMetricFamily",
    "InfoFamily",
    "InfoMetricFamily",
    "Labels",
    "Metric",
    "NativeHistogram",
    "Sample",
    "StateSetFamily",
    "StateSetMetricFamily",
    "SummaryFamily",
    "SummaryMetricFamily",
    "Time",
    "Timestamp",
    "UnknownMetricFamily",
    "UntypedFamily",
    "UntypedMetricFamily",
]
