"""Real servers with the handlers of this package, and a client that shows the bytes they send."""

import asyncio
import http.client
import socket
import threading
from contextlib import contextmanager
from typing import NamedTuple

import aiohttp.web
import flask
import werkzeug.serving
from quart import Quart
from starlette.applications import Starlette
from starlette.routing import Route

from aioprometheus import make_asgi_app, make_wsgi_app
from aioprometheus.aiohttp import REGISTRY_KEY, make_handler
from aioprometheus.asgi import quart as quart_handler
from aioprometheus.asgi import starlette as starlette_handler
from aioprometheus.service import Service
from support.asgi_driver import hypercorn_server, serve, uvicorn_server

try:
    from fastapi import FastAPI
except ImportError:  # only Starlette is installed
    FastAPI = None

try:
    from litestar import Litestar
    from litestar.datastructures import State

    from aioprometheus.asgi import litestar as litestar_handler
except ImportError:  # there is none for this Python
    Litestar = None

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


def litestar_app(registry):
    return Litestar(
        [litestar_handler.metrics], state=State({"registry": registry}), logging_config=None
    )


def aiohttp_app(registry):
    app = aiohttp.web.Application()
    app.router.add_get("/metrics", make_handler())
    if registry is not None:
        app[REGISTRY_KEY] = registry
    return app


def flask_app(registry):
    app = flask.Flask(__name__)
    metrics = make_wsgi_app(registry)

    @app.route("/metrics")
    def serve_metrics():
        return flask.Response.from_app(metrics, flask.request.environ)

    return app


def serve_app(app, use, server=uvicorn_server):
    """Run an ASGI application under a server while `use(client)` runs."""

    async def with_client(client):
        await asyncio.wait_for(use(Client(client.base_url.port)), DEADLINE)

    serve(app, with_client, server)


def _with_asgi(make, server):
    return lambda registry, use: serve_app(make(registry), use, server)


async def _use(use, port):
    await asyncio.wait_for(use(Client(port)), DEADLINE)


def serve_aiohttp(app, use):
    """Run an aiohttp application while `use(client)` runs."""

    async def main():
        runner = aiohttp.web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
            await _use(use, runner.addresses[0][1])
        finally:
            await runner.cleanup()

    asyncio.run(main())


class _Quiet(werkzeug.serving.WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


@contextmanager
def wsgi_server(app):
    """Run a WSGI application on threads, and give its port."""
    server = werkzeug.serving.make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serve_wsgi(app, use):
    """Run a WSGI application while `use(client)` runs."""
    with wsgi_server(app) as port:
        asyncio.run(_use(use, port))


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
    "asgi app, uvicorn": _with_asgi(make_asgi_app, uvicorn_server),
    "asgi app, hypercorn": _with_asgi(make_asgi_app, hypercorn_server),
    "aiohttp": lambda registry, use: serve_aiohttp(aiohttp_app(registry), use),
    "wsgi app": lambda registry, use: serve_wsgi(make_wsgi_app(registry), use),
    "flask": lambda registry, use: serve_wsgi(flask_app(registry), use),
}
if FastAPI is not None:
    SERVERS["fastapi, uvicorn"] = _with_asgi(fastapi_app, uvicorn_server)
    SERVERS["fastapi operation, uvicorn"] = _with_asgi(fastapi_operation, uvicorn_server)
if Litestar is not None:
    SERVERS["litestar, uvicorn"] = _with_asgi(litestar_app, uvicorn_server)
    SERVERS["litestar, hypercorn"] = _with_asgi(litestar_app, hypercorn_server)
