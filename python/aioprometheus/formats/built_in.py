"""The base classes of the formatters of this package, whose bytes the core writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from .. import _core
from ..collect import Block, block_of, is_async
from ..collectors import Collector, Registry
from ..failure import noting_left_out
from ..loop import Results, on_loop
from ..mypy_types import LabelsType, MetricTupleType
from ..note import wrong_registry
from .base import IFormatter

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


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
        with _explained(registry):
            scrape = _core.Scrape.of_format(self.format, self.escaping)
            return self.render(scrape, registry)

    async def marshall_async(self, registry: Registry) -> bytes:
        """Format all metrics of a registry as :func:`render_async` does.

        :param registry: The registry.
        :returns: The exposition.
        :raises TypeError: If a metric is given in place of a registry.
        """
        with _explained(registry):
            scrape = _core.Scrape.of_format(self.format, self.escaping)
            return await self.render_async(scrape, registry)

    def render(
        self,
        scrape: _core.Scrape,
        registry: Registry,
        metrics: Iterable[Collector] | None = None,
    ) -> bytes:
        """Return the exposition that a request gets.

        :param scrape: The request, for which this formatter was chosen.
        :param registry: The registry, in which failures are counted.
        :param metrics: The metrics of the registry, if they have been requested already.
        """
        exposed, has_to_ask = look_at(scrape, registry, metrics)
        if not has_to_ask:
            return self._encode(scrape, registry, exposed)
        # Here, because few programs have something to be asked for.
        from ..asking.gathering import Gathering

        return self._encode(scrape, registry, Gathering(registry, scrape).now(registry, exposed))

    def render_in_time(
        self,
        scrape: _core.Scrape,
        registry: Registry,
        metrics: Iterable[Collector] | None = None,
        *,
        timeout: float | None = None,
    ) -> bytes:
        """Return the exposition that a request gets, encoded on the calling thread.

        Functions and collectors are asked as by :meth:`render_async`, on an event loop of its own.

        :param scrape: As for :meth:`render`.
        :param registry: As for :meth:`render`.
        :param metrics: As for :meth:`render`.
        :param timeout: How long functions and collectors may take, in seconds.
        """
        exposed, has_to_ask = look_at(scrape, registry, metrics)
        if has_to_ask:
            from ..asking.gathering import Gathering

            exposed = Gathering(registry, scrape).in_time(registry, exposed, timeout)
        return self._encode(scrape, registry, exposed)

    def _encode(self, scrape: _core.Scrape, registry: Registry, exposed: list[Any]) -> bytes:
        return scrape.render(
            registry,
            exposed,
            noting_left_out(self._block),
            of_all=self._forms_all(),
            **self._options(),
        )

    async def render_async(
        self,
        scrape: _core.Scrape,
        registry: Registry,
        metrics: Iterable[Collector] | None = None,
        *,
        timeout: float | None = None,
    ) -> bytes:
        """Return the exposition that a request gets, encoded on a worker thread.

        Under an event loop other than asyncio's, such as trio's, to which a worker thread cannot
        return, it is encoded on the calling thread.

        :param scrape: As for :meth:`render`.
        :param registry: As for :meth:`render`.
        :param metrics: As for :meth:`render`.
        :param timeout: How long functions and collectors may take, in seconds.
        """
        # Here, because a program under another event loop may not have imported asyncio.
        from asyncio import get_running_loop

        try:
            loop: AbstractEventLoop | None = get_running_loop()
        except RuntimeError:
            loop = None
        on_loop()
        exposed, has_to_ask = look_at(scrape, registry, metrics)
        if has_to_ask:
            from ..asking.gathering import Gathering

            exposed = await Gathering(registry, scrape).on_its_loop(registry, exposed, timeout)
        if loop is None:
            return self._encode(scrape, registry, exposed)
        results = Results(loop)
        future = results.future
        scrape.render_async(
            results,
            registry,
            exposed,
            noting_left_out(self._block),
            of_all=self._forms_all(),
            **self._options(),
        )
        body: bytes = await future
        return body

    def encode(self, blocks: list[Block]) -> bytes:
        """Return the exposition of blocks.

        :param blocks: Metrics that the core renders, reports, and pairs of a name and its lines.
        """
        return _core.encode(self.format, blocks, escaping=self.escaping, **self._options())

    def _options(self) -> dict[str, Any]:
        return {"timestamp": self._now()}

    def _now(self) -> int | None:
        return self._get_timestamp() if self.timestamp else None

    def _block(self, collector: Collector) -> Block:
        """The metric itself if the core can encode it, else its report."""
        return block_of(collector)

    def _forms_all(self) -> bool:
        """Whether :meth:`_block` is called for all metrics, because the class overrides it, and not
        only for those that the core does not render by itself.
        """
        return type(self)._block is not BuiltInFormatter._block


def look_at(
    scrape: _core.Scrape, registry: Registry, metrics: Iterable[Collector] | None
) -> tuple[Any, bool]:
    """Find out whether a scrape has to ask Python code for something before it collects.

    :param scrape: The request.
    :param registry: The registry.
    :param metrics: Its metrics, if they have been requested already.
    :returns: The metrics, and whether it has to. They are not requested here, if functions may be
      called before the scrape, which may make others.
    """
    # A view of registries says itself what is called.
    if isinstance(registry, Registry) and (
        hasattr(type(registry), "sources") or any(_core.sources_of(registry)[:2])
    ):
        return metrics, True
    metrics = list(registry.get_all() if metrics is None else metrics)
    return metrics, any(
        functions or _is_awaited(metric) for _, metric, functions in scrape.asked(metrics)
    )


def _is_awaited(metric: Collector) -> bool:
    try:
        return is_async(metric.get_all)
    except BaseException as error:
        if _core.is_for_caller(error):
            raise
        return False  # it fails again while it is rendered, and is left out then


@contextmanager
def _explained(registry: Registry) -> Iterator[None]:
    """Refuse a metric in the place of a registry, and note what is wrong with other objects."""
    if isinstance(registry, Collector):
        raise wrong_registry(TypeError("Not a valid object format"), registry, "marshall")
    try:
        yield
    except (AttributeError, TypeError) as error:
        if not hasattr(registry, "get_all") or isinstance(registry, type):
            wrong_registry(error, registry, "marshall")
        raise


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
