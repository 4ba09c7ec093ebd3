"""What aiohttp's server and both clients count, as Prometheus scrapes it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import httpx
import pytest
from aiohttp import web

from aioprometheus import Registry
from aioprometheus.aiohttp import client_trace_config, setup
from aioprometheus.httpx import MetricsTransport
from support.aiohttp_apps import address_of
from support.processes import DEADLINE
from support.prometheus_server import SERVERS, Target, prometheus


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def socket(request: web.Request) -> web.WebSocketResponse:
    response = web.WebSocketResponse()
    await response.prepare(request)
    async for message in response:
        await response.send_str(message.data)
    return response


@contextmanager
def running_app(app: web.Application) -> Iterator[str]:
    """Run an application in a thread; gives its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def wait(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(DEADLINE)

    server = address_of(app)
    try:
        host, port = wait(server.__aenter__())
        try:
            yield f"http://{host}:{port}"
        finally:
            wait(server.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(DEADLINE)
        loop.close()


async def use(url: str, registry: Registry) -> None:
    configs = [client_trace_config(registry)]
    async with aiohttp.ClientSession(trace_configs=configs) as session:
        for path in ("/things/1", "/things/2", '/absent\n{}"\\'):
            async with session.get(f"{url}{path}") as response:
                await response.read()
        async with session.ws_connect(f"{url}/socket") as socket:
            await socket.send_str("hello")
            await socket.receive()


@pytest.mark.parametrize("generation", SERVERS)
@pytest.mark.parametrize("native", [False, True])
def test_prometheus_scrapes_them(generation: str, native: bool, tmp_path: Path) -> None:
    registry = Registry()
    app = web.Application()
    app.router.add_get("/things/{id}", hello)
    app.router.add_get("/socket", socket)
    setup(app, registry, native=native)
    with running_app(app) as url:
        asyncio.run(use(url, registry))
        with httpx.Client(transport=MetricsTransport(registry=registry)) as client:
            client.get(f"{url}/things/3")
        host = url.partition("//")[2]
        target = Target("app", f"{url}/")
        with prometheus(generation, tmp_path / "database", target) as database:
            database.wait_for_scrape("app")
            database.assert_nothing_was_dropped("app")
            for expression, value in {
                'http_requests_total{path="/things/{id}",status="200"}': 3,
                'http_requests_total{path="<unmatched>"}': 1,
                'sum(http_requests_in_progress{method="GET"})': 0,
                'websocket_messages_total{direction="received"}': 1,
                'websocket_connections_total{code="1000"}': 1,
                f'http_client_requests_total{{host="{host}",status="200"}}': 3,
                f'http_client_requests_total{{host="{host}",status="101"}}': 1,
                "sum(http_client_requests_in_progress)": 0,
            }.items():
                assert database.value(expression) == value, expression
