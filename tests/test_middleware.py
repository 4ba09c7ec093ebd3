"""MetricsMiddleware: which requests it counts, under which labels, in real frameworks."""

import asyncio
import logging
import socket
from contextlib import suppress
from http import HTTPStatus

import httpx
import pytest
import uvicorn
from aioprometheus import REGISTRY, Counter, Gauge, MetricsMiddleware, Registry, render
from quart import Quart
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

try:
    import fastapi
except ImportError:  # Starlette alone
    fastapi = None

needs_fastapi = pytest.mark.skipif(fastapi is None, reason="FastAPI IS NOT INSTALLED")

NAMES = [
    "requests_total_counter",
    "responses_total_counter",
    "exceptions_total_counter",
    "status_codes_counter",
]
PLAIN_OK = [
    {"type": "http.response.start", "status": 200, "headers": []},
    {"type": "http.response.body", "body": b"ok"},
]


# --- Driving applications and reading counters


def scope_of(path="/", method="GET", kind="http", **more):
    scope = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "method": method,
        "path": path,
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "server": ("localhost", 80),
        "client": ("localhost", 12345),
        **more,
    }
    if kind != "http":
        del scope["method"]
    return scope


async def drive(app, scope):
    """Send a request without a body (or open a websocket); what the application answers."""
    sent = []
    first = "websocket.connect" if scope["type"] == "websocket" else "http.request"
    incoming = [{"type": first, "body": b"", "more_body": False}]

    async def receive():
        if not incoming:
            await asyncio.Event().wait()  # the client stays
        return incoming.pop()

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent


def request(app, path="/", method="GET", **more):
    return asyncio.run(drive(app, scope_of(path, method, **more)))


def totals(registry, name="status_codes_counter"):
    """The series of a counter, by their label values: (method, path[, status code])."""
    names = ("method", "path", "status_code")
    series = registry.get(name).get_all()
    return {tuple(labels[n] for n in names if n in labels): value for labels, value in series}


def only_path(registry):
    (labels,) = totals(registry, "requests_total_counter")
    return labels[1]


def answering(*messages):
    async def app(scope, receive, send):
        for message in messages:
            await send(message)

    return app


# --- Applications to route


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


STARLETTE_ROUTES = [
    # path, label, status code, more of the scope
    ("/", "/", "200", {}),
    ("/items/7", "/items/{id:int}", "200", {}),
    ("/items/seven", "<unmatched>", "404", {}),
    ("/nothing", "<unmatched>", "404", {}),
    ("/only-post", "/only-post", "405", {}),
    ("/only-post", "/only-post", "200", {"method": "POST"}),
    ("/slash", "/slash/", "307", {}),
    ("/slash/", "/slash/", "200", {}),
    ("/missing/7", "/missing/{id}", "404", {}),
    ("/static/no-such-file", "/static", "404", {}),
    ("/plain/any/thing", "/plain", "200", {}),
    ("/packed/box", "/packed/{name}", "200", {}),
    ("/packed/box/no", "<unmatched>", "404", {}),
    ("/sub", "/sub/", "307", {}),
    ("/sub/", "/sub/", "200", {}),
    ("/sub/items/7", "/sub/items/{id}", "200", {}),
    ("/sub/nothing", "<unmatched>", "404", {}),
    ("/tenants/7/deep/er/still", "/tenants/{tenant}/deep/{rest:path}", "200", {}),
    ("/tenants/7/slash", "/tenants/{tenant}/slash/", "307", {}),
    ("/tenants/7/nothing", "<unmatched>", "404", {}),
    ("/hosted/x", "/hosted/{name}", "200", {"headers": [(b"host", b"api.example.org")]}),
    ("/any", "/", "200", {"headers": [(b"host", b"plain.example.org")]}),
    ("/ws/7", "/ws/{room}", "101", {"kind": "websocket"}),
    ("/denied/7", "/denied/{room}", "403", {"kind": "websocket"}),
    ("/rooms/7", "/rooms/{room}", "101", {"kind": "websocket"}),
    ("/rooms/7/8", "<unmatched>", "403", {"kind": "websocket"}),
]


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


