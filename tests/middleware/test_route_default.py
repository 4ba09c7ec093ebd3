"""The path label with the default application of a router, and in frameworks that use one."""

import sys
import types
import warnings

import pytest
from quart import Quart
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_apps import Copying, fastapi, needs_fastapi, ok
from support.asgi_driver import PLAIN_OK, answering, request, totals

try:
    import litestar
except ImportError:
    litestar = None
try:
    with warnings.catch_warnings():  # Starlette warns about its test client
        warnings.simplefilter("ignore")
        import connexion
except ImportError:
    connexion = None


def labels(app, *paths, registry=None, **options):
    """The path label and status of each request, in order."""
    found = []
    for path in paths:
        registry = Registry()
        middleware = MetricsMiddleware(app, registry, **options)
        request(middleware, path)
        ((_, label, status),) = totals(registry)
        found.append((label, status))
    return found


def quart_app():
    app = Quart(__name__)

    @app.route("/quart/<name>")
    async def hello(name):
        return name

    return app


def with_default(default, routes=None, **options):
    app = Starlette(routes=routes or [Route("/a/{x}", ok), Route("/slash/", ok)], **options)
    app.router.default = default
    return app


@pytest.mark.parametrize("wrap", [lambda app: app, GZipMiddleware, Copying])
def test_the_search_goes_on_in_an_application_that_is_the_default(wrap):
    older = Starlette(routes=[Route("/b/{y}", ok), Mount("/m", routes=[Route("/{z}", ok)])])
    assert labels(with_default(wrap(older)), "/a/7", "/b/7", "/m/7", "/m/7/8", "/slash") == [
        ("/a/{x}", "200"),
        ("/b/{y}", "200"),
        ("/m/{z}", "200"),
        ("<unmatched>", "404"),
        ("/slash/", "307"),
    ]


def test_a_chain_of_defaults():
    last = Router([Route("/c/{z}", ok)])
    app = with_default(with_default(last, [Route("/b/{y}", ok)]))
    assert labels(app, "/a/7", "/b/7", "/c/7", "/d") == [
        ("/a/{x}", "200"),
        ("/b/{y}", "200"),
        ("/c/{z}", "200"),
        ("<unmatched>", "404"),
    ]


@pytest.mark.parametrize("inside", [True, False])
def test_a_default_without_a_router(inside):
    """As where no router is known: the path as it is, unless nothing was found."""
    registry = Registry()
    options = {"middleware": [Middleware(MetricsMiddleware, registry=registry)]} if inside else {}
    app = with_default(quart_app(), **options)
    if not inside:
        app = MetricsMiddleware(app, registry)
    for path in ("/a/7", "/quart/bob", "/nothing"):
        request(app, path)
    assert totals(registry) == {
        ("GET", "/a/{x}", "200"): 1,
        ("GET", "/quart/bob", "200"): 1,
        ("GET", "<unmatched>", "404"): 1,
    }


def test_a_page_for_what_is_not_found():
    async def page(scope, receive, send):
        await PlainTextResponse("nothing here", 404)(scope, receive, send)

    assert labels(with_default(page), "/nothing") == [("<unmatched>", "404")]
    assert labels(with_default(answering(*PLAIN_OK)), "/nothing") == [("/nothing", "200")]


def test_a_subclass_with_a_page_of_its_own():
    class Polite(Router):
        async def not_found(self, scope, receive, send):
            await PlainTextResponse("sorry", 404)(scope, receive, send)

    assert labels(Polite([Route("/a", ok)]), "/a", "/b") == [
        ("/a", "200"),
        ("<unmatched>", "404"),
    ]


def test_the_default_of_a_mounted_router():
    older = Router([Route("/b/{y}", ok)])
    below = Router([Route("/a/{x}", ok)], default=older)
    app = Starlette(routes=[Mount("/m", app=below)])
    assert labels(app, "/m/a/7", "/m/b/7", "/m/c", "/b/7") == [
        ("/m/a/{x}", "200"),
        ("/m/b/{y}", "200"),
        ("<unmatched>", "404"),
        ("<unmatched>", "404"),
    ]


def test_routers_that_hand_over_to_each_other_end():
    one, other = Router([Route("/a", ok)]), Router([Route("/b", ok)])
    one.default, other.default = other, one
    registry = Registry()
    with pytest.raises(RecursionError):
        request(MetricsMiddleware(one, registry), "/c")
    assert totals(registry) == {("GET", "/c", "500"): 1}


