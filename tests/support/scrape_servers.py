"""Real servers with the handlers of this package, and a client that shows the bytes they send."""

import asyncio
import http.client
import socket
from typing import NamedTuple

from quart import Quart
from starlette.applications import Starlette
from starlette.routing import Route

from aioprometheus.asgi import quart as quart_handler
from aioprometheus.asgi import starlette as starlette_handler
from aioprometheus.service import Service
from support.asgi_driver import hypercorn_server, serve, uvicorn_server

try:
    from fastapi import FastAPI
except ImportError:  # only Starlette is installed
    FastAPI = None

#: The limit that only a hang reaches, in seconds.
DEADLINE = 60


class Answer(NamedTuple):
    """What a server answered; the body is as it was sent."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name):
        """The value of a header that is there at most once."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, values
        return values[0] if values else None


class Connection:
    """A connection to a server, with nothing between the test and the bytes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, method="GET", target="/metrics", headers=(), last=True):
        lines = [f"{method} {target} HTTP/1.1".encode("latin-1"), b"Host: localhost"]
        for name, value in headers:
            value = value if isinstance(value, bytes) else value.encode("latin-1")
            lines.append(name.encode() + b": " + value)
        if last:
            lines.append(b"Connection: close")
        self.socket.sendall(b"\r\n".join([*lines, b"", b""]))

    def answer(self, method="GET"):
        with http.client.HTTPResponse(self.socket, method=method) as response:
            response.begin()
            return Answer(response.status, response.getheaders(), response.read())


def _ask(port, method="GET", target="/metrics", headers=()):
    with Connection(port) as connection:
        connection.send(method, target, headers)
        return connection.answer(method)


class Client:
    """Asks the server in a thread, so that the event loop of the test can answer."""

    def __init__(self, port):
        self.port = port

    async def ask(self, method="GET", target="/metrics", headers=()):
        return await asyncio.to_thread(_ask, self.port, method, target, headers)


def starlette_app(registry):
    app = Starlette(routes=[Route("/metrics", starlette_handler.metrics)])
    app.state.registry = registry
    return app


def fastapi_app(registry):
    app = FastAPI()
    app.add_route("/metrics", starlette_handler.metrics)
    app.state.registry = registry
    return app


def fastapi_operation(registry):
    app = FastAPI()
    app.api_route("/metrics", methods=["GET", "HEAD"])(starlette_handler.metrics)
    app.state.registry = registry
    return app


def quart_app(registry):
    app = Quart(__name__)
    app.add_url_rule("/metrics", view_func=quart_handler.metrics)
    app.registry = registry
    return app


def serve_app(app, use, server=uvicorn_server):
    """Run an ASGI application under a server while `use(client)` runs."""

    async def with_client(client):
        await asyncio.wait_for(use(Client(client.base_url.port)), DEADLINE)

    serve(app, with_client, server)


def _with_asgi(make, server):
    return lambda registry, use: serve_app(make(registry), use, server)


def _with_service(registry, use):
    async def main():
        service = Service(registry)
        await service.start(addr="127.0.0.1")
        try:
            port = int(service.base_url.rpartition(":")[2])
            await asyncio.wait_for(use(Client(port)), DEADLINE)
        finally:
            await service.stop()

    asyncio.run(main())


#: Functions by name that serve a registry while a coroutine function `use(client)` runs.
SERVERS = {
    "starlette, uvicorn": _with_asgi(starlette_app, uvicorn_server),
    "starlette, hypercorn": _with_asgi(starlette_app, hypercorn_server),
    "quart, hypercorn": _with_asgi(quart_app, hypercorn_server),
    "quart, uvicorn": _with_asgi(quart_app, uvicorn_server),
    "service": _with_service,
}
if FastAPI is not None:
    SERVERS["fastapi, uvicorn"] = _with_asgi(fastapi_app, uvicorn_server)
    SERVERS["fastapi operation, uvicorn"] = _with_asgi(fastapi_operation, uvicorn_server)
