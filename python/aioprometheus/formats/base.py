"""The interface of a formatter."""

import abc
import time
from typing import Any

from ..mypy_types import LabelsType, MetricTupleType


class IFormatter(abc.ABC):
    """A formatter: it turns a registry into the bytes of one format."""

    @abc.abstractmethod
    def get_headers(self) -> LabelsType:
        """Return the headers of a response in this format."""

    @abc.abstractmethod
    def _format_counter(self, counter: MetricTupleType, name: str, const_labels: LabelsType) -> Any:
        """Format one series of a counter: its labels and its value."""

    @abc.abstractmethod
    def _format_gauge(self, gauge: MetricTupleType, name: str, const_labels: LabelsType) -> Any:
        """Format one series of a gauge: its labels and its value."""

    @abc.abstractmethod
    def _format_summary(self, summary: MetricTupleType, name: str, const_labels: LabelsType) -> Any:
        """Format one series of a summary: its labels, and a dict of quantiles, count and sum."""

    @abc.abstractmethod
    def _format_histogram(
        self, histogram: MetricTupleType, name: str, const_labels: LabelsType
    ) -> Any:
        """Format one series of a histogram: its labels, and a dict of buckets, count and sum."""

    @abc.abstractmethod
    def marshall(self, registry: Any) -> bytes:
        """Format all metrics of a registry.

        :param registry: The registry.
        :returns: The exposition.
        """

    def _unify_labels(
        self, labels: LabelsType, const_labels: LabelsType, ordered: bool = False
    ) -> LabelsType:
        """Return the labels of a series and the const labels, sorted by name if ``ordered``."""
        result = {**const_labels, **(labels or {})} if const_labels else labels
        return dict(sorted(result.items())) if ordered and result else result

    def _get_timestamp(self) -> int:
        """Return the time in milliseconds since 1970."""
        return time.time_ns() // 1_000_000
