"""The text format 0.0.4."""

from collections.abc import Callable
from typing import Any, cast

from aioprometheus import _core
from aioprometheus.collectors import Collector, Counter, Gauge, Histogram, Registry, Summary
from aioprometheus.mypy_types import (
    HistogramDictType,
    LabelsType,
    MetricTupleType,
    NumericValueType,
    SummaryDictType,
)

from .base import IFormatter
from .failure import Failures

#: Formats one series.
FormatterFuncType = Callable[[MetricTupleType, str, LabelsType], list[str]]

HELP_FMT = "# HELP {name} {doc}"
TYPE_FMT = "# TYPE {name} {kind}"
COMMENT_FMT = "# {comment}"
LABEL_SEPARATOR_FMT = ","
LINE_SEPARATOR_FMT = "\n"
POS_INF = float("inf")
NEG_INF = float("-inf")

#: The Content-Type of this format.
TEXT_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
TEXT_ACCEPTS = set(TEXT_CONTENT_TYPE.split("; "))


# What a subclass of the formatter may have of its own.
_FORMATTING_METHODS = (
    "_format_counter",
    "_format_gauge",
    "_format_histogram",
    "_format_line",
    "_format_summary",
    "_unify_labels",
)


def _is_typed(collector: Collector) -> bool:
    return isinstance(collector, (Counter, Gauge, Summary, Histogram))


class TextFormatter(IFormatter):
    """Formats metrics as text that every Prometheus reads.

    Families are sorted by name, series stand in the order of their first use, labels are sorted
    by name. A histogram ``x`` is exposed as ``x_bucket{le="..."}``, ``x_count`` and ``x_sum``; a
    summary as
    ``x{quantile="..."}``, ``x_count`` and ``x_sum``.

    :param timestamp: whether every sample carries the time of the rendering, in milliseconds.
    """

    def __init__(self, timestamp: bool = False) -> None:
        self.timestamp = timestamp

    def get_headers(self) -> LabelsType:
        """Return the headers of a response in this format."""
        return {"Content-Type": TEXT_CONTENT_TYPE}

    def marshall(self, registry: Registry) -> bytes:
        """Format all the metrics of a registry.

        A metric that fails, because a method of its class raises, is left out and counted in
        ``aioprometheus_collector_errors_total``; the others are served.
        """
        failures = Failures.of(registry)
        blocks: list[Any] = []
        collectors = registry.get_all()
        for collector in collectors:
            try:
                blocks.append(self._block(collector))
            except Exception as error:
                failures.add(collector, error)
        counter = failures.counter(collectors)
        if counter is not None:
            blocks.append(counter)
        return _core.encode_text(blocks, self._now())

    def marshall_collector(self, collector: Collector) -> str:
        """Format one metric.

        :raises TypeError: if it is none of the four types.
        """
        return LINE_SEPARATOR_FMT.join(self.marshall_lines(collector))

    def marshall_lines(self, collector: Collector) -> list[str]:
        """Format one metric as a list of lines.

        :raises TypeError: if it is none of the four types.
        """
        if not _is_typed(collector):
            raise TypeError("Not a valid object format")
        return self._lines(collector)

    def _now(self) -> int | None:
        return self._get_timestamp() if self.timestamp else None

    def _block(self, collector: Collector) -> Collector | tuple[str, str]:
        """The metric itself if the core can encode it, else its name and its lines."""
        if self._overrides("marshall_collector", "marshall_lines") and _is_typed(collector):
            text = self.marshall_collector(collector)
        elif self._encodes(collector):
            return collector
        else:
            text = LINE_SEPARATOR_FMT.join(self._lines(collector))
        name = str(collector.name)
        (name + text).encode()  # What has no UTF-8 costs this metric, not the scrape.
        return name, text

    def _overrides(self, *methods: str) -> bool:
        """Whether the class of this formatter has other methods of these names."""
        return type(self) is not TextFormatter and any(
            getattr(type(self), method) is not getattr(TextFormatter, method) for method in methods
        )

    def _encodes(self, collector: Collector) -> bool:
        """Whether the core encodes a metric: neither the metric nor this formatter knows better."""
        return _core.is_native(collector) and not self._overrides(*_FORMATTING_METHODS)

    def _lines(self, collector: Collector) -> list[str]:
        if self._encodes(collector):
            text = _core.encode_text([collector], self._now()).decode()
            return text.split(LINE_SEPARATOR_FMT)[:-1]
        kind = collector.kind.name
        header = _core.format_header(str(collector.name), str(collector.doc), kind)
        lines = header.split(LINE_SEPARATOR_FMT)
        format_series = self._format_function(collector)
        for series in collector.get_all():
            lines.extend(format_series(series, collector.name, collector.const_labels))
        return lines

    def _format_function(self, collector: Collector) -> FormatterFuncType:
        if isinstance(collector, Summary):
            return self._format_summary
        if isinstance(collector, Histogram):
            return self._format_histogram
        return self._format_counter if isinstance(collector, Counter) else self._format_gauge

    def _format_line(
        self,
        name: str,
        labels: LabelsType,
        value: NumericValueType,
        const_labels: LabelsType,
    ) -> str:
        labels = self._unify_labels(labels, const_labels, True)
        return _core.format_sample(name, labels, value, self._now())

    def _format_counter(
        self, counter: MetricTupleType, name: str, const_labels: LabelsType
    ) -> list[str]:
        labels, value = counter
        return [self._format_line(name, labels, cast(NumericValueType, value), const_labels)]

    def _format_gauge(
        self, gauge: MetricTupleType, name: str, const_labels: LabelsType
    ) -> list[str]:
        labels, value = gauge
        return [self._format_line(name, labels, cast(NumericValueType, value), const_labels)]

    def _format_summary(
        self, summary: MetricTupleType, name: str, const_labels: LabelsType
    ) -> list[str]:
        labels, value_by_key = summary
        report = cast(SummaryDictType, value_by_key)
        lines = []
        for key, value in report.items():
            if isinstance(key, float):
                with_quantile = {**(labels or {}), "quantile": str(key)}
                lines.append(self._format_line(name, with_quantile, value, const_labels))
            else:
                lines.append(self._format_line(f"{name}_{key}", labels, value, const_labels))
        return lines

    def _format_histogram(
        self, histogram: MetricTupleType, name: str, const_labels: LabelsType
    ) -> list[str]:
        labels, value_by_key = histogram
        report = cast(HistogramDictType, value_by_key)
        lines = []
        for key, value in report.items():
            value = float(value)
            if isinstance(key, float):
                with_bound = {**(labels or {}), "le": _core.format_bound(key)}
                lines.append(self._format_line(f"{name}_bucket", with_bound, value, const_labels))
            else:
                lines.append(self._format_line(f"{name}_{key}", labels, value, const_labels))
        return lines
