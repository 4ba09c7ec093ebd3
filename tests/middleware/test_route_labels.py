"""The labels of the counters and of the standard metrics where the path alone does not decide."""

import contextlib
from collections import Counter

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Match, Mount, Route, Router

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_apps import fastapi, needs_fastapi, ok
from support.asgi_driver import PLAIN_OK, answering, request, totals
from support.standard import totals as standard_totals

try:
    import litestar
    from litestar.config.cors import CORSConfig
except ImportError:
    litestar = None

UNMATCHED = "<unmatched>"

needs_litestar = pytest.mark.skipif(litestar is None, reason="LITESTAR IS NOT INSTALLED")


def labels(app, *requests, inside=False):
    """The status and the path label of each request, which is that of both sets of metrics.

    All are sent again, because by then the core knows the places of some.

    :param requests: Paths, or paths with what their scopes have.
    :param inside: Whether the middleware is added to the application, and not put around it.
    """
    registry = Registry()
    options = {"registry": registry, "metrics": ["counters", "standard"]}
    if inside:
        app.add_middleware(MetricsMiddleware, **options)
    else:
        app = MetricsMiddleware(app, **options)

    def counted():
        counts = Counter()
        for name, read in (
            ("status_codes_counter", totals),
            ("http_requests_total", standard_totals),
        ):
            if name in registry.collectors:
                counts.update({(name, *key[1:]): value for key, value in read(registry).items()})
        return counts

    def label(path, more):
        before = counted()
        with contextlib.suppress(RuntimeError):
            request(app, path, **more)
        one, other = counted() - before
        assert one[1:] == other[1:]
        return int(one[2]), one[1]

    requests = [one if isinstance(one, tuple) else (one, {}) for one in requests]
    found = [label(*one) for one in requests]
    assert [label(*one) for one in requests] == found
    return found


# --- Paths that a middleware changes in the scope


class Rewriting:
    """A middleware that changes the path in the scope itself, and not in a copy."""

    def __init__(self, app, change):
        self.app, self.change = app, change

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            scope["path"] = self.change(scope["path"])
        await self.app(scope, receive, send)


def simplified(path):
    """A path as most who rewrite them want it: without a version, and in small letters."""
    return "/mcp/" if path == "/mcp" else path.removeprefix("/v1").lower().rstrip("/") or "/"


def starlette_rewriting(*more):
    return Starlette(
        routes=[
            Route("/u/{id}", ok),
            Mount("/sub", app=Starlette(routes=[Route("/i/{id}", ok)])),
            Mount("/mcp", app=answering(*PLAIN_OK)),
            *more,
        ],
        middleware=[Middleware(Rewriting, change=simplified)],
    )


def fastapi_rewriting():
    app, sub, router = fastapi.FastAPI(), fastapi.FastAPI(), fastapi.APIRouter()
    app.add_api_route("/u/{id}", lambda id: id)
    sub.add_api_route("/i/{id}", lambda id: id)
    router.add_api_route("/k/{id}", lambda id: id)
    app.include_router(router, prefix="/inc")
    app.mount("/sub", sub)
    app.mount("/mcp", answering(*PLAIN_OK))

    @app.middleware("http")
    async def rewrite(request, call_next):
        request.scope["path"] = simplified(request.scope["path"])
        return await call_next(request)

    return app


REWRITTEN = {
    "/U/5": (200, "/u/{id}"),
    "/u/5/": (200, "/u/{id}"),
    "/v1/u/5": (200, "/u/{id}"),
    "/u/5": (200, "/u/{id}"),
    "/Sub/I/5": (200, "/sub/i/{id}"),
    "/sub/i/5/": (200, "/sub/i/{id}"),
    "/v1/sub/i/5": (200, "/sub/i/{id}"),
    "/mcp": (200, "/mcp"),
    "/v1/nothing": (404, UNMATCHED),
    "/Sub/nothing": (404, UNMATCHED),
}


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(
    "make", [starlette_rewriting, pytest.param(fastapi_rewriting, marks=needs_fastapi)]
)
def test_a_path_that_a_middleware_rewrites(make, inside):
    assert labels(make(), *REWRITTEN, inside=inside) == list(REWRITTEN.values())


@needs_fastapi
def test_a_path_of_an_included_router_that_is_rewritten():
    expected = [(200, "/inc/k/{id}")] * 2
    assert labels(fastapi_rewriting(), "/INC/K/5", "/v1/inc/k/5") == expected


@pytest.mark.parametrize("catch_all", [Route("/{path:path}", ok), Mount("/", app=Router())])
def test_a_rewritten_path_is_not_that_of_a_route_that_takes_all(catch_all):
    app = starlette_rewriting(catch_all)
    assert labels(app, "/v1/u/5", "/v1/sub/i/5") == [(200, "/u/{id}"), (200, "/sub/i/{id}")]


