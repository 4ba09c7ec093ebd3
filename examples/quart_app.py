"""A Quart application whose requests are counted by the middleware.

    python examples/quart_app.py [--host 127.0.0.1] [--port 8000]

It prints its address and serves until Ctrl-C. Try /hello and /nowhere, then /metrics. Quart does
not expose the template of a route, so the path label is the path of the request. It needs quart and
uvicorn.
"""

import argparse
import contextlib
import socket

import uvicorn
from quart import Quart

from aioprometheus import REGISTRY, Counter, MetricsMiddleware
from aioprometheus.asgi.quart import metrics

# Metrics without a registry are in the default one, and so are the counters of the middleware.
GREETINGS = Counter("greetings_total", "Greetings.")

app = Quart(__name__)


@app.get("/hello")
async def hello() -> str:
    GREETINGS.inc()
    return "Hello!"


@app.get("/series")
async def series() -> dict[str, int]:
    return {metric.name: len(metric.samples) for metric in REGISTRY.collect()}


app.add_url_rule("/metrics", "metrics", metrics)
app.asgi_app = MetricsMiddleware(app.asgi_app, group_status_codes=True)  # type: ignore


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Quart.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    listener = socket.create_server((options.host, options.port))
    print("http://{}:{}".format(*listener.getsockname()), flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
