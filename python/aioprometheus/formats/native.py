"""What the formatters of this package have in common: the core writes their bytes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, TypeAlias

from aioprometheus import _core
from aioprometheus.collectors import Collector, Counter, Enum, Histogram, Info, Registry, Summary
from aioprometheus.loop import WorkerLoop
from aioprometheus.mypy_types import LabelsType, MetricTupleType
from aioprometheus.note import wrong_registry

from .base import IFormatter
from .failure import Failures, leave_out, noting_repeated

Block: TypeAlias = Collector | _core.Report | tuple[str, str]
"""What the core encodes: a metric, what one says of itself, or a name and its lines."""


class NativeFormatter(IFormatter):
    """Formats the metrics of a registry, each from its own state or from what its class says.

    ``negotiate`` gives subclasses of the formatters that have another :attr:`content_type` and
    :attr:`escaping`.

    :param timestamp: whether every sample carries the time of the rendering.
    """

    format: ClassVar[str]
    """What the core calls the format."""
    content_type: ClassVar[str]
    """The Content-Type of a response."""
    escaping: ClassVar[str | None] = None
    """What becomes of names that need quotes: ``"underscores"`` (the same as None), ``"dots"``,
    ``"values"`` or ``"allow-utf-8"``.
    """

    def __init__(self, timestamp: bool = False) -> None:
        self.timestamp = timestamp

    def __repr__(self) -> str:
        """Show the class, what has been set, and what comes out."""
        options = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if v)
        return f"<{type(self).__name__}({options}) for {self.content_type}>"

    def get_headers(self) -> LabelsType:
        """Return the headers of a response in this format."""
        return {"Content-Type": self.content_type}

    def marshall(self, registry: Registry) -> bytes:
        """Format all the metrics of a registry.

        A metric that fails, because a method of its class raises, is left out and counted in
        ``aioprometheus_collector_errors_total``; the others are served.

        :param registry: The registry.
        :returns: The body of a response.
        :raises TypeError: if it is a metric.
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
        """Return what is to be encoded of a registry.

        :param registry: The registry.
        :param names: The names of the metrics to encode, or of their samples; all metrics if there
          is none.
        :param collectors: The metrics of the registry, if it was asked for them before.
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
        :returns: The body of a response.
        """
        return _core.encode(self.format, blocks, encoding=encoding, **self._options())

    async def encode_async(self, blocks: list[Block], encoding: str = "identity") -> bytes:
        """Encode blocks on a worker thread.

        :param blocks: What :meth:`blocks` returned.
        :param encoding: The compression: ``"identity"``, ``"gzip"`` or ``"zstd"``.
        :returns: The body of a response.
        :raises RuntimeError: if no event loop of asyncio runs.
        """
        # Here, because asyncio is imported already where that is called, and not everywhere else.
        from asyncio import get_running_loop

        loop, options = WorkerLoop(get_running_loop()), self._options()
        return await _core.encode_async(loop, self.format, blocks, encoding=encoding, **options)

    def _options(self) -> dict[str, Any]:
        return {"escaping": self.escaping, "timestamp": self._now()}

    def _now(self) -> int | None:
        return self._get_timestamp() if self.timestamp else None

    def _block(self, collector: Collector) -> Block:
        """The metric itself if the core can encode it, else what it says of itself.

        :raises TypeError: if it is no metric.
        """
        if not isinstance(collector, Collector):
            raise TypeError("Not a valid object format")
        return collector if _core.is_native(collector) else report(collector)


def _family(collector: Collector, block: Block) -> Collector | tuple[str, str]:
    """What the core knows of a metric, or its name and its kind."""
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
    """The word that the core has for what a metric counts."""
    if isinstance(collector, Info):
        return "info"
    return "stateset" if isinstance(collector, Enum) else str(collector.kind.name)


def report(collector: Collector) -> _core.Report:
    """Return what a metric says of itself whose class overrides methods.

    :param collector: The metric.
    :raises Exception: whatever these methods raise, and what the metric cannot say.
    """
    kind = _kind(collector)
    const_labels = collector.const_labels or {}
    series = []
    for labels, value in collector.get_all():
        if hasattr(value, "items"):
            value = dict(value.items())
        elif isinstance(collector, Enum):
            value = (list(collector.states), value)
        # As in the text format, a label of the series has its way.
        series.append(({**const_labels, **(labels or {})}, value))
    made = _core.Report(collector, str(collector.name), str(collector.doc), kind, {}, series)
    leave_out(collector, made.left_out)
    return made


def is_asked_for(collector: Collector, names: Collection[str]) -> bool:
    """Return whether a metric is to be rendered.

    :param collector: The metric.
    :param names: The names of metrics or of their samples that are asked for; all if there is none.
    :raises Exception: what a class of the user's raises that is asked for its name.
    """
    return not names or not _names_of(collector).isdisjoint(names)


def _names_of(collector: Collector) -> set[str]:
    """The names by which a metric is asked for: its own, those of its samples, and as escaped."""
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
        # Without it, that is what OpenMetrics calls the family.
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
    """A formatter that encodes a single series as a family of one."""

    def _format_one(
        self, kind: str, series: MetricTupleType, name: str, const_labels: LabelsType
    ) -> Any:
        labels, value = series
        block = _core.Report(None, name, "", kind, const_labels, [(labels or {}, value)])
        return self._lines([block])

    def _lines(self, blocks: list[Block]) -> Any:
        """What blocks look like: the parts of which the exposition is made."""
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
