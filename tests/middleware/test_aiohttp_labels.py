"""The middleware of aiohttp's server: paths that are not counted, and labels of users."""

import asyncio
import re
from unittest import mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from aioprometheus import Registry
from aioprometheus.aiohttp import MetricsMiddleware, metrics_middleware, setup
from support.aiohttp_apps import requests_of, samples_of, visit


async def hello(request):
    return web.Response(text="hello")


def test_scrapes_of_an_application_below_are_not_counted():
    registry, inner_registry, innermost_registry = Registry(), Registry(), Registry()
    innermost, inner, outer = web.Application(), web.Application(), web.Application()
    setup(innermost, innermost_registry, path="/scrape", middleware=False)
    setup(inner, inner_registry, path="/scrape")
    setup(outer, registry, path="/scrape")
    inner.add_subapp("/innermost", innermost)
    outer.add_subapp("/inner", inner)
    outer.router.add_get("/hello", hello)
    paths = ["/hello", "/scrape", "/inner/scrape", "/inner/innermost/scrape"]
    assert visit(outer, *paths) == [200] * 4
    assert requests_of(registry) == {("GET", "/hello", "200"): 1}
    assert requests_of(inner_registry) == requests_of(innermost_registry) == {}


@pytest.mark.parametrize("excluded", ["/café", re.compile("é$")])
def test_excluded_paths_beyond_ascii(excluded):
    registry = Registry()
    app = web.Application(middlewares=[metrics_middleware(registry, exclude_paths=[excluded])])
    app.add_routes([web.get("/café", hello), web.get("/hello", hello)])
    assert visit(app, "/café", "/hello") == [200, 200]
    assert requests_of(registry) == {("GET", "/hello", "200"): 1}


def test_a_mocked_request_has_no_path():
    registry = Registry()
    middleware = metrics_middleware(registry)

    async def main():
        for _ in range(2):
            await middleware(make_mocked_request("GET", "/hello"), hello)

    asyncio.run(main())
    assert samples_of(registry, "http_requests_total", "path") == {("<unmatched>",): 2}


@pytest.mark.parametrize(
    ("given", "labels"), [(7, {("7",): 1}), ("own", {("own",): 1}), (None, {}), ("/x/y", {})]
)
def test_a_label_of_a_subclass(given, labels):
    class Own(MetricsMiddleware):
        def path_label(self, request, path):
            return given

    registry = Registry()
    app = web.Application(middlewares=[Own(registry, exclude_paths=[re.compile("^/x")])])
    app.router.add_get("/hello", hello)
    with mock.patch.object(Own, "_log_failure") as failure:
        visit(app, "/hello")
    assert samples_of(registry, "http_requests_total", "path") == labels
    assert not failure.called
