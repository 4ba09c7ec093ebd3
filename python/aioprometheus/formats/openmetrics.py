"""The OpenMetrics text format, 1.0.0 and 0.0.1.

What OpenMetrics would rename or refuse is told so that no series has another name than in the text
format: a counter whose name lacks ``_total``, or whose name without that another metric has, goes
out as ``unknown``, and so does an info beside a metric of its name. Left out are the sum of a
summary that is negative or NaN, and its negative quantiles; the sum and count of a histogram whose
sum is negative or NaN or that has negative bounds; and a counter that is negative or NaN, which a
class of the user's may say.
"""

from __future__ import annotations

from typing import Any

from aioprometheus.collectors import Collector

from .native import Block, ReportFormatter

OPENMETRICS_CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
"""The Content-Type of this format."""

_END = "# EOF"

_created = False


def enable_created_metrics() -> None:
    """Have OpenMetrics tell when each counter, summary and histogram series was born.

    Prometheus stores these ``_created`` lines as series of their own, which nearly doubles the
    number of series: off unless asked for. Protocol buffers always tell it, at no such cost.
    """
    global _created
    _created = True


def disable_created_metrics() -> None:
    """End what :func:`enable_created_metrics` began."""
    global _created
    _created = False


class OpenMetricsFormatter(ReportFormatter):
    """Formats metrics as OpenMetrics text, with exemplars and units.

    :param timestamp: whether every sample carries the time of the rendering, in seconds.
    :param created: whether there are ``_created`` samples; None asks
      :func:`enable_created_metrics`.
    """

    format = "openmetrics"
    content_type = OPENMETRICS_CONTENT_TYPE

    def __init__(self, timestamp: bool = False, created: bool | None = None) -> None:
        super().__init__(timestamp)
        self.created = created

    def marshall_collector(self, collector: Collector) -> str:
        """Format one metric, without ``# EOF``.

        :param collector: The metric.
        """
        return "\n".join(self.marshall_lines(collector))

    def marshall_lines(self, collector: Collector) -> list[str]:
        """Format one metric as a list of lines, without ``# EOF``.

        :param collector: The metric.
        """
        return self._all_lines([self._block(collector)])

    def _options(self) -> dict[str, Any]:
        created = _created if self.created is None else self.created
        return {**super()._options(), "created": created}

    def _all_lines(self, blocks: list[Block]) -> list[str]:
        return self.encode(blocks).decode().removesuffix(f"{_END}\n").split("\n")[:-1]

    def _lines(self, blocks: list[Block]) -> list[str]:
        return [line for line in self._all_lines(blocks) if not line.startswith("#")]