@needs_fastapi
def test_the_default_of_fastapi():
    older = fastapi.FastAPI()
    older.add_api_route("/old/{id}", lambda id: id)
    router = fastapi.APIRouter()
    router.add_api_route("/{id}", lambda id: id)
    app = fastapi.FastAPI()
    app.include_router(router, prefix="/new")
    app.router.default = older
    assert labels(app, "/new/7", "/old/7", "/nothing") == [
        ("/new/{id}", "200"),
        ("/old/{id}", "200"),
        ("<unmatched>", "404"),
    ]


def test_an_application_that_changes_the_path_in_the_scope():
    """The label is what the client asked for, whatever the application makes of it."""

    async def app(scope, receive, send):
        scope["path"] = scope["path"].removeprefix("/api")
        await answering(*PLAIN_OK)(scope, receive, send)

    assert labels(app, "/api/x") == [("/api/x", "200")]
    assert labels(app, "/api/x", use_template_urls=False) == [("/api/x", "200")]


# --- Connexion: routers behind routers, each with the next as its default


def connexion_app(make, base):
    operations = types.ModuleType("operations_of_the_test")
    operations.pet = lambda pet_id: "pet"
    sys.modules[operations.__name__] = operations
    parameter = {"name": "pet_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    operation = {
        "operationId": f"{operations.__name__}.pet",
        "parameters": [parameter],
        "responses": {"200": {"description": "a pet"}},
    }
    app = make(__name__)
    app.add_api(
        {
            "openapi": "3.0.0",
            "info": {"title": "pets", "version": "1"},
            "servers": [{"url": base}],
            "paths": {"/pets/{pet_id}": {"get": operation}},
        }
    )
    return app


@pytest.mark.skipif(connexion is None, reason="CONNEXION IS NOT INSTALLED")
@pytest.mark.parametrize("base", ["/v1", "/"])
@pytest.mark.parametrize("inside", [True, False])
def test_connexion(base, inside):
    app, registry = connexion_app(connexion.AsyncApp, base), Registry()
    if inside:
        outermost = connexion.middleware.MiddlewarePosition.BEFORE_EXCEPTION
        app.add_middleware(MetricsMiddleware, outermost, registry=registry)
    else:
        app = MetricsMiddleware(app, registry)
    prefix = base.rstrip("/")
    for path in (f"{prefix}/pets/7", f"{prefix}/pets/x", f"{prefix}/nothing", "/nothing"):
        request(app, path)
    assert totals(registry) == {
        ("GET", f"{prefix}/pets/{{pet_id:int}}", "200"): 1,
        ("GET", "<unmatched>", "404"): 3,
    }


# --- Litestar: the scope has the template


def litestar_app(**options):
    @litestar.get("/items/{item:int}")
    async def item() -> str:
        return "item"

    @litestar.get("/plain")
    async def plain() -> str:
        return "plain"

    @litestar.asgi("/files", is_mount=True, copy_scope=True)
    async def files(scope: litestar.types.Scope, receive: object, send: object) -> None:
        await answering(*PLAIN_OK)(scope, receive, send)

    api = litestar.Router("/api/{version:str}", route_handlers=[item])
    # The default would configure the loggers of other tests.
    return litestar.Litestar([item, plain, api, files], logging_config=None, **options)


@pytest.mark.skipif(litestar is None, reason="LITESTAR IS NOT INSTALLED")
@pytest.mark.parametrize("inside", [True, False])
def test_litestar(inside):
    registry = Registry()

    def add(app):
        return MetricsMiddleware(app, registry)

    app = litestar_app(middleware=[add]) if inside else add(litestar_app())
    for path in ("/items/7", "/plain", "/plain/", "/api/v1/items/7", "/files/a/b"):
        request(app, path)
    expected = {
        ("GET", "/items/{item}", "200"): 1,
        ("GET", "/plain", "200"): 2,
        ("GET", "/api/{version}/items/{item}", "200"): 1,
        ("GET", "/files", "200"): 1,
    }
    assert totals(registry) == expected
    if inside:
        return  # Litestar puts its middlewares around its routes
    request(app, "/items/x")
    request(app, "/nothing")
    request(app, "/plain", "DELETE")
    assert totals(registry) == {
        **expected,
        ("GET", "<unmatched>", "404"): 2,
        ("DELETE", "/plain", "405"): 1,
    }


@pytest.mark.skipif(litestar is None, reason="LITESTAR IS NOT INSTALLED")
def test_litestar_without_templates():
    assert labels(litestar_app(), "/items/7", "/nothing", use_template_urls=False) == [
        ("/items/7", "200"),
        ("<unmatched>", "404"),
    ]
