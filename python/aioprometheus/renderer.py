"""Functions that render a registry for a request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from . import _core
from .collectors import Collector, Registry
from .formats.base import IFormatter
from .formats.native import NativeFormatter
from .formats.openmetrics import OpenMetricsFormatter
from .formats.protobuf import ProtobufFormatter
from .mypy_types import LabelsType
from .negotiator import bare, negotiate, readable
from .note import noted, wrong_registry

HeaderValues = str | Sequence[str | None] | None
"""The value of a header, a sequence of the values of several headers, or None, which is ignored in
a sequence too.
"""

_NOT_TEXT = (OpenMetricsFormatter, ProtobufFormatter)


def render(
    registry: Registry,
    accepts_headers: HeaderValues = None,
    *,
    accept_encoding: HeaderValues = None,
    names: Collection[str] | None = None,
) -> tuple[bytes, LabelsType]:
    """Render the metrics of a registry in the format that the Accept headers choose.

    A program that passes on the returned headers gives ``accept_encoding`` too, and gets the format
    and compression that the scraper prefers. A program that passes on only the body calls
    ``render(registry)``, which returns text 0.0.4.

    With ``accepts_headers`` but without ``accept_encoding``, the body can also be passed on alone.
    If the registry has only metrics of the types of 23.12.0, a body in OpenMetrics is valid as text
    0.0.4 too. Protocol buffers are returned only for native histograms.

    Increments and births in other threads do not wait for the rendering. The calling thread does;
    use :func:`render_async` in event loops.

    :param registry: The registry.
    :param accepts_headers: The value of the Accept header, a sequence of several values, or None.
      None in a sequence is ignored.
    :param accept_encoding: The same for the Accept-Encoding header. If it is given, even if it is
      empty, every format may be chosen, and the body is compressed with gzip or zstd as the header
      asks.
    :param names: The names of the metrics to render, or of their samples, as in the ``name[]``
      parameters of a query. None and an empty collection select all metrics.
    :returns: The body and the headers of the response: Content-Type; Vary, if ``accept_encoding``
      is given; and Content-Encoding, if the body is compressed.
    :raises Exception: If an argument is of another type.
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
    """Render on a worker thread, so that even a large registry does not block the event loop.

    Under an event loop other than asyncio's, it renders on the calling thread.

    Overrides of metrics run on the thread of the event loop, before the rendering begins.

    :param registry: As for :func:`render`.
    :param accepts_headers: As for :func:`render`.
    :param accept_encoding: As for :func:`render`.
    :param names: As for :func:`render`.
    :returns: As for :func:`render`.
    :raises Exception: If an argument is of another type.
    """
    rendering = _Rendering(registry, accepts_headers, accept_encoding, names)
    # Here, because a program under another event loop may not have imported asyncio.
    from asyncio import get_running_loop

    try:
        loop = get_running_loop()
    except RuntimeError:
        # Another event loop, such as trio's, to which a worker thread cannot return its result.
        return rendering.now(), rendering.headers
    if not rendering.is_native:
        body = await loop.run_in_executor(None, rendering.formatter.marshall, registry)
        return body, rendering.headers
    body = await rendering.native.encode_async(rendering.blocks, rendering.encoding)
    return body, rendering.headers


class _Rendering:
    """The format, encoding and metrics of one rendering."""

    def __init__(
        self,
        registry: Registry,
        accepts_headers: HeaderValues,
        accept_encoding: HeaderValues,
        names: Collection[str] | None,
    ) -> None:
        if not isinstance(registry, Registry):
            error = Exception(f"registry must be a Registry, got: {type(registry)}")
            if isinstance(accepts_headers, Registry):
                raise noted(error, "the registry comes first: render(registry, accept)")
            raise wrong_registry(error, registry, "render()")
        self.registry = registry
        accepts = _values("accepts_headers", accepts_headers)
        self.names = _names(names)
        # Requested at most once, because it may be costly in a registry of the user's class.
        self.collectors: Sequence[Collector] | None = None
        formatter: IFormatter = negotiate(accepts)()
        if accept_encoding is None and isinstance(formatter, _NOT_TEXT):
            self.collectors = registry.get_all()
            formatter = bare(type(formatter), accepts, self.collectors, self.names)()
        self.formatter = formatter
        self.headers = self.formatter.get_headers()
        self.encoding = "identity"
        # If a formatter overrides `marshall`, only that is called.
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
        """The body, rendered on the calling thread."""
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
        error = Exception(f"{argument} must be a sequence, got: {type(headers)}")
        raise noted(error, _advice(headers))
    for value in headers:
        if isinstance(value, bytes):
            error = TypeError("a bytes-like object is required, not 'str'")
            raise noted(error, _advice(value))
    return headers


def _advice(headers: object) -> str:
    """What to give in the place of an object that is no header."""
    if isinstance(headers, (bytes, bytearray)):
        return "the values of headers are str here: decode them with .decode('latin-1')"
    if isinstance(headers, Mapping):
        return (
            "give the values of one header, not all headers: headers.get('accept') if it is there "
            "once, or a list of its values"
        )
    return "give the value of the header, a list of its values, or None if it was not sent"


def _names(names: Collection[str] | None) -> Collection[str]:
    if isinstance(names, str):
        raise Exception(f"names must be a sequence of names, got the str '{names}': [{names!r}]")
    return frozenset(names) if names else ()
