"""Applications of all frameworks with a handler of this package, by name, for servers to run.

Each serves a registry of its own, with a counter that has the name of the framework as a label.
"""

import importlib.util
import warnings

import flask
from quart import Quart
from starlette.applications import Starlette
from starlette.routing import Route
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from aioprometheus import Counter, Registry, make_asgi_app, make_wsgi_app
from aioprometheus.asgi import quart as of_quart
from aioprometheus.asgi import starlette as of_starlette
from support.scrape_servers import FastAPI, Litestar, flask_app, litestar_app


def registry_of(name):
    registry = Registry()
    Counter("served_total", "What serves it.", registry=registry).inc({"by": name})
    return registry


def make_fastapi(registry):
    app = FastAPI()
    app.add_route("/metrics", of_starlette.metrics)
    app.state.registry = registry
    return app


def make_starlette(registry):
    return Starlette(routes=[Route("/metrics", of_starlette.make_handler(registry))])


def make_quart(registry):
    app = Quart(__name__)
    app.add_url_rule("/metrics", view_func=of_quart.make_handler(registry))
    return app


def make_connexion(registry):
    """Connexion's router passes on what is not in its document to the application behind it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import connexion

    app = connexion.AsyncApp(__name__)
    document = {"openapi": "3.0.0", "info": {"title": "none", "version": "1"}, "paths": {}}
    app.add_api(document)
    metrics = make_asgi_app(registry)

    async def around(scope, receive, send):
        of_metrics = scope["type"] == "http" and scope["path"] == "/metrics"
        await (metrics if of_metrics else app)(scope, receive, send)

    return around


def make_django_asgi(registry):
    from support.django_app import django_app

    django, metrics = django_app(), make_asgi_app(registry)

    async def application(scope, receive, send):
        of_metrics = scope["path"] == "/metrics"
        await (metrics if of_metrics else django)(scope, receive, send)

    return application


def make_django_wsgi(registry):
    from django.core.wsgi import get_wsgi_application

    from support.django_app import django_app

    django_app()
    return DispatcherMiddleware(get_wsgi_application(), {"/metrics": make_wsgi_app(registry)})


def make_flask_mounted(registry):
    app = flask.Flask(__name__)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/metrics": make_wsgi_app(registry)})
    return app


#: What makes the ASGI applications, and the WSGI applications.
ASGI = {
    "plain": make_asgi_app,
    "starlette": make_starlette,
    "quart": make_quart,
    "django": make_django_asgi,
}
if FastAPI is not None:
    ASGI["fastapi"] = make_fastapi
if Litestar is not None:
    ASGI["litestar"] = litestar_app
if importlib.util.find_spec("connexion") is not None:
    ASGI["connexion"] = make_connexion
WSGI = {
    "plain": make_wsgi_app,
    "flask": flask_app,
    "flask_mounted": make_flask_mounted,
    "django": make_django_wsgi,
}


class AllOfAsgi:
    """All ASGI applications, below their names."""

    def __init__(self):
        self.apps = {name: make(registry_of(name)) for name, make in ASGI.items()}

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await self.apps["plain"](scope, receive, send)
            return
        name, _, rest = scope["path"].lstrip("/").partition("/")
        path = f"/{rest}"
        scope = dict(scope, path=path, raw_path=path.encode())
        await self.apps[name](scope, receive, send)


def __getattr__(name):
    """The applications that servers ask for: all are made only then."""
    if name == "asgi":
        return AllOfAsgi()
    if name == "wsgi":
        apps = {f"/{name}": make(registry_of(name)) for name, make in WSGI.items()}
        return DispatcherMiddleware(flask.Flask(__name__), apps)
    raise AttributeError(name)
