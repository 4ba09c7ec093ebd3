"""The middleware of aiohttp's server in applications: where it stands, and what setup() adds."""

import asyncio
import re

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from aioprometheus import REGISTRY, Counter, Registry
from aioprometheus.aiohttp import (
    EXCLUDE_PATHS,
    REGISTRY_KEY,
    MetricsMiddleware,
    make_handler,
    metrics_middleware,
    setup,
)
from support.aiohttp_apps import in_progress, requests_of, served, status_of

HELLO = {("GET", "/hello", "200"): 1}


async def hello(request):
    return web.Response(text="hello")


def app_with(*middlewares):
    app = web.Application(middlewares=middlewares)
    app.router.add_get("/hello", hello)
    return app


def visit(app, *paths):
    """Get paths, and return the last answer as text."""

    async def main():
        async with served(app) as client:
            for path in paths:
                async with client.get(path) as response:
                    text = await response.text()
            return text

    return asyncio.run(main())


@pytest.mark.parametrize("order", ["before", "after"])
def test_setup_adds_the_route_and_the_middleware(order):
    registry = Registry()
    app = web.Application()
    if order == "before":
        setup(app, registry)
    app.router.add_get("/hello", hello)
    if order == "after":
        setup(app, registry)
    text = visit(app, "/hello", "/metrics", "/metrics")
    assert 'http_requests_total{method="GET",path="/hello",status="200"} 1' in text
    assert 'http_requests_in_progress{method="GET"} 0' in text
    assert requests_of(registry) == HELLO


def test_the_middleware_of_setup_is_the_outermost():
    registry = Registry()

    @web.middleware
    async def refuse(request, handler):
        raise web.HTTPUnauthorized()

    app = app_with(refuse)
    setup(app, registry)
    visit(app, "/hello")
    assert requests_of(registry) == {("GET", "/hello", "401"): 1}


def test_another_path():
    registry = Registry()
    app = app_with()
    setup(app, registry, path="/internal/scrape")
    assert "http_requests_total" in visit(app, "/hello", "/internal/scrape")
    assert requests_of(registry) == HELLO


def test_without_a_middleware():
    registry = Registry()
    app = app_with()
    setup(app, registry, middleware=False)
    assert visit(app, "/hello", "/metrics") == ""
    assert requests_of(registry) == {}


def test_a_middleware_of_a_subclass():
    class Own(MetricsMiddleware):
        def path_label(self, request, path):
            return f"own {path}"

    registry = Registry()
    app = app_with()
    setup(app, registry, middleware=Own(registry))
    visit(app, "/hello", "/metrics")
    assert requests_of(registry) == {("GET", "own /hello", "200"): 1}


def test_setup_below_an_application():
    registry, outer_registry = Registry(), Registry()
    inner, outer = app_with(), app_with()
    setup(inner, registry)
    setup(outer, outer_registry)
    outer.add_subapp("/inner", inner)
    text = visit(outer, "/hello", "/inner/hello", "/metrics", "/inner/metrics")
    assert 'path="/inner/hello"' in text
    assert requests_of(registry) == {("GET", "/inner/hello", "200"): 1}
    assert requests_of(outer_registry) == {
        **HELLO,
        ("GET", "/inner/hello", "200"): 1,
    }


def test_the_registry_of_the_application():
    inner, outer, own = app_with(), app_with(), app_with()
    registry = outer[REGISTRY_KEY] = Registry()
    own_registry = own[REGISTRY_KEY] = Registry()
    setup(inner)
    setup(own)
    outer.add_subapp("/inner", inner)
    outer.add_subapp("/own", own)
    text = visit(outer, "/inner/hello", "/own/hello", "/inner/metrics")
    assert 'path="/inner/hello"' in text
    assert requests_of(registry) == {("GET", "/inner/hello", "200"): 1}
    assert requests_of(own_registry) == {("GET", "/own/hello", "200"): 1}


def test_the_registry_of_an_application_below_is_not_that_of_the_one_around():
    inner, outer = app_with(), app_with(metrics_middleware())
    inner[REGISTRY_KEY] = Registry()
    registry = outer[REGISTRY_KEY] = Registry()
    outer.add_subapp("/inner", inner)
    visit(outer, "/inner/hello")
    assert requests_of(registry) == {("GET", "/inner/hello", "200"): 1}


def test_without_a_registry_it_is_the_default_one():
    before = {metric.name for metric in REGISTRY.collect()}
    try:
        app = app_with()
        setup(app)
        assert 'http_requests_total{method="GET",path="/hello"' in visit(app, "/hello", "/metrics")
    finally:
        for metric in list(REGISTRY.collect()):
            if metric.name not in before:
                REGISTRY.deregister(metric.name)


def test_setup_twice_is_an_error():
    app = app_with()
    setup(app, Registry(), path="/scrape")
    with pytest.raises(RuntimeError, match=r"before: it serves the metrics at /scrape\."):
        setup(app, Registry())
    assert len(app.middlewares) == 1


def test_options():
    with pytest.raises(TypeError, match="unexpected keyword argument 'bucket'"):
        setup(app_with(), Registry(), bucket=[1])
    with pytest.raises(TypeError, match="give it to MetricsMiddleware"):
        setup(app_with(), middleware=metrics_middleware(Registry()), native=True)
    with pytest.raises(TypeError, match="native is an option of the middleware"):
        setup(app_with(), Registry(), middleware=False, native=True)
    with pytest.raises(TypeError, match=r"exclude_paths is a list, such as \['/x'\]"):
        metrics_middleware(exclude_paths="/x")
    with pytest.raises(ValueError, match="streams is"):
        metrics_middleware(streams="none")
    with pytest.raises(Exception, match="registry must be a Registry"):
        setup(app_with(), app_with())
    assert "in <" in repr(metrics_middleware(Registry(), const_labels={"a": "b"}))


