"""The OpenMetrics text format, 1.0.0 and 0.0.1.

Every series has the same name as in the text format. OpenMetrics would rename or refuse some
families, which therefore have the type ``unknown``. These are counters whose name lacks ``_total``,
and counters and infos whose name without ``_total`` or ``_info`` belongs to another metric.

Values that OpenMetrics does not allow are left out: the sum of a summary if it is negative or NaN,
negative quantiles of a summary, the sum and count of a histogram with a sum that is negative or NaN
or with negative bounds, and the value of a counter if it is negative or NaN, which only a user's
class can report.
"""

from __future__ import annotations

from typing import Any

from ..collect import Block
from ..collectors import Collector
from .built_in import ReportFormatter

OPENMETRICS_CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
"""The Content-Type of this format."""

_END = "# EOF"

_created = False


def enable_created_metrics() -> None:
    """Expose in OpenMetrics when each series of a counter, summary or histogram was born.

    Prometheus stores these ``_created`` samples as series of their own, which nearly doubles the
    number of series. They are therefore off by default. Protocol buffers always contain the times
    of birth, without additional series.
    """
    global _created
    _created = True


def disable_created_metrics() -> None:
    """Stop exposing the times of birth: undo :func:`enable_created_metrics`."""
    global _created
    _created = False


class OpenMetricsFormatter(ReportFormatter):
    """The formatter of OpenMetrics text, which has exemplars and units.

    :param timestamp: Whether every sample carries the time of the rendering, in seconds.
    :param created: Whether to write ``_created`` samples; None leaves it to
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
