"""Protocol buffers: a delimited ``io.prometheus.client.MetricFamily`` for each metric.

The only format that has native histograms, and that tells when a series was born without a series
of its own.
"""

from __future__ import annotations

from aioprometheus.collectors import Collector

from .native import Block, ReportFormatter

PROTOBUF_CONTENT_TYPE = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)
"""The Content-Type of this format."""


class ProtobufFormatter(ReportFormatter):
    """Formats metrics as protocol buffers.

    :param timestamp: whether every sample carries the time of the rendering, in milliseconds.
    """

    format = "protobuf"
    content_type = PROTOBUF_CONTENT_TYPE

    def marshall_collector(self, collector: Collector) -> bytes:
        """Format one metric: the length of its message, and the message.

        :param collector: The metric.
        """
        return self.encode([self._block(collector)])

    def marshall_lines(self, collector: Collector) -> list[bytes]:
        """Format one metric as a list of one message behind its length.

        :param collector: The metric.
        """
        return [self.marshall_collector(collector)]

    def _lines(self, blocks: list[Block]) -> list[bytes]:
        return [self.encode(blocks)]
