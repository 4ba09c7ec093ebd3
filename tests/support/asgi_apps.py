"""Starlette and FastAPI applications with routes of every kind, wrapped by the middleware."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from aioprometheus import MetricsMiddleware
from support.asgi_driver import PLAIN_OK, answering

try:
    import fastapi
except ImportError:  # only Starlette is installed
    fastapi = None

needs_fastapi = pytest.mark.skipif(fastapi is None, reason="FASTAPI IS NOT INSTALLED")


async def ok(request):
    return PlainTextResponse("ok")


async def boom(request):
    raise RuntimeError("boom")


async def missing(request):
    return PlainTextResponse("no such item", status_code=404)


async def accept(websocket: WebSocket):
    await websocket.accept()
    await websocket.close()


async def deny(websocket):
    await websocket.close()


def starlette_app(**options):
    static = StaticFiles(directory="/", check_dir=False)
    return Starlette(
        routes=[
            Host("api.example.org", app=Router([Route("/hosted/{name}", ok)])),
            Host("plain.example.org", app=answering(*PLAIN_OK)),
            Route("/", ok),
            Route("/items/{id:int}", ok),
            Route("/only-post", ok, methods=["POST"]),
            Route("/slash/", ok),
            Route("/missing/{id}", missing),
            Route("/boom", boom),
            Mount("/static", app=static),
            Mount("/plain", app=answering(*PLAIN_OK)),
            Mount("/packed", app=GZipMiddleware(Router([Route("/{name}", ok)]))),
            Mount("/sub", app=Starlette(routes=[Route("/", ok), Route("/items/{id}", ok)])),
            Mount(
                "/tenants/{tenant}",
                routes=[
                    Mount("/deep", routes=[Route("/{rest:path}", ok)]),
                    Route("/slash/", ok),
                ],
            ),
            WebSocketRoute("/ws/{room}", accept),
            WebSocketRoute("/denied/{room}", deny),
            Mount("/rooms", routes=[WebSocketRoute("/{room}", accept)]),
        ],
        **options,
    )


def fastapi_app(**options):
    leaf = fastapi.APIRouter(prefix="/leaf")
    leaf.add_api_route("/{name}", lambda name: name)
    users, orders = fastapi.APIRouter(), fastapi.APIRouter(prefix="/orders")
    for router in (users, orders):
        router.add_api_route("/{id}", lambda id: id)
        router.add_api_route("/{id}", lambda id: id, methods=["DELETE"])
        router.add_api_route("/{id}/slash/", lambda id: id)
        router.add_route("/starlette/{id}", ok)
        router.add_api_websocket_route("/ws/{room}", accept)
        router.include_router(leaf, prefix="/nested")

    sub = fastapi.FastAPI()
    sub.add_api_route("/items/{id}", lambda id: id)
    sub.include_router(leaf, prefix="/included")

    app = fastapi.FastAPI(**options)
    app.add_api_route("/items/{id}", lambda id: id)
    app.add_api_route("/items/{id:path}/raw", lambda id: id)
    app.add_route("/starlette/{id}", ok)
    app.include_router(users, prefix="/users")
    app.include_router(orders)
    app.include_router(leaf)
    app.mount("/sub", sub)
    app.mount("/tenants/{tenant}", sub)
    return app


class Copying:
    """A middleware that leaves the scope of the one above it alone."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(dict(scope), receive, send)


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


def inside(make, registry):
    return make(middleware=[Middleware(MetricsMiddleware, registry=registry)])


def outside(make, registry):
    return MetricsMiddleware(make(), registry=registry)


def above_others(make, registry):
    others = [
        Middleware(Passing),
        Middleware(GZipMiddleware),
        Middleware(CORSMiddleware, allow_origins=["*"]),
    ]
    return make(middleware=[Middleware(MetricsMiddleware, registry=registry), *others])


def above_a_copy(make, registry):
    return make(middleware=[Middleware(MetricsMiddleware, registry=registry), Middleware(Copying)])


def outside_a_copy(make, registry):
    return MetricsMiddleware(Copying(make()), registry=registry)