def test_a_rewritten_path_below_a_root_path():
    root = {"root_path": "/api"}
    app = Rewriting(starlette_rewriting(), lambda path: path.replace("/old/", "/"))
    assert labels(app, ("/api/old/u/5", root), ("/api/old/sub/i/5", root)) == [
        (200, "/u/{id}"),
        (200, "/sub/i/{id}"),
    ]


def test_an_endpoint_that_changes_the_path_for_an_application_in_it():
    class Endpoint:
        async def __call__(self, scope, receive, send):
            scope["path"] = "/"
            await PlainTextResponse("ok")(scope, receive, send)

    app = Starlette(routes=[Route("/", ok), Route("/mcp/{name}", Endpoint()), Route("/{x}", ok)])
    assert labels(app, "/mcp/a", "/") == [(200, "/mcp/{name}"), (200, "/")]


def test_a_rewritten_path_in_another_framework():
    quart = pytest.importorskip("quart")
    app = quart.Quart(__name__)

    @app.route("/items/<id>")
    async def item(id):
        return id

    registry = Registry()
    wrapped = Rewriting(app, simplified)
    request(MetricsMiddleware(wrapped, registry, metrics="standard"), "/v1/ITEMS/7/")
    assert standard_totals(registry) == {("GET", "/items/<id>", "200"): 1}


# --- What else than the path decides


def of_host(name):
    return {"headers": [(b"host", name.encode())]}


ADMIN, OTHER = of_host("admin.example"), of_host("other.example")


def below_hosts(sub):
    admin = Host("admin.example", app=Router([Mount("/api", app=sub)]))
    return [admin, Mount("/{tenant}", app=sub)]


def starlette_users():
    return Starlette(routes=[Route("/u/{id}/", ok), Mount("/deep", routes=[Route("/{x}/", ok)])])


def fastapi_users():
    app = fastapi.FastAPI()
    app.add_api_route("/u/{id}/", lambda id: id)
    return app


@pytest.mark.parametrize("order", [[ADMIN, OTHER], [OTHER, ADMIN]])
@pytest.mark.parametrize(
    "make", [starlette_users, pytest.param(fastapi_users, marks=needs_fastapi)]
)
def test_one_application_below_two_hosts(make, order):
    app = type(make())(routes=below_hosts(make()))
    expected = ["/api/u/{id}/" if host is ADMIN else "/{tenant}/u/{id}/" for host in order]
    assert labels(app, *(("/api/u/1/", host) for host in order)) == [(200, one) for one in expected]


def test_a_host_below_a_mount():
    sub = Router([Route("/u/{id}", ok)])
    app = Starlette(routes=[Mount("/m", routes=below_hosts(sub))])
    assert labels(app, ("/m/api/u/1", OTHER), ("/m/api/u/1", ADMIN)) == [
        (200, "/m/{tenant}/u/{id}"),
        (200, "/m/api/u/{id}"),
    ]


def test_a_mount_of_the_user_that_looks_at_a_header():
    class Versioned(Mount):
        def matches(self, scope):
            is_new = (b"x-new", b"1") in scope["headers"]
            return super().matches(scope) if is_new else (Match.NONE, {})

    sub = Router([Route("/u/{id}", ok)])
    app = Starlette(routes=[Versioned("/{new}", app=sub), Mount("/{old}", app=sub)])
    new = {"headers": [(b"x-new", b"1")]}
    assert labels(app, "/a/u/1", ("/a/u/1", new)) == [
        (200, "/{old}/u/{id}"),
        (200, "/{new}/u/{id}"),
    ]


@needs_fastapi
def test_places_are_still_known_by_the_marks_of_a_route(monkeypatch):
    searched, own = [], MetricsMiddleware._place
    monkeypatch.setattr(
        MetricsMiddleware, "_place", lambda self, *given: searched.append(1) or own(self, *given)
    )
    app, sub, router = fastapi.FastAPI(), fastapi_users(), fastapi.APIRouter()
    router.add_api_route("/k/{id}", lambda id: id)
    for one in (app, sub):
        one.include_router(router, prefix="/inc")
    app.mount("/m", sub)
    app.router.routes += below_hosts(sub)
    labels(app, "/inc/k/1", "/inc/k/2", "/m/u/1/", "/m/u/2/", "/m/inc/k/1")
    assert len(searched) == 3
    labels(app, "/x/u/1/")
    assert len(searched) == 5  # each time


# --- Litestar, alone, mounted, and with others mounted in it


PREFLIGHT = {
    "method": "OPTIONS",
    "headers": [(b"origin", b"https://a.example"), (b"access-control-request-method", b"GET")],
}


def litestar_app(*handlers, **options):
    @litestar.get("/u/{id:int}")
    async def user() -> str:
        return "user"

    return litestar.Litestar([user, *handlers], logging_config=None, openapi_config=None, **options)


def in_litestar(path, app, copy_scope=False):
    return litestar.asgi(path, is_mount=True, copy_scope=copy_scope)(app)


