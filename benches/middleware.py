"""What a middleware adds to a request of a FastAPI application: this package beside two others.

Each application is driven in the process, without a server, so that what is compared is the
middleware alone. The rounds of all applications take turns; printed is the median of the rounds,
less that of the bare application.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI

from aioprometheus import MetricsMiddleware, Registry

App = Callable[..., Awaitable[None]]


def bare(routes: int) -> FastAPI:
    """An application with so many routes, the last of which is asked for."""
    app = FastAPI()
    for number in range(routes):

        @app.get(f"/items{number}/{{name}}")
        async def item(name: str) -> dict[str, str]:
            return {"name": name}

    return app


def four_counters(routes: int) -> FastAPI:
    app = bare(routes)
    app.add_middleware(MetricsMiddleware, registry=Registry())
    return app


def standard(routes: int) -> FastAPI:
    app = bare(routes)
    app.add_middleware(MetricsMiddleware, registry=Registry(), metrics="standard")
    return app


def both(routes: int) -> FastAPI:
    app = bare(routes)
    registry = Registry()
    app.add_middleware(MetricsMiddleware, registry=registry)
    app.add_middleware(MetricsMiddleware, registry=registry, metrics="standard")
    return app


def instrumentator(routes: int) -> FastAPI:
    from prometheus_client import CollectorRegistry
    from prometheus_fastapi_instrumentator import Instrumentator

    app = bare(routes)
    made = Instrumentator(should_instrument_requests_inprogress=True, registry=CollectorRegistry())
    made.instrument(app)
    return app


def starlette_exporter(routes: int) -> FastAPI:
    from starlette_exporter import PrometheusMiddleware
    from starlette_exporter.optional_metrics import request_body_size, response_body_size

    app = bare(routes)
    app.add_middleware(
        PrometheusMiddleware, optional_metrics=[request_body_size, response_body_size]
    )
    return app


MAKERS: tuple[Callable[[int], FastAPI], ...] = (
    bare,
    four_counters,
    standard,
    both,
    instrumentator,
    starlette_exporter,
)


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_message: dict[str, Any]) -> None:
    pass


async def _round(app: App, path: str, requests: int) -> float:
    """The microseconds of a request."""
    headers = [(b"host", b"localhost"), (b"accept", b"*/*"), (b"user-agent", b"bench")]
    start = time.perf_counter()
    for _ in range(requests):
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "server": ("localhost", 80),
            "client": ("localhost", 12345),
        }
        await app(scope, _receive, _send)
    return (time.perf_counter() - start) / requests * 1e6


async def measure(routes: int, rounds: int, requests: int) -> dict[str, float]:
    """The microseconds that each application takes for a request: the median of the rounds."""
    apps = {make.__name__: make(routes) for make in MAKERS}
    path = f"/items{routes - 1}/name"
    times: dict[str, list[float]] = {name: [] for name in apps}
    for turn in range(rounds + 1):
        for name, app in apps.items():
            taken = await _round(app, path, requests)
            if turn:  # the first one warms up
                times[name].append(taken)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, nargs="*", default=[10, 1000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=400)
    arguments = parser.parse_args()
    for routes in arguments.routes:
        requests = max(20, arguments.requests // (1 + routes // 100))
        times = asyncio.run(measure(routes, arguments.rounds, requests))
        print(f"{routes} routes: the bare application takes {times['bare']:.1f} us a request")
        ours = times["standard"] - times["bare"]
        for name, taken in list(times.items())[1:]:
            more = taken - times["bare"]
            print(f"  {name:20} {more:+7.1f} us  {more / ours:5.1f} x standard")


if __name__ == "__main__":
    main()
