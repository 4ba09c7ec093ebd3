"""The base classes of the formatters of this package, whose bytes the core writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from .. import _core
from ..collect import Block, block_of, collect
from ..collectors import Collector, Registry
from ..loop import Results
from ..mypy_types import LabelsType, MetricTupleType
from ..note import wrong_registry
from .base import IFormatter


class BuiltInFormatter(IFormatter):
    """A formatter that encodes each metric from its state in the core, or from its report.

    ``negotiate`` returns subclasses with another :attr:`content_type` and :attr:`escaping`.

    :param timestamp: Whether every sample carries the time of the rendering.
    """

    format: ClassVar[str]
    """The name of the format in the core."""
    content_type: ClassVar[str]
    """The Content-Type of a response."""
    escaping: ClassVar[str | None] = None
    """How names that need quotes are escaped: ``"underscores"`` (the same as None), ``"dots"``,
    ``"values"``, or not at all: ``"allow-utf-8"``.
    """

    def __init__(self, timestamp: bool = False) -> None:
        self.timestamp = timestamp

    def __repr__(self) -> str:
        """Show the class, its options, and the content type."""
        options = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if v)
        return f"<{type(self).__name__}({options}) for {self.content_type}>"

    def get_headers(self) -> LabelsType:
        """Return the headers of a response in this format."""
        return {"Content-Type": self.content_type}

    def marshall(self, registry: Registry) -> bytes:
        """Format all metrics of a registry.

        A metric fails if an override of its class raises. It is then left out and counted in
        ``aioprometheus_collector_errors_total``; the other metrics are exposed.

        :param registry: The registry.
        :returns: The exposition.
        :raises TypeError: If a metric is given in place of a registry.
        """
        if isinstance(registry, Collector):
            raise wrong_registry(TypeError("Not a valid object format"), registry, "marshall")
        try:
            return self.encode(self.blocks(registry))
        except (AttributeError, TypeError) as error:
            if not hasattr(registry, "get_all") or isinstance(registry, type):
                wrong_registry(error, registry, "marshall")
            raise

    def blocks(
        self,
        registry: Registry,
        names: Collection[str] = (),
        collectors: Sequence[Collector] | None = None,
    ) -> list[Block]:
        """Return the blocks of a registry, which are to be encoded.

        :param registry: The registry.
        :param names: The names of the metrics to encode, or of their samples; without names, all
          metrics.
        :param collectors: The metrics of the registry, if the caller has them already.
        """
        return collect(registry, self._block, names, collectors)

    def encode(self, blocks: list[Block], encoding: str = "identity") -> bytes:
        """Encode blocks.

        :param blocks: What :meth:`blocks` returned.
        :param encoding: The compression: ``"identity"``, ``"gzip"`` or ``"zstd"``.
        :returns: The exposition.
        """
        return _core.encode(self.format, blocks, encoding=encoding, **self._options())

    async def encode_async(self, blocks: list[Block], encoding: str = "identity") -> bytes:
        """Encode blocks on a worker thread.

        :param blocks: What :meth:`blocks` returned.
        :param encoding: The compression: ``"identity"``, ``"gzip"`` or ``"zstd"``.
        :returns: The exposition.
        :raises RuntimeError: If no event loop of asyncio runs.
        """
        # Here, because callers of this method have imported asyncio already, and others may not.
        from asyncio import get_running_loop

        results, options = Results(get_running_loop()), self._options()
        future = results.future
        _core.encode_async(results, self.format, blocks, encoding=encoding, **options)
        body: bytes = await future
        return body

    def _options(self) -> dict[str, Any]:
        return {"escaping": self.escaping, "timestamp": self._now()}

    def _now(self) -> int | None:
        return self._get_timestamp() if self.timestamp else None

    def _block(self, collector: Collector) -> Block:
        """The block of a metric.

        :raises TypeError: If it is not a metric.
        """
        return block_of(collector)


class ReportFormatter(BuiltInFormatter):
    """A formatter that encodes a single series as a family of its own."""

    def _format_one(
        self, kind: str, series: MetricTupleType, name: str, const_labels: LabelsType
    ) -> Any:
        labels, value = series
        block = _core.Report(None, name, "", kind, const_labels, [(labels or {}, value)])
        return self._lines([block])

    def _lines(self, blocks: list[Block]) -> Any:
        """The lines or messages of blocks in an exposition."""
        raise NotImplementedError

    def _format_counter(self, counter: MetricTupleType, name: str, const_labels: LabelsType) -> Any:
        return self._format_one("counter", counter, name, const_labels)

    def _format_gauge(self, gauge: MetricTupleType, name: str, const_labels: LabelsType) -> Any:
        return self._format_one("gauge", gauge, name, const_labels)

    def _format_summary(self, summary: MetricTupleType, name: str, const_labels: LabelsType) -> Any:
        return self._format_one("summary", summary, name, const_labels)

    def _format_histogram(
        self, histogram: MetricTupleType, name: str, const_labels: LabelsType
    ) -> Any:
        return self._format_one("histogram", histogram, name, const_labels)
