"""A driver of ASGI applications in the process and under real servers, and a reader of counters."""

import asyncio
import socket

import httpx
import uvicorn
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config as HypercornConfig

PLAIN_OK = [
    {"type": "http.response.start", "status": 200, "headers": []},
    {"type": "http.response.body", "body": b"ok"},
]

COUNTERS = [
    "requests_total_counter",
    "responses_total_counter",
    "exceptions_total_counter",
    "status_codes_counter",
]


def answering(*messages):
    """An application that answers everything with the same messages."""

    async def app(scope, receive, send):
        for message in messages:
            await send(message)

    return app


def scope_of(path="/", method="GET", kind="http", **more):
    scope = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "method": method,
        "path": path,
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "server": ("localhost", 80),
        "client": ("localhost", 12345),
        **more,
    }
    if kind != "http":
        del scope["method"]
    return scope


async def drive(app, scope):
    """
    Send a request without a body, or open a websocket. The client leaves when it has been answered.

    :return: the messages that the application has sent.
    """
    sent = []
    answered = asyncio.Event()
    http = scope["type"] == "http"
    incoming = [{"type": "http.request", "body": b""} if http else {"type": "websocket.connect"}]

    async def receive():
        if incoming:
            return incoming.pop()
        await answered.wait()
        return {"type": "http.disconnect" if http else "websocket.disconnect", "code": 1000}

    async def send(message):
        sent.append(message)
        last = message["type"] in ("http.response.body", "websocket.close")
        if last and not message.get("more_body"):
            answered.set()

    await app(scope, receive, send)
    return sent


def request(app, path="/", method="GET", **more):
    return asyncio.run(drive(app, scope_of(path, method, **more)))


async def uvicorn_server(app, sock, stop):
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", http="h11", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    await stop.wait()
    server.should_exit = True
    await serving


async def hypercorn_server(app, sock, stop):
    config = HypercornConfig()
    config.bind = [f"fd://{sock.detach()}"]
    config.errorlog = None
    await hypercorn_serve(app, config, mode="asgi", shutdown_trigger=stop.wait)


def serve(app, use, server=uvicorn_server):
    """Run an application under a server while `use(client)` runs."""

    async def main():
        with socket.create_server(("127.0.0.1", 0)) as sock:
            url = f"http://127.0.0.1:{sock.getsockname()[1]}"
            stop = asyncio.Event()
            serving = asyncio.create_task(server(app, sock, stop))
            async with httpx.AsyncClient(base_url=url, timeout=60) as client:
                await use(client)
            stop.set()
            await serving

    asyncio.run(main())


def totals(registry, name="status_codes_counter"):
    """The series of a counter, by their label values: (method, path[, status code])."""
    names = ("method", "path", "status_code")
    series = registry.get(name).get_all()
    return {tuple(labels[n] for n in names if n in labels): value for labels, value in series}


def only_path(registry):
    (labels,) = totals(registry, "requests_total_counter")
    return labels[1]
