"""Who may read the metrics: each framework's own means decide before the handler does."""

import base64

import aiohttp.web
import flask
import pytest
from quart import Quart, request
from starlette.applications import Starlette
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    SimpleUser,
    requires,
)
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from aioprometheus import Counter, MetricsMiddleware, Registry, make_asgi_app, make_wsgi_app
from aioprometheus import aiohttp as of_aiohttp
from aioprometheus.asgi import quart as of_quart
from aioprometheus.asgi import starlette as of_starlette
from support.scrape_servers import FastAPI, Litestar, serve_aiohttp, serve_app, serve_wsgi

RIGHT = "Basic " + base64.b64encode(b"prometheus:secret").decode()
WRONG = "Basic " + base64.b64encode(b"prometheus:wrong").decode()

REGISTRY = Registry()
Counter("c_total", "doc", registry=REGISTRY).inc()


class OnlyPrometheus(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.headers.get("Authorization") != RIGHT:
            return PlainTextResponse("who are you?", 401)
        return await call_next(request)


def starlette_middleware():
    routes = [Route("/metrics", of_starlette.make_handler(REGISTRY))]
    return Starlette(routes=routes, middleware=[Middleware(OnlyPrometheus)])


def starlette_mount():
    """Also with a middleware of this package around it."""
    guarded = Mount("/metrics", make_asgi_app(REGISTRY), middleware=[Middleware(OnlyPrometheus)])
    counting = Middleware(MetricsMiddleware, registry=Registry())
    return Starlette(routes=[guarded], middleware=[counting])


class Backend(AuthenticationBackend):
    async def authenticate(self, connection):
        if connection.headers.get("Authorization") == RIGHT:
            return AuthCredentials(["scrape"]), SimpleUser("prometheus")
        return None


def starlette_requires():
    metrics = requires("scrape", status_code=401)(of_starlette.metrics)
    app = Starlette(
        routes=[Route("/metrics", metrics)],
        middleware=[Middleware(AuthenticationMiddleware, backend=Backend())],
    )
    app.state.registry = REGISTRY
    return app


def fastapi_dependency():
    import fastapi
    from fastapi.security import HTTPBasic

    def check(given=fastapi.Depends(HTTPBasic())):  # noqa: B008
        if given.password != "secret":
            raise fastapi.HTTPException(401)

    router = fastapi.APIRouter(dependencies=[fastapi.Depends(check)])
    router.api_route("/metrics", methods=["GET", "HEAD"])(of_starlette.make_handler(REGISTRY))
    app = FastAPI()
    app.include_router(router)
    return app


def litestar_guard():
    from litestar.exceptions import NotAuthorizedException

    from aioprometheus.asgi.litestar import make_handler

    def guard(connection, _):
        if connection.headers.get("authorization") != RIGHT:
            raise NotAuthorizedException

    return Litestar([make_handler(REGISTRY, guards=[guard])], logging_config=None)


def quart_before_request():
    app = Quart(__name__)
    app.add_url_rule("/metrics", view_func=of_quart.make_handler(REGISTRY))

    @app.before_request
    async def check():
        if request.headers.get("Authorization") != RIGHT:
            return "who are you?", 401

    return app


def aiohttp_middleware():
    @aiohttp.web.middleware
    async def check(request, handler):
        if request.headers.get("Authorization") != RIGHT:
            raise aiohttp.web.HTTPUnauthorized
        return await handler(request)

    app = aiohttp.web.Application(middlewares=[check])
    app.router.add_get("/metrics", of_aiohttp.make_handler(REGISTRY))
    return app


def flask_before_request():
    app = flask.Flask(__name__)
    metrics = make_wsgi_app(REGISTRY)

    @app.before_request
    def check():
        if flask.request.headers.get("Authorization") != RIGHT:
            return "who are you?", 401

    @app.route("/metrics")
    def serve_metrics():
        return flask.Response.from_app(metrics, flask.request.environ)

    return app


APPS = {
    "starlette, middleware": (starlette_middleware, serve_app),
    "starlette, mount": (starlette_mount, serve_app),
    "starlette, requires": (starlette_requires, serve_app),
    "quart, before_request": (quart_before_request, serve_app),
    "aiohttp, middleware": (aiohttp_middleware, serve_aiohttp),
    "flask, before_request": (flask_before_request, serve_wsgi),
}
if FastAPI is not None:
    APPS["fastapi, dependency"] = (fastapi_dependency, serve_app)
if Litestar is not None:
    APPS["litestar, guard"] = (litestar_guard, serve_app)


@pytest.mark.parametrize(("make", "serve"), APPS.values(), ids=APPS)
def test_only_who_may(make, serve):
    target = "/metrics/" if make is starlette_mount else "/metrics"

    async def use(client):
        for headers in ([], [("Authorization", WRONG)]):
            for method in ("GET", "HEAD"):
                answer = await client.ask(method, target, headers)
                assert answer.status == 401
                assert b"c_total" not in answer.body
        answer = await client.ask(target=target, headers=[("Authorization", RIGHT)])
        assert answer.status == 200 and b"c_total 1\n" in answer.body
        head = await client.ask("HEAD", target, [("Authorization", RIGHT)])
        assert head.status == 200
        assert head.header("Content-Length") == answer.header("Content-Length")

    serve(make(), use)
