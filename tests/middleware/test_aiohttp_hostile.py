"""The middleware of aiohttp's server and hostile requests: nothing leaks, labels are bounded."""

import asyncio
import contextlib
import random

from aiohttp import web

from aioprometheus import Registry
from aioprometheus.aiohttp import metrics_middleware
from support.aiohttp_apps import address_of, in_progress, requests_of, samples_of, until

REQUESTS = 10_000
AT_ONCE = 50


async def hello(request):
    return web.Response(text="hello")


async def reads(request):
    return web.Response(body=await request.read())


async def hangs(request):
    await asyncio.sleep(3600)


async def streams(request):
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65_536)
        await asyncio.sleep(0)


async def fails(request):
    raise LookupError


async def socket(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(str(message.data))
    return socket


ROUTES = {
    "/hello": hello,
    "/things/{id}": hello,
    "/reads": reads,
    "/hangs": hangs,
    "/streams": streams,
    "/fails": fails,
    "/socket": socket,
}
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


def hostile_request(draw):
    """A request, and whether its answer is awaited; without that, the client leaves at once."""
    noise = "".join(draw.choices("abcdefghijklmnopqrstuvwxyz0123456789/%._-~", k=20))
    path = draw.choice(
        [
            *("/hello", f"/things/{noise.replace('/', '')}", "/reads", "/fails"),
            *(f"/{noise}", f"/{noise}?{noise}", f"//{noise}", "/hello/", "*", "http://x/hello"),
        ]
    )
    method = draw.choice(
        ["GET", "GET", "HEAD", "POST", "DELETE", "PURGE", noise[:3], "get", "OPTIONS"]
    )
    head = f"{method} {path} HTTP/1.1\r\nHost: {noise}\r\nX-{noise[:5]}: {noise}\r\n"
    end = "Connection: close\r\n\r\n"
    return draw.choice(
        [
            (head + end, True),
            (head + end, True),
            (head + end, False),
            (head + f"Content-Length: 1000000\r\n{end}half", False),
            (head + f"Transfer-Encoding: chunked\r\n{end}5\r\nhello\r\nzz", True),
            (head + f"Content-Length: {noise}\r\n{end}", True),
            (head + f"Content-Encoding: gzip\r\nContent-Length: 4\r\n{end}junk", True),
            (head + f"Expect: 100-continue\r\n{end}", True),
            (head, False),
            (f"{noise}\r\n\r\n", True),
            (f"GET /hangs HTTP/1.1\r\nHost: x\r\n{end}", False),
            (f"GET /streams HTTP/1.1\r\nHost: x\r\n{end}", False),
            (f"POST /reads HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n{end}half", False),
            (f"GET /socket HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n{noise}", False),
            (f"GET /socket HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n\x81\x05hello", True),
            (f"GET {path} HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n", False),
        ]
    )


async def send(address, text, is_awaited):
    with contextlib.suppress(ConnectionError):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(text.encode("latin-1"))
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            if is_awaited:
                await reader.read(100)
        writer.transport.abort()


def test_hostile_requests():
    registry = Registry()
    draw = random.Random(12)

    async def main():
        app = web.Application(middlewares=[metrics_middleware(registry)])
        app.add_routes([web.route("*", path, handler) for path, handler in ROUTES.items()])
        app.add_routes([web.get("/only/get", hello)])
        async with address_of(app, handler_cancellation=True) as address:
            requests = iter([hostile_request(draw) for _ in range(REQUESTS)])

            async def send_some():
                for text, is_awaited in requests:
                    await send(address, text, is_awaited)

            await asyncio.gather(*(send_some() for _ in range(AT_ONCE)))
            await until(lambda: in_progress(registry) == 0 and not opened(registry))

    asyncio.run(main())
    assert in_progress(registry) == 0 and opened(registry) == 0
    counted = requests_of(registry)
    assert sum(counted.values()) > REQUESTS / 3
    assert {path for _, path, _ in counted} <= {*ROUTES, "<unmatched>"}
    methods = {method for method, _, _ in counted}
    assert methods <= {"GET", "HEAD", "POST", "DELETE", "OPTIONS", "<other>"}
    assert {status for _, _, status in counted} <= {"200", "400", "404", "405", "417", "499", "500"}
    assert {"200", "404", "499", "500"} <= {status for _, _, status in counted}
    assert set(samples_of(registry, "websocket_messages_total", "path")) == {("/socket",)}


def opened(registry):
    return sum(samples_of(registry, "websocket_connections_open").values())


def test_random_paths_are_one_series():
    registry = Registry()
    draw = random.Random(13)

    async def main():
        app = web.Application(middlewares=[metrics_middleware(registry)])
        app.add_routes([web.get("/hello", hello)])
        async with address_of(app) as address:
            reader, writer = await asyncio.open_connection(*address)
            for _ in range(100):
                paths = [f"/{draw.randbytes(8).hex()}" for _ in range(100)]
                lines = [f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths]
                for line in lines:
                    writer.write(line.encode())
                    await reader.readuntil(b"404: Not Found")
            writer.close()

    asyncio.run(main())
    assert requests_of(registry) == {("GET", "<unmatched>", "404"): 10_000}
