"""Rendering a registry for a request."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from . import _core
from .collectors import Collector, Registry
from .formats.base import IFormatter
from .formats.native import NativeFormatter
from .formats.openmetrics import OpenMetricsFormatter
from .formats.protobuf import ProtobufFormatter
from .mypy_types import LabelsType
from .negotiator import bare, negotiate, readable

HeaderValues = str | Sequence[str | None] | None
"""The value of a header, those of several of that name, or None; None among them is no header."""

_NOT_TEXT = (OpenMetricsFormatter, ProtobufFormatter)


def render(
    registry: Registry,
    accepts_headers: HeaderValues = None,
    *,
    accept_encoding: HeaderValues = None,
    names: Collection[str] | None = None,
) -> tuple[bytes, LabelsType]:
    """Render the metrics of a registry in the format that the Accept headers choose.

    Who passes on the headers that come back gives ``accept_encoding``, too, and gets what the
    scraper prefers. Who passes on the body alone calls ``render(registry)``, which is text 0.0.4.
    With ``accepts_headers`` and without ``accept_encoding``, nothing is answered that such a
    program could not pass on: where the registry holds what 23.12.0 had, the body is good text
    0.0.4 even if it is OpenMetrics, and protocol buffers are for native histograms alone.

    The interpreter runs on meanwhile: increments and births in other threads do not wait. The
    calling thread does; :func:`render_async` is for event loops.

    :param registry: the registry.
    :param accepts_headers: the value of the Accept header, a sequence of several values, or None.
      None in a sequence is no header.
    :param accept_encoding: the same of the Accept-Encoding header. If it is given, be it empty,
      every format is answered as asked, and the body is compressed as it asks, with gzip or zstd;
      the headers say so.
    :param names: the families to render, by their names or by those of their samples, as in the
      ``name[]`` parameters of a query; all of them if it is None or empty.
    :returns: the body, and the headers of the response: Content-Type, and with
      ``accept_encoding`` Vary, and Content-Encoding if the body is compressed.
    :raises Exception: if an argument is of another type.
    """
    rendering = _Rendering(registry, accepts_headers, accept_encoding, names)
    return rendering.now(), rendering.headers


async def render_async(
    registry: Registry,
    accepts_headers: HeaderValues = None,
    *,
    accept_encoding: HeaderValues = None,
    names: Collection[str] | None = None,
) -> tuple[bytes, LabelsType]:
    """Render on a worker thread: the event loop goes on, however large the registry is.

    Under another event loop than asyncio's, it renders at once.

    Methods that subclasses of metrics override run on the thread of the event loop, before the
    rendering begins.

    :param registry: As for :func:`render`.
    :param accepts_headers: As for :func:`render`.
    :param accept_encoding: As for :func:`render`.
    :param names: As for :func:`render`.
    :returns: As for :func:`render`.
    :raises Exception: if an argument is of another type.
    """
    rendering = _Rendering(registry, accepts_headers, accept_encoding, names)
    # Here, because not everybody has imported it: this is not only called under it.
    from asyncio import get_running_loop

    try:
        loop = get_running_loop()
    except RuntimeError:
        # Another event loop, such as that of trio, to which no thread can come back from here.
        return rendering.now(), rendering.headers
    if not rendering.is_native:
        body = await loop.run_in_executor(None, rendering.formatter.marshall, registry)
        return body, rendering.headers
    body = await rendering.native.encode_async(rendering.blocks, rendering.encoding)
    return body, rendering.headers


class _Rendering:
    """What a call of `render` asks for."""

    def __init__(
        self,
        registry: Registry,
        accepts_headers: HeaderValues,
        accept_encoding: HeaderValues,
        names: Collection[str] | None,
    ) -> None:
        if not isinstance(registry, Registry):
            raise Exception(f"registry must be a Registry, got: {type(registry)}")
        self.registry = registry
        accepts = _values("accepts_headers", accepts_headers)
        self.names = _names(names)
        # Asked for once at most: a registry of the user's may work for it.
        self.collectors: Sequence[Collector] | None = None
        formatter: IFormatter = negotiate(accepts)()
        if accept_encoding is None and isinstance(formatter, _NOT_TEXT):
            self.collectors = registry.get_all()
            formatter = bare(type(formatter), accepts, self.collectors, self.names)()
        self.formatter = formatter
        self.headers = self.formatter.get_headers()
        self.encoding = "identity"
        # A formatter that has a `marshall` of its own is asked for that alone.
        self.is_native = (
            isinstance(self.formatter, NativeFormatter)
            and type(self.formatter).marshall is NativeFormatter.marshall
        )
        self.is_plain = not self.is_native or (
            accept_encoding is None and not self.names and self.collectors is None
        )
        if accept_encoding is not None:
            encodings = _values("accept_encoding", accept_encoding)
            if self.is_native:
                self.encoding = _core.negotiate_encoding(
                    [readable(value) for value in encodings if value is not None]
                )
            self.headers = {**self.headers, "Vary": "Accept, Accept-Encoding"}
            if self.encoding != "identity":
                self.headers["Content-Encoding"] = self.encoding

    def now(self) -> bytes:
        """The body, made at once."""
        if self.is_plain:
            return self.formatter.marshall(self.registry)
        return self.native.encode(self.blocks, self.encoding)

    @property
    def native(self) -> NativeFormatter:
        assert isinstance(self.formatter, NativeFormatter)
        return self.formatter

    @property
    def blocks(self) -> list[Collector | _core.Report | tuple[str, str]]:
        return self.native.blocks(self.registry, self.names, self.collectors)


def _values(argument: str, headers: HeaderValues) -> Sequence[str | None]:
    if headers is None:
        return ()
    if isinstance(headers, str):
        return (headers,)
    if not isinstance(headers, (set, list, tuple)):
        raise Exception(f"{argument} must be a sequence, got: {type(headers)}")
    return headers


def _names(names: Collection[str] | None) -> Collection[str]:
    if isinstance(names, str):
        raise Exception(f"names must be a sequence of names, got the str '{names}': [{names!r}]")
    return frozenset(names) if names else ()
