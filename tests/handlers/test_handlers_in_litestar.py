"""Handlers in applications of Litestar that copy their routers."""

import copy

import pytest

from aioprometheus import Counter, MetricsMiddleware, Registry, make_asgi_app
from support.asgi_driver import request

litestar = pytest.importorskip("litestar")

from aioprometheus.asgi import litestar as of_litestar  # noqa: E402


@pytest.fixture(name="registry")
def registry_of_many():
    registry = Registry()
    counter = Counter("probe_total", "Probes.", registry=registry)
    for number in range(300):
        counter.inc({"number": str(number)})
    return registry


def mounted(app):
    return litestar.asgi("/metrics", is_mount=True, copy_scope=False)(app)


KINDS = {
    "handler": of_litestar.make_handler,
    "asgi": lambda registry: mounted(make_asgi_app(registry)),
}


def answer(app, path="/metrics"):
    start, *rest = request(app, path)
    assert start["status"] == 200
    return b"".join(message.get("body", b"") for message in rest)


def test_a_copy_of_the_application_is_itself(registry):
    app = make_asgi_app(registry)
    assert copy.deepcopy(app) is app
    assert copy.deepcopy([app])[0] is app


@pytest.mark.parametrize("kind", ["handler", "asgi"])
def test_in_a_router(kind, registry):
    router = litestar.Router("/r", route_handlers=[KINDS[kind](registry)])
    app = litestar.Litestar([router], logging_config=None, openapi_config=None)
    assert b"probe_total" in answer(app, "/r/metrics")


def test_a_middleware_of_a_router(registry):
    def measured(app):
        return MetricsMiddleware(app, registry)

    router = litestar.Router(
        "/r", route_handlers=[of_litestar.make_handler(registry)], middleware=[measured]
    )
    app = litestar.Litestar([router], logging_config=None, openapi_config=None)
    answer(app, "/r/metrics")
    assert b'status_codes_counter{method="GET",path="/r/metrics"' in answer(app, "/r/metrics")
