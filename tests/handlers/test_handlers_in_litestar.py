"""Handlers in applications of Litestar that compress their answers, or copy their routers."""

import copy
import gzip

import pytest
import zstandard
from starlette.applications import Starlette
from starlette.routing import Route

from aioprometheus import Counter, MetricsMiddleware, Registry, make_asgi_app
from aioprometheus.asgi import quart as of_quart
from aioprometheus.asgi import starlette as of_starlette
from support.asgi_driver import request

litestar = pytest.importorskip("litestar")

from litestar.config.compression import CompressionConfig  # noqa: E402

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


def starlette_app(registry):
    paths = "/", "/metrics", "/metrics/"
    handler = of_starlette.make_handler(registry)
    return Starlette(routes=[Route(path, handler) for path in paths])


def quart_app(registry):
    from quart import Quart

    app = Quart(__name__)
    app.add_url_rule("/", view_func=of_quart.make_handler(registry))
    return app


KINDS = {
    "handler": of_litestar.make_handler,
    "asgi": lambda registry: mounted(make_asgi_app(registry)),
    "starlette": lambda registry: mounted(starlette_app(registry)),
    "quart": lambda registry: mounted(quart_app(registry)),
}


def answer(app, path="/metrics", encodings=b"gzip"):
    """The value of Content-Encoding, and the body as a client reads it."""
    start, *rest = request(app, path, headers=[(b"accept-encoding", encodings)])
    assert start["status"] == 200
    headers = {name.lower(): value for name, value in start["headers"]}
    body = b"".join(message.get("body", b"") for message in rest)
    encoding = headers.get(b"content-encoding", b"").decode()
    if encoding == "gzip":
        body = gzip.decompress(body)
    elif encoding == "zstd":
        body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return encoding, body


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encodings", [b"gzip", b"gzip, zstd", b"zstd, gzip;q=0.5", b"zstd", b""])
def test_an_application_that_compresses(kind, registry, encodings):
    config = CompressionConfig(backend="gzip")
    app = litestar.Litestar(
        [KINDS[kind](registry)], compression_config=config, logging_config=None, openapi_config=None
    )
    encoding, body = answer(app, encodings=encodings)
    assert encoding == ("gzip" if b"gzip" in encodings else "")
    assert body.startswith(b"# HELP probe_total Probes.")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_an_application_that_does_not_compress(kind, registry, encoding):
    app = litestar.Litestar([KINDS[kind](registry)], logging_config=None, openapi_config=None)
    found, body = answer(app, encodings=encoding.encode())
    assert found == encoding
    assert body.startswith(b"# HELP probe_total Probes.")


def test_a_copy_of_the_application_is_itself(registry):
    app = make_asgi_app(registry)
    assert copy.deepcopy(app) is app
    assert copy.deepcopy([app])[0] is app


@pytest.mark.parametrize("kind", ["handler", "asgi"])
def test_in_a_router(kind, registry):
    router = litestar.Router("/r", route_handlers=[KINDS[kind](registry)])
    app = litestar.Litestar([router], logging_config=None, openapi_config=None)
    assert b"probe_total" in answer(app, "/r/metrics")[1]


def test_a_middleware_of_a_router(registry):
    def measured(app):
        return MetricsMiddleware(app, registry)

    router = litestar.Router(
        "/r", route_handlers=[of_litestar.make_handler(registry)], middleware=[measured]
    )
    app = litestar.Litestar([router], logging_config=None, openapi_config=None)
    answer(app, "/r/metrics")
    assert b'status_codes_counter{method="GET",path="/r/metrics"' in answer(app, "/r/metrics")[1]