FASTAPI_ROUTES = [
    ("/items/7", "/items/{id}", "200", {}),
    ("/items/7/8/raw", "/items/{id:path}/raw", "200", {}),
    ("/items/7", "/items/{id}", "405", {"method": "DELETE"}),
    ("/starlette/7", "/starlette/{id}", "200", {}),
    ("/users/7", "/users/{id}", "200", {}),
    ("/users/7", "/users/{id}", "200", {"method": "DELETE"}),
    ("/users/7", "/users/{id}", "405", {"method": "PUT"}),
    ("/users/7/slash", "/users/{id}/slash/", "307", {}),
    ("/users/starlette/7", "/users/starlette/{id}", "200", {}),
    ("/users/nested/leaf/x", "/users/nested/leaf/{name}", "200", {}),
    ("/users/7/8/9", "<unmatched>", "404", {}),
    ("/orders/7", "/orders/{id}", "200", {}),
    ("/orders/nested/leaf/x", "/orders/nested/leaf/{name}", "200", {}),
    ("/leaf/x", "/leaf/{name}", "200", {}),
    ("/sub/items/7", "/sub/items/{id}", "200", {}),
    ("/sub/included/leaf/x", "/sub/included/leaf/{name}", "200", {}),
    ("/sub/nothing", "<unmatched>", "404", {}),
    ("/tenants/7/items/7", "/tenants/{tenant}/items/{id}", "200", {}),
    ("/tenants/7/included/leaf/x", "/tenants/{tenant}/included/leaf/{name}", "200", {}),
    ("/nothing", "<unmatched>", "404", {}),
    ("/users/ws/7", "/users/ws/{room}", "101", {"kind": "websocket"}),
    ("/orders/ws/7", "/orders/ws/{room}", "101", {"kind": "websocket"}),
    ("/orders/nothing", "<unmatched>", "403", {"kind": "websocket"}),
]

CASES = [
    *[pytest.param(starlette_app, *case, id=f"starlette {case[0]}") for case in STARLETTE_ROUTES],
    *[
        pytest.param(fastapi_app, *case, id=f"fastapi {case[0]}", marks=needs_fastapi)
        for case in FASTAPI_ROUTES
    ],
]


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


@pytest.mark.parametrize("place", [inside, outside, above_others, above_a_copy, outside_a_copy])
@pytest.mark.parametrize(("make", "path", "label", "status", "more"), CASES)
def test_path_is_the_template_that_the_router_matched(place, make, path, label, status, more):
    registry = Registry()
    request(place(make, registry), path, **more)
    method = "WEBSOCKET" if more.get("kind") else more.get("method", "GET")
    assert totals(registry) == {(method, label, status): 1}
    assert totals(registry, "requests_total_counter") == {(method, label): 1}
    assert totals(registry, "responses_total_counter") == {(method, label): 1}
    assert totals(registry, "exceptions_total_counter") == {}


@pytest.mark.parametrize("place", [inside, outside, above_a_copy, outside_a_copy])
@pytest.mark.parametrize(
    ("path", "label"), [("/items/7", "/items/{id:int}"), ("/sub/items/7", "/sub/items/{id}")]
)
@pytest.mark.parametrize("prefix", ["", "/api"])
def test_root_path_of_the_server_is_no_part_of_a_template(place, path, label, prefix):
    # Servers either leave the root_path out of the path or put it in. Below mounts Starlette
    # can only do with the latter.
    if not prefix and path.startswith("/sub"):
        pytest.skip("Starlette does not find it")
    registry = Registry()
    request(place(starlette_app, registry), prefix + path, root_path="/api")
    assert totals(registry) == {("GET", label, "200"): 1}


@needs_fastapi
@pytest.mark.filterwarnings("ignore:The `root_path` parameter is deprecated")  # not on a server
@pytest.mark.parametrize("place", [inside, outside])
@pytest.mark.parametrize("path", ["/users/7", "/sub/items/7", "/items/7"])
def test_root_path_of_fastapi_is_no_part_of_a_template(place, path):
    registry = Registry()
    request(
        place(lambda **options: fastapi_app(root_path="/api", **options), registry), "/api" + path
    )
    assert only_path(registry) == path.replace("7", "{id}")


