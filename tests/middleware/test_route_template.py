"""The path label of MetricsMiddleware: the template of the route that the router has matched."""

import pytest
from quart import Quart
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route, Router

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_apps import (
    above_a_copy,
    above_others,
    fastapi,
    fastapi_app,
    inside,
    needs_fastapi,
    ok,
    outside,
    outside_a_copy,
    starlette_app,
)
from support.asgi_driver import PLAIN_OK, answering, only_path, request, scope_of, totals

STARLETTE_ROUTES = [
    # path, label, status code, other items of the scope
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
    ("/ws/7/", "<unmatched>", "403", {"kind": "websocket"}),
    ("/denied/7", "/denied/{room}", "403", {"kind": "websocket"}),
    ("/rooms/7", "/rooms/{room}", "101", {"kind": "websocket"}),
    ("/rooms/7/8", "<unmatched>", "403", {"kind": "websocket"}),
]

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
    ("path", "label"),
    [
        # Servers either leave the root_path out of the path or put it in. Mounts in Starlette
        # take only the latter.
        ("/items/7", "/items/{id:int}"),
        ("/api/items/7", "/items/{id:int}"),
        ("/api/sub/items/7", "/sub/items/{id}"),
    ],
)
def test_root_path_of_the_server_is_not_part_of_a_template(place, path, label):
    registry = Registry()
    request(place(starlette_app, registry), path, root_path="/api")
    assert totals(registry) == {("GET", label, "200"): 1}


@needs_fastapi
@pytest.mark.filterwarnings("ignore:The `root_path` parameter is deprecated")  # not on a server
@pytest.mark.parametrize("place", [inside, outside])
@pytest.mark.parametrize("path", ["/users/7", "/sub/items/7", "/items/7"])
def test_root_path_of_fastapi_is_not_part_of_a_template(place, path):
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
    app = answering(*PLAIN_OK)
    app.routes = [object()]
    registry = Registry()
    request(MetricsMiddleware(app, registry), "/a/b")
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


def test_a_route_in_the_scope_that_does_not_fit_the_path():
    middleware = MetricsMiddleware(starlette_app(), Registry())
    scope = scope_of("/items/7", route=Route("/7", ok))  # the prefix came from somewhere else
    assert middleware.get_full_or_template_path(scope) == "/items/{id:int}"


def test_get_full_or_template_path_without_routes():
    middleware = MetricsMiddleware(answering(), Registry())
    assert middleware.get_full_or_template_path({}) == ""
    scope = {"type": "http", "path": "/a", "root_path": "/r"}
    assert middleware.get_full_or_template_path(scope) == "/r/a"
