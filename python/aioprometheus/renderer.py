"""Functions that render a registry for a request.

Every handler of this package calls :func:`answer`, and all go through :func:`rendering`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence

from . import _core
from .collectors import Collector, Registry
from .formats.base import IFormatter
from .formats.built_in import BuiltInFormatter
from .formats.openmetrics import OpenMetricsFormatter
from .formats.protobuf import ProtobufFormatter
from .mypy_types import LabelsType
from .negotiator import TEXT, choice_of, formatter_of, negotiate
from .note import noted, wrong_registry

HeaderValues = str | Sequence[str | None] | None
"""The value of a header, a sequence of the values of several headers, or None, which is ignored in
a sequence too.
"""

_WAITS = "X-Prometheus-Scrape-Timeout-Seconds"
_NOT_TEXT = (OpenMetricsFormatter, ProtobufFormatter)


def render(
    registry: Registry | Sequence[Registry],
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

    Functions of series and collectors are asked on the calling thread, which cannot be interrupted.
    What has to be awaited, an ``async def``, is run on an event loop of its own; where an event
    loop runs in the thread already, it is left out with a warning: await :func:`render_async`
    there.

    :param registry: The registry, or a list of registries that are rendered together.
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
    made = rendering(registry, accepts_headers, accept_encoding, names)
    return made.now(), made.headers


async def render_async(
    registry: Registry | Sequence[Registry],
    accepts_headers: HeaderValues = None,
    *,
    accept_encoding: HeaderValues = None,
    names: Collection[str] | None = None,
    timeout: float | None = None,
) -> tuple[bytes, LabelsType]:
    """Render on a worker thread, so that even a large registry does not block the event loop.

    Before the rendering begins, the functions of series, collectors and ``async def get_all`` are
    asked, all at a time, each with a time limit: what is an ``async def`` on the event loop, all
    else on threads. Other overrides of metrics run on the thread of the event loop.

    Under an event loop other than asyncio's, everything runs on the calling thread, one after the
    other and without time limits.

    :param registry: As for :func:`render`.
    :param accepts_headers: As for :func:`render`.
    :param accept_encoding: As for :func:`render`.
    :param names: As for :func:`render`.
    :param timeout: How long functions and collectors may take at most, in seconds, whatever their
      own limits are: less than the scraper waits.
    :returns: As for :func:`render`.
    :raises Exception: If an argument is of another type.
    """
    made = rendering(registry, accepts_headers, accept_encoding, names)
    return await made.on_a_worker(timeout), made.headers


async def answer(
    registry: Registry | Sequence[Registry],
    header: Callable[[str], list[str]],
    parameter: Callable[[str], list[str]],
    *,
    compression: bool = True,
    timeout: float | None = None,
) -> tuple[bytes, LabelsType]:
    """Render a registry for a request that a framework has read.

    :param registry: The registry.
    :param header: Returns the values of a header of the request, by its name in any case.
    :param parameter: Returns the values of a parameter of its query, by its name.
    :param compression: Whether the body may be compressed.
    :param timeout: How long functions and collectors may take at most, in seconds, if the scraper
      does not wait for less.
    :returns: The body and the headers of the response, which are to be passed on.
    :raises Exception: If it is not a registry.
    """
    limit = _limit(header(_WAITS), timeout)
    return await render_async(
        registry,
        header("Accept"),
        accept_encoding=header("Accept-Encoding") if compression else [],
        names=parameter("name[]"),
        **({} if limit is None else {"timeout": limit}),
    )


def answer_now(
    registry: Registry | Sequence[Registry],
    header: Callable[[str], list[str]],
    parameter: Callable[[str], list[str]],
    *,
    compression: bool = True,
    timeout: float | None = None,
) -> tuple[bytes, LabelsType]:
    """Render a registry as :func:`answer` does, on the calling thread.

    The time limits count here too, unless an event loop runs in this thread already.

    :param registry: As for :func:`answer`.
    :param header: As for :func:`answer`.
    :param parameter: As for :func:`answer`.
    :param compression: As for :func:`answer`.
    :param timeout: As for :func:`answer`.
    :returns: As for :func:`answer`.
    :raises Exception: If it is not a registry.
    """
    encodings = header("Accept-Encoding") if compression else []
    made = rendering(registry, header("Accept"), encodings, parameter("name[]"))
    return made.in_time(_limit(header(_WAITS), timeout)), made.headers


def _limit(values: list[str], timeout: float | None) -> float | None:
    """How long a scrape may take: what its handler says, or less if its scraper waits for less.

    :param values: For how many seconds the scraper waits, if it says so.
    """
    try:
        seconds = float(values[0]) if values else 0.0
    except ValueError:
        return timeout
    if not 0 < seconds < 3600:
        return timeout
    # The answer is still to be encoded and sent.
    return min(0.9 * seconds, math.inf if timeout is None else timeout)


def rendering(
    registry: Registry | Sequence[Registry],
    accept: HeaderValues,
    accept_encoding: HeaderValues,
    names: Collection[str] | None,
) -> Rendering:
    """Choose what a scrape is answered with. Nothing is rendered yet.

    :param registry: The registry.
    :param accept: The values of the Accept header.
    :param accept_encoding: The values of the Accept-Encoding header; None if the caller may pass on
      the body without its headers.
    :param names: The names of the metrics to render, or of their samples; without names, all.
    :raises Exception: If an argument is of another type.
    """
    if type(registry) is not Registry:
        # Here, because few programs need it.
        from .views import one_of, restriction_of

        registry = one_of(registry)
        names = names or restriction_of(registry)
    if not isinstance(registry, Registry):
        error = Exception(f"registry must be a Registry, got: {type(registry)}")
        if isinstance(accept, Registry):
            raise noted(error, "the registry comes first: render(registry, accept)")
        raise wrong_registry(error, registry, "render()")
    accepts = _values("accepts_headers", accept)
    encodings = None
    if accept_encoding is not None:
        encodings = _values("accept_encoding", accept_encoding)
    names = _names(names)
    formatter: IFormatter = negotiate(accepts)()
    # A program may have put a function of its own in the place of `negotiate`.
    choice = choice_of(formatter) if isinstance(formatter, BuiltInFormatter) else TEXT
    scrape = _core.Scrape(choice, encodings, names)
    # Requested at most once, because it may be costly in a registry of the user's class.
    collectors: Sequence[Collector] | None = None
    if encodings is None and isinstance(formatter, _NOT_TEXT):
        collectors = registry.get_all()
        scrape = scrape.for_bare_body(accepts, collectors)
        formatter = formatter_of(scrape.choice)()
    # If a formatter overrides `marshall`, only that is called.
    if (
        isinstance(formatter, BuiltInFormatter)
        and type(formatter).marshall is BuiltInFormatter.marshall
    ):
        return Rendering(registry, formatter, formatter, scrape, scrape.headers, collectors)
    headers = formatter.get_headers()
    if encodings is not None:
        headers = {**headers, "Vary": scrape.headers["Vary"]}
    return Rendering(registry, formatter, None, scrape, headers, collectors)


class Rendering:
    """The format and the metrics of one answer, which is still to be rendered.

    :param registry: The registry.
    :param formatter: The formatter.
    :param built_in: The same one, if the core encodes for it: metric by metric, compressed, and
      without the interpreter's lock.
    :param scrape: The request.
    :param headers: The headers of the response.
    :param collectors: The metrics of the registry, if they have been requested already.
    """

    def __init__(
        self,
        registry: Registry,
        formatter: IFormatter,
        built_in: BuiltInFormatter | None,
        scrape: _core.Scrape,
        headers: LabelsType,
        collectors: Sequence[Collector] | None,
    ) -> None:
        self.headers = headers
        self._registry = registry
        self._formatter = formatter
        self._built_in = built_in
        self._scrape = scrape
        self._collectors = collectors

    def now(self) -> bytes:
        """Return the body, rendered on the calling thread."""
        if self._built_in is None:
            return self._formatter.marshall(self._registry)
        return self._built_in.render(self._scrape, self._registry, self._collectors)

    def in_time(self, timeout: float | None) -> bytes:
        """Return the body, rendered on the calling thread, with the time limits of a worker.

        :param timeout: How long functions and collectors may take, in seconds.
        """
        if self._built_in is None:
            return self._formatter.marshall(self._registry)
        return self._built_in.render_in_time(
            self._scrape, self._registry, self._collectors, timeout=timeout
        )

    async def on_a_worker(self, timeout: float | None) -> bytes:
        """Return the body, rendered on a worker thread.

        :param timeout: How long functions and collectors may take, in seconds.
        """
        if self._built_in is not None:
            return await self._built_in.render_async(
                self._scrape, self._registry, self._collectors, timeout=timeout
            )
        # Here, because a program under another event loop may not have imported asyncio.
        from asyncio import get_running_loop

        try:
            loop = get_running_loop()
        except RuntimeError:
            return self.now()
        return await loop.run_in_executor(None, self._formatter.marshall, self._registry)


def _values(argument: str, headers: HeaderValues) -> Sequence[str]:
    """The values of a header as a sequence."""
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
    return [value for value in headers if value is not None]


def _advice(headers: object) -> str:
    """What to give in the place of an object that is not a header."""
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
    return names or ()
