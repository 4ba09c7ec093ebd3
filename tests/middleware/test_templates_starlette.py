"""The templates of Starlette's and FastAPI's routes, found without a search of all routes."""

import asyncio
import gc
import weakref
from unittest.mock import MagicMock, Mock

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Host, Match, Mount, Route, Router, WebSocketRoute

from aioprometheus.asgi import candidates
from aioprometheus.asgi.template import template_of
from support.asgi_apps import (
    Copying,
    accept,
    fastapi,
    fastapi_app,
    missing,
    needs_fastapi,
    ok,
    starlette_app,
)
from support.asgi_driver import PLAIN_OK, answering, drive, scope_of
from support.templates import ROUTE, ROUTER, answers, check, check_hostile

PUT, WEBSOCKET = {"method": "PUT"}, {"kind": "websocket"}
MANY = 200


class Counted:
    """A regular expression that counts how often it is matched."""

    count = 0

    def __init__(self, regex):
        self.regex = regex

    def match(self, text):
        Counted.count += 1
        return self.regex.match(text)


def endpoint():
    async def view(request):
        return await ok(request)

    return view


def many(prefix, *others):
    routes = [Route(f"/{prefix}/{number}/{{id}}", endpoint()) for number in range(MANY)]
    for route in routes:
        route.path_regex = Counted(route.path_regex)
    return [*routes, *others]


def starlette_with_many():
    below = Starlette(routes=many("below", Route("/missing/{id}", missing)))
    return Starlette(
        routes=many(
            "own",
            Mount("/app/{tenant}", app=below),
            Mount("/routes", routes=many("below")),
            Mount("/deep", routes=[Mount("/er", app=below)]),
            Mount("/copied", app=Copying(below)),
            Mount("/inside", app=Starlette(routes=many("below"), middleware=[Middleware(Copying)])),
            WebSocketRoute("/rooms/{room}", accept),
            Host("other.example", app=Starlette(routes=many("hosted"))),
        )
    )


def matches(app, path, **more):
    """The answer, and how many routes were matched to find the template."""
    ((status, found),) = answers(app, (path, more))
    scope = scope_of(path, **more)
    asyncio.run(drive(app, scope))
    Counted.count = 0
    assert template_of(app, scope, status=status, path=path) == found
    return found, Counted.count


@pytest.mark.parametrize(
    ("path", "template", "more"),
    [
        ("/own/199/7", "/own/199/{id}", {}),
        ("/own/199/7", "/own/199/{id}", PUT),
        ("/nothing", ROUTE, {}),
        ("/app/7/below/199/7", "/app/{tenant}/below/199/{id}", {}),
        ("/app/7/below/199/7", "/app/{tenant}/below/199/{id}", PUT),
        ("/app/7/missing/7", "/app/{tenant}/missing/{id}", {}),
        ("/app/7/nothing", ROUTE, {}),
        ("/routes/below/199/7", "/routes/below/199/{id}", {}),
        ("/routes/nothing", ROUTE, {}),
        ("/deep/er/below/199/7", "/deep/er/below/199/{id}", {}),
        ("/deep/er/nothing", ROUTE, {}),
        ("/deep/nothing", ROUTE, {}),
        ("/rooms/7", "/rooms/{room}", WEBSOCKET),
        ("/rooms/7/8", ROUTE, WEBSOCKET),
        ("/hosted/199/7", "/hosted/199/{id}", {"headers": [(b"host", b"other.example")]}),
    ],
)
def test_no_search_of_all_routes(path, template, more):
    found, count = matches(starlette_with_many(), path, **more)
    assert found == template
    assert count <= 3


@pytest.mark.parametrize("place", ["copied", "inside"])
def test_a_copy_of_the_scope_hides_the_marks(place):
    app = starlette_with_many()
    found, count = matches(app, f"/{place}/below/199/7")
    assert found == f"/{place}/below/199/{{id}}"
    assert count > MANY / 2
    assert matches(app, f"/{place}/nothing")[0] is ROUTE


def fastapi_with_many():
    def router(prefix):
        made = fastapi.APIRouter()
        for number in range(MANY):
            made.add_api_route(f"/{prefix}/{number}/{{id}}", lambda id: id)
        for route in made.routes:
            route.path_regex = Counted(route.path_regex)
        return made

    below = fastapi.FastAPI()
    below.router.routes += router("below").routes
    app = fastapi.FastAPI()
    app.router.routes += router("own").routes
    app.include_router(router("part"), prefix="/parts")
    app.mount("/app/{tenant}", below)
    app.add_route("/plain/{id}", endpoint())
    for route in app.routes:  # older ones have copied the routes that they include
        if hasattr(route, "path_regex") and not isinstance(route.path_regex, Counted):
            route.path_regex = Counted(route.path_regex)
        for context in getattr(route, "effective_route_contexts", list)():
            context.path_regex = Counted(context.path_regex)
    return app


@needs_fastapi
@pytest.mark.parametrize(
    ("path", "template", "more"),
    [
        ("/own/199/7", "/own/199/{id}", {}),
        ("/own/199/7", "/own/199/{id}", PUT),
        ("/parts/part/199/7", "/parts/part/199/{id}", {}),
        ("/parts/part/199/7", "/parts/part/199/{id}", PUT),
        ("/plain/7", "/plain/{id}", {}),
        ("/app/7/below/199/7", "/app/{tenant}/below/199/{id}", {}),
        ("/app/7/nothing", ROUTE, {}),
        ("/parts/nothing", ROUTE, {}),
        ("/nothing", ROUTE, {}),
    ],
)
def test_no_search_of_all_routes_of_fastapi(path, template, more):
    found, count = matches(fastapi_with_many(), path, **more)
    assert found == template
    assert count <= 8  # the routes of the documentation among them


