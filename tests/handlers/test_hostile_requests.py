"""Scrape handlers and hostile requests: whatever the headers and the query are, they answer."""

import asyncio
import gzip
import urllib.parse
from functools import cache

import aiohttp.test_utils
import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from aioprometheus import Counter, Gauge, Histogram, Registry, make_asgi_app, make_wsgi_app
from aioprometheus.aiohttp import make_handler
from aioprometheus.service import Service
from support.scrape_servers import (
    Litestar,
    fastapi_app,
    litestar_app,
    quart_app,
    starlette_app,
)

REGISTRY = Registry()
Counter("requests_total", "d", registry=REGISTRY).inc({"path": "/"}, exemplar={"trace_id": "1"})
Histogram("h", "d", registry=REGISTRY, native=True).observe(3)


class Own(Gauge):
    def get_all(self):
        return [({"a": "x"}, "12.5")]


Own("own", "d", registry=REGISTRY)

TYPES = [
    "text/plain",
    "application/openmetrics-text",
    "application/vnd.google.protobuf",
    "*/*",
    "text/*",
    "*",
    "/",
]
PARAMETERS = [
    *("version=0.0.4", "version=1.0.0", "version=", "version", "q=0.5", "q=1e400", "q=nan"),
    *("q=-1", "q=", "q=" + "9" * 400, "q=0." + "0" * 400 + "1", "escaping=allow-utf-8"),
    *("escaping=values", "escaping=\xff", "proto=io.prometheus.client.MetricFamily"),
    *("encoding=delimited", 'a="b,;c\\"', '"', "charset=utf-8", "=", ";", "q = 1"),
]
CODINGS = ["gzip", "zstd", "identity", "br", "deflate", "*", "x-gzip", "GZIP"]

# What stands in a header: no servers let control characters through.
noise = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))
spaces = st.sampled_from(["", " ", "\t", "  "])


def clauses(names):
    clause = st.builds(
        lambda name, space, parameters: f"{space};{space}".join([name, *parameters]),
        st.sampled_from(names) | noise,
        spaces,
        st.lists(st.sampled_from(PARAMETERS) | noise, max_size=5),
    )
    return st.lists(clause, max_size=8).map(",".join)


HEADERS = st.lists(
    st.tuples(st.sampled_from(["Accept", "ACCEPT"]), clauses(TYPES))
    | st.tuples(st.just("Accept-Encoding"), clauses(CODINGS))
    | st.tuples(
        st.sampled_from(
            [
                *("X-Prometheus-Scrape-Timeout-Seconds", "X-Prometheus-Remote-Write-Version"),
                *("X-Prometheus-Scrape-Budget", "User-Agent", "Range", "If-None-Match"),
            ]
        ),
        st.sampled_from(["", "0", "-1", "nan", "inf", "1e999", "9" * 500]) | noise,
    ),
    max_size=6,
)
NAMES = [
    "requests_total",
    "requests",
    "h",
    "h_bucket",
    "own",
    "nothing",
    "",
    "\x00",
    "\ud800",
    "a b",
]
QUERY = st.lists(
    st.builds(
        lambda key, value: f"{key}={value}",
        st.sampled_from(["name[]", "name%5B%5D", "name", "name[]name[]", "%", ""]),
        st.sampled_from(NAMES).map(lambda name: urllib.parse.quote(name, errors="surrogatepass"))
        | st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#")),
    )
    | st.sampled_from(["&", "=", "%zz", "%ff%fe", "name[]", ";", "name[]=" + "a" * 5_000]),
    max_size=6,
).map("&".join)


async def ask_asgi(app, headers, query):
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/metrics",
        "raw_path": b"/metrics",
        "root_path": "",
        "query_string": query.encode("ascii"),
        "headers": [
            (b"host", b"127.0.0.1"),
            *((name.lower().encode(), value.encode("latin-1")) for name, value in headers),
        ],
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    sent, requested = [], [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        return requested.pop() if requested else await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    start, *bodies = sent
    answered = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], answered, b"".join(message.get("body", b"") for message in bodies)


async def ask_aiohttp(handler, headers, query):
    request = aiohttp.test_utils.make_mocked_request(
        "GET", f"/metrics?{query}", headers=CIMultiDict(headers)
    )
    response = await handler(request)
    answered = {name.lower(): value for name, value in response.headers.items()}
    return response.status, answered, response.body


async def ask_wsgi(app, headers, query):
    environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/metrics"}
    environ["QUERY_STRING"] = query
    for name, value in headers:
        key = f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    begun = []
    body = b"".join(app(environ, lambda status, headers: begun.append((status, headers))))
    [(status, answered)] = begun
    return int(status[:3]), {name.lower(): value for name, value in answered}, body


async def ask_service(service, headers, query):
    return await ask_aiohttp(service.handle_metrics, headers, query)


HANDLERS = {
    "starlette": (ask_asgi, cache(starlette_app)),
    "fastapi": (ask_asgi, cache(fastapi_app)),
    "quart": (ask_asgi, cache(quart_app)),
    "service": (ask_service, cache(Service)),
    "asgi app": (ask_asgi, cache(make_asgi_app)),
    "aiohttp": (ask_aiohttp, cache(make_handler)),
    "wsgi app": (ask_wsgi, cache(make_wsgi_app)),
}
if Litestar is not None:
    HANDLERS["litestar"] = (ask_asgi, cache(litestar_app))
DECOMPRESS = {
    None: bytes,
    "gzip": gzip.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


@pytest.mark.parametrize("handler", HANDLERS)
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(headers=HEADERS, query=QUERY)
@example(headers=[("Accept", ",".join(["text/plain;q=0.5"] * 10_000))], query="")
@example(headers=[("Accept", ";" * 60_000), ("Accept-Encoding", "," * 60_000)], query="")
@example(headers=[("Accept", '"' * 60_000)], query="&".join(["name[]=h"] * 5_000))
@example(headers=[("Accept-Encoding", "gzip;q=" + "9" * 60_000)], query="name[]=%ed%a0%80")
def test_whatever_is_asked_is_answered(handler, headers, query):
    ask, make = HANDLERS[handler]

    async def main():
        return await asyncio.wait_for(ask(make(REGISTRY), headers, query), 60)

    status, answered, body = asyncio.run(main())
    assert status == 200, (status, body)
    plain = DECOMPRESS[answered.get("content-encoding")](body)
    if "protobuf" not in answered["content-type"]:
        plain.decode("utf-8")
    if "name" not in query:
        assert b"requests" in plain
