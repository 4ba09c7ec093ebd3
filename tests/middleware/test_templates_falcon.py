"""The templates of Falcon's routes, sinks and static routes."""

import pytest

from aioprometheus.asgi.template import template_of
from support.asgi_driver import scope_of
from support.templates import (
    ROUTE,
    ROUTER,
    check,
    check_hostile,
    check_mounted,
    mounted,
    needs_lock,
)

pytestmark = needs_lock
falcon = pytest.importorskip("falcon")
asgi = pytest.importorskip("falcon.asgi")

WEBSOCKET = {"kind": "websocket"}


class Resource:
    async def on_get(self, request, response, **fields):
        response.text = "resource"

    async def on_websocket(self, request, websocket, **fields):
        await websocket.accept()


class Failing(falcon.routing.BaseConverter):
    def convert(self, value):
        raise RuntimeError(value)


async def sink(request, response, **fields):
    response.text = "sink"


def falcon_app(directory):
    app = asgi.App()
    app.router_options.converters["failing"] = Failing
    for template in ("/", "/users/{id:int}", "/files/{rest:path}", "/failing/{x:failing}"):
        app.add_route(template, Resource())
    app.add_sink(sink, r"/sink/(?P<rest>.*)")
    app.add_static_route("/static", directory)
    return app


CASES = [
    ("/", 200, "/"),
    ("", 200, "/"),
    ("/users/7", 200, "/users/{id:int}"),
    ("/users/7", 200, "/users/{id:int}", {"method": "OPTIONS"}),
    ("/users/7", 405, "/users/{id:int}", {"method": "HEAD"}),
    ("/users/7", 405, "/users/{id:int}", {"method": "PUT"}),
    ("/users/7", 400, "/users/{id:int}", {"method": "BREW"}),
    ("/users/7/", 404, ROUTE),
    ("/users/x", 404, ROUTE),
    ("/files/a/b", 200, "/files/{rest:path}"),
    ("/failing/x", 500, ROUTE),
    ("/sink/a/b", 200, "/sink/(?P<rest>.*)"),
    ("/static/x", 404, "/static"),
    ("/nothing", 404, ROUTE),
    ("/users/7", 101, "/users/{id:int}", WEBSOCKET),
    ("/nothing", 403, ROUTE, WEBSOCKET),
    ("/\udc80", 404, ROUTE),
    ("/" + "x/" * 500_000, 404, ROUTE),
]


def test_falcon(tmp_path):
    check(falcon_app(tmp_path), CASES)


def test_slashes_that_are_removed(tmp_path):
    app = falcon_app(tmp_path)
    app.req_options.strip_url_path_trailing_slash = True
    check(app, [("/users/7/", 200, "/users/{id:int}"), ("/", 200, "/"), ("//", 200, "/")])


def test_falcon_below_a_mount(tmp_path):
    """Falcon does not know of mounts: its routes have the whole path."""
    app = falcon_app(tmp_path)
    app.add_route("/mount/7/users/{id:int}", Resource())
    check_mounted(app, [("/users/x", 404, ROUTE)])
    found = "/mount/7/users/{id:int}"
    check(mounted(app), [("/mount/7/users/7", 200, found), ("/users/7", 404, ROUTE)])


def test_a_router_that_says_no_template():
    class Router:
        def add_route(self, uri_template, resource, **more):
            self.resource = resource

        def find(self, uri, req=None):
            return (self.resource, {"GET": self.resource.on_get}, {}) if uri == "/known" else None

    app = asgi.App(router=Router())
    app.add_route("/known", Resource())
    assert template_of(app, scope_of("/known")) is ROUTER
    assert template_of(app, scope_of("/unknown")) is ROUTE


def test_hostile_paths(tmp_path):
    templates = {case[2] for case in CASES if case[2] is not ROUTE}
    paths = [case[0] for case in CASES if 0 < len(case[0]) < 100]
    check_hostile(falcon_app(tmp_path), templates, *paths)
