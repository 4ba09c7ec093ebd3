"""What the metrics of httpx's clients say of connections: TLS, proxies, one request sent twice."""

import asyncio
import contextlib
import ssl

import httpx
import pytest

from aioprometheus import Registry
from aioprometheus.httpx import AsyncMetricsTransport
from support.aiohttp_apps import samples_of, until
from support.certificates import certificate
from support.measured_clients import CLIENTS, http_server, in_progress, requests_of
from support.processes import DEADLINE
from support.push_receiver import push_receiver


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def steps(request):
    return request.param


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    """The TLS settings of a server, and of a client that trusts it."""
    trusted, key = certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, key)
    return context, ssl.create_default_context(cafile=str(trusted))


def connections_of(registry):
    """How many connections were made, and how often one was used again."""
    names = ("http_client_connections_created_total", "http_client_connections_reused_total")
    return tuple(sum(samples_of(registry, name).values()) for name in names)


def test_a_connection_whose_tls_fails_is_not_made(steps, contexts):
    registry = Registry()
    with http_server() as port:
        sent = steps.send([("GET", f"https://127.0.0.1:{port}/")], steps.outer(registry=registry))
    with push_receiver(contexts[0]) as receiver:
        sent += steps.send([("GET", receiver.addr)], steps.outer(registry=registry))
    assert sent == ["ConnectError"] * 2
    assert connections_of(registry) == (0, 0)


def test_connections_with_tls(steps, contexts):
    registry = Registry()
    with push_receiver(contexts[0]) as receiver:
        transport = steps.outer(steps.inner(verify=contexts[1]), registry)
        assert steps.send([("GET", receiver.addr)] * 2, transport) == [200] * 2
    assert connections_of(registry) == (2, 0)


@contextlib.asynccontextmanager
async def proxy(answer):
    """A proxy that answers CONNECT, and then passes everything on if that is a success."""

    async def passing(reader, writer):
        while piece := await reader.read(65536):
            writer.write(piece)
        writer.close()

    async def talk(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if b" 200 " in answer:
            host, _, port = head.split()[1].decode().rpartition(":")
            ends = await asyncio.open_connection(host, int(port))
            await asyncio.gather(
                passing(reader, ends[1]), passing(ends[0], writer), return_exceptions=True
            )
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(("status", "expected"), [("200 OK", (2, 0)), ("407 Who", (0, 0))])
def test_a_tunnel(contexts, status, expected):
    registry = Registry()

    async def main(url):
        answer = f"HTTP/1.1 {status}\r\n\r\n".encode()
        async with proxy(answer) as address:
            inner = httpx.AsyncHTTPTransport(verify=contexts[1], proxy=address)
            transport = AsyncMetricsTransport(inner, registry)
            async with httpx.AsyncClient(transport=transport, timeout=DEADLINE) as client:
                for _ in range(2):
                    with contextlib.suppress(httpx.ProxyError):
                        await client.get(url)

    with push_receiver(contexts[0]) as receiver:
        asyncio.run(main(receiver.addr))
    assert connections_of(registry) == expected
    assert set(requests_of(registry)) == {("GET", "200" if expected[0] else "error")}


def test_one_request_that_is_sent_twice_at_once():
    registry = Registry()
    events = []

    async def note(name, info):
        events.append(name)

    async def main(port):
        transport = AsyncMetricsTransport(registry=registry)
        async with httpx.AsyncClient(transport=transport, timeout=DEADLINE) as client:
            url = f"http://127.0.0.1:{port}/hello"
            request = client.build_request("GET", url, extensions={"trace": note})
            extensions = request.extensions
            tasks = [asyncio.ensure_future(client.send(request)) for _ in range(3)]
            await until(lambda: in_progress(registry) == 3)
            await asyncio.gather(*tasks)
            assert request.extensions is extensions and extensions["trace"] is note

    with http_server() as port:
        asyncio.run(main(port))
    assert requests_of(registry) == {("GET", "200"): 3}
    assert connections_of(registry) == (3, 0)
    waits = samples_of(registry, "http_client_connection_wait_seconds_count")
    assert list(waits.values()) == [3]
    assert events.count("connection.connect_tcp.complete") == 3