def test_an_endpoint_of_several_routes():
    view = endpoint()
    routes = [Route("/a/{x}", view, methods=["PUT"]), Route("/a/{y:path}", view), Mount("/m", view)]
    cases = [
        ("/a/1", 200, "/a/{y:path}"),
        ("/a/1", 200, "/a/{x}", PUT),
        ("/a/1/2", 405, "/a/{y:path}", PUT),
    ]
    check(Starlette(routes=routes), cases)


def test_a_route_that_the_user_has_made():
    class Silent(BaseRoute):
        path = "/silent"

        def matches(self, scope):
            return (Match.FULL if scope["path"] == "/silent" else Match.NONE), {}

        async def handle(self, scope, receive, send):
            await answering(*PLAIN_OK)(scope, receive, send)

    app = Starlette(routes=[Route("/a", ok), Silent(), Mount("/m", routes=[Silent()])])
    check(app, [("/silent", 200, "/silent"), ("/a", 200, "/a"), ("/b", 404, ROUTE)])


def test_routes_that_are_replaced():
    app = Starlette(routes=[Route("/a/{x}", ok), Route("/b/{x}", ok), Route("/c", endpoint())])
    check(app, [("/a/1", 200, "/a/{x}"), ("/c", 200, "/c"), ("/d", 404, ROUTE)])
    app.routes[2] = Mount("/d", routes=[Route("/{y}", endpoint())])
    check(app, [("/a/1", 200, "/a/{x}"), ("/c", 404, ROUTE), ("/d/1", 200, "/d/{y}")])
    app.routes[0] = Route("/e/{z}", endpoint())
    check(app, [("/a/1", 404, ROUTE), ("/e/1", 200, "/e/{z}"), ("/b/1", 200, "/b/{x}")])


@pytest.mark.parametrize("make", [starlette_app, pytest.param(fastapi_app, marks=needs_fastapi)])
def test_applications_are_not_kept(make):
    gc.collect()
    before = set(candidates._remembered)
    app = make()
    answers(app, "/items/7", "/sub/items/7", "/users/7", "/tenants/7/items/7")
    assert set(candidates._remembered) > before
    gone = weakref.ref(app.router)
    del app
    gc.collect()
    assert gone() is None
    assert set(candidates._remembered) <= before


def test_a_path_that_a_mounted_application_changes():
    async def changes(scope, receive, send):
        scope["path"] = "/changed"
        await answering(*PLAIN_OK)(scope, receive, send)

    check(Starlette(routes=[Mount("/m/{x}", app=changes)]), [("/m/1/y", 200, "/m/{x}")])


class Wrapper:
    def __init__(self, **attributes):
        vars(self).update(attributes)


@pytest.mark.parametrize("name", ["app", "asgi_callable", "next_app", "application", "inner"])
def test_wrappers_of_every_name(name):
    app = Wrapper(**{name: GZipMiddleware(Starlette(routes=[Route("/a/{x}", ok)]))})
    assert template_of(app, scope_of("/a/1")) == "/a/{x}"


@pytest.mark.parametrize("app", [answering(*PLAIN_OK), None, object(), Wrapper(app=Wrapper())])
def test_what_is_not_known(app):
    assert template_of(app, scope_of("/a")) is ROUTER
    assert template_of(app, {"type": "http"}) is ROUTER


@pytest.mark.parametrize("app", [Mock(), MagicMock()])
def test_objects_that_have_every_attribute(app):
    assert template_of(app, scope_of("/a")) in (ROUTE, ROUTER)


def test_an_application_in_a_circle():
    app = Wrapper()
    app.app = app
    assert template_of(app, scope_of("/a")) is ROUTER


@pytest.mark.parametrize("scope", [{}, {"type": "http"}, {"type": "http", "path": None}])
def test_scopes_that_are_not_whole(scope):
    for app in (starlette_app(), Router([Route("/a", ok)])):
        assert template_of(app, scope) is ROUTE


def test_a_very_long_path():
    for path in (
        "/" * 1_000_000,
        "/items/" + "7" * 1_000_000,
        "/" + "x/" * 500_000,
        "/\udc80" * 10_000,
    ):
        assert template_of(starlette_app(), scope_of(path)) in (ROUTE, "/items/{id:int}")


def test_hostile_paths():
    templates = {
        *("/", "/items/{id:int}", "/only-post", "/slash/", "/missing/{id}", "/boom", "/static"),
        *("/plain", "/packed/{name}", "/sub/", "/sub/items/{id}", "/tenants/{tenant}/slash/"),
        *("/tenants/{tenant}/deep/{rest:path}", "/ws/{room}", "/denied/{room}", "/rooms/{room}"),
    }
    known = [
        template.replace("{id:int}", "7").replace("{rest:path}", "r") for template in templates
    ]
    check_hostile(starlette_app(), templates, *known)


@needs_fastapi
def test_hostile_paths_of_fastapi():
    app = fastapi_app()
    sub = (
        "/items/{id}",
        "/included/leaf/{name}",
        "/openapi.json",
        "/docs",
        "/docs/oauth2-redirect",
    )
    sub += ("/redoc",)
    users = ("/{id}", "/{id}/slash/", "/starlette/{id}", "/ws/{room}", "/nested/leaf/{name}")
    templates = {
        *sub[2:],
        *("/items/{id}", "/items/{id:path}/raw", "/starlette/{id}", "/leaf/{name}"),
        *(prefix + path for prefix in ("/users", "/orders") for path in users),
        *(prefix + path for prefix in ("/sub", "/tenants/{tenant}") for path in sub),
    }
    templates.remove("/orders/starlette/{id}")  # such a route does not get the prefix of its router
    check_hostile(app, templates, *(path.replace("{id:path}", "7/8") for path in templates))
