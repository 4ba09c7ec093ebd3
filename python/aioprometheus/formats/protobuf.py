"""Protocol buffers: a delimited ``io.prometheus.client.MetricFamily`` for each metric.

This is the only format with native histograms. It contains the time of birth of each series without
additional series.
"""

from __future__ import annotations

from ..collect import Block
from ..collectors import Collector
from .built_in import ReportFormatter

PROTOBUF_CONTENT_TYPE = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)
"""The Content-Type of this format."""


class ProtobufFormatter(ReportFormatter):
    """The formatter of protocol buffers.

    :param timestamp: Whether every sample carries the time of the rendering, in milliseconds.
    """

    format = "protobuf"
    content_type = PROTOBUF_CONTENT_TYPE

    def marshall_collector(self, collector: Collector) -> bytes:
        """Format one metric as the length of its message and the message.

        :param collector: The metric.
        """
        return self.encode([self._block(collector)])

    def marshall_lines(self, collector: Collector) -> list[bytes]:
        """Format one metric as a list of one item: the length of its message and the message.

        :param collector: The metric.
        """
        return [self.marshall_collector(collector)]

    def _lines(self, blocks: list[Block]) -> list[bytes]:
        return [self.encode(blocks)]