@needs_litestar
def test_litestar_answers_that_no_route_gives():
    app = litestar_app(cors_config=CORSConfig(allow_origins=["https://a.example"]))
    paths = [(f"/scan/{number}", PREFLIGHT) for number in range(5)]
    others = ("/u/5", PREFLIGHT), "/u/5", "/u/x", ("/u/5", {"method": "PUT"})
    assert labels(app, *paths, *others) == [
        *[(204, UNMATCHED)] * 5,
        (204, "/u/{id}"),
        (200, "/u/{id}"),
        (404, UNMATCHED),
        (405, "/u/{id}"),
    ]


@needs_litestar
def test_litestar_in_a_middleware_that_shows_nothing_of_it():
    app = litestar_app(cors_config=CORSConfig(allow_origins=["https://a.example"]))

    async def around(scope, receive, send):
        await app(scope, receive, send)

    found = labels(around, "/u/5", ("/u/5", PREFLIGHT), ("/scan/1", PREFLIGHT))
    assert found == [(200, "/u/{id}"), (204, "/u/{id}"), (204, UNMATCHED)]


def measuring():
    """A registry, and what puts a middleware with it around an application."""
    registry = Registry()
    return registry, lambda app: MetricsMiddleware(app, registry, metrics=["counters", "standard"])


MOUNTED = {"/m/u/5": (200, "/m/u/{id}"), "/m/u/x": (404, UNMATCHED), "/u/5": (200, "/u/{id}")}


@needs_litestar
@pytest.mark.parametrize("root", ["", "/api"])
@pytest.mark.parametrize("inside", [True, False])
def test_litestar_below_a_mount(root, inside):
    app = Starlette(routes=[Mount("/m", app=litestar_app()), Route("/u/{id}", ok)])
    found = labels(app, *((root + path, {"root_path": root}) for path in MOUNTED), inside=inside)
    assert found == list(MOUNTED.values())


@needs_litestar
@needs_fastapi
@pytest.mark.filterwarnings("ignore:The `root_path` parameter is deprecated")
@pytest.mark.parametrize("inside", [True, False])
def test_litestar_below_a_root_path_of_fastapi(inside):
    app = fastapi.FastAPI(root_path="/api")
    app.mount("/m", litestar_app())
    found = labels(app, "/api/m/u/5", "/api/m/u/x", inside=inside)
    assert found == [(200, "/m/u/{id}"), (404, UNMATCHED)]


@needs_litestar
def test_a_middleware_of_a_mounted_litestar():
    registry, measured = measuring()
    app = Starlette(
        routes=[Mount("/m", app=litestar_app(middleware=[measured])), Route("/u/{id}", ok)]
    )
    request(app, "/m/u/5")
    assert totals(registry) == {("GET", "/m/u/{id}", "200"): 1}
    assert standard_totals(registry) == {("GET", "/m/u/{id}", "200"): 1}


@needs_litestar
@pytest.mark.parametrize("copy_scope", [False, True])
def test_applications_in_litestar(copy_scope):
    sub = starlette_users()
    app = litestar_app(
        in_litestar("/st", sub, copy_scope=copy_scope),
        in_litestar("/again", sub, copy_scope=copy_scope),
        in_litestar("/li", litestar_app(), copy_scope=copy_scope),
        in_litestar("/files", answering_typed(), copy_scope=copy_scope),
    )
    expected = {
        "/st/u/5": (200, "/st/u/{id}/"),
        "/again/u/5": (200, "/again/u/{id}/"),
        "/st/deep/x": (200, "/st/deep/{x}/"),
        "/st/nothing": (404, UNMATCHED),
        "/li/u/5": (200, "/li/u/{id}"),
        "/li/nothing": (404, UNMATCHED),
        "/li/files": (404, UNMATCHED),
        "/files/a/b": (200, "/files"),
        "/u/5": (200, "/u/{id}"),
    }
    assert labels(app, *expected) == list(expected.values())


def answering_typed():
    async def app(scope: litestar.types.Scope, receive: object, send: object) -> None:
        await answering(*PLAIN_OK)(scope, receive, send)

    return app


@needs_litestar
def test_applications_in_a_mounted_litestar():
    app = Starlette(routes=[Mount("/m", app=litestar_app(in_litestar("/st", starlette_users())))])
    assert labels(app, "/m/st/u/5", "/m/st/nothing", "/m/u/5") == [
        (200, "/m/st/u/{id}/"),
        (404, UNMATCHED),
        (200, "/m/u/{id}"),
    ]


@needs_litestar
def test_a_middleware_of_litestar_around_its_mounts():
    registry, measured = measuring()
    app = litestar_app(in_litestar("/st", starlette_users()), middleware=[measured])
    for path in ("/st/u/5", "/st/nothing", "/u/5"):
        request(app, path)
    expected = {
        ("GET", "/st/u/{id}/", "200"): 1,
        ("GET", UNMATCHED, "404"): 1,
        ("GET", "/u/{id}", "200"): 1,
    }
    assert totals(registry) == expected
    assert standard_totals(registry) == expected