@pytest.mark.parametrize("path", ["/api/items/7", "/items/7"])
def test_a_raw_path_has_the_root_path_once(path):
    registry = Registry()
    app = MetricsMiddleware(starlette_app(), registry, use_template_urls=False)
    request(app, path, root_path="/api")
    assert only_path(registry) == "/api/items/7"


def test_a_raw_path_under_a_mount_is_whole():
    registry = Registry()
    app = MetricsMiddleware(starlette_app(), registry, use_template_urls=False)
    request(app, "/api/sub/items/7", root_path="/api")
    assert only_path(registry) == "/api/sub/items/7"


def test_a_path_that_only_begins_like_the_root_path():
    registry = Registry()
    request(MetricsMiddleware(answering(*PLAIN_OK), registry), "/apis", root_path="/api/")
    assert only_path(registry) == "/api/apis"


def test_middleware_of_a_mounted_app_sees_the_whole_template():
    registry = Registry()
    sub = Starlette(
        routes=[Route("/items/{id}", ok), Route("/metrics", ok)],
        middleware=[Middleware(MetricsMiddleware, registry=registry)],
    )
    app = Starlette(routes=[Mount("/tenants/{tenant}", app=sub)])
    request(app, "/tenants/7/items/7")
    request(app, "/tenants/7/metrics")
    request(app, "/tenants/7/nothing")
    assert totals(registry) == {
        ("GET", "/tenants/{tenant}/items/{id}", "200"): 1,
        ("GET", "<unmatched>", "404"): 1,
    }


def test_middleware_of_a_route():
    registry = Registry()
    route = Route("/{id}", ok, middleware=[Middleware(MetricsMiddleware, registry=registry)])
    request(Starlette(routes=[Mount("/a", routes=[route]), route]), "/a/7")
    request(Starlette(routes=[Mount("/a", routes=[route]), route]), "/7")
    assert totals(registry) == {("GET", "/a/{id}", "200"): 1, ("GET", "/{id}", "200"): 1}


def test_an_answer_that_never_reached_the_router_has_the_template_too():
    registry = Registry()
    app = above_others(starlette_app, registry)
    preflight = [(b"origin", b"http://x"), (b"access-control-request-method", b"GET")]
    request(app, "/items/7", "OPTIONS", headers=preflight)
    request(app, "/nothing", "OPTIONS", headers=preflight)
    assert totals(registry) == {
        ("OPTIONS", "/items/{id:int}", "200"): 1,
        ("OPTIONS", "<unmatched>", "200"): 1,
    }


def test_a_router_that_does_not_redirect_slashes():
    registry = Registry()
    request(
        MetricsMiddleware(Router([Route("/slash/", ok)], redirect_slashes=False), registry),
        "/slash",
    )
    assert totals(registry) == {("GET", "<unmatched>", "404"): 1}


def test_mount_at_the_root():
    registry = Registry()
    app = Starlette(routes=[Route("/a", ok), Mount("/", app=answering(*PLAIN_OK))])
    request(MetricsMiddleware(app, registry), "/any/file")
    assert only_path(registry) == "/"


@needs_fastapi
def test_a_mount_in_an_included_router():
    router = fastapi.APIRouter()
    router.routes.append(Mount("/in/{room}", routes=[Route("/{name}", ok)]))
    app = fastapi.FastAPI()
    app.include_router(router, prefix="/team")
    registry = Registry()
    request(MetricsMiddleware(app, registry), "/team/in/7/x")
    found = {("GET", "/team/in/{room}/{name}", "200"): 1}
    ignored = {("GET", "<unmatched>", "404"): 1}  # by FastAPI before 0.137
    assert totals(registry) in (found, ignored)


