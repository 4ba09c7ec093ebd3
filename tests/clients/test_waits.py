"""What clients measure of the wait for a connection, also of requests that never get one."""

import asyncio

import aiohttp
import httpx
import pytest

from aioprometheus import Registry
from aioprometheus.httpx import AsyncMetricsTransport
from support.aiohttp_apps import samples_of, until
from support.measured_clients import CLIENTS, get, http_server, in_progress, requests_of, run
from support.processes import DEADLINE


def waits_of(registry):
    """How many waits were observed, and their seconds together."""
    name = "http_client_connection_wait_seconds"
    return tuple(sum(samples_of(registry, f"{name}_{what}").values()) for what in ("count", "sum"))


def run_with_one_connection(use, registry):
    """Let a session do something while another request has its one connection."""

    async def steps(session, port):
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(
            session._base_url, connector=connector, trace_configs=session.trace_configs
        ) as other:
            hanging = asyncio.ensure_future(get(other, "/hangs"))
            await until(lambda: waits_of(registry)[0] == 1)
            await use(other)
            hanging.cancel()
            await asyncio.gather(hanging, return_exceptions=True)

    run(steps, registry)


def test_aiohttp_time_out():
    registry = Registry()

    async def use(session):
        with pytest.raises(asyncio.TimeoutError):
            await get(session, "/hello", timeout=aiohttp.ClientTimeout(connect=0.05))

    run_with_one_connection(use, registry)
    count, seconds = waits_of(registry)
    assert count == 2 and seconds > 0
    assert requests_of(registry) == {("GET", "error"): 1, ("GET", "cancelled"): 1}


def test_aiohttp_cancelled():
    registry = Registry()

    async def use(session):
        waiting = asyncio.ensure_future(get(session, "/hello"))
        await until(lambda: in_progress(registry) == 2)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    run_with_one_connection(use, registry)
    count, seconds = waits_of(registry)
    assert count == 2 and seconds > 0


@pytest.mark.parametrize("steps", CLIENTS.values(), ids=CLIENTS)
def test_httpx_time_out_of_a_pool_that_never_had_room(steps):
    """The pool of another transport may raise it as well."""
    registry = Registry()

    class Full(httpx.MockTransport):
        def __init__(self):
            super().__init__(self.fail)

        def fail(self, request):
            raise httpx.PoolTimeout("full")

    assert steps.send([("GET", "http://x/")], steps.outer(Full(), registry)) == ["PoolTimeout"]
    assert waits_of(registry)[0] == 1


def test_httpx_cancelled():
    registry = Registry()

    async def main(port):
        inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
        transport = AsyncMetricsTransport(inner, registry)
        async with httpx.AsyncClient(transport=transport, timeout=DEADLINE) as client:
            url = f"http://127.0.0.1:{port}/hangs"
            hanging = asyncio.ensure_future(client.get(url))
            await until(lambda: waits_of(registry)[0] == 1)
            waiting = asyncio.ensure_future(client.get(url))
            await until(lambda: in_progress(registry) == 2)
            waiting.cancel()
            await asyncio.wait([waiting])
            hanging.cancel()
            await asyncio.wait([hanging])

    with http_server() as port:
        asyncio.run(main(port))
    count, seconds = waits_of(registry)
    assert count == 2 and seconds > 0
    assert requests_of(registry) == {("GET", "cancelled"): 2}


@pytest.mark.parametrize("steps", CLIENTS.values(), ids=CLIENTS)
def test_a_transport_without_connections_has_no_waits(steps):
    registry = Registry()

    def fail(request):
        raise httpx.ReadError("of an application")

    transport = steps.outer(httpx.MockTransport(fail), registry)
    assert steps.send([("GET", "http://x/")], transport) == ["ReadError"]
    assert waits_of(registry)[0] == 0


def test_the_help_of_the_metrics_says_it():
    registry = Registry()
    AsyncMetricsTransport(registry=registry)
    metrics = registry.collectors
    assert "or until they ended without one" in metrics["http_client_connection_wait_seconds"].doc
    reused = metrics["http_client_connections_reused_total"]
    assert reused.doc == "Requests on a connection that was already open"
