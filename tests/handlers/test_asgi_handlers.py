"""The handlers that serve the metrics from Starlette, FastAPI and Quart."""

from unittest import mock

import pytest
from quart import Quart
from starlette.applications import Starlette
from starlette.routing import Route

from aioprometheus import REGISTRY, Counter, Registry, render, renderer
from aioprometheus.asgi import quart as quart_handler
from aioprometheus.asgi import starlette as starlette_handler
from support.asgi_driver import hypercorn_server, serve, uvicorn_server

try:
    from fastapi import FastAPI
except ImportError:  # only Starlette is installed
    FastAPI = None

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def starlette_app(registry):
    app = Starlette(routes=[Route("/metrics", starlette_handler.metrics)])
    if registry is not None:
        app.state.registry = registry
    return app


def fastapi_app(registry):
    app = FastAPI()
    app.add_route("/metrics", starlette_handler.metrics)
    if registry is not None:
        app.state.registry = registry
    return app


def quart_app(registry):
    app = Quart(__name__)
    app.add_url_rule("/metrics", view_func=quart_handler.metrics)
    if registry is not None:
        app.registry = registry
    return app


APPS = [
    pytest.param(starlette_app, uvicorn_server, id="starlette"),
    pytest.param(
        fastapi_app,
        uvicorn_server,
        id="fastapi",
        marks=pytest.mark.skipif(FastAPI is None, reason="FASTAPI IS NOT INSTALLED"),
    ),
    pytest.param(quart_app, hypercorn_server, id="quart"),
]
every_app = pytest.mark.parametrize(("make", "server"), APPS)


@every_app
def test_get_and_head(make, server):
    registry = Registry()
    Counter("events", "Number of events.", registry=registry).inc({"kind": "a"})

    async def use(client):
        response = await client.get("/metrics")
        assert response.status_code == 200
        assert response.headers["content-type"] == TEXT
        assert response.content == render(registry, [])[0]
        assert b'\nevents{kind="a"} 1\n' in response.content
        head = await client.head("/metrics")
        assert head.status_code == 200
        assert head.content == b""
        for name in ("content-type", "content-length"):
            assert head.headers[name] == response.headers[name]

    serve(make(registry), use, server)


@every_app
def test_registry_of_the_application_or_the_default_one(make, server):
    own = Registry()
    rendered = []

    async def spy(registry, accepts_headers, **options):
        rendered.append(registry)
        return b"", {"Content-Type": TEXT}

    async def use(client):
        assert (await client.get("/metrics")).status_code == 200

    with mock.patch.object(renderer, "render_async", spy):
        serve(make(own), use, server)
        serve(make(None), use, server)
    assert rendered[0] is own
    assert rendered[1] is REGISTRY


@every_app
def test_accept_headers_go_in_and_all_headers_come_out(make, server):
    seen = []

    async def spy(registry, accepts_headers, *, accept_encoding, names):
        seen.append((accepts_headers, accept_encoding, names))
        return b"\x00\xff", {"Content-Type": "application/x-proto; a=b", "Vary": "Accept"}

    async def use(client):
        headers = [("Accept", "text/plain;q=0.5"), ("Accept", "application/x-proto")]
        headers += [("Accept-Encoding", "br"), ("Accept-Encoding", "zstd;q=0.5")]
        response = await client.get("/metrics?name[]=a&x=y&name%5B%5D=b", headers=headers)
        assert response.headers["content-type"] == "application/x-proto; a=b"
        assert response.headers["vary"] == "Accept"
        assert response.content == b"\x00\xff"

    with mock.patch.object(renderer, "render_async", spy):
        serve(make(Registry()), use, server)
    accepts = ["text/plain;q=0.5", "application/x-proto"]
    assert seen == [(accepts, ["br", "zstd;q=0.5"], ["a", "b"])]


@every_app
def test_wrong_registry_is_told(make, server):
    """An answer of 500 and the error in the log of the framework, as before."""

    async def use(client):
        assert (await client.get("/metrics")).status_code == 500

    serve(make("registry"), use, server)
