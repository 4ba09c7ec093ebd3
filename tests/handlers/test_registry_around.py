"""The registry that handlers without one serve: that of the nearest application around them."""

import contextlib
import logging

import aiohttp.web
import pytest
from quart import Quart
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from aioprometheus import Counter, MetricsMiddleware, Registry, make_asgi_app, render
from aioprometheus import aiohttp as of_aiohttp
from aioprometheus.asgi import quart as of_quart
from aioprometheus.asgi import starlette as of_starlette
from support.asgi_driver import request, serve
from support.scrape_servers import Litestar, serve_aiohttp

try:
    from fastapi import FastAPI
except ImportError:  # only Starlette is installed
    FastAPI = None

needs_fastapi = pytest.mark.skipif(FastAPI is None, reason="FASTAPI IS NOT INSTALLED")


def registry_of(name):
    registry = Registry()
    Counter(f"{name}_total", "doc", registry=registry).inc()
    return registry


DEFAULT, OUTER, INNER, GIVEN = map(registry_of, ("default", "outer", "inner", "given"))


@pytest.fixture(autouse=True)
def default(monkeypatch):
    monkeypatch.setattr("aioprometheus.collectors.REGISTRY", DEFAULT)
    monkeypatch.setattr(of_starlette, "REGISTRY", DEFAULT)
    monkeypatch.setattr(of_quart, "REGISTRY", DEFAULT)


def starlette(registry, **mounts):
    app = Starlette(
        routes=[
            Route("/metrics", of_starlette.metrics),
            Route("/given", of_starlette.make_handler(GIVEN)),
            Mount("/plain", make_asgi_app()),
            *(Mount(f"/{name}", mounted) for name, mounted in mounts.items()),
        ]
    )
    if registry is not None:
        app.state.registry = registry
    return app


def fastapi(registry, **mounts):
    app = FastAPI()
    app.add_route("/metrics", of_starlette.metrics)
    app.get("/operation")(of_starlette.make_handler())
    app.add_route("/given", of_starlette.make_handler(GIVEN))
    app.mount("/plain", make_asgi_app())
    for name, mounted in mounts.items():
        app.mount(f"/{name}", mounted)
    if registry is not None:
        app.state.registry = registry
    return app


def assert_serves(app, path, registry):
    start, *bodies = request(app, path)
    assert start["status"] == 200
    assert b"".join(message.get("body", b"") for message in bodies) == render(registry)[0], path


MAKES = [starlette, pytest.param(fastapi, marks=needs_fastapi)]


@pytest.mark.parametrize("make", MAKES)
def test_the_application_itself(make):
    for registry, served in ((OUTER, OUTER), (None, DEFAULT), ([OUTER, INNER], [OUTER, INNER])):
        app = make(registry)
        assert_serves(app, "/metrics", served)
        assert_serves(app, "/plain/", served)
        assert_serves(app, "/given", GIVEN)
        if make is fastapi:
            assert_serves(app, "/operation", served)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("make_outer", MAKES)
def test_the_nearest_has_precedence(make, make_outer):
    app = make_outer(OUTER, sub=make(INNER))
    for path in ("/sub/metrics", "/sub/plain/"):
        assert_serves(app, path, INNER)
    assert_serves(app, "/sub/given", GIVEN)
    assert_serves(app, "/metrics", OUTER)


@pytest.mark.parametrize("make", MAKES)
@needs_fastapi
def test_that_of_a_fastapi_application_around(make):
    app = fastapi(OUTER, sub=make(None, deep=make(None)))
    for path in ("/sub/metrics", "/sub/plain/", "/sub/deep/metrics"):
        assert_serves(app, path, OUTER)
    assert_serves(fastapi(None, sub=make(None)), "/sub/metrics", DEFAULT)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("make_outer", MAKES)
@pytest.mark.parametrize("outside", [False, True])
def test_that_of_an_application_with_the_middleware(make, make_outer, outside):
    """The middleware knows its application, also of Starlette, which a mount hides."""
    app = made = make_outer(OUTER, sub=make(None, deep=make(None)))
    if outside:
        app = MetricsMiddleware(made, registry=OUTER, exclude_paths=["/sub/metrics"])
    else:
        made.add_middleware(MetricsMiddleware, registry=OUTER)
    request(app, "/nothing")
    for path in ("/sub/metrics", "/sub/deep/metrics"):
        assert b"outer_total 1\n" in request(app, path)[1]["body"]


def test_the_inner_of_two_middlewares():
    inner = starlette(INNER, deep=starlette(None))
    inner.add_middleware(MetricsMiddleware, registry=INNER)
    outer = starlette(OUTER, sub=inner)
    outer.add_middleware(MetricsMiddleware, registry=OUTER)
    assert b"inner_total 1\n" in request(outer, "/sub/deep/metrics")[1]["body"]


