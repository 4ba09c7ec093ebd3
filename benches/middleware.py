"""What a middleware adds to a request of a FastAPI application: this package beside two others.

Each application is driven in the process, without a server, so that what is compared is the
middleware alone. The rounds of all applications take turns, in an order that goes round; printed is
the median of what a round took more than that of the bare application in the same turn.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI

from aioprometheus import MetricsMiddleware, Registry

App = Callable[..., Awaitable[None]]


def bare(routes: int) -> FastAPI:
    """An application with so many routes."""
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
    app.add_middleware(MetricsMiddleware, registry=Registry(), metrics=["counters", "standard"])
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


async def measure(apps: dict[str, App], path: str, turns: int, requests: int) -> dict[str, float]:
    """The microseconds of a request of the bare application, and what the others take more: the
    medians of the turns."""
    for app in apps.values():
        await _round(app, path, requests)
    times: dict[str, list[float]] = {name: [] for name in apps}
    for turn in range(turns):
        first = turn % len(apps)
        names = [*apps][first:] + [*apps][:first]
        taken = {name: await _round(apps[name], path, requests) for name in names}
        for name in names:
            bare = 0.0 if name == "bare" else taken["bare"]
            times[name].append(taken[name] - bare)
    return {name: statistics.median(taken) for name, taken in times.items()}


async def compare(routes: int, turns: int, requests: int) -> None:
    """Print what a request takes, of the first route and of the last one."""
    apps = {make.__name__: make(routes) for make in MAKERS}
    for name, number in {"first": 0, "last": routes - 1}.items():
        # FastAPI looks at one route after the other, which takes most of the time of the last one.
        rounds = turns if number < 100 else turns // 10
        times = await measure(apps, f"/items{number}/name", rounds, requests)
        bare, ours = times.pop("bare"), times["standard"]
        print(f"the {name} of {routes} routes: {bare:.1f} us a request of the bare application")
        for name, more in times.items():
            print(f"  {name:20} {more:+7.1f} us  {more / ours:5.1f} x standard")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, nargs="*", default=[10, 1000])
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--requests", type=int, default=50, help="the requests of a round")
    arguments = parser.parse_args()
    if len(arguments.routes) == 1:
        asyncio.run(compare(arguments.routes[0], arguments.turns, arguments.requests))
        return
    # Each in a process of its own, because the others keep metrics of the whole process.
    settings = [f"--turns={arguments.turns}", f"--requests={arguments.requests}"]
    for routes in arguments.routes:
        command = [sys.executable, __file__, *settings, "--routes", str(routes)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
