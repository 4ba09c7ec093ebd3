"""The base classes of the formatters of this package, whose bytes the core writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, TypeAlias

from aioprometheus import _core
from aioprometheus.collectors import Collector, Counter, Enum, Histogram, Info, Registry, Summary
from aioprometheus.failure import Failures, leave_out, noting_repeated
from aioprometheus.loop import Results
from aioprometheus.mypy_types import LabelsType, MetricTupleType
from aioprometheus.note import wrong_registry

from .base import IFormatter

Block: TypeAlias = Collector | _core.Report | tuple[str, str]
"""What the core encodes: a metric, its report, or its name and its lines."""


class NativeFormatter(IFormatter):
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
        failures = Failures.known(registry)
        rendered: list[tuple[Collector, Block]] = []
        families: list[Collector | tuple[str, str]] = []
        if collectors is None:
            collectors = registry.get_all()
        with noting_repeated() as repeated:
            for collector in collectors:
                try:
                    if is_asked_for(collector, names):
                        block = self._block(collector)
                        families.append(_family(collector, block))
                        rendered.append((collector, block))
                except Exception as error:
                    failures = failures or Failures.of(registry)
                    failures.add(collector, error)
        for collector, samples in repeated:
            failures = failures or Failures.of(registry)
            failures.add_repeated(collector, samples)
        for place, other in reversed(_core.find_clashes(families)):
            failures = failures or Failures.of(registry)
            failures.add(rendered[place][0], _clash(families[place], families[other]))
            del rendered[place]
        blocks = [block for _, block in rendered]
        counter = failures.counter(collectors) if failures is not None else None
        if counter is not None and is_asked_for(counter, names):
            blocks.append(counter)
        return blocks

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
        """The metric itself if the core can encode it, else its report.

        :raises TypeError: If it is not a metric.
        """
        if not isinstance(collector, Collector):
            raise TypeError("Not a valid object format")
        return collector if _core.is_native(collector) else report(collector)


def _family(collector: Collector, block: Block) -> Collector | tuple[str, str]:
    """The metric if it is its own block, else its name and its kind."""
    return block if isinstance(block, Collector) else (str(collector.name), _kind(collector))


def _clash(family: Collector | tuple[str, str], other: Collector | tuple[str, str]) -> ValueError:
    name, first = (
        str(one.name) if isinstance(one, Collector) else one[0] for one in (family, other)
    )
    return ValueError(
        f"{name} would write samples of a name that {first}, which stands before it in the "
        "registry, writes too; give it another name"
    )


def _kind(collector: Collector) -> str:
    """The core's word for the kind of a metric."""
    if isinstance(collector, Info):
        return "info"
    return "stateset" if isinstance(collector, Enum) else str(collector.kind.name)


def report(collector: Collector) -> _core.Report:
    """Return the report of a metric whose class overrides methods.

    :param collector: The metric.
    :raises Exception: What these methods raise, or an error in what they report.
    """
    kind = _kind(collector)
    const_labels = collector.const_labels or {}
    series = []
    for labels, value in collector.get_all():
        if hasattr(value, "items"):
            value = dict(value.items())
        elif isinstance(collector, Enum):
            value = (list(collector.states), value)
        # As in the text format, a label of the series replaces a const label of the same name.
        series.append(({**const_labels, **(labels or {})}, value))
    made = _core.Report(collector, str(collector.name), str(collector.doc), kind, {}, series)
    leave_out(collector, made.left_out)
    return made


def is_asked_for(collector: Collector, names: Collection[str]) -> bool:
    """Return whether a metric is to be rendered.

    :param collector: The metric.
    :param names: The names of the metrics to render, or of their samples; without names, all.
    :raises Exception: What the attribute ``name`` of a user's class raises.
    """
    return not names or not _names_of(collector).isdisjoint(names)


def _names_of(collector: Collector) -> set[str]:
    """The names that select a metric: its own, those of its samples, and their escaped forms."""
    name = str(collector.name)
    suffixes = [""]
    if isinstance(collector, Histogram):
        suffixes += ["_bucket", "_count", "_sum", "_created"]
    elif isinstance(collector, Summary):
        suffixes += ["_count", "_sum", "_created"]
    elif isinstance(collector, Info):
        name = name.removesuffix("_info")
        suffixes += ["_info"]
    elif isinstance(collector, Counter) and name.endswith("_total"):
        # OpenMetrics calls the family by its name without the suffix.
        name = name.removesuffix("_total")
        suffixes += ["_total", "_created"]
    names = {f"{name}{suffix}" for suffix in suffixes}
    if _core.takes_utf8(collector):
        names |= {
            f"{_core.escape_name(name, escaping)}{suffix}"
            for escaping in ("underscores", "dots", "values")
            for suffix in suffixes
        }
    return names


class ReportFormatter(NativeFormatter):
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
