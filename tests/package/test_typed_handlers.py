"""What type checkers make of handlers in their frameworks."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from wsgiref.simple_server import make_server

from aiohttp import web
from fastapi import FastAPI
from flask import Flask
from litestar import Litestar, asgi
from quart import Quart
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from aioprometheus import REGISTRY, Registry, make_asgi_app, make_wsgi_app
from aioprometheus import aiohttp as of_aiohttp
from aioprometheus.asgi import litestar as of_litestar
from aioprometheus.asgi import make_asgi_app as of_asgi
from aioprometheus.asgi import quart as of_quart
from aioprometheus.asgi import starlette as of_starlette

both = [REGISTRY, Registry()]
handler = of_starlette.make_handler(both, compression=False, timeout=1)
Starlette(routes=[Route("/a", handler), Mount("/b", make_asgi_app(both, timeout=0.5))])

fast = FastAPI()
fast.add_route("/a", handler)
fast.get("/b")(handler)
fast.mount("/c", of_asgi(REGISTRY.restricted(["a"])))

quart = Quart(__name__)
quart.add_url_rule("/a", view_func=of_quart.metrics)
quart.add_url_rule("/b", "b", of_quart.make_handler(both))

app = web.Application()
app[of_aiohttp.REGISTRY_KEY] = Registry()
app.add_routes([web.get("/a", of_aiohttp.make_handler())])

Litestar([
    of_litestar.metrics,
    of_litestar.make_handler(both, "/b", name="b"),
    asgi("/c", is_mount=True, copy_scope=True)(make_asgi_app()),
])

flask = Flask(__name__)
wsgi = DispatcherMiddleware(flask.wsgi_app, {"/metrics": make_wsgi_app(both)})
with make_server("127.0.0.1", 0, make_wsgi_app()):
    pass
"""


@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("fastapi", "litestar"))),
    reason="fastapi or litestar is not there for this Python",
)
@pytest.mark.parametrize("command", [["-m", "mypy", "--strict"], ["-W", "error"]])
def test_handlers_in_frameworks(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    done = subprocess.run(
        [sys.executable, *command, "program.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
