"""Serves the metrics of a registry over HTTP or HTTPS from inside an asyncio application."""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext

try:
    import aiohttp
except ImportError as exc:
    raise ImportError(
        "`aiohttp` could not be imported. Did you install `aioprometheus` with the `aiohttp` extra?"
    ) from exc

import aiohttp.web
from aiohttp.hdrs import ACCEPT, ACCEPT_ENCODING

from aioprometheus import REGISTRY, Registry, render_async
from aioprometheus import render as render  # as in 23.12.0

from .note import noted, wrong_registry

logger = logging.getLogger(__name__)

DEFAULT_METRICS_PATH = "/metrics"
"""The path of the metrics unless :meth:`Service.start` is told another."""

METRICS_URL_KEY: aiohttp.web.AppKey[str] = aiohttp.web.AppKey("metrics_url", str)
"""Where the service's aiohttp application keeps the path of the metrics."""


class Service:
    """An HTTP server for metrics that runs on the event loop of the application it is part of.

    It answers GET and HEAD on the path of the metrics, on ``/`` (a page that links to the
    metrics, good for health checks) and on ``/robots.txt``. A stopped service can be started
    again.
    """

    def __init__(self, registry: Registry = REGISTRY) -> None:
        """Make a service that is not listening yet.

        :param registry: The metrics to serve; without it, the default registry.

        :raises Exception: if ``registry`` is not a :class:`Registry`.
        """
        if not isinstance(registry, Registry):
            raise wrong_registry(
                Exception(f"registry must be a Registry, got: {registry}"), registry
            )
        self.registry = registry
        # These four are set together when the server listens, and reset when it has stopped.
        self._site: aiohttp.web.TCPSite | None = None
        self._app: aiohttp.web.Application | None = None
        self._runner: aiohttp.web.AppRunner | None = None
        self._metrics_url: str | None = None
        self._https = False
        self._root_url = "/"
        # Set while a start or stop is under way: the others wait for it.
        self._transition: asyncio.Event | None = None

    def __repr__(self) -> str:
        """Show what is served, and where."""
        where = "that is not running" if self._site is None else f"at {self.metrics_url}"
        return f"<{type(self).__name__} of {self.registry!r} {where}>"

    @property
    def base_url(self) -> str:
        """The URL of the server without a path: ``http://127.0.0.1:8000``.

        :raises Exception: if the server is not running.
        """
        if self._site is None or self._runner is None:
            raise Exception("No URL available, Prometheus metrics server is not running")

        # IPv4 addresses are pairs, those of IPv6 have four items.
        host, port, *_ = self._runner.addresses[0]
        scheme = "https" if self._https else "http"
        host = f"[{host}]" if ":" in host else host
        return f"{scheme}://{host}:{port}"

    @property
    def root_url(self) -> str:
        """The URL of the page that links to the metrics.

        :raises Exception: if the server is not running.
        """
        return f"{self.base_url}{self._root_url}"

    @property
    def metrics_url(self) -> str:
        """The URL of the metrics, for a scraper.

        :raises Exception: if the server is not running.
        """
        return f"{self.base_url}{self._metrics_url}"

    async def start(
        self,
        addr: str = "",
        port: int = 0,
        ssl: SSLContext | None = None,
        metrics_url: str = DEFAULT_METRICS_PATH,
    ) -> None:
        """Start to listen. A server that is already running goes on as it is, with a warning.

        A start that fails leaves nothing behind: the same object can be started again, with the
        same arguments or others.

        :param addr: The address to bind; the empty string stands for all interfaces.

        :param port: The port to listen on; 0 lets the system pick one, which is then found in
          :attr:`metrics_url`.

        :param ssl: Serves HTTPS with this context instead of HTTP.

        :param metrics_url: The path of the metrics. It begins with a slash.

        :raises OSError: if the address cannot be bound.
        :raises ValueError: if ``metrics_url`` is not a path.
        """
        logger.debug(f"Prometheus metrics server starting on {addr}:{port}{metrics_url}")

        async with self._one_transition():
            if self._site is not None:
                logger.warning("Prometheus metrics server is already running")
                return

            app = aiohttp.web.Application()
            app[METRICS_URL_KEY] = metrics_url
            app.router.add_get(metrics_url, self.handle_metrics)
            app.router.add_get(self._root_url, self.handle_root)
            app.router.add_get("/robots.txt", self.handle_robots)
            runner = aiohttp.web.AppRunner(app, shutdown_timeout=2.0)
            await runner.setup()
            site = aiohttp.web.TCPSite(runner, addr, port, ssl_context=ssl)
            # A task of its own: asyncio's create_server, cancelled at the wrong moment, would
            # leave sockets listening that nobody knows.
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
        """Stop to listen, giving requests that are being answered two seconds to end.

        A server that is not running stays as it is, with a warning.
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

        An asyncio.Lock would tie the service to the first event loop on which two of them met.
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
        """Answer a scrape, in the format and compression that its headers prefer.

        ``name[]`` parameters of the query keep the families of these names.

        :param request: The request.
        """
        content, http_headers = await render_async(
            self.registry,
            request.headers.getall(ACCEPT, []),
            accept_encoding=request.headers.getall(ACCEPT_ENCODING, []),
            names=request.query.getall("name[]", []),
        )
        # Said here, because aiohttp leaves it out where the answer to a HEAD would be empty.
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
        """Answer ``/robots.txt``: robots that find this server shall not index it.

        :param request: The request.
        """
        return aiohttp.web.Response(content_type="text/plain", text="User-agent: *\nDisallow: /\n")


def _advise(error: Exception, addr: object, port: object) -> None:
    """Add to the failure of a start what is wrong with the address and the port, if it is known."""
    if isinstance(addr, int) and not isinstance(addr, bool):
        noted(error, f"the address comes first: start(port={addr}), or start('127.0.0.1', {addr})")
    elif isinstance(addr, str) and "://" in addr:
        noted(
            error, "the address is a host name or IP address, not a URL: start('127.0.0.1', 8000)"
        )
    elif isinstance(addr, str) and addr.count(":") == 1 and addr.partition(":")[2].isdecimal():
        host, _, number = addr.partition(":")
        noted(error, f"address and port are two arguments: start({host!r}, {number})")
