"""aiohttp's setup(), middleware and handler, and what their users get wrong."""

import asyncio
import logging

from aiohttp import web

from aioprometheus import Counter, Registry
from aioprometheus.aiohttp import (
    REGISTRY_KEY,
    MetricsMiddleware,
    make_handler,
    metrics_middleware,
    setup,
)
from support.aiohttp_apps import served, status_of


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


def visit(app, *paths):
    async def main():
        async with served(app) as client:
            return [await status_of(client, path) for path in paths]

    return asyncio.run(main())


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