def test_a_refused_setup_leaves_the_application_as_it_was():
    app = app_with()
    with pytest.raises(ValueError):
        setup(app, Registry(), timeout=-1)
    setup(app, Registry())
    assert [route.method for route in app.router.routes()].count("GET") == 2


@pytest.mark.parametrize(
    "excluded", [["/users/{id}"], ["/users/1"], [re.compile("^/users")], ("/users/1", "/x")]
)
def test_excluded_paths(excluded):
    registry = Registry()
    app = app_with(metrics_middleware(registry, exclude_paths=excluded))
    app.router.add_get("/users/{id}", hello)
    visit(app, "/users/1", "/hello", "/metrics")
    assert requests_of(registry) == {**HELLO, ("GET", "<unmatched>", "404"): 1}
    assert "/metrics" in EXCLUDE_PATHS


def test_what_is_known_of_resources_is_bounded(monkeypatch):
    monkeypatch.setattr("aioprometheus.aiohttp.middleware._MOST", 10)
    registry = Registry()
    app = web.Application()
    for number in range(50):
        app.router.add_get(f"/{number}/{{x}}", hello)
    setup(app, registry, exclude_paths=["/7/a", "/8/{x}"])
    visit(app, *(f"/{number}/{x}" for number in range(50) for x in "ab"), "/metrics")
    assert len(app.middlewares[0]._exclusions) <= 10
    counted = {path: count for (_, path, _), count in requests_of(registry).items()}
    expected = {f"/{number}/{{x}}": 2 for number in range(50) if number != 8}
    assert counted == {**expected, "/7/{x}": 1}


def test_the_same_twice_counts_once():
    registry, other = Registry(), Registry()
    once = metrics_middleware(registry)

    @web.middleware
    async def between(request, handler):
        return await handler(request.clone())

    again, elsewhere = metrics_middleware(registry), metrics_middleware(other)
    labelled = metrics_middleware(other, const_labels={"more": "x"})
    inner = app_with(once, metrics_middleware(registry))
    outer = app_with(once, between, again, elsewhere, labelled)
    outer.add_subapp("/inner", inner)
    visit(outer, "/hello", "/inner/hello")
    counted = {**HELLO, ("GET", "/inner/hello", "200"): 1}
    assert requests_of(registry) == counted
    assert requests_of(other) == {key: 2 for key in counted}
    assert in_progress(registry) == in_progress(other) == 0


def test_another_middleware_answers_instead():
    registry = Registry()

    @web.middleware
    async def replace(request, handler):
        try:
            await handler(request)
        except web.HTTPException:
            return web.Response(text="replaced")
        return web.Response(text="replaced")

    app = app_with(replace, metrics_middleware(registry))
    visit(app, "/hello", "/absent")
    assert requests_of(registry) == {**HELLO, ("GET", "<unmatched>", "404"): 1}
    assert in_progress(registry) == 0


def test_a_handler_in_a_task_of_its_own():
    registry = Registry()

    @web.middleware
    async def shield(request, handler):
        return await asyncio.shield(asyncio.ensure_future(handler(request)))

    visit(app_with(shield, metrics_middleware(registry)), "/hello")
    assert requests_of(registry) == HELLO
    assert in_progress(registry) == 0


def test_a_request_without_a_server():
    registry = Registry()
    middleware = metrics_middleware(registry)

    async def main():
        await middleware(make_mocked_request("GET", "/hello"), hello)
        with pytest.raises(LookupError):
            await middleware(make_mocked_request("GET", "/hello"), fails)

    async def fails(request):
        raise LookupError

    asyncio.run(main())
    assert sum(requests_of(registry).values()) == 2
    assert in_progress(registry) == 0


def test_metrics_that_cannot_be_made_do_not_reach_the_request(caplog):
    registry = Registry()
    Counter("http_requests_in_progress", "another", registry=registry)
    app = app_with(metrics_middleware(registry))
    assert visit(app, "/hello", "/hello") == "hello"
    records = [record for record in caplog.records if record.name.startswith("aioprometheus")]
    assert len(records) == 1 and "http_requests_in_progress" in str(records[0].exc_info)


def test_functions_of_labels_that_fail_do_not_reach_the_request(caplog):
    registry = Registry()

    def fail(request):
        raise LookupError("of a label")

    app = app_with(metrics_middleware(registry, request_labels={"x": fail}))
    assert visit(app, "/hello", "/hello") == "hello"
    assert requests_of(registry) == {("GET", "/hello", "200"): 2}
    assert in_progress(registry) == 0
    assert [r.levelname for r in caplog.records if r.name.startswith("aioprometheus")] == ["ERROR"]


def test_a_handler_beside_the_middleware():
    registry = Registry()
    app = app_with(metrics_middleware(registry))
    app.router.add_get("/metrics", make_handler(registry))
    assert "http_requests_total" in visit(app, "/hello", "/metrics")


def test_statuses_of_scrapes():
    async def main():
        app = app_with()
        setup(app, Registry())
        async with served(app) as client:
            assert await status_of(client, "/metrics", "HEAD") == 200
            assert await status_of(client, "/metrics", "POST") == 405

    asyncio.run(main())
