"""The path of Socket.IO, and the templates of the application behind it."""

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from aioprometheus.asgi.template import template_of
from support.asgi_apps import ok
from support.asgi_driver import scope_of
from support.templates import ROUTE

try:
    import socketio
except ImportError:
    socketio = None

needs_socketio = pytest.mark.skipif(socketio is None, reason="python-socketio IS NOT INSTALLED")


class Likeness:
    """What is looked at in an ``engineio.ASGIApp``, from which ``socketio.ASGIApp`` is derived."""

    __module__ = "engineio.async_drivers.asgi"

    def __init__(self, other_asgi_app=None, path="socket.io"):
        self.other_asgi_app = other_asgi_app
        self.engineio_path = None if path is None else f"/{path}/"


def real(other_asgi_app=None, path="socket.io"):
    server = socketio.AsyncServer(async_mode="asgi")
    return socketio.ASGIApp(server, other_asgi_app, socketio_path=path)


@pytest.fixture(params=[Likeness, pytest.param(real, marks=needs_socketio)])
def make(request):
    return request.param


def template(app, path, **more):
    return template_of(app, scope_of(path, **more), path=path)


def test_an_application_behind_socketio(make):
    app = make(Starlette(routes=[Route("/u/{id}", ok), Route("/{path:path}", ok)]))
    assert template(app, "/u/7") == "/u/{id}"
    assert template(app, "/a/b") == "/{path:path}"
    for more in ({}, {"kind": "websocket"}):
        assert template(app, "/socket.io/", **more) == "/socket.io"
        assert template(app, "/socket.io", **more) == "/socket.io"
        assert template(app, "/socket.io/more", **more) == "/socket.io"
    assert template(app, "/socket.iox") == "/{path:path}"


def test_socketio_alone(make):
    assert template(make(), "/socket.io/") == "/socket.io"
    assert template(make(), "/other") is ROUTE
    assert template(make(path=None), "/any") == "/"


def test_socketio_below_a_mount(make):
    app = Starlette(routes=[Mount("/{tenant}", app=make(path="t/socket.io")), Route("/t", ok)])
    assert template(app, "/t/socket.io/") == "/{tenant}/socket.io"
    assert template(app, "/t/other") is ROUTE
    everything = Starlette(routes=[Mount("/{tenant}", app=make(path=None))])
    assert template(everything, "/t/any") == "/{tenant}"
