"""The options of all handlers: what they take, what they refuse, and what they do."""

import asyncio
import logging

import aiohttp.web
import pytest
from quart import Quart
from starlette.applications import Starlette
from starlette.routing import Route

from aioprometheus import (
    Counter,
    CounterFamily,
    Gauge,
    Registry,
    make_asgi_app,
    make_wsgi_app,
    render,
)
from aioprometheus import aiohttp as of_aiohttp
from aioprometheus.asgi import quart as of_quart
from aioprometheus.asgi import starlette as of_starlette
from support.asgi_driver import uvicorn_server
from support.mistakes import notes_of
from support.scrape_servers import Litestar, serve_aiohttp, serve_app, serve_wsgi

if Litestar is not None:
    from aioprometheus.asgi import litestar as of_litestar


def use_starlette(handler, use):
    serve_app(Starlette(routes=[Route("/metrics", handler)]), use)


def use_quart(handler, use):
    app = Quart(__name__)
    app.add_url_rule("/metrics", view_func=handler)
    serve_app(app, use, uvicorn_server)


def use_litestar(handler, use):
    serve_app(Litestar([handler], logging_config=None), use)


def use_aiohttp(handler, use):
    app = aiohttp.web.Application()
    app.router.add_get("/metrics", handler)
    serve_aiohttp(app, use)


#: What makes each handler, and what serves it while `use(client)` runs.
HANDLERS = {
    "asgi app": (make_asgi_app, serve_app),
    "wsgi app": (make_wsgi_app, serve_wsgi),
    "starlette": (of_starlette.make_handler, use_starlette),
    "quart": (of_quart.make_handler, use_quart),
    "aiohttp": (of_aiohttp.make_handler, use_aiohttp),
}
if Litestar is not None:
    HANDLERS["litestar"] = (of_litestar.make_handler, use_litestar)
every_handler = pytest.mark.parametrize(("make", "serve"), HANDLERS.values(), ids=HANDLERS)


@pytest.fixture
def registry():
    registry = Registry()
    Counter("c_total", "doc", registry=registry).inc()
    return registry


@every_handler
@pytest.mark.parametrize("kind", ["registry", "list", "view", "subclass"])
def test_what_is_served(registry, make, serve, kind):
    other = Registry()
    Gauge("g", "doc", registry=other).set(1)

    class Own(Registry):
        def get_all(self):
            return registry.get_all()

    served = {
        "registry": registry,
        "list": [registry, other],
        "view": registry.restricted(["c_total"]),
        "subclass": Own(),
    }[kind]

    async def use(client):
        answer = await client.ask()
        assert (answer.status, answer.body) == (200, render(served)[0])
        answer = await client.ask(target="/metrics?name[]=g")
        assert answer.body == (render(other)[0] if kind == "list" else b"")

    serve(make(served), use)


@every_handler
@pytest.mark.parametrize("registry", ["metrics", 5, [], {}, [Registry(), 5], Registry])
def test_what_is_not_a_registry_is_refused(make, serve, registry):
    with pytest.raises(Exception, match="registry must be a Registry, got: ") as caught:
        make(registry)
    assert str(caught.value) == f"registry must be a Registry, got: {type(registry)}"
    [note] = notes_of(caught.value)
    if registry == "metrics":
        assert note == (
            "registry= takes the object that holds the metrics: REGISTRY, or a Registry()"
        )
    if registry is Registry:
        assert note == "this is a class, an object of it is meant: Registry()"


@every_handler
@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"compression": "gzip"}, TypeError, "compression must be True or False, got: 'gzip'"),
        ({"timeout": "5"}, TypeError, "timeout must be a number of seconds, got: '5'"),
        ({"timeout": True}, TypeError, "timeout must be a number of seconds, got: True"),
        ({"timeout": 0}, ValueError, "timeout must be a number of seconds above 0, got: 0"),
        (
            {"timeout": float("nan")},
            ValueError,
            "timeout must be a number of seconds above 0, got: nan",
        ),
    ],
)
def test_options_are_checked(make, serve, options, error, words):
    with pytest.raises(error) as caught:
        make(**options)
    assert str(caught.value) == words


@every_handler
def test_without_compression(registry, make, serve):
    async def use(client):
        answer = await client.ask(headers=[("Accept-Encoding", "gzip, zstd")])
        assert answer.header("Content-Encoding") is None
        assert answer.body == render(registry)[0]

    serve(make(registry, compression=False), use)


class Waiting:
    async def collect(self):
        await asyncio.Event().wait()
        yield CounterFamily("collected_total", "doc", value=1)


@every_handler
@pytest.mark.parametrize(
    ("timeout", "scraper"),
    [(0.05, None), (0.05, "1000"), (1000, "0.05"), (None, "0.05"), (0.05, "nonsense")],
)
def test_time_limits(registry, make, serve, timeout, scraper, caplog):
    """The shorter of two counts; a longer one would have the test wait for ever."""
    registry.register(Waiting(), timeout=3600)
    headers = [("X-Prometheus-Scrape-Timeout-Seconds", scraper)] if scraper else []

    async def use(client):
        answer = await client.ask(headers=headers)
        assert answer.status == 200 and b"c_total 1\n" in answer.body
        assert b"aioprometheus_collector_errors_total" in answer.body

    with caplog.at_level(logging.ERROR):
        serve(make(registry, timeout=timeout), use)
    assert "it was not done when the time of this scrape was over" in caplog.text


@every_handler
def test_several_handlers_of_several_registries(registry, make, serve):
    other = Registry()
    make(registry)

    async def use(client):
        assert (await client.ask()).body == b""

    serve(make(other), use)
