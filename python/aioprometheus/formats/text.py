"""The Prometheus text format, 0.0.4 and 1.0.0."""

from collections.abc import Callable
from typing import cast

from .. import _core
from ..collect import Block, report
from ..collectors import (
    Collector,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Summary,
)
from ..collectors import Registry as Registry  # as in 23.12.0
from ..failure import leave_out
from ..mypy_types import (
    HistogramDictType,
    LabelsType,
    MetricTupleType,
    NumericValueType,
    SummaryDictType,
)
from .base import IFormatter as IFormatter  # as in 23.12.0
from .built_in import BuiltInFormatter

FormatterFuncType = Callable[[MetricTupleType, str, LabelsType], list[str]]
"""A function that formats one series."""

HELP_FMT = "# HELP {name} {doc}"
"""The line with the description of a metric."""
TYPE_FMT = "# TYPE {name} {kind}"
"""The line with the type of a metric."""
COMMENT_FMT = "# {comment}"
"""Any other comment."""
LABEL_SEPARATOR_FMT = ","
"""The text between two labels."""
LINE_SEPARATOR_FMT = "\n"
"""The text between two lines."""
POS_INF = float("inf")
"""Positive infinity."""
NEG_INF = float("-inf")
"""Negative infinity."""

TEXT_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The Content-Type of this format."""
TEXT_ACCEPTS = set(TEXT_CONTENT_TYPE.split("; "))
"""The parts of that Content-Type."""


# The methods that a subclass of the formatter may override.
_FORMATTING_METHODS = (
    "_format_counter",
    "_format_gauge",
    "_format_histogram",
    "_format_line",
    "_format_summary",
    "_unify_labels",
)


class _DistinctLines:
    """A filter for the lines of one metric: it drops those that are the same series for a server.

    :param collector: The metric.
    :param has_own_labels: Whether the formatter may write other labels than it is given.
    """

    def __init__(self, collector: Collector, has_own_labels: bool) -> None:
        self.left_out: list[str] = []
        self._labels = None if has_own_labels else _core.DistinctLabels(collector)
        self._known: set[str] = set()

    def adds(self, labels: LabelsType | None, const_labels: LabelsType) -> bool:
        """Whether a series with these labels is new."""
        if self._labels is None:
            return True
        known = self._labels.add({**(const_labels or {}), **(labels or {})})
        if known is not None:
            self.left_out.append(known)
        return known is None

    def left(self, lines: list[str]) -> list[str]:
        """The lines whose names and labels are new."""
        left = []
        for line in lines:
            series = line[: line.rfind("}") + 1] or line.partition(" ")[0]
            if series in self._known:
                self.left_out.append(series)
            else:
                self._known.add(series)
                left.append(line)
        return left


def _without_own(collector: Collector, labels: LabelsType) -> LabelsType:
    """Labels without ``quantile`` of a summary or ``le`` of a histogram.

    Lines of quantiles and buckets have that label themselves, and parsers refuse it in the others.
    """
    kinds = {Summary: "summary", Histogram: "histogram"}
    kind = next((kinds[kind] for kind in kinds if isinstance(collector, kind)), "untyped")
    reserved, _ = _core.own_label(kind)
    if not labels or reserved not in labels:
        return labels
    return {name: value for name, value in labels.items() if name != reserved}


def _is_typed(collector: Collector) -> bool:
    return isinstance(collector, (Counter, Gauge, Summary, Histogram, Info, Enum))


class TextFormatter(BuiltInFormatter):
    """The formatter of text, which every Prometheus reads: 0.0.4, or 1.0.0 if it is asked for.

    Families are sorted by name, series by their birth, and labels by name. A histogram ``x`` is
    exposed as ``x_bucket{le="..."}``, ``x_count`` and ``x_sum``; a summary as
    ``x{quantile="..."}``, ``x_count`` and ``x_sum``.

    :param timestamp: Whether every sample carries the time of the rendering, in milliseconds.
    """

    format = "text"
    content_type = TEXT_CONTENT_TYPE

    # Whether the metric that is being formatted takes any UTF-8 as a name. None means that the
    # setting for new metrics decides.
    _utf8: bool | None = None

    def marshall_collector(self, collector: Collector) -> str:
        """Format one metric.

        :param collector: The metric.
        :raises TypeError: If it is a plain ``Collector``.
        """
        return LINE_SEPARATOR_FMT.join(self.marshall_lines(collector))

    def marshall_lines(self, collector: Collector) -> list[str]:
        """Format one metric as a list of lines.

        :param collector: The metric.
        :raises TypeError: If it is a plain ``Collector``.
        """
        if not _is_typed(collector):
            raise TypeError("Not a valid object format")
        return self._lines(collector)

    def _block(self, collector: Collector) -> Block:
        """The metric itself if the core can encode it, else its report or its name and lines."""
        if self._overrides("marshall_collector", "marshall_lines") and _is_typed(collector):
            text = self.marshall_collector(collector)
        elif self._encodes(collector):
            return collector
        elif isinstance(collector, (Info, Enum)):
            return report(collector)
        else:
            text = LINE_SEPARATOR_FMT.join(self._lines(collector))
        name = str(collector.name)
        (name + text).encode()  # If it has no UTF-8 form, this metric fails, and not the scrape.
        return name, text

    def _forms_all(self) -> bool:
        return self._overrides(
            "_block", "marshall_collector", "marshall_lines", *_FORMATTING_METHODS
        )

    def _overrides(self, *methods: str) -> bool:
        """Whether the class of this formatter overrides one of these methods."""
        return type(self) is not TextFormatter and any(
            getattr(type(self), method) is not getattr(TextFormatter, method) for method in methods
        )

    def _encodes(self, collector: Collector) -> bool:
        """Whether the core encodes a metric: neither its class nor the formatter has overrides."""
        return _core.is_built_in(collector) and not self._overrides(*_FORMATTING_METHODS)

    def _lines(self, collector: Collector) -> list[str]:
        if self._encodes(collector) or isinstance(collector, (Info, Enum)):
            block = collector if self._encodes(collector) else report(collector)
            return self.encode([block]).decode().split(LINE_SEPARATOR_FMT)[:-1]
        kind = collector.kind.name
        name, doc, utf8 = str(collector.name), str(collector.doc), _core.takes_utf8(collector)
        header = _core.format_header(name, doc, kind, self.escaping, utf8)
        lines = header.split(LINE_SEPARATOR_FMT)
        if utf8:
            # Escaped before suffixes are appended, because suffixes are not escaped.
            name = _core.escape_name(name, self.escaping or "underscores")
        format_series = self._format_function(collector)
        self._utf8 = utf8
        distinct = _DistinctLines(collector, has_own_labels=self._overrides(*_FORMATTING_METHODS))
        const_labels = _without_own(collector, collector.const_labels)
        for labels, value in collector.get_all():
            labels = _without_own(collector, labels)
            if distinct.adds(labels, const_labels):
                lines.extend(distinct.left(format_series((labels, value), name, const_labels)))
        leave_out(collector, distinct.left_out)
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
        return _core.format_sample(name, labels, value, self._now(), self.escaping, self._utf8)

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
        quantile, suffix = cast("tuple[str, str]", _core.own_label("summary"))
        lines = []
        for key, value in report.items():
            if isinstance(key, float):
                own = {**(labels or {}), quantile: str(key)}
                lines.append(self._format_line(f"{name}{suffix}", own, value, const_labels))
            else:
                lines.append(self._format_line(f"{name}_{key}", labels, value, const_labels))
        return lines

    def _format_histogram(
        self, histogram: MetricTupleType, name: str, const_labels: LabelsType
    ) -> list[str]:
        labels, value_by_key = histogram
        report = cast(HistogramDictType, value_by_key)
        bound, suffix = cast("tuple[str, str]", _core.own_label("histogram"))
        lines = []
        for key, value in report.items():
            value = float(value)
            if isinstance(key, float):
                own = {**(labels or {}), bound: _core.format_bound(key)}
                lines.append(self._format_line(f"{name}{suffix}", own, value, const_labels))
            else:
                lines.append(self._format_line(f"{name}_{key}", labels, value, const_labels))
        return lines
