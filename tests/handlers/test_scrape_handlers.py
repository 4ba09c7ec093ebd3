"""All handlers and the service, as scrapers see them."""

import asyncio
import gzip
import logging

import httpx
import pytest
import zstandard
from starlette.middleware.gzip import GZipMiddleware

from aioprometheus import Counter, Gauge, Histogram, Info, Registry, render
from support.scrape_servers import SERVERS, Connection, fastapi_app, serve_app, starlette_app
from support.scrapes import ACCEPT, CONTENT_TYPE, FORMATS, NOTHING, families, values

VARY = "Accept, Accept-Encoding"
DECOMPRESS = {
    None: lambda body: body,
    "gzip": gzip.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}
every_server = pytest.mark.parametrize("serve", SERVERS.values(), ids=SERVERS)


@pytest.fixture(scope="module")
def registry():
    registry = Registry()
    counter = Counter("requests_total", "doc", registry=registry)
    for number in range(300):
        counter.inc({"path": f"/{number}"}, exemplar={"trace_id": str(number)})
    Histogram("h", 'quotes " and \N{PILE OF POO}', registry=registry).observe(3)
    Info("target", "doc", registry=registry).info({"version": "1"})
    return registry


def _check(answer, registry, kind="text", encoding=None, **options):
    assert answer.status == 200
    assert answer.header("Content-Type") == CONTENT_TYPE[kind]
    assert answer.header("Content-Encoding") == encoding
    # A middleware may repeat a value.
    assert set(answer.header("Vary").split(", ")) == {"Accept", "Accept-Encoding"}
    assert answer.header("Content-Length") == str(len(answer.body))
    assert answer.header("Transfer-Encoding") is None
    plain, _ = render(registry, ACCEPT[kind], accept_encoding="", **options)
    assert DECOMPRESS[encoding](answer.body) == plain


@every_server
@pytest.mark.parametrize("kind", FORMATS)
def test_formats_and_encodings(registry, serve, kind):
    async def use(client):
        for asked, encoding in (
            (None, None),
            ("", None),
            ("identity", None),
            ("gzip", "gzip"),
            ("zstd", "zstd"),
            ("gzip;q=0", None),
            ("deflate, br", None),
            ("gzip;q=0.5, zstd;q=1", "zstd"),
            ("gzip, deflate, br, zstd", "gzip"),
        ):
            headers = [("Accept", ACCEPT[kind])]
            if asked is not None:
                headers.append(("Accept-Encoding", asked))
            _check(await client.ask(headers=headers), registry, kind, encoding)

    serve(registry, use)


@every_server
def test_headers_that_are_there_several_times(registry, serve):
    async def use(client):
        headers = [
            ("Accept", "text/html"),
            ("accept", f"{ACCEPT['text']};q=0.1"),
            ("ACCEPT", ACCEPT["openmetrics"]),
            ("Accept-Encoding", "deflate"),
            ("accept-encoding", "gzip;q=0.5"),
            ("ACCEPT-ENCODING", "zstd"),
        ]
        _check(await client.ask(headers=headers), registry, "openmetrics", "zstd")

    serve(registry, use)


@every_server
def test_no_headers_at_all(registry, serve):
    async def use(client):
        _check(await client.ask(), registry)

    serve(registry, use)


@every_server
@pytest.mark.parametrize("kind", FORMATS)
def test_names(registry, serve, kind):
    async def use(client):
        for query, names in (
            ("name[]=h&name[]=target", ["h", "target"]),
            ("name%5B%5D=h&name%5b%5d=target", ["h", "target"]),
            ("name[]=h_bucket", ["h"]),
            ("name[]=%68&name[]=h&name[]=nothing", ["h"]),
            ("name[]=requests_total&other=h&name=h&name[0]=h&name[]x=h", ["requests_total"]),
            ("", None),
            ("other=1", None),
            ("name=h", None),
            ("NAME[]=h", None),
        ):
            headers = [("Accept", ACCEPT[kind])]
            answer = await client.ask(target=f"/metrics?{query}", headers=headers)
            _check(answer, registry, kind, names=names)

    serve(registry, use)


@every_server
@pytest.mark.parametrize("kind", FORMATS)
def test_names_that_there_are_not(registry, serve, kind):
    async def use(client):
        for value in (
            "nothing",
            "",
            "%00",
            "%F0%9F%92%A9",
            "%ff%fe",
            "%0d%0aX:%20y",
            "%",
            "%zz",
            "h+",
        ):
            target, headers = f"/metrics?name[]={value}", [("Accept", ACCEPT[kind])]
            for encoding in (None, "gzip", "zstd"):
                encodings = [("Accept-Encoding", encoding)] if encoding else []
                answer = await client.ask(target=target, headers=headers + encodings)
                _check(answer, registry, kind, encoding, names=["nothing"])
                assert DECOMPRESS[encoding](answer.body) == NOTHING[kind]

    serve(registry, use)


@every_server
def test_many_names(registry, serve):
    async def use(client):
        query = "&".join(f"name[]=n{number}" for number in range(400)) + "&name[]=h"
        answer = await client.ask(target=f"/metrics?{query}")
        _check(answer, registry, names=["h"])
        assert families("text", answer.body) == ["h"]

    serve(registry, use)


@every_server
@pytest.mark.parametrize("kind", FORMATS)
def test_head_is_get_without_a_body(registry, serve, kind):
    volatile = ("date", "connection")

    async def use(client):
        for encoding in ("identity", "gzip", "zstd"):
            for target in ("/metrics", "/metrics?name[]=h", "/metrics?name[]=nothing"):
                headers = [("Accept", ACCEPT[kind]), ("Accept-Encoding", encoding)]
                answers = [await client.ask(method, target, headers) for method in ("GET", "HEAD")]
                shown = [
                    sorted((k.lower(), v) for k, v in answer.headers if k.lower() not in volatile)
                    for answer in answers
                ]
                assert shown[1] == shown[0]
                assert [answer.status for answer in answers] == [200, 200]
                assert answers[1].body == b""
                assert answers[0].header("Content-Length") == str(len(answers[0].body))

    serve(registry, use)


