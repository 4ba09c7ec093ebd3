"""The templates of BlackSheep's routes."""

import asyncio
import logging

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from aioprometheus.asgi.template import template_of
from support.asgi_driver import PLAIN_OK, answering, scope_of
from support.templates import ROUTE, check, check_hostile, check_mounted, needs_lock

pytestmark = needs_lock
blacksheep = pytest.importorskip("blacksheep")

WEBSOCKET = {"kind": "websocket"}


@pytest.fixture(autouse=True)
def _no_log_of_what_is_not_found():
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(level)


def view(**values):
    return blacksheep.Response(200)


def application(**options):
    return blacksheep.Application(router=blacksheep.Router(**options))


def started(*apps):
    async def start():
        for app in apps:
            await app.start()

    asyncio.run(start())
    return apps[0]


def blacksheep_app(**options):
    app = application(**options)
    for pattern in ("/", "/users/:id", "/typed/{int:id}", "/old/<name>", "/tail/*"):
        app.router.add_get(pattern, lambda: view())

    async def room(websocket: blacksheep.WebSocket):
        await websocket.accept()

    app.router.add_ws("/rooms/{room}", room)
    return started(app)


def with_raw(cases, prefix=""):
    """The cases with the path as a server has received it."""
    for path, status, found, *more in cases:
        raw = (prefix + path).encode("utf-8", "replace")
        yield path, status, found, {"raw_path": raw, **dict(*more)}


CASES = [
    ("/", 200, "/"),
    ("/users/7", 200, "/users/:id"),
    ("/USERS/7/", 200, "/users/:id"),
    ("/users/7", 404, ROUTE, {"method": "HEAD"}),
    ("/users/7", 404, ROUTE, {"method": "PUT"}),
    ("/typed/7", 200, "/typed/{int:id}"),
    ("/typed/x", 404, ROUTE),
    ("/old/x", 200, "/old/<name>"),
    ("/tail/a/b", 200, "/tail/*"),
    ("/nothing", 404, ROUTE),
    ("/rooms/7", 101, "/rooms/{room}", WEBSOCKET),
    ("/rooms/7/8", 403, ROUTE, WEBSOCKET),
]


def test_blacksheep():
    check(blacksheep_app(), with_raw(CASES))


def test_a_server_that_has_no_raw_path():
    app = blacksheep_app()
    assert template_of(app, scope_of("/users/a b")) == "/users/:id"
    assert template_of(app, scope_of("/users/\udc80")) == "/users/:id"
    assert template_of(app, scope_of("/" + "x/" * 500_000)) is ROUTE


def test_a_path_with_escapes():
    app = blacksheep_app()
    raw = {"raw_path": b"/users/a%2Fb"}
    assert template_of(app, scope_of("/users/a/b", **raw)) == "/users/:id"
    assert template_of(app, scope_of("/users/a/b", raw_path=b"/users/a/b")) is ROUTE


def test_blacksheep_below_a_mount_of_starlette():
    check_mounted(blacksheep_app(), with_raw(CASES, "/mount/7"))


def test_blacksheep_with_a_prefix():
    app = blacksheep_app(prefix="api")
    check(app, with_raw([("/api/users/7", 200, "/api/users/:id"), ("/users/7", 404, ROUTE)]))


def test_mounts_of_blacksheep():
    app, child = application(), application()
    child.router.add_get("/users/{id}", lambda: view())

    async def ok(request):
        return PlainTextResponse("ok")

    app.router.add_get("/own", lambda: view())
    app.mount("/child", child)
    app.mount("/starlette", Starlette(routes=[Route("/items/{id}", ok)]))
    app.mount("/plain", answering(*PLAIN_OK))
    started(app, child)
    cases = [
        ("/own", 200, "/own"),
        ("/child/users/7", 200, "/child/users/{id}"),
        ("/child/nothing", 404, ROUTE),
        ("/starlette/items/7", 200, "/starlette/items/{id}"),
        ("/starlette/items/7", 405, "/starlette/items/{id}", {"method": "PUT"}),
        ("/starlette/nothing", 404, ROUTE),
        ("/plain/any/thing", 200, "/plain"),
        ("/nothing", 404, ROUTE),
    ]
    check(app, with_raw(cases))


def test_filters_and_routers_below():
    below = blacksheep.Router(host="a.example")
    below.add_get("/users/{id}", lambda: view())
    app = application(sub_routers=[below])
    app.router.add_get("/users/me", lambda: view())
    host = {"headers": [(b"host", b"a.example")]}
    cases = [
        ("/users/7", 200, "/users/{id}", host),
        ("/users/7", 404, ROUTE),
        ("/users/me", 200, "/users/me"),
        ("/nothing", 404, ROUTE, host),
    ]
    check(started(app), with_raw(cases))


def test_a_fallback_is_no_route():
    app = application()
    app.router.add_get("/known", lambda: view())
    app.router.fallback = lambda: view()
    check(started(app), with_raw([("/known", 200, "/known"), ("/other", 200, ROUTE)]))


def test_hostile_paths():
    templates = {case[2] for case in CASES if case[2] is not ROUTE}
    check_hostile(blacksheep_app(), templates, *(case[0] for case in CASES))