def test_what_the_lifespan_yields():
    """Also where a mount hides the application, and there is no middleware."""

    @contextlib.asynccontextmanager
    async def lifespan(app):
        yield {"registry": OUTER}

    app = Starlette(routes=[Mount("/sub", starlette(None))], lifespan=lifespan)

    async def use(client):
        assert (await client.get("/sub/metrics")).content == render(OUTER)[0]

    serve(app, use)
    # Another thing of this name is none of our business.
    messages = request(starlette(None), "/metrics", state={"registry": "of users"})
    assert messages[1]["body"] == render(DEFAULT)[0]


def test_an_explicit_one_needs_no_other():
    """What is wrong in the application does not matter then."""
    assert_serves(starlette("wrong"), "/given", GIVEN)


def test_a_wrong_one_is_explained(caplog):
    start, _ = request(starlette("wrong"), "/plain/")
    assert start["status"] == 500
    assert "app.state.registry takes the object that holds the metrics" in caplog.text


def test_quart():
    app = Quart(__name__)
    app.add_url_rule("/metrics", view_func=of_quart.metrics)
    app.add_url_rule("/given", "given", of_quart.make_handler(GIVEN))
    assert_serves(app, "/metrics", DEFAULT)
    outer = starlette(OUTER, sub=app)
    assert_serves(outer, "/sub/metrics", OUTER)
    app.registry = INNER
    assert_serves(outer, "/sub/metrics", INNER)
    assert_serves(app, "/metrics", INNER)
    assert_serves(app, "/given", GIVEN)


@pytest.mark.skipif(Litestar is None, reason="litestar is not there for this Python")
def test_litestar():
    from litestar import asgi
    from litestar.datastructures import State

    from aioprometheus.asgi import litestar as of_litestar

    def litestar(registry, *mounted):
        state = None if registry is None else State({"registry": registry})
        handlers = [of_litestar.metrics, of_litestar.make_handler(GIVEN, "/given"), *mounted]
        handlers.append(asgi("/plain", is_mount=True, copy_scope=True)(make_asgi_app()))
        return Litestar(handlers, state=state, logging_config=None)

    for registry, served in ((OUTER, OUTER), (None, DEFAULT)):
        app = litestar(registry)
        assert_serves(app, "/metrics", served)
        assert_serves(app, "/plain", served)
        assert_serves(app, "/given", GIVEN)
        assert app.openapi_schema.to_schema()["paths"] == {}
    if FastAPI is not None:
        assert_serves(fastapi(OUTER, sub=litestar(None)), "/sub/metrics", OUTER)
    inner = asgi("/sub", is_mount=True, copy_scope=True)(litestar(INNER))
    assert_serves(litestar(OUTER, inner), "/sub/metrics", INNER)


def test_aiohttp(caplog):
    def application(registry):
        app = aiohttp.web.Application()
        app.router.add_get("/metrics", of_aiohttp.make_handler())
        app.router.add_get("/given", of_aiohttp.make_handler(GIVEN))
        if registry is not None:
            app[of_aiohttp.REGISTRY_KEY] = registry
        return app

    app, inner, plain, wrong = map(application, (OUTER, INNER, None, "wrong"))
    app.add_subapp("/inner", inner)
    app.add_subapp("/plain", plain)
    app.add_subapp("/wrong", wrong)

    async def use(client):
        for path, served in (
            ("/metrics", OUTER),
            ("/inner/metrics", INNER),
            ("/plain/metrics", OUTER),
            ("/inner/given", GIVEN),
            ("/wrong/given", GIVEN),
        ):
            answer = await client.ask(target=path)
            assert (answer.status, answer.body) == (200, render(served)[0]), path
        assert (await client.ask(target="/wrong/metrics")).status == 500

    with caplog.at_level(logging.ERROR):
        serve_aiohttp(app, use)
    [record] = caplog.records
    assert "app[REGISTRY_KEY] takes the object that holds the metrics" in record.exc_text

    async def use_default(client):
        assert (await client.ask()).body == render(DEFAULT)[0]

    serve_aiohttp(application(None), use_default)


def test_a_list_with_the_counters_of_the_middleware_is_right(caplog):
    outer, inner = registry_of("outer"), registry_of("inner")
    app = Starlette(
        routes=[
            Route("/both", of_starlette.make_handler([inner, outer])),
            Route("/inner", of_starlette.make_handler(inner)),
        ]
    )
    app.add_middleware(MetricsMiddleware, registry=outer)
    assert b"outer_total 1\n" in request(app, "/both")[1]["body"]
    assert caplog.records == []
    request(app, "/inner")
    [record] = caplog.records
    assert "set registry= to the registry of the middleware" in record.getMessage()
