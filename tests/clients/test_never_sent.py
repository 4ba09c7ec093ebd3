"""What clients refuse before they ask for a connection: it is not counted."""

import asyncio
import contextlib

import aiohttp
import httpx
import pytest

from aioprometheus import Registry
from support.aiohttp_apps import samples_of
from support.measured_clients import (
    CLIENTS,
    errors_of,
    get,
    http_server,
    in_progress,
    requests_of,
    run,
)


@pytest.mark.parametrize("url", ["http://", "example.org/x", "//example.org:x/"])
def test_aiohttp_and_what_is_no_url(url):
    async def steps(session, port):
        async with aiohttp.ClientSession(trace_configs=session.trace_configs) as other:
            with pytest.raises((aiohttp.ClientError, ValueError, AssertionError)):
                await get(other, url)

    registry = run(steps)
    assert requests_of(registry) == {} and errors_of(registry) == {}


def test_aiohttp_and_a_body_of_a_wrong_type():
    async def steps(session, port):
        with pytest.raises(TypeError):
            await session.post("/hello", data=object())
        await get(session, "/hello")

    assert requests_of(run(steps)) == {("GET", "200"): 1}


@pytest.mark.parametrize(
    ("location", "sent"),
    [
        ("http://[", 1),
        ("ftp://x/", 1),
        ("mailto:a@example.org", 1),
        ("/moved?to=/moved?to=/moved?to=/x", 2),
    ],
)
def test_aiohttp_and_redirects_that_are_not_followed(location, sent):
    async def steps(session, port):
        with pytest.raises((aiohttp.ClientError, ValueError)):
            await get(session, "/moved", params={"to": location}, max_redirects=2)

    registry = run(steps)
    assert requests_of(registry, "status") == {("302",): sent}
    assert errors_of(registry) == {}


def test_aiohttp_and_a_redirect_to_a_server_that_is_not_there():
    async def steps(session, port):
        with pytest.raises(aiohttp.ClientConnectorError):
            await get(session, "/moved", params={"to": "http://127.0.0.1:1/"})

    registry = run(steps)
    assert requests_of(registry, "status") == {("302",): 1, ("error",): 1}
    assert errors_of(registry) == {("ClientConnectorError",): 1}


def test_aiohttp_and_a_host_that_is_unknown():
    class Unknown(aiohttp.abc.AbstractResolver):
        async def resolve(self, host, port=0, family=0):
            raise OSError("unknown")

        async def close(self):
            pass

    async def steps(session, port):
        connector = aiohttp.TCPConnector(resolver=Unknown())
        configs = session.trace_configs
        async with aiohttp.ClientSession(connector=connector, trace_configs=configs) as other:
            with pytest.raises(aiohttp.ClientConnectorError):
                await get(other, "http://example.org/")

    assert requests_of(run(steps), "host", "status") == {("example.org", "error"): 1}


def test_aiohttp_and_a_body_that_fails():
    """The connection is there, and the head of the request is sent."""

    async def body():
        yield b"x"
        raise LookupError("of a body")

    async def steps(session, port):
        with pytest.raises((aiohttp.ClientError, LookupError)):
            await session.post("/hello", data=body())

    registry = run(steps)
    assert requests_of(registry) == {("POST", "error"): 1}


@pytest.mark.parametrize("steps", CLIENTS.values(), ids=CLIENTS)
def test_httpx(steps):
    registry = Registry()
    transport = steps.outer(registry=registry)
    requests = [("GET", "ftp://x/"), ("GET", "gopher://x/"), ("GET", "nothing://x/")]
    assert steps.send(requests, transport) == ["UnsupportedProtocol"] * 3
    assert requests_of(registry) == {} and errors_of(registry) == {}
    assert in_progress(registry) == 0
    assert samples_of(registry, "http_client_connection_wait_seconds_count") == {}


@pytest.mark.parametrize("steps", CLIENTS.values(), ids=CLIENTS)
@pytest.mark.parametrize("location", ["ftp://x/", "mailto:a"])
def test_httpx_and_redirects_that_are_not_followed(steps, location):
    registry = Registry()
    with http_server() as port, contextlib.suppress(httpx.InvalidURL):
        steps.send(
            [("GET", f"http://127.0.0.1:{port}/moved?to={location}")],
            steps.outer(registry=registry),
            follow_redirects=True,
        )
    assert requests_of(registry, "status") == {("302",): 1}
    assert errors_of(registry) == {} and in_progress(registry) == 0


def test_httpx_and_what_its_client_refuses():
    registry = Registry()

    async def main():
        transport = CLIENTS["asyncio"].outer(registry=registry)
        async with httpx.AsyncClient(transport=transport) as client:
            with pytest.raises(httpx.InvalidURL):
                await client.get("http://x:port/")
            with pytest.raises(TypeError):
                await client.post("http://x/", content=object())

    asyncio.run(main())
    assert requests_of(registry) == {}
