"""The middleware of aiohttp's server and websockets: open ones, messages, close codes."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from aioprometheus import Registry
from aioprometheus.aiohttp import MetricsMiddleware, metrics_middleware
from support.aiohttp_apps import in_progress, requests_of, samples_of, served, status_of, until


class Own(web.WebSocketResponse):
    """A subclass of a user's, whose methods call each other."""

    async def send_str(self, data, *arguments, **named):
        await self.send_bytes(data.encode(), *arguments, **named)

    async def receive(self, *arguments, **named):
        message = await super().receive(*arguments, **named)
        if message.type is aiohttp.WSMsgType.TEXT:
            return aiohttp.WSMessage(aiohttp.WSMsgType.BINARY, message.data.encode(), None)
        return message


async def echo(request):
    socket = Own() if request.query.get("own") else web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.data in ("fail", b"fail"):
            raise LookupError
        if message.data == "close":
            await socket.close(code=4321)
        elif message.data == "json":
            await socket.send_json({"a": 1})
        elif isinstance(message.data, str):
            await socket.send_str(message.data)
        elif request.query.get("own"):
            await socket.send_str(message.data.decode())
        else:
            await socket.send_bytes(message.data)
    return socket


async def leaves(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    return socket


async def unprepared(request):
    return web.WebSocketResponse()


async def refuses(request):
    raise web.HTTPForbidden()


def talk(steps, path="/echo", middleware=MetricsMiddleware, **options):
    """Let a client do something with a websocket, and return the registry when it has ended."""
    registry = Registry()

    async def main():
        app = web.Application(middlewares=[middleware(registry)])
        app.add_routes(
            [
                web.get("/echo", echo),
                web.get("/leaves", leaves),
                web.get("/unprepared", unprepared),
                web.get("/refuses", refuses),
            ]
        )
        async with served(app, **options) as client:
            async with client.ws_connect(path) as socket:
                await steps(socket, registry)
            await until(lambda: ended(registry))
            assert await status_of(client, "/absent") == 404

    asyncio.run(main())
    assert in_progress(registry) == 0
    assert set(samples_of(registry, "websocket_connections_open").values()) <= {0}
    # A websocket is not a request besides.
    assert requests_of(registry) == {("GET", "<unmatched>", "404"): 1}
    return registry


def ended(registry):
    return samples_of(registry, "websocket_connections_total", "path", "code")


def messages(registry):
    return samples_of(registry, "websocket_messages_total", "direction")


async def wait_for_the_end(socket, registry):
    await socket.receive()


@pytest.mark.parametrize("query", ["", "?own=1"])
def test_messages(query):
    async def steps(socket, registry):
        assert samples_of(registry, "websocket_connections_open") == {("/echo",): 1}
        assert in_progress(registry) == 0
        for _ in range(3):
            await socket.send_str("hello")
            await socket.receive()
        await socket.ping()
        await socket.send_bytes(b"hello")
        await socket.receive()
        assert messages(registry) == {("received",): 4, ("sent",): 4}

    registry = talk(steps, f"/echo{query}")
    assert ended(registry) == {("/echo", "1000"): 1}
    assert messages(registry) == {("received",): 4, ("sent",): 4}
    assert samples_of(registry, "websocket_duration_seconds_count", "path") == {("/echo",): 1}


def test_json():
    async def steps(socket, registry):
        await socket.send_str("json")
        assert await socket.receive_json() == {"a": 1}

    assert messages(talk(steps)) == {("received",): 1, ("sent",): 1}


@pytest.mark.parametrize(("code", "label"), [(1001, "1001"), (3000, "<other>"), (4999, "<other>")])
def test_the_close_code_of_the_client(code, label):
    async def steps(socket, registry):
        await socket.close(code=code)

    assert ended(talk(steps)) == {("/echo", label): 1}


def test_the_application_closes():
    async def steps(socket, registry):
        await socket.send_str("close")
        await socket.receive()

    (((path, code), count),) = ended(talk(steps)).items()
    # aiohttp says which code the client has answered with.
    assert (path, count) == ("/echo", 1) and code in ("1000", "4321", "<other>")


@pytest.mark.parametrize("path", ["/leaves", "/unprepared"])
def test_the_application_returns(path):
    assert ended(talk(wait_for_the_end, path)) == {(path, "1000"): 1}


def test_the_application_fails():
    async def steps(socket, registry):
        await socket.send_str("fail")
        await socket.receive()

    assert ended(talk(steps)) == {("/echo", "1011"): 1}


def test_the_client_goes_without_a_word():
    async def steps(socket, registry):
        socket._response.connection.transport.abort()

    (((path, code), count),) = ended(talk(steps)).items()
    assert (path, count) == ("/echo", 1) and code in ("1000", "1006")


def test_the_handler_is_cancelled():
    async def steps(socket, registry):
        socket._response.connection.transport.abort()

    (((path, code), count),) = ended(talk(steps, handler_cancellation=True)).items()
    assert (path, count) == ("/echo", 1) and code in ("1000", "1006")


def test_a_refused_websocket_is_a_request():
    registry = Registry()

    async def main():
        app = web.Application(middlewares=[metrics_middleware(registry)])
        app.add_routes([web.get("/refuses", refuses), web.get("/echo", echo)])
        async with served(app) as client:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await client.ws_connect("/refuses")
            assert await status_of(client, "/echo") == 400
            upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
            assert await status_of(client, "/echo", headers=upgrade) == 400

    asyncio.run(main())
    assert requests_of(registry) == {
        ("GET", "/refuses", "403"): 1,
        ("GET", "/echo", "400"): 2,
    }
    assert ended(registry) == {} and in_progress(registry) == 0


def test_a_subclass_labels_websockets():
    class ByName(MetricsMiddleware):
        def path_label(self, request, path):
            return path if path == "<unmatched>" else f"own {path}"

    async def steps(socket, registry):
        pass

    assert ended(talk(steps, middleware=ByName)) == {("own /echo", "1000"): 1}


def test_two_middlewares_count_a_websocket_once():
    registry, other = Registry(), Registry()

    async def main():
        app = web.Application(
            middlewares=[metrics_middleware(each) for each in (registry, registry, other)]
        )
        app.router.add_get("/echo", echo)
        async with served(app) as client:
            async with client.ws_connect("/echo") as socket:
                await socket.send_str("hello")
                await socket.receive()
            await until(lambda: ended(registry) and ended(other))

    asyncio.run(main())
    for each in (registry, other):
        assert ended(each) == {("/echo", "1000"): 1}
        assert messages(each) == {("received",): 1, ("sent",): 1}
        assert samples_of(each, "websocket_connections_open") == {("/echo",): 0}


def test_the_class_stays_as_it_was():
    before = {**vars(web.WebSocketResponse)}, {**vars(web.Request)}
    kept = []

    async def keeps(request):
        socket = Own()
        kept.append((request, socket))
        await socket.prepare(request)
        await socket.close()
        return socket

    registry = Registry()

    async def main():
        app = web.Application(middlewares=[metrics_middleware(registry)])
        app.router.add_get("/", keeps)
        async with served(app) as client:
            async with client.ws_connect("/") as socket:
                await socket.receive()
            await until(lambda: ended(registry))

    asyncio.run(main())
    assert before == ({**vars(web.WebSocketResponse)}, {**vars(web.Request)})
    for own in kept[0]:
        assert not {"receive", "send_str", "send_bytes", "send_frame", "_prepare_hook"} & {
            *vars(own)
        }