# Werkzeug's server closes each connection.
KEEP_ALIVE = {name: SERVERS[name] for name in SERVERS if name not in ("wsgi app", "flask")}


@pytest.mark.parametrize("serve", KEEP_ALIVE.values(), ids=KEEP_ALIVE)
def test_nothing_follows_the_head(registry, serve):
    """The next answer on the same connection is read right."""

    def ask_twice(port):
        with Connection(port) as connection:
            connection.send("HEAD", headers=[("Accept-Encoding", "gzip")], last=False)
            first = connection.answer("HEAD")
            connection.send("GET", headers=[("Accept-Encoding", "gzip")])
            return first, connection.answer("GET")

    async def use(client):
        first, second = await asyncio.to_thread(ask_twice, client.port)
        assert (first.status, first.body) == (200, b"")
        _check(second, registry, encoding="gzip")
        assert first.header("Content-Length") == str(len(second.body))

    serve(registry, use)


@every_server
def test_clients_decompress_it(registry, serve):
    async def use(client):
        async with httpx.AsyncClient() as ordinary:
            for encoding in ("gzip", "zstd", "gzip, deflate, br, zstd"):
                response = await ordinary.get(
                    f"http://127.0.0.1:{client.port}/metrics", headers={"Accept-Encoding": encoding}
                )
                assert "content-encoding" in response.headers
                assert response.content == render(registry, None)[0]

    serve(registry, use)


HOSTILE = [
    b"\xff\xfe\x80",
    b"text/plain;q=\xc3\xa9, \xf0\x9f\x92\xa9/*",
    b'"' * 200,
    b"\\" * 200,
    b";" * 200,
    b"," * 4_000,
    b"a/b;q=1e309, */*;q=nan, text/plain;version=" + b"9" * 1_000,
    b"x" * 6_000,
    b"gzip;q=0.1234567890123456789, identity;q=-0",
    b"application/openmetrics-text;version=\t1.0.0\t",
]


@every_server
def test_hostile_headers_are_answered(registry, serve):
    async def use(client):
        for value in HOSTILE:
            answer = await client.ask(headers=[("Accept", value), ("Accept-Encoding", value)])
            assert answer.status == 200, value
            encoding = answer.header("Content-Encoding")
            assert encoding in (None, "gzip")
            assert answer.header("Content-Type") in CONTENT_TYPE.values()
            assert answer.header("Vary") == VARY
            assert DECOMPRESS[encoding](answer.body).count(b"requests_total{") == 300
            several = [("Accept", value[:500]), ("Accept-Encoding", value[:500])] * 5
            assert (await client.ask("HEAD", headers=several)).status == 200, value
        _check(await client.ask(), registry)

    serve(registry, use)


@every_server
def test_many_at_once_and_some_that_leave(registry, serve):
    def leave(port):
        with Connection(port) as connection:
            connection.send(headers=[("Accept-Encoding", "gzip")])

    async def use(client):
        for _ in range(3):
            leaving = [asyncio.to_thread(leave, client.port) for _ in range(10)]
            asking = [client.ask(headers=[("Accept-Encoding", "gzip")]) for _ in range(10)]
            answers = await asyncio.gather(*asking, *leaving)
            for answer in answers[:10]:
                _check(answer, registry, encoding="gzip")

    serve(registry, use)


@every_server
@pytest.mark.parametrize("kind", FORMATS)
def test_what_fails_is_left_out_and_counted(serve, kind, caplog):
    class Failing(Gauge):
        def get_all(self):
            raise RuntimeError("of the class")

    registry = Registry()
    Failing("failing", "doc", registry=registry)
    Gauge("g", "doc", registry=registry).set(1)
    errors = ("aioprometheus_collector_errors_total", (("collector", "failing"),))

    async def use(client):
        answer = await client.ask(headers=[("Accept", ACCEPT[kind])])
        assert answer.status == 200
        assert values(kind, answer.body) == {("g", ()): 1, errors: 1}

    with caplog.at_level(logging.CRITICAL):
        serve(registry, use)


@pytest.mark.parametrize(
    "make",
    [
        starlette_app,
        pytest.param(
            fastapi_app,
            marks=pytest.mark.skipif(
                "fastapi, uvicorn" not in SERVERS, reason="FASTAPI IS NOT INSTALLED"
            ),
        ),
    ],
)
@pytest.mark.parametrize("kind", FORMATS)
def test_behind_a_middleware_that_compresses(registry, make, kind):
    """What is compressed already is left alone, and nothing is lost otherwise."""
    app = make(registry)
    app.add_middleware(GZipMiddleware, minimum_size=0)

    async def use(client):
        for asked, encoding in (
            ("gzip", "gzip"),
            ("zstd", "zstd"),
            ("gzip, deflate, br, zstd", "gzip"),
            ("zstd, gzip;q=0.5", "zstd"),
            ("identity", None),
            ("deflate", None),
        ):
            headers = [("Accept", ACCEPT[kind]), ("Accept-Encoding", asked)]
            answer = await client.ask(headers=headers)
            _check(answer, registry, kind, encoding)
            head = await client.ask("HEAD", headers=headers)
            for name in ("Content-Type", "Content-Encoding", "Content-Length", "Vary"):
                assert head.header(name) == answer.header(name)

    serve_app(app, use)
