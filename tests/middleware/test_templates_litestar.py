"""The templates of Litestar's routes."""

import pytest
from starlette.middleware.gzip import GZipMiddleware

from support.asgi_apps import Copying
from support.asgi_driver import PLAIN_OK, answering
from support.templates import ROUTE, check, check_hostile, check_mounted

litestar = pytest.importorskip("litestar")

WEBSOCKET, PUT = {"kind": "websocket"}, {"method": "PUT"}


@pytest.fixture(name="app")
def litestar_app():
    @litestar.get(["/items/{item:int}", "/"])
    async def item() -> str:
        return "item"

    @litestar.get("/plain")
    async def plain() -> str:
        return "plain"

    @litestar.asgi("/files", is_mount=True, copy_scope=True)
    async def files(scope: litestar.types.Scope, receive: object, send: object) -> None:
        await answering(*PLAIN_OK)(scope, receive, send)

    @litestar.websocket("/rooms/{room:str}")
    async def room(socket: litestar.WebSocket) -> None:
        await socket.accept()
        await socket.close()

    api = litestar.Router("/api/{version:str}", route_handlers=[item])
    return litestar.Litestar(
        [item, plain, files, room, api], logging_config=None, openapi_config=None
    )


CASES = [
    ("/", 200, "/"),
    ("/items/7", 200, "/items/{item}"),
    ("/items/7", 405, "/items/{item}", PUT),
    ("/items/7", 405, "/items/{item}", {"method": "HEAD"}),
    ("/items/7", 204, "/items/{item}", {"method": "OPTIONS"}),
    ("/items/x", 404, ROUTE),
    ("/plain", 200, "/plain"),
    ("//plain//", 200, "/plain"),
    ("/plain", 405, "/plain", PUT),
    ("/files", 200, "/files"),
    ("/files/a/b", 200, "/files", PUT),
    ("/api/v1/items/7", 200, "/api/{version}/items/{item}"),
    ("/api/v1/items/7", 405, "/api/{version}/items/{item}", PUT),
    ("/api/v1", 200, "/api/{version}"),
    ("/nothing", 404, ROUTE),
    ("/rooms/7", 101, "/rooms/{room}", WEBSOCKET),
    ("/rooms/7", 405, "/rooms/{room}"),
    ("/nothing", 403, ROUTE, WEBSOCKET),
    ("/\udc80", 404, ROUTE),
    ("/" + "x/" * 500_000, 404, ROUTE),
]


@pytest.mark.parametrize("wrap", [lambda app: app, GZipMiddleware, Copying])
def test_litestar(app, wrap):
    check(wrap(app), CASES)


def test_litestar_below_a_mount(app):
    check_mounted(app, [case for case in CASES if len(case[0]) < 100])


def test_the_root_path_is_not_part_of_a_template(app):
    check(app, [("/api/items/7", 200, "/items/{item}", {"root_path": "/api"})])


def test_hostile_paths(app):
    templates = {case[2] for case in CASES if case[2] is not ROUTE}
    check_hostile(app, templates, *(case[0] for case in CASES if len(case[0]) < 100))