@needs_fastapi
def test_fastapi_frontend(tmp_path):
    (tmp_path / "index.html").write_text("hello")
    app = fastapi.FastAPI()
    if not hasattr(app, "frontend"):
        pytest.skip("this FastAPI has no frontends")
    router = fastapi.APIRouter()
    router.frontend("/docs-site", directory=tmp_path)
    app.include_router(router, prefix="/team")
    app.frontend("/site", directory=tmp_path)
    registry = Registry()
    request(MetricsMiddleware(app, registry), "/site/index.html")
    request(MetricsMiddleware(app, registry), "/team/docs-site/index.html")
    request(MetricsMiddleware(app, registry), "/site/no-such-file")
    request(MetricsMiddleware(app, registry), "/nothing")
    assert totals(registry) == {
        ("GET", "/site", "200"): 1,
        ("GET", "/team/docs-site", "200"): 1,
        ("GET", "/site", "404"): 1,
        ("GET", "<unmatched>", "404"): 1,
    }


# --- Where no router is known


@pytest.mark.parametrize(
    ("status", "label"), [(200, "/a/b"), (500, "/a/b"), (404, "<unmatched>"), (405, "<unmatched>")]
)
def test_plain_asgi(status, label):
    registry = Registry()
    start = {"type": "http.response.start", "status": status}
    request(MetricsMiddleware(answering(start), registry), "/a/b")
    assert totals(registry) == {("GET", label, str(status)): 1}


def test_use_template_urls_off():
    registry = Registry()
    app = MetricsMiddleware(starlette_app(), registry, use_template_urls=False)
    for path in ("/items/7", "/nothing", "/only-post"):
        request(app, path)
    assert totals(registry) == {
        ("GET", "/items/7", "200"): 1,
        ("GET", "<unmatched>", "404"): 1,
        ("GET", "<unmatched>", "405"): 1,
    }


def test_quart():
    app, registry = Quart(__name__), Registry()

    @app.route("/items/<id>")
    async def item(id):
        return id

    app.asgi_app = MetricsMiddleware(app.asgi_app, registry)
    request(app, "/items/7")
    request(app, "/nothing")
    request(app, "/items/7", "DELETE")
    assert totals(registry) == {
        ("GET", "/items/7", "200"): 1,
        ("GET", "<unmatched>", "404"): 1,
        ("DELETE", "<unmatched>", "405"): 1,
    }


def test_routes_of_another_framework_are_none():
    class App:
        routes = [object()]

        async def __call__(self, scope, receive, send):
            await answering(*PLAIN_OK)(scope, receive, send)

    registry = Registry()
    request(MetricsMiddleware(App(), registry), "/a/b")
    assert only_path(registry) == "/a/b"


def test_a_subclass_may_know_the_template():
    class Templates(MetricsMiddleware):
        def get_full_or_template_path(self, scope):
            return (
                "/{anything}" if scope["path"] == "/a" else super().get_full_or_template_path(scope)
            )

    registry = Registry()
    app = Templates(answering(*PLAIN_OK), registry)
    request(app, "/a")
    request(app, "/b")
    assert {path for _, path, _ in totals(registry)} == {"/{anything}", "/b"}


@pytest.mark.parametrize("known", [True, False])
def test_get_full_or_template_path_stands_alone(known):
    middleware = MetricsMiddleware(answering(), Registry())
    middleware.starlette_app = starlette_app() if known else None
    paths = ["/items/7", "/sub/items/7", "/nothing"]
    expected = ["/items/{id:int}", "/sub/items/{id}", "/nothing"] if known else paths
    assert [middleware.get_full_or_template_path(scope_of(p)) for p in paths] == expected


def test_get_full_or_template_path_without_routes():
    middleware = MetricsMiddleware(answering(), Registry())
    assert middleware.get_full_or_template_path({}) == ""
    scope = {"type": "http", "path": "/a", "root_path": "/r"}
    assert middleware.get_full_or_template_path(scope) == "/r/a"


# --- Methods and status codes


