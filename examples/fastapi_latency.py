"""A FastAPI application with the standard metrics: latencies, sizes, requests in progress.

    python examples/fastapi_latency.py [--host 127.0.0.1] [--port 8000]

It prints its address and serves until Ctrl-C. Try /search?q=tea, /numbers and /broken, then
/metrics. The answer of /numbers is a stream, whose latency ends with its first byte. It needs
fastapi and uvicorn.
"""

import argparse
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse

from aioprometheus import MetricsMiddleware, Registry
from aioprometheus.asgi.starlette import metrics

registry = Registry()
app = FastAPI()
app.state.registry = registry
app.add_route("/metrics", metrics)


@app.get("/search")
async def search(q: str) -> dict[str, list[str]]:
    return {"found": [q.upper()]}


@app.get("/numbers")
async def numbers() -> StreamingResponse:
    def lines() -> Iterator[str]:
        for number in range(3):
            yield f"{number}\n"

    return StreamingResponse(lines(), media_type="text/plain")


@app.get("/broken")
async def broken() -> None:
    raise HTTPException(503)


def client_kind(scope: dict[str, Any]) -> str:
    """A label with few values, whatever the client sends."""
    agent = dict(scope["headers"]).get(b"user-agent", b"")
    return "browser" if agent.startswith(b"Mozilla/") else "program"


app.add_middleware(
    MetricsMiddleware,
    registry=registry,
    metrics="standard",
    streams="first_byte",
    buckets=[0.01, 0.05, 0.25, 1.0],
    request_labels={"client": client_kind},
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="FastAPI with latencies.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    listener = socket.create_server((options.host, options.port))
    print("http://{}:{}".format(*listener.getsockname()), flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
