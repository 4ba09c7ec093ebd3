"""Clients that are measured, and hostile servers: nothing leaks, labels are bounded."""

import asyncio
import contextlib
import random

import aiohttp
import httpx

from aioprometheus import Registry
from aioprometheus.aiohttp import client_trace_config
from aioprometheus.httpx import AsyncMetricsTransport
from support.aiohttp_apps import samples_of
from support.measured_clients import in_progress, requests_of
from support.processes import DEADLINE

REQUESTS = 5_000
AT_ONCE = 25
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\ncut",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 20",
    b"junk\r\n\r\n",
    b"\x00" * 100,
    b"",
]
HANGS = None


@contextlib.asynccontextmanager
async def hostile_server(draw):
    """A server that answers anything; gives its port."""
    tasks = set()

    async def talk(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                answer = draw.choice([*ANSWERS, ANSWERS[0], HANGS])
                if answer is HANGS:
                    await asyncio.sleep(3600)
                writer.write(answer)
                await writer.drain()
                if not answer.endswith(b"ok"):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def send_all(send, draw):
    """Send the requests, a few at a time; some of them are cancelled."""
    numbers = iter(range(REQUESTS))

    async def send_some():
        for number in numbers:
            task = asyncio.ensure_future(send(number))
            if draw.random() < 0.1:
                for _ in range(draw.randrange(20)):
                    await asyncio.sleep(0)
                task.cancel()
            await asyncio.wait([task], timeout=DEADLINE)
            assert task.done()
            if not task.cancelled():
                task.exception()

    await asyncio.gather(*(send_some() for _ in range(AT_ONCE)))


def check(registry, port):
    assert in_progress(registry) == 0
    counted = requests_of(registry, "method", "host", "status")
    assert sum(counted.values()) >= REQUESTS * 0.9
    assert {method for method, _, _ in counted} <= {"GET", "POST", "<other>"}
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}", "127.0.0.1:1"}
    assert {host for _, host, _ in counted} <= hosts
    statuses = {status for _, _, status in counted}
    assert {"200", "302", "error", "cancelled"} <= statuses
    assert statuses <= {"200", "302", "999", "error", "cancelled"}
    errors = samples_of(registry, "http_client_errors_total", "error")
    assert 1 < len(errors) < 15


def url_of(number, port):
    host = [f"127.0.0.1:{port}", f"user:{number}@127.0.0.1:{port}", f"localhost:{port}"][number % 3]
    return "http://127.0.0.1:1/" if number % 50 == 0 else f"http://{host}/{number}?{number}"


def test_aiohttp():
    registry = Registry()
    draw = random.Random(12)

    async def main():
        async with (
            hostile_server(draw) as port,
            aiohttp.ClientSession(
                trace_configs=[client_trace_config(registry)],
                connector=aiohttp.TCPConnector(limit=AT_ONCE // 2),
                timeout=aiohttp.ClientTimeout(total=0.2),
            ) as session,
        ):

            async def send(number):
                method = draw.choice(["GET", "POST", "PURGE"])
                url = url_of(number, port)
                async with session.request(method, url, max_redirects=3) as response:
                    await response.read()

            await send_all(send, draw)
        return port

    check(registry, asyncio.run(main()))


def test_httpx():
    registry = Registry()
    draw = random.Random(12)

    async def main():
        transport = AsyncMetricsTransport(
            httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=AT_ONCE // 2)), registry
        )
        async with (
            hostile_server(draw) as port,
            httpx.AsyncClient(
                transport=transport, timeout=0.2, follow_redirects=True, max_redirects=3
            ) as client,
        ):

            async def send(number):
                await client.request(draw.choice(["GET", "POST", "PURGE"]), url_of(number, port))

            await send_all(send, draw)
        return port

    check(registry, asyncio.run(main()))