@pytest.mark.parametrize(
    ("method", "label"),
    [
        *[(m, m) for m in "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH".split()],
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
        with pytest.raises(RuntimeError, match="^boom$"):
            request(app, "/boom")
    # Starlette itself has answered each with a response, before it raised.
    assert totals(registry) == {("GET", "/boom", "500"): 1, ("GET", "/boom", "5xx"): 1}
    for name in NAMES[:3]:
        assert totals(registry, name) == {("GET", "/boom"): 2}


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_an_exception_before_the_response(kind):
    async def app(scope, receive, send):
        raise RuntimeError("boom")

    registry = Registry()
    with pytest.raises(RuntimeError, match="^boom$"):
        request(MetricsMiddleware(app, registry), "/a", kind=kind)
    method = "GET" if kind == "http" else "WEBSOCKET"
    assert totals(registry) == {(method, "/a", "500"): 1}
    for name in NAMES[:3]:
        assert totals(registry, name) == {(method, "/a"): 1}


def test_an_exception_after_the_response_started():
    async def app(scope, receive, send):
        await send(PLAIN_OK[0])
        raise RuntimeError("boom")

    registry = Registry()
    with pytest.raises(RuntimeError, match="^boom$"):
        request(MetricsMiddleware(app, registry), "/a")
    assert totals(registry) == {("GET", "/a", "200"): 1}
    for name in NAMES[:3]:
        assert totals(registry, name) == {("GET", "/a"): 1}


def test_a_response_that_is_started_twice_counts_once():
    registry = Registry()
    request(MetricsMiddleware(answering(*PLAIN_OK, *PLAIN_OK), registry), "/a")
    assert totals(registry) == {("GET", "/a", "200"): 1}


def test_no_response_is_a_500():
    registry = Registry()
    request(MetricsMiddleware(answering(), registry), "/a")
    assert totals(registry) == {("GET", "/a", "500"): 1}
    assert totals(registry, "exceptions_total_counter") == {}


@pytest.mark.parametrize(("answers", "status"), [([], "499"), (PLAIN_OK[:1], "200")])
def test_cancellation_is_no_exception(answers, status):
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
        seen.extend(totals(registry, name) for name in NAMES)

    registry = Registry()
    request(MetricsMiddleware(app, registry), "/a")
    one = {("GET", "/a"): 1}
    assert seen == [{}, one, one, {}, {("GET", "/a", "200"): 1}]


# --- What is left alone


@pytest.mark.parametrize("place", [inside, outside])
@pytest.mark.parametrize(
    ("excluded", "more"),
    [("/items/7", {}), ("/items/{id:int}", {}), ("/items/7", {"root_path": "/api"})],
)
def test_excluded_paths(place, excluded, more):
    def make(**options):
        return starlette_app(**options)

    registry = Registry()
    app = place(make, registry)
    middleware = app
    if place is inside:
        request(app, "/")  # builds the middlewares
        middleware = app.middleware_stack.app
        registry.clear()
        middleware.create_metrics()
    middleware.exclude_paths = [excluded]
    request(app, more.get("root_path", "") + "/items/7", **more)
    assert all(totals(registry, name) == {} for name in NAMES)
    request(app, "/items/8" if "{" not in excluded else "/slash/")
    assert all(len(totals(registry, name)) == 1 for name in NAMES if "exc" not in name)


def test_an_excluded_template_counts_no_exception():
    registry = Registry()
    app = Starlette(routes=[Route("/boom/{id}", boom)])
    with pytest.raises(RuntimeError):
        request(MetricsMiddleware(app, registry, exclude_paths=["/boom/{id}"]), "/boom/7")
    assert all(totals(registry, name) == {} for name in NAMES)


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
    assert all(totals(registry, name) == {} for name in NAMES)


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
    with suppress(TypeError, AttributeError):  # Starlette does not take what is no string
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


# --- Registries and counters


def test_wrong_registry():
    with pytest.raises(Exception, match="^registry must be a Registry, got: <class 'str'>$"):
        MetricsMiddleware(answering(), "registry")


def test_default_registry():
    assert MetricsMiddleware(answering()).registry is REGISTRY


def test_metrics_are_created_at_the_first_call():
    registry = Registry()
    middleware = MetricsMiddleware(answering(), registry)
    assert not middleware.metrics_created
    assert registry.get_all() == []
    asyncio.run(middleware({"type": "lifespan"}, None, None))
    assert middleware.metrics_created
    assert sorted(metric.name for metric in registry.get_all()) == sorted(NAMES)
    content, _ = render(registry, [])
    for line in (
        "# HELP requests_total_counter Total number of requests received",
        "# HELP responses_total_counter Total number of responses sent",
        "# HELP exceptions_total_counter Total number of requested which generated an exception",
        "# HELP status_codes_counter Total number of response status codes",
    ):
        assert line in content.decode().splitlines()


def test_two_apps_share_the_counters_of_a_registry():
    registry = Registry()
    apps = [MetricsMiddleware(answering(*PLAIN_OK), registry) for _ in range(2)]
    for app in apps:
        request(app, "/a")
    assert totals(registry) == {("GET", "/a", "200"): 2}
    assert apps[0].requests_counter is apps[1].requests_counter


def test_two_apps_with_other_const_labels():
    registry = Registry()
    for const_labels in ({"app": "a"}, {"app": "b"}, None, {"zone": "z", "app": "c"}):
        request(MetricsMiddleware(answering(*PLAIN_OK), registry, const_labels=const_labels), "/a")
    lines = render(registry, [])[0].decode().splitlines()
    assert [line for line in lines if line.startswith("requests_total_counter")] == [
        'requests_total_counter{app="a",method="GET",path="/a"} 1',
        'requests_total_counter{app="b",method="GET",path="/a"} 1',
        'requests_total_counter{method="GET",path="/a"} 1',
        'requests_total_counter{app="c",method="GET",path="/a",zone="z"} 1',
    ]


def test_counters_that_have_the_const_labels_themselves():
    registry = Registry()
    for name in NAMES:
        Counter(name, "doc", {"app": "a"}, registry=registry)
    request(MetricsMiddleware(answering(*PLAIN_OK), registry, const_labels={"app": "a"}), "/a")
    assert totals(registry) == {("GET", "/a", "200"): 1}
    assert b'requests_total_counter{app="a",method="GET",path="/a"} 1\n' in render(registry, [])[0]


@pytest.mark.parametrize("kind", ["gauge", "const labels"])
def test_counters_that_cannot_be_shared_are_reported_once(kind, caplog):
    registry = Registry()
    if kind == "gauge":
        taken = Gauge("responses_total_counter", "doc", registry=registry)
    else:
        taken = Counter("responses_total_counter", "doc", {"app": "a"}, registry=registry)
    app = MetricsMiddleware(answering(*PLAIN_OK), registry)
    for _ in range(3):
        assert len(request(app, "/a")) == 2
    assert taken.get_all() == []
    (record,) = caplog.records
    assert record.name == "aioprometheus.asgi.middleware"
    assert "responses_total_counter" in str(record.exc_info[1])


def test_an_error_of_a_metric_is_logged_once_and_never_reaches_a_request(caplog):
    class Broken(MetricsMiddleware):
        def get_full_or_template_path(self, scope):
            raise LookupError("broken")

    app = Broken(answering(*PLAIN_OK), Registry())
    for _ in range(3):
        assert len(request(app, "/a")) == 2
    (record,) = caplog.records
    assert (record.levelno, record.exc_info[0]) == (logging.ERROR, LookupError)


def test_an_error_of_a_metric_does_not_hide_that_of_the_app(caplog):
    async def app(scope, receive, send):
        raise RuntimeError("boom")

    middleware = MetricsMiddleware(app, Registry(), const_labels={"job": "is a reserved name"})
    with pytest.raises(RuntimeError, match="^boom$") as caught:
        request(middleware, "/a")
    assert caught.value.__context__ is None
    assert len(caplog.records) == 1


def test_counters_survive_that_the_registry_is_cleared():
    registry = Registry()
    app = MetricsMiddleware(answering(*PLAIN_OK), registry)
    request(app, "/a")
    registry.clear()
    request(app, "/a")
    assert app.requests_counter.get({"method": "GET", "path": "/a"}) == 2


# --- Under a real server


def serve(app, use):
    """Run an application under uvicorn while `use(client)` runs."""

    async def main():
        with socket.create_server(("127.0.0.1", 0)) as sock:
            url = "http://127.0.0.1:{}".format(sock.getsockname()[1])
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
            serving = asyncio.create_task(server.serve(sockets=[sock]))
            async with httpx.AsyncClient(base_url=url, timeout=30) as client:
                await use(client)
            server.should_exit = True
            await serving

    asyncio.run(main())


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
