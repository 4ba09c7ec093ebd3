"""MetricsMiddleware: what it counts and when, and that it never disturbs a request."""

import asyncio
from contextlib import suppress
from http import HTTPStatus

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_apps import boom, fastapi_app, inside, needs_fastapi, starlette_app
from support.asgi_driver import (
    COUNTERS,
    PLAIN_OK,
    answering,
    drive,
    only_path,
    request,
    scope_of,
    serve,
    totals,
)

# --- Methods and status codes


@pytest.mark.parametrize(
    ("method", "label"),
    [
        *[(m, m) for m in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH")],
        *[(m, "<other>") for m in ("get", "QUERY", "PROPFIND", "", "A" * 10_000, None, 7, b"GET")],
    ],
)
def test_method(method, label):
    registry = Registry()
    request(MetricsMiddleware(answering(*PLAIN_OK), registry), "/a", method)
    assert totals(registry) == {(label, "/a", "200"): 1}


@pytest.mark.parametrize(
    ("status", "alone", "grouped"),
    [(200, "200", "2xx"), (HTTPStatus.NOT_MODIFIED, "304", "3xx"), ("418", "418", "4xx")],
)
def test_status_code(status, alone, grouped):
    for label, group in ((alone, False), (grouped, True)):
        registry = Registry()
        app = answering({"type": "http.response.start", "status": status})
        request(MetricsMiddleware(app, registry, group_status_codes=group), "/a")
        assert totals(registry) == {("GET", "/a", label): 1}


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([{"type": "websocket.accept"}, {"type": "websocket.close"}], "101"),
        ([{"type": "websocket.close", "code": 1008}], "403"),
        ([{"type": "websocket.http.response.start", "status": 401}], "401"),
        ([], "500"),
    ],
)
def test_websocket(messages, status):
    registry = Registry()
    request(MetricsMiddleware(answering(*messages), registry), "/a", kind="websocket")
    assert totals(registry) == {("WEBSOCKET", "/a", status): 1}
    assert totals(registry, "requests_total_counter") == {("WEBSOCKET", "/a"): 1}


def test_an_exception_is_a_500():
    registry = Registry()
    for group in (False, True):
        app = MetricsMiddleware(starlette_app(), registry, group_status_codes=group)
        with pytest.raises(RuntimeError, match="boom"):
            request(app, "/boom")
    # Starlette has answered each with a response before it raised.
    assert totals(registry) == {("GET", "/boom", "500"): 1, ("GET", "/boom", "5xx"): 1}
    for name in COUNTERS[:3]:
        assert totals(registry, name) == {("GET", "/boom"): 2}


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_an_exception_before_the_response(kind):
    async def app(scope, receive, send):
        raise RuntimeError("boom")

    registry = Registry()
    with pytest.raises(RuntimeError, match="boom"):
        request(MetricsMiddleware(app, registry), "/a", kind=kind)
    method = "GET" if kind == "http" else "WEBSOCKET"
    assert totals(registry) == {(method, "/a", "500"): 1}
    for name in COUNTERS[:3]:
        assert totals(registry, name) == {(method, "/a"): 1}


def test_an_exception_after_the_response_started():
    async def app(scope, receive, send):
        await send(PLAIN_OK[0])
        raise RuntimeError("boom")

    registry = Registry()
    with pytest.raises(RuntimeError, match="boom"):
        request(MetricsMiddleware(app, registry), "/a")
    assert totals(registry) == {("GET", "/a", "200"): 1}
    for name in COUNTERS[:3]:
        assert totals(registry, name) == {("GET", "/a"): 1}


def test_a_response_that_is_started_twice_counts_once():
    registry = Registry()
    request(MetricsMiddleware(answering(*PLAIN_OK, *PLAIN_OK), registry), "/a")
    assert totals(registry) == {("GET", "/a", "200"): 1}


def test_what_is_not_a_message_is_left_to_the_server():
    async def app(scope, receive, send):
        await send(None)

    with pytest.raises(TypeError, match="NoneType"):
        request(MetricsMiddleware(app, Registry()), "/a")


def test_no_response_is_a_500():
    registry = Registry()
    request(MetricsMiddleware(answering(), registry), "/a")
    assert totals(registry) == {("GET", "/a", "500"): 1}
    assert totals(registry, "exceptions_total_counter") == {}


@pytest.mark.parametrize(("answers", "status"), [([], "499"), (PLAIN_OK[:1], "200")])
def test_cancellation_is_not_an_exception(answers, status):
    async def main():
        started = asyncio.Event()

        async def app(scope, receive, send):
            await answering(*answers)(scope, receive, send)
            started.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(drive(MetricsMiddleware(app, registry), scope_of("/a")))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    registry = Registry()
    asyncio.run(main())
    assert totals(registry) == {("GET", "/a", status): 1}
    assert totals(registry, "requests_total_counter") == {("GET", "/a"): 1}
    assert totals(registry, "responses_total_counter") == {("GET", "/a"): 1}
    assert totals(registry, "exceptions_total_counter") == {}


def test_counters_move_when_the_response_starts():
    seen = []

    async def app(scope, receive, send):
        seen.append(totals(registry, "requests_total_counter"))
        await send(PLAIN_OK[0])
        seen.extend(totals(registry, name) for name in COUNTERS)

    registry = Registry()
    request(MetricsMiddleware(app, registry), "/a")
    one = {("GET", "/a"): 1}
    assert seen == [{}, one, one, {}, {("GET", "/a", "200"): 1}]


# --- Calls that are not counted


