"""Metrics of aiohttp's client, by its traces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeGuard

import aiohttp
from yarl import URL

from .. import _core
from ..collectors import Registry
from ..http.client import ClientMetrics

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..http.client import ClientOptions

Callback = Callable[[aiohttp.ClientSession, Any, Any], Awaitable[None]]
"""A function that a session calls when something happens to a request."""


def client_trace_config(
    registry: Registry | None = None, **options: Unpack[ClientOptions]
) -> aiohttp.TraceConfig:
    """Make a trace for ``aiohttp.ClientSession(trace_configs=[...])`` that measures its requests.

    Several sessions and event loops may have the same one. Each redirect is a request of its own.

    :param registry: The registry; without it, the default registry. Clients with the same registry
      share the metrics.
    :param options: Options; see ``aioprometheus.http.client.ClientOptions``.
    :raises Exception: If the registry is not a Registry.
    :raises TypeError: If there is no such option, or if one is of another type.
    :raises ValueError: If the registry has another metric under one of the names, or if an option
      has no meaning.
    """
    measured = _Measured(ClientMetrics("client_trace_config", registry, options))
    config = aiohttp.TraceConfig(trace_config_ctx_factory=_Request)
    for signal, function in (
        (config.on_request_start, measured.start),
        (config.on_request_redirect, measured.redirect),
        (config.on_request_end, measured.end),
        (config.on_request_exception, measured.exception),
        (config.on_connection_queued_start, measured.queued),
        (config.on_connection_queued_end, measured.not_queued),
        (config.on_connection_create_start, measured.creates),
        (config.on_connection_create_end, measured.created),
        (config.on_connection_reuseconn, measured.reused),
    ):
        signal.append(measured.guarded(function))
    return config


class _Request(SimpleNamespace):
    """A request under way, which its session keeps: the config has no state of any."""

    def __init__(self, trace_request_ctx: Any = None) -> None:
        super().__init__(trace_request_ctx=trace_request_ctx)
        self.call: _core.HttpCall | None = None
        self.method = self.host = ""
        # Whether it has asked for a connection. What is refused before that is not counted.
        self.has_asked = False
        # When it began to wait for one, and the seconds that it waited before.
        self.since: float | None = None
        self.waited = 0.0


class _Measured:
    """What is done for each signal of a session."""

    def __init__(self, metrics: ClientMetrics) -> None:
        self._metrics = metrics

    def guarded(self, function: Callable[[_Request, Any], None]) -> Callback:
        """A callback whose exceptions do not reach the request."""
        metrics = self._metrics

        async def callback(_session: aiohttp.ClientSession, request: Any, event: Any) -> None:
            try:
                function(request, event)
            except Exception as error:
                metrics.log_failure(error)

        return callback

    def start(self, request: _Request, event: aiohttp.TraceRequestStartParams) -> None:
        self._begin(request, event.method, event.url)

    def _begin(self, request: _Request, method: str, url: URL) -> None:
        host = _host_of(url)
        request.method = method
        request.host = self._metrics.host(host, host)
        request.has_asked = False
        request.call = self._metrics.open(method)

    def redirect(self, request: _Request, event: aiohttp.TraceRequestRedirectParams) -> None:
        headers = event.response.headers
        location = headers.get("Location") or headers.get("URI")
        call, status = request.call, event.response.status
        if call is None or location is None:
            return  # aiohttp takes it as the answer
        call.close(request.host, status)
        method = request.method
        if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
            method = "GET"
        url = event.url
        with suppress(ValueError):  # which aiohttp will refuse
            url = url.join(URL(location))
        self._begin(request, method, url)

    def end(self, request: _Request, event: aiohttp.TraceRequestEndParams) -> None:
        call, request.call = request.call, None
        if call is not None:
            call.close(request.host, event.response.status)

    def exception(self, request: _Request, event: aiohttp.TraceRequestExceptionParams) -> None:
        call, request.call = request.call, None
        if call is not None:
            self._failed(request, call, event.exception)
        if request.since is not None or request.waited:
            self._end_wait(request)

    def _failed(self, request: _Request, call: _core.HttpCall, error: BaseException) -> None:
        call.complete()  # first, because what follows may fail
        if not request.has_asked:
            return
        if _is_of_status(error):
            call.close(request.host, error.status)
        else:
            self._metrics.failed(call, request.host, error)

    def queued(self, request: _Request, _event: object) -> None:
        request.has_asked = True
        request.since = perf_counter()

    def not_queued(self, request: _Request, _event: object) -> None:
        if request.since is not None:
            request.waited += perf_counter() - request.since
            request.since = None

    def creates(self, request: _Request, _event: object) -> None:
        request.has_asked = True
        self._end_wait(request)

    def created(self, request: _Request, _event: object) -> None:
        self._metrics.connections(request.host).created.inc()

    def reused(self, request: _Request, _event: object) -> None:
        request.has_asked = True
        self._end_wait(request)
        self._metrics.connections(request.host).reused.inc()

    def _end_wait(self, request: _Request) -> None:
        """Observe how long a request has waited for a connection."""
        self.not_queued(request, None)
        waited, request.waited = request.waited, 0.0
        self._metrics.connections(request.host).wait.observe(waited)


def _is_of_status(error: BaseException) -> TypeGuard[aiohttp.ClientResponseError]:
    """Whether an exception is that of ``raise_for_status``, which has an answer.

    An answer that aiohttp cannot read is an error, and so is that of a proxy.
    """
    return (
        isinstance(error, aiohttp.ClientResponseError)
        and not isinstance(error, aiohttp.ClientHttpProxyError)
        and bool(error.headers)
        and error.status >= 400
    )


def _host_of(url: URL) -> str:
    """The host of a URL, and its port if it is not that of the scheme; no user, no password."""
    host = url.raw_host or ""
    if ":" in host:
        host = f"[{host}]"
    return host if url.is_default_port() or url.port is None else f"{host}:{url.port}"
