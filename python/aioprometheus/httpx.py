"""Metrics of httpx's clients: transports that measure the requests that pass through others."""

from __future__ import annotations

from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

try:
    import httpx
except ImportError as exc:
    from .note import absent

    absent(exc, "httpx")
    raise

from .collectors import Registry
from .http.client import ClientMetrics

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .http.client import ClientOptions

Transport = TypeVar("Transport", httpx.BaseTransport, httpx.AsyncBaseTransport)

_CONNECTED = ("connect_tcp.complete", "connect_unix_socket.complete")
_SENDS = "send_request_headers.started"


class _Request:
    """A request under way."""

    __slots__ = (
        "_call",
        "_extensions",
        "_host",
        "_is_new",
        "_metrics",
        "_outer",
        "_since",
        "_trace",
        "own_extensions",
    )

    def __init__(self, outer: _Outer[Any], request: httpx.Request) -> None:
        self._outer = outer
        self._metrics = metrics = outer._metrics
        self._is_new = False
        #: The extensions that the request has got from its user.
        self.own_extensions = request.extensions
        self._trace = request.extensions.get("trace")
        other = getattr(self._trace, "__self__", None)
        if isinstance(other, _Request) and other._outer is outer:
            # The same object is being sent already. Its events are not those of this call.
            self.own_extensions, self._trace = other.own_extensions, other._trace
        # A copy, because the request of a redirect gets the extensions of the one before it.
        self._extensions = dict(self.own_extensions)
        location = request.url.netloc
        self._host = metrics.host(location, location.decode("ascii", "replace"))
        self._call = metrics.open(request.method)
        self._since: float | None = perf_counter()

    def extensions(self, trace: Any) -> dict[str, Any]:
        """The extensions with which the transport gets the request."""
        self._extensions["trace"] = trace
        return self._extensions

    def answered(self, response: httpx.Response) -> None:
        """Note that the head of the answer has come."""
        self._forget_trace()
        try:
            if self._call is not None:
                self._call.close(self._host, response.status_code)
        except Exception as error:
            self._metrics.log_failure(error)

    def failed(self, error: BaseException) -> None:
        """Note that the transport has raised an exception."""
        self._forget_trace()
        try:
            if self._call is None:
                return
            self._call.complete()  # first, because what follows may fail
            if isinstance(error, httpx.UnsupportedProtocol):
                return  # refused before it asked for a connection: not counted
            self._metrics.failed(self._call, self._host, error)
            if isinstance(error, httpx.PoolTimeout) or self._outer._has_pool:
                self._end_wait()
        except Exception as failure:
            self._metrics.log_failure(failure)

    def event(self, name: str, info: Any) -> Any:
        """Note an event of httpcore, and return what the user's function returns."""
        try:
            self._note(name, info)
        except Exception as error:
            self._metrics.log_failure(error)
        return None if self._trace is None else self._trace(name, info)

    async def async_event(self, name: str, info: Any) -> None:
        """Note an event of httpcore, and call the user's function."""
        awaited = self.event(name, info)
        if awaited is not None:
            await awaited

    def _note(self, name: str, info: Any) -> None:
        if self._since is not None and name.endswith(".started"):
            self._outer._has_pool = True
            self._end_wait()
        if name.endswith(_CONNECTED):
            self._is_new = True
        # Not CONNECT, by which a proxy is asked for the connection.
        elif name.endswith(_SENDS) and info["request"].method != b"CONNECT":
            connections = self._metrics.connections(self._host)
            (connections.created if self._is_new else connections.reused).inc()
            self._forget_trace()

    def _end_wait(self) -> None:
        """Observe how long the request has waited for a connection, unless that is done."""
        if self._since is not None:
            waited, self._since = perf_counter() - self._since, None
            self._metrics.connections(self._host).wait.observe(waited)

    def _forget_trace(self) -> None:
        """Leave only the user's trace: there is nothing more to be noted of connections."""
        if self._trace is None:
            self._extensions.pop("trace", None)
        else:
            self._extensions["trace"] = self._trace


class _Outer(Generic[Transport]):
    """What both transports have in common."""

    _default: type[Transport]
    """The class of the inner transport, if none is given."""
    _has_pool = False
    """Whether the inner transport has told a request of its connection."""

    def __init__(
        self,
        transport: Transport | None = None,
        registry: Registry | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        name = type(self).__name__
        if isinstance(transport, Registry):
            raise TypeError(f"{name}: give the registry by its name: {name}(registry=registry)")
        self._metrics = ClientMetrics(name, registry, options)
        self._transport: Transport = self._default() if transport is None else transport

    def __repr__(self) -> str:
        """Show the transport, and the registry of the metrics."""
        return f"<{type(self).__name__} of {self._transport!r} in {self._metrics.registry!r}>"

    def _begin(self, request: httpx.Request) -> _Request | None:
        """Begin to measure a request; None if that fails."""
        try:
            return _Request(self, request)
        except Exception as error:
            self._metrics.log_failure(error)
            return None


class MetricsTransport(_Outer[httpx.BaseTransport], httpx.BaseTransport):
    """A transport that measures the requests to another one.

    A client that is given a transport does not read proxies from the environment: give them to the
    inner transport, or wrap each of ``mounts``.

    :param transport: The transport; without it, ``httpx.HTTPTransport()``.
    :param registry: The registry; without it, the default registry. Clients with the same registry
      share the metrics.
    :param options: Options; see ``aioprometheus.http.client.ClientOptions``.
    :raises Exception: If the registry is not a Registry.
    :raises TypeError: If there is no such option, or if one is of another type.
    :raises ValueError: If the registry has another metric under one of the names, or if an option
      has no meaning.
    """

    _default = httpx.HTTPTransport

    def __enter__(self) -> Self:
        """Enter the transport."""
        self._transport.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Leave the transport."""
        self._transport.__exit__(exc_type, exc_value, traceback)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request by the transport, and measure it.

        :param request: The request.
        """
        measured = self._begin(request)
        if measured is None:
            return self._transport.handle_request(request)
        request.extensions = measured.extensions(measured.event)
        try:
            response = self._transport.handle_request(request)
        except BaseException as error:
            measured.failed(error)
            raise
        finally:
            request.extensions = measured.own_extensions
        measured.answered(response)
        return response

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()


class AsyncMetricsTransport(_Outer[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport):
    """A transport of an ``httpx.AsyncClient`` that measures the requests to another one.

    Its parameters are those of :class:`MetricsTransport`. Without a transport, the inner one is
    ``httpx.AsyncHTTPTransport()``.
    """

    _default = httpx.AsyncHTTPTransport

    async def __aenter__(self) -> Self:
        """Enter the transport."""
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Leave the transport."""
        await self._transport.__aexit__(exc_type, exc_value, traceback)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request by the transport, and measure it.

        :param request: The request.
        """
        measured = self._begin(request)
        if measured is None:
            return await self._transport.handle_async_request(request)
        request.extensions = measured.extensions(measured.async_event)
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException as error:
            measured.failed(error)
            raise
        finally:
            request.extensions = measured.own_extensions
        measured.answered(response)
        return response

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()
