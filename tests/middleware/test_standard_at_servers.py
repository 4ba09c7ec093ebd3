"""The standard metrics under real servers: what their clients did is what the metrics say."""

import asyncio
import contextlib
import socket
import sys

import aiohttp
import pytest

from support.asgi_apps import needs_fastapi
from support.processes import request, running

PROGRAM = """
import asyncio

import fastapi
from fastapi.responses import StreamingResponse
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware

from aioprometheus import MetricsMiddleware
from aioprometheus.asgi.starlette import metrics


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


router = fastapi.APIRouter()


@router.get("/items/{name}")
async def item(name: str):
    return name


@router.post("/echo")
async def echo(request: fastapi.Request, tasks: fastapi.BackgroundTasks):
    tasks.add_task(asyncio.sleep, 0)
    return len(await request.body())


@router.get("/boom")
async def boom():
    raise RuntimeError("boom")


@router.get("/stream")
async def stream(pieces: int):
    async def parts():
        for number in range(pieces):
            yield b"x" * 1000
            await asyncio.sleep(0.001)

    return StreamingResponse(parts(), media_type="text/event-stream")


@router.websocket("/ws/{room}")
async def talk(websocket: fastapi.WebSocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


sub = fastapi.FastAPI()
sub.include_router(router, prefix="/inner")
app = fastapi.FastAPI()
app.include_router(router, prefix="/api")
app.mount("/sub", sub)
app.add_route("/metrics", metrics)
app.add_middleware(GZipMiddleware)
app.add_middleware(Passing)
app.add_middleware(MetricsMiddleware, metrics=["standard", "counters"], streams="first_byte")
"""

COMMANDS = {
    "uvicorn": "-m uvicorn --ws wsproto --host 127.0.0.1 --port {port} --log-level warning app:app",
    "hypercorn": "-m hypercorn --bind 127.0.0.1:{port} app:app",
    "granian": "-m granian --interface asgi --host 127.0.0.1 --port {port} app:app",
}


@contextlib.contextmanager
def serving(server, directory):
    (directory / "app.py").write_text(PROGRAM, "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, *COMMANDS[server].format(port=port).split()]
    with running(command, directory) as program:

        def listening():
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", port)) == 0

        try:
            program.wait_for(listening, "it listens")
            yield program, port
        finally:
            program.stop()


async def talk(port):
    """Do what clients do, with some that go away in the midst."""
    url = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(url) as session:
        for path in ("/api/items/7", "/api/items/8", "/sub/inner/items/9", "/nothing", "/boom/7"):
            async with session.get(path) as answer:
                await answer.read()

        async def chunks():
            for _ in range(10):
                yield b"x" * 1000

        async with session.post("/api/echo", data=chunks()) as answer:
            assert await answer.json() == 10_000
        async with session.get("/api/stream", params={"pieces": 10}) as answer:
            assert len(await answer.read()) == 10_000
        async with session.get("/api/boom") as answer:
            assert answer.status == 500
        with contextlib.suppress(aiohttp.ClientError):  # the parsers of some servers refuse it
            async with session.request("BREW", "/api/items/7", headers={"Connection": "close"}):
                pass
        for room in "ab":
            async with session.ws_connect(f"/api/ws/{room}") as websocket:
                for text in "xyz":
                    await websocket.send_str(text)
                    assert await websocket.receive_str() == text
    for _ in range(5):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/stream?pieces=2000 HTTP/1.1\r\nHost: x\r\n\r\n")
        await writer.drain()
        reader_closes = writer.transport
        await asyncio.sleep(0)
        reader_closes.abort()


def lines(port):
    answer = request(f"http://127.0.0.1:{port}/metrics", headers={"Accept-Encoding": "identity"})
    return set(answer.body.decode().splitlines())


@needs_fastapi
@pytest.mark.parametrize("server", COMMANDS)
def test_under_a_server(server, tmp_path):
    with serving(server, tmp_path) as (program, port):
        asyncio.run(talk(port))
        expected = {
            'http_requests_total{method="GET",path="/api/items/{name}",status="200"} 2',
            'http_requests_total{method="GET",path="/sub/inner/items/{name}",status="200"} 1',
            'http_requests_total{method="GET",path="<unmatched>",status="404"} 2',
            'http_requests_total{method="POST",path="/api/echo",status="200"} 1',
            'http_requests_total{method="GET",path="/api/boom",status="500"} 1',
            'http_request_size_bytes_sum{method="POST",path="/api/echo",status="200"} 10000.0',
            'http_requests_in_progress{method="GET"} 0',
            'http_requests_in_progress{method="POST"} 0',
            'requests_total_counter{method="GET",path="/api/items/{name}"} 2',
            'exceptions_total_counter{method="GET",path="/api/boom"} 1',
            'websocket_connections_open{path="/api/ws/{room}"} 0',
            'websocket_messages_total{direction="received",path="/api/ws/{room}"} 6',
            'websocket_messages_total{direction="sent",path="/api/ws/{room}"} 6',
        }
        # The clients that went away are noticed when their streams are written to.
        program.wait_for(lambda: expected <= lines(port), f"{expected - lines(port)}")
        found = lines(port)
        # hypercorn passes on the code of the client as that of a lost connection.
        ended = [line for line in found if line.startswith("websocket_connections_total{")]
        assert sum(int(line.rpartition(" ")[2]) for line in ended) == 2
        paths = {line.partition('path="')[2].partition('"')[0] for line in found if "path=" in line}
        known = {f"/api/{path}" for path in ("items/{name}", "echo", "boom", "stream", "ws/{room}")}
        assert paths <= known | {"/sub/inner/items/{name}", "<unmatched>"}
        # No request is counted twice, or not at all; those of /metrics are excluded.
        streams = [
            line for line in found if line.startswith("http_requests_total") and "stream" in line
        ]
        assert sum(int(line.rpartition(" ")[2]) for line in streams) <= 6
