"""aiohttp's setup(), middleware and handler, and what their users get wrong."""

import logging

import pytest
from aiohttp import web

from aioprometheus import Counter, Registry
from aioprometheus import MetricsMiddleware as OfAsgi
from aioprometheus.aiohttp import (
    REGISTRY_KEY,
    MetricsMiddleware,
    make_handler,
    metrics_middleware,
    setup,
)
from support.aiohttp_apps import requests_of, visit


class ByVersion(MetricsMiddleware):
    pass


async def hello(request):
    return web.Response(text="hello")


def app_with(*middlewares, **handlers):
    app = web.Application(middlewares=middlewares)
    app.router.add_get("/hello", hello)
    for name, handler in handlers.items():
        app.router.add_get(f"/{name}", handler)
    return app


def test_a_middleware_without_a_registry_has_that_of_setup():
    registry, own = Registry(), Registry()
    app, other = app_with(), app_with()
    setup(app, registry, middleware=ByVersion())
    setup(other, registry, middleware=ByVersion(own))
    for each in (app, other):
        visit(each, "/hello")
    hellos = {("GET", "/hello", "200"): 1}
    assert requests_of(registry) == requests_of(own) == hellos


def test_a_middleware_without_a_registry_in_an_application_of_several():
    app = app_with()
    own = app[REGISTRY_KEY] = Registry()
    setup(app, [Registry(), own], middleware=ByVersion())
    visit(app, "/hello")
    assert requests_of(own) == {("GET", "/hello", "200"): 1}


async def nothing(scope, receive, send):
    pass


@pytest.mark.parametrize(
    ("middleware", "words"),
    [
        (ByVersion, r"a class, an object of it is meant: ByVersion\(\)"),
        ("standard", "has the standard metrics, and no other set"),
        (OfAsgi, r"is for ASGI, aiohttp's is aioprometheus\.aiohttp\.MetricsMiddleware"),
        (OfAsgi(nothing), r"is for ASGI, aiohttp's is aioprometheus\.aiohttp\.MetricsMiddleware"),
        (None, "middleware is True, False or a MetricsMiddleware, not None"),
        (metrics_middleware, "middleware is True, False or a MetricsMiddleware, not <function"),
    ],
)
def test_a_middleware_that_is_none(middleware, words):
    app = app_with()
    with pytest.raises(TypeError, match=words):
        setup(app, Registry(), middleware=middleware)
    setup(app, Registry())  # it is as it was


@pytest.mark.parametrize("app", [None, web.RouteTableDef(), web.Application])
def test_an_application_that_is_none(app):
    with pytest.raises(TypeError, match=r"setup: app is a web\.Application, not"):
        setup(app)


@pytest.mark.parametrize("middleware", [metrics_middleware, MetricsMiddleware, ByVersion])
def test_a_middleware_that_was_not_called(middleware, caplog):
    assert visit(app_with(middleware), "/hello") == [500]
    [record] = caplog.records
    assert f"Call it: middlewares=[{middleware.__name__}()]" in record.exc_text


@pytest.mark.filterwarnings("ignore:Bare functions are deprecated")
def test_a_handler_that_was_not_made(caplog):
    assert visit(app_with(metrics=make_handler), "/metrics") == [500]
    [record] = caplog.records
    assert 'Call it: web.get("/metrics", make_handler())' in record.exc_text


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_a_handler_of_another_registry_warns_once(caplog):
    registry = Registry()
    app = app_with(metrics_middleware(registry), metrics=make_handler(Registry()))
    assert visit(app, "/metrics", "/hello", "/metrics") == [200] * 3
    [warning] = warnings_of(caplog)
    assert warning.startswith("/metrics serves <")
    assert f"MetricsMiddleware counts in {registry!r}, which is not served there" in warning
    assert "set registry= to the registry of the middleware" in warning


def test_the_registry_of_an_application_is_another_one(caplog):
    app = app_with(ByVersion(Registry()), metrics=make_handler())
    app[REGISTRY_KEY] = Registry()
    visit(app, "/metrics")
    [warning] = warnings_of(caplog)
    assert "set app[REGISTRY_KEY] to the registry" in warning


def test_a_handler_of_the_same_metrics_does_not_warn(caplog):
    registry, around, shared = Registry(), Registry(), Registry()
    inner = app_with()
    setup(inner, registry)

    async def share(request):
        for metric in around.collect():
            shared.register(metric)
        return web.Response()

    outer = app_with(
        metrics_middleware(around),
        both=make_handler([registry, around]),
        around=make_handler(around),
        shared=make_handler(shared),
        share=share,
    )
    outer.add_subapp("/inner", inner)
    visit(outer, "/both", "/around", "/share", "/shared", "/inner/metrics")
    assert warnings_of(caplog) == []


def test_a_handler_without_a_middleware_does_not_warn(caplog):
    registry = Registry()
    Counter("a_total", "doc", registry=registry)
    visit(app_with(metrics=make_handler(registry)), "/metrics")
    assert warnings_of(caplog) == []


def test_metrics_that_cannot_be_made_are_no_reason_to_fail_a_scrape():
    registry = Registry()
    Counter("http_requests_in_progress", "another", registry=registry)
    app = app_with(metrics_middleware(registry), metrics=make_handler(Registry()))
    assert visit(app, "/metrics") == [200]