@pytest.mark.parametrize("excluded", ["/items/7", "/items/{id:int}"])
def test_excluded_paths(excluded):
    registry = Registry()
    options = {"registry": registry, "exclude_paths": [excluded]}
    app = starlette_app(middleware=[Middleware(MetricsMiddleware, **options)])
    request(app, "/items/7")
    assert all(totals(registry, name) == {} for name in COUNTERS)
    request(app, "/slash/")
    assert only_path(registry) == "/slash/"


@pytest.mark.parametrize("root_path", ["/api", "/api/"])
def test_paths_are_excluded_with_and_without_the_root_path(root_path):
    registry = Registry()
    exclude = ["/metrics", "/api/health"]
    middleware = MetricsMiddleware(answering(*PLAIN_OK), registry, exclude_paths=exclude)
    for path in ("/api/metrics", "/metrics", "/api/health", "/health"):
        request(middleware, path, root_path=root_path)
    assert totals(registry) == {}
    request(middleware, "/api/metrics/more", root_path=root_path)
    assert only_path(registry) == "/api/metrics/more"


def test_an_excluded_template_counts_no_exception():
    registry = Registry()
    app = Starlette(routes=[Route("/boom/{id}", boom)])
    with pytest.raises(RuntimeError):
        request(MetricsMiddleware(app, registry, exclude_paths=["/boom/{id}"]), "/boom/7")
    assert all(totals(registry, name) == {} for name in COUNTERS)


def test_one_excluded_path():
    registry = Registry()
    middleware = MetricsMiddleware(answering(*PLAIN_OK), registry, exclude_paths="/metrics")
    request(middleware, "/metrics")
    request(middleware, "/")
    assert only_path(registry) == "/"
    assert middleware.exclude_paths == "/metrics"


@pytest.mark.parametrize("none", [None, [], ()])
def test_nothing_excluded(none):
    registry = Registry()
    middleware = MetricsMiddleware(answering(*PLAIN_OK), registry, none)
    assert middleware.exclude_paths == []
    request(middleware, "/metrics")
    assert only_path(registry) == "/metrics"


def test_paths_excluded_by_default():
    registry = Registry()
    middleware = MetricsMiddleware(answering(*PLAIN_OK), registry)
    for path in middleware.exclude_paths:
        request(middleware, path)
    assert {"/metrics", "/metrics/", "/docs", "/openapi.json"} < set(middleware.exclude_paths)
    assert totals(registry) == {}


@pytest.mark.parametrize("kind", ["lifespan", "other", None, ["odd"]])
def test_other_scopes_pass_through(kind):
    seen = []

    async def app(*args):
        seen.append(args)

    scope = {} if kind is None else {"type": kind}
    receive, send = object(), object()
    registry = Registry()
    asyncio.run(MetricsMiddleware(app, registry)(scope, receive, send))
    ((got_scope, got_receive, got_send),) = seen
    assert got_scope is scope
    assert got_receive is receive
    assert got_send is send
    assert all(totals(registry, name) == {} for name in COUNTERS)


def test_the_app_is_learnt_from_the_lifespan():
    middleware = MetricsMiddleware(answering(), Registry())
    app = starlette_app()
    asyncio.run(middleware({"type": "lifespan", "app": app}, None, None))
    assert middleware.starlette_app is app


# --- Hostile input


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/caf\xe9", "/caf\xe9"),
        ("/\udcff\udc80", "/??"),
        (b"/\xff", "/\ufffd"),
        ("/" + "a" * 1_000_000, "/" + "a" * 1_000_000),
        ('/"\n\\', '/"\n\\'),
        (None, ""),
        (7, "7"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_odd_paths(path, label):
    registry = Registry()
    assert len(request(MetricsMiddleware(answering(*PLAIN_OK), registry), path)) == 2
    assert only_path(registry) == label


@pytest.mark.parametrize("path", ["/\udcff", b"/\xff", None, 7, "/" + "a" * 1_000_000, "//"])
def test_odd_paths_in_a_router(path):
    registry = Registry()
    with suppress(TypeError, AttributeError):  # Starlette does not accept anything but strings
        request(MetricsMiddleware(starlette_app(), registry), path)
    assert only_path(registry) == "<unmatched>"


@pytest.mark.parametrize("root_path", [None, 7, b"/r", "/\udcff", "/(", "/", ["/r"]])
def test_odd_root_paths(root_path):
    registry = Registry()
    sent = request(MetricsMiddleware(answering(*PLAIN_OK), registry), "/a", root_path=root_path)
    assert len(sent) == 2
    assert len(totals(registry)) == 1


def test_a_scope_with_nothing_in_it():
    registry = Registry()
    asyncio.run(drive(MetricsMiddleware(answering(*PLAIN_OK), registry), {"type": "http"}))
    assert totals(registry) == {("<other>", "", "200"): 1}


# --- Under a real server


@pytest.mark.parametrize("make", [starlette_app, pytest.param(fastapi_app, marks=needs_fastapi)])
def test_end_to_end(make):
    registry = Registry()
    app = inside(make, registry)
    app.add_route("/fails", boom)

    async def use(client):
        assert (await client.get("/items/7")).status_code == 200
        assert (await client.get("/items/8?a=b")).status_code == 200
        assert (await client.get("/sub/items/7")).status_code == 200
        assert (await client.get("/%ff%22%0a/nothing")).status_code == 404
        assert (await client.request("BREW", "/nothing")).status_code == 404
        assert (await client.get("/fails")).status_code == 500

    serve(app, use)
    item = "/items/{id:int}" if make is starlette_app else "/items/{id}"
    assert totals(registry) == {
        ("GET", item, "200"): 2,
        ("GET", "/sub/items/{id}", "200"): 1,
        ("GET", "<unmatched>", "404"): 1,
        ("<other>", "<unmatched>", "404"): 1,
        ("GET", "/fails", "500"): 1,
    }
    assert totals(registry, "exceptions_total_counter") == {("GET", "/fails"): 1}
