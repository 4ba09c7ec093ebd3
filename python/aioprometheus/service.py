"""An HTTP and HTTPS server for metrics, for use inside an asyncio application."""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import TYPE_CHECKING, Any

try:
    import aiohttp
except ImportError as exc:
    raise ImportError(
        "`aiohttp` could not be imported. Did you install `aioprometheus` with the `aiohttp` extra?"
    ) from exc

import aiohttp.web

from .collectors import REGISTRY, Registry
from .note import no_attribute, noted, wrong_registry
from .renderer import answer
from .renderer import render as render  # as in 23.12.0

logger = logging.getLogger(__name__)

DEFAULT_METRICS_PATH = "/metrics"
"""The default path of the metrics in :meth:`Service.start`."""

METRICS_URL_KEY: aiohttp.web.AppKey[str] = aiohttp.web.AppKey("metrics_url", str)
"""The key of the path of the metrics in the aiohttp application of the service."""


class Service:
    """A server for metrics that runs on the event loop of its application.

    It answers GET and HEAD requests for the path of the metrics, for ``/`` and for
    ``/robots.txt``. The page at ``/`` links to the metrics and can be used for health checks. A
    stopped service can be started again.
    """

    def __init__(self, registry: Registry = REGISTRY) -> None:
        """Make a service that is not listening yet.

        :param registry: The registry to serve; without it, the default registry.
        :raises Exception: If ``registry`` is not a :class:`Registry`.
        """
        if not isinstance(registry, Registry):
            raise wrong_registry(
                Exception(f"registry must be a Registry, got: {registry}"), registry
            )
        self.registry = registry
        # These four are set together when the server listens, and reset together when it stops.
        self._site: aiohttp.web.TCPSite | None = None
        self._app: aiohttp.web.Application | None = None
        self._runner: aiohttp.web.AppRunner | None = None
        self._metrics_url: str | None = None
        self._https = False
        self._root_url = "/"
        # Set while a start or stop is in progress; others wait for it.
        self._transition: asyncio.Event | None = None

    if not TYPE_CHECKING:  # type checkers would find every attribute

        def __getattr__(self, name: str) -> Any:
            error = no_attribute(self, name)
            if name in ("register", "deregister"):
                noted(
                    error,
                    "metrics register themselves when they are made; for another registry, call "
                    f"{name}() of service.registry",
                )
            raise error

    def __repr__(self) -> str:
        """Show the registry, and the URL of the metrics."""
        where = "that is not running" if self._site is None else f"at {self.metrics_url}"
        return f"<{type(self).__name__} of {self.registry!r} {where}>"

    @property
    def base_url(self) -> str:
        """The URL of the server without a path: ``http://127.0.0.1:8000``.

        :raises Exception: If the server is not running.
        """
        if self._site is None or self._runner is None:
            raise Exception("No URL available, Prometheus metrics server is not running")

        # An IPv4 address has two items, an IPv6 address four.
        host, port, *_ = self._runner.addresses[0]
        scheme = "https" if self._https else "http"
        host = f"[{host}]" if ":" in host else host
        return f"{scheme}://{host}:{port}"

    @property
    def root_url(self) -> str:
        """The URL of the page that links to the metrics.

        :raises Exception: If the server is not running.
        """
        return f"{self.base_url}{self._root_url}"

    @property
    def metrics_url(self) -> str:
        """The URL of the metrics, for a scraper.

        :raises Exception: If the server is not running.
        """
        return f"{self.base_url}{self._metrics_url}"

    async def start(
        self,
        addr: str = "",
        port: int = 0,
        ssl: SSLContext | None = None,
        metrics_url: str = DEFAULT_METRICS_PATH,
    ) -> None:
        """Start to listen.

        If the server is already running, this only logs a warning. After a start that fails, the
        same object can be started again.

        :param addr: The address to bind; the empty string means all interfaces.
        :param port: The port to listen on. With 0 the system chooses one, which
          :attr:`metrics_url` then contains.
        :param ssl: The context for HTTPS; without it, the server speaks HTTP.
        :param metrics_url: The path of the metrics, which begins with a slash.
        :raises OSError: If the address cannot be bound.
        :raises ValueError: If ``metrics_url`` is not a path.
        """
        logger.debug(f"Prometheus metrics server starting on {addr}:{port}{metrics_url}")

        async with self._one_transition():
            if self._site is not None:
                logger.warning("Prometheus metrics server is already running")
                return

            app = aiohttp.web.Application()
            app[METRICS_URL_KEY] = metrics_url
            try:
                app.router.add_get(metrics_url, self.handle_metrics)
            except ValueError as exc:
                noted(
                    exc,
                    f"metrics_url must be a path, such as '/metrics', not {metrics_url!r}",
                )
                raise
            app.router.add_get(self._root_url, self.handle_root)
            app.router.add_get("/robots.txt", self.handle_robots)
            runner = aiohttp.web.AppRunner(app, shutdown_timeout=2.0)
            await runner.setup()
            site = aiohttp.web.TCPSite(runner, addr, port, ssl_context=ssl)
            # In a task of its own, because asyncio's create_server may leave sockets listening when
            # it is cancelled.
            binding = asyncio.ensure_future(site.start())
            try:
                await asyncio.shield(binding)
            except BaseException as exc:
                if isinstance(exc, Exception):
                    _advise(exc, addr, port)
                    logger.exception("error creating metrics server")
                await asyncio.gather(binding, return_exceptions=True)
                await runner.cleanup()
                raise

            self._app = app
            self._runner = runner
            self._site = site
            self._metrics_url = metrics_url
            self._https = ssl is not None
            logger.debug(f"Prometheus metrics server started on {self.metrics_url}")

    async def stop(self) -> None:
        """Stop listening, and give requests that are being answered two seconds to end.

        If the server is not running, this only logs a warning.
        """
        logger.debug("Prometheus metrics server stopping")

        async with self._one_transition():
            if self._site is None or self._runner is None:
                logger.warning("Prometheus metrics server is already stopped")
                return

            await self._runner.cleanup()
            self._site = None
            self._app = None
            self._runner = None
            self._metrics_url = None
            logger.debug("Prometheus metrics server stopped")

    @asynccontextmanager
    async def _one_transition(self) -> AsyncIterator[None]:
        """Let one start or stop run at a time.

        An asyncio.Lock would bind the service to the first event loop on which a task waits for it.
        """
        while self._transition is not None:
            await self._transition.wait()
        transition = self._transition = asyncio.Event()
        try:
            yield
        finally:
            self._transition = None
            transition.set()

    async def handle_metrics(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Answer a scrape in the format and compression that its headers prefer.

        ``name[]`` parameters of the query select metrics by name.

        :param request: The request.
        """
        content, http_headers = await answer(
            self.registry,
            lambda name: request.headers.getall(name, []),
            lambda name: request.query.getall(name, []),
        )
        # Set here, because aiohttp leaves it out of some answers to HEAD.
        http_headers["Content-Length"] = str(len(content))
        return aiohttp.web.Response(body=content, headers=http_headers)

    async def handle_root(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Answer ``/`` with a page that links to the metrics.

        :param request: The request.
        """
        metrics_url = html.escape(request.app[METRICS_URL_KEY])
        return aiohttp.web.Response(
            content_type="text/html",
            text=f"<html><body><a href='{metrics_url}'>metrics</a></body></html>",
        )

    async def handle_robots(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        """Answer ``/robots.txt`` with a request not to index this server.

        :param request: The request.
        """
        return aiohttp.web.Response(content_type="text/plain", text="User-agent: *\nDisallow: /\n")


def _advise(error: Exception, addr: object, port: object) -> None:
    """Add a note to a failed start if the mistake in the address or port is known."""
    if isinstance(addr, int) and not isinstance(addr, bool):
        noted(error, f"the address comes first: start(port={addr}), or start('127.0.0.1', {addr})")
    elif isinstance(addr, str) and "://" in addr:
        noted(
            error, "the address is a host name or IP address, not a URL: start('127.0.0.1', 8000)"
        )
    elif isinstance(addr, str) and addr.count(":") == 1 and addr.partition(":")[2].isdecimal():
        host, _, number = addr.partition(":")
        noted(error, f"address and port are two arguments: start({host!r}, {number})")
    elif isinstance(port, str) and not port.isdecimal():
        noted(error, f"the port is a number, not {port!r}: start({addr!r}, 8000)")
