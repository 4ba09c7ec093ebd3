"""Applications of aiohttp that run on a real server, and what a registry has counted of them."""

import asyncio
import contextlib
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from support.processes import DEADLINE


@contextlib.asynccontextmanager
async def address_of(app, **options):
    """Run an application; gives its host and port."""
    runner = web.AppRunner(app, **{"access_log": None, "shutdown_timeout": 1, **options})
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][:2]
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def served(app, **options):
    """Run an application; gives a client whose URLs begin with its address."""
    async with address_of(app, **options) as (host, port):
        timeout = aiohttp.ClientTimeout(total=DEADLINE)
        async with aiohttp.ClientSession(f"http://{host}:{port}", timeout=timeout) as client:
            yield client


async def status_of(client, path, method="GET", **options):
    """Send a request, and read its answer."""
    async with client.request(method, path, allow_redirects=False, **options) as response:
        await response.read()
        return response.status


def visit(app, *paths):
    """Ask an application on a real server for some paths. Returns the statuses."""

    async def main():
        async with served(app) as client:
            return [await status_of(client, path) for path in paths]

    return asyncio.run(main())


async def until(condition):
    """Let the event loop run until something is true."""

    async def wait():
        while not condition():
            await asyncio.sleep(0.001)

    await asyncio.wait_for(wait(), DEADLINE)


async def send_and_leave(client, data):
    """Send bytes to the server of a client, and close the connection at once."""
    url = urlsplit(str(client._base_url))
    _, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(data)
    await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def samples_of(registry, name, *labels):
    """The values of the samples of a name, by the values of labels (without any, of all)."""
    found = {}
    for metric in registry.collect():
        for sample in metric.samples:
            if sample.name == name:
                key = tuple(sample.labels[label] for label in labels or sample.labels)
                found[key] = found.get(key, 0) + sample.value
    return found


def requests_of(registry):
    """How often each method, path and status was counted."""
    return samples_of(registry, "http_requests_total", "method", "path", "status")


def in_progress(registry):
    """How many requests are in progress, of all methods together."""
    gauges = samples_of(registry, "http_requests_in_progress")
    return sum(gauges.values())
