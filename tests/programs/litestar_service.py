"""A Litestar service with the middleware around the whole and around some of the routes."""

import sys
from pathlib import Path

from litestar import Litestar, Router, get

from aioprometheus import MetricsMiddleware, Registry

sys.path.append(str(Path(__file__).parents[1] / "differential"))
from asgi import visit

REQUIRES = ("litestar",)


DIFFERS = [
    (
        "the template of the route is the path label",
        "('path', '/api/items/7')",
        "('path', '/api/items/{item}')",
    ),
]


@get("/items/{item:int}")
async def show() -> str:
    return "item"


@get("/about")
async def about() -> str:
    return "about"


@get("/health")
async def health() -> str:
    return "well"


registry = Registry()
api = Router("/api", route_handlers=[show, about])
app = MetricsMiddleware(
    Litestar(route_handlers=[api, health]), registry=registry, exclude_paths=["/health"]
)
for answer in visit(app, *(("GET", path) for path in ("/api/items/7", "/api/about", "/health"))):
    print(answer)
for collector in sorted(registry.get_all(), key=lambda collector: collector.name):
    for labels, value in collector.get_all():
        print(collector.name, sorted(labels.items()), value)
