"""Servers that clients of tests talk to, and clients that are measured."""

import asyncio
import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import aiohttp
import httpx
import pytest
from aiohttp import web

from aioprometheus import Registry
from aioprometheus.aiohttp import client_trace_config
from aioprometheus.httpx import AsyncMetricsTransport, MetricsTransport
from support.aiohttp_apps import address_of, samples_of
from support.processes import DEADLINE


async def hello(request):
    return web.Response(text="hello")


async def moved(request):
    return web.Response(status=302, headers={"Location": request.query["to"]})


async def seen(request):
    raise web.HTTPSeeOther("/hello")


async def nowhere(request):
    return web.Response(status=302)


async def unavailable(request):
    raise web.HTTPServiceUnavailable()


async def hangs(request):
    await asyncio.sleep(3600)


async def socket(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    return socket


def app():
    app = web.Application()
    app.add_routes(
        [
            web.route("*", "/hello", hello),
            web.get("/moved", moved),
            web.post("/moved", moved),
            web.post("/seen", seen),
            web.get("/nowhere", nowhere),
            web.get("/unavailable", unavailable),
            web.get("/hangs", hangs),
            web.get("/socket", socket),
        ]
    )
    return app


def run(steps, registry=None, config=None, alone=True, **options):
    """Let a session do something with a server; returns the registry."""
    registry = Registry() if registry is None else registry
    config = client_trace_config(registry) if config is None else config

    async def main():
        async with (
            address_of(app(), handler_cancellation=True) as (host, port),
            aiohttp.ClientSession(
                f"http://{host}:{port}",
                **{
                    "trace_configs": [config],
                    "timeout": aiohttp.ClientTimeout(total=DEADLINE),
                    **options,
                },
            ) as session,
        ):
            await asyncio.wait_for(steps(session, port), DEADLINE)

    asyncio.run(main())
    gauges = samples_of(registry, "http_client_requests_in_progress")
    assert not alone or not any(gauges.values())
    return registry


def in_progress(registry):
    """How many requests are in progress, of all methods together."""
    gauges = samples_of(registry, "http_client_requests_in_progress")
    return sum(gauges.values())


def requests_of(registry, *labels):
    """How often each method and status was counted; the host of all is the server."""
    return samples_of(registry, "http_client_requests_total", *(labels or ("method", "status")))


async def get(session, path, **options):
    async with session.get(path, **options) as response:
        await response.read()


def errors_of(registry):
    return samples_of(registry, "http_client_errors_total", "error")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        url = urlsplit(self.path)
        name, query = url.path.rpartition("/")[2], parse_qs(url.query)
        if name == "hangs":
            self.server.stopped.wait(DEADLINE)
        elif name == "cuts":
            self.close_connection = True
            return
        status = {"moved": 302, "absent": 404}.get(name, 200)
        self.send_response(status)
        if name == "moved":
            self.send_header("Location", query["to"][0])
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    do_POST = do_PURGE = do_GET

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def http_server():
    """Run a server of the standard library; gives its port."""

    class Server(ThreadingHTTPServer):
        stopped = threading.Event()
        daemon_threads = True

        def handle_error(self, request, address):
            pass  # clients that are cancelled

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.stopped.set()
    server.shutdown()
    server.server_close()
    thread.join(DEADLINE)


class Sync:
    """The steps of a test with httpx.Client."""

    inner = httpx.HTTPTransport
    outer = MetricsTransport
    client = httpx.Client

    def send(self, requests, transport, **options):
        """Send requests one after the other; returns what became of them."""
        with self.client(transport=transport, **options) as client:
            return [self.one(client, *request) for request in requests]

    def one(self, client, method, url, **options):
        try:
            return client.request(method, url, **options).status_code
        except httpx.HTTPError as error:
            return type(error).__name__


class Async:
    """The same steps with httpx.AsyncClient."""

    inner = httpx.AsyncHTTPTransport
    outer = AsyncMetricsTransport
    client = httpx.AsyncClient
    backend = "asyncio"

    def send(self, requests, transport, **options):
        async def main():
            async with self.client(transport=transport, **options) as client:
                return [await self.one(client, *request) for request in requests]

        if self.backend == "trio":
            trio = pytest.importorskip("trio")
            return trio.run(main)
        return asyncio.run(main())

    async def one(self, client, method, url, **options):
        try:
            return (await client.request(method, url, **options)).status_code
        except httpx.HTTPError as error:
            return type(error).__name__


class Trio(Async):
    """The same steps with httpx.AsyncClient and trio."""

    backend = "trio"


CLIENTS = {"sync": Sync(), "asyncio": Async(), "trio": Trio()}
