"""Compressed expositions: when they are compressed, their headers, and their content."""

import asyncio
import gzip
import random
import zlib

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render_async
from aioprometheus import render as render_now
from support.many_threads import run
from support.scrapes import ACCEPT, CONTENT_TYPE, FORMATS

VARY = "Accept, Accept-Encoding"


def _render_in_a_loop(*arguments, **options):
    return asyncio.run(render_async(*arguments, **options))


@pytest.fixture(params=[render_now, _render_in_a_loop], ids=["render", "render_async"])
def render(request):
    return request.param


def _decompressed(encoding, content):
    """The body, from exactly one frame or member that is whole."""
    if encoding is None:
        return content
    if encoding == "gzip":
        one = zlib.decompressobj(wbits=31)
    else:
        one = zstandard.ZstdDecompressor().decompressobj()
    plain = one.decompress(content)
    assert one.eof
    assert one.unused_data == b""
    if encoding == "gzip":
        assert gzip.decompress(content) == plain
    return plain


def _empty():
    return Registry()


def _mixed():
    registry = Registry()
    counter = Counter("c_total", "doc", registry=registry)
    for number in range(100):
        counter.inc({"n": str(number)}, number, exemplar={"trace_id": f"{number:032x}"})
    Gauge("g", 'quotes " and \\ and\nlines', {"a": "\N{PILE OF POO}"}, registry).set(1.5)
    Summary("s", "doc", registry=registry).observe(3)
    Histogram("h", "doc", registry=registry).observe(3, exemplar={"trace_id": "1"})
    Info("target", "doc", registry=registry).info({"version": "1"})
    Enum("task", "doc", registry=registry, states=["on", "off"]).state("off")
    return registry


def _incompressible():
    random_text = random.Random(5)
    registry = Registry()
    gauge = Gauge("g", "doc", registry=registry)
    for _ in range(2_000):
        gauge.set({"n": "".join(chr(random_text.randrange(0x100, 0xD000)) for _ in range(50))}, 1)
    return registry


def _large():
    registry = Registry()
    counter = Counter("c_total", "doc", registry=registry)
    for number in range(200_000):
        counter.inc({"path": f"/some/path/{number}"}, number)
    return registry


def _one_long_label():
    registry = Registry()
    Gauge("g", "doc", registry=registry).set({"a": "x" * 5_000_000}, 1)
    return registry


REGISTRIES = [_empty, _mixed, _incompressible, _large, _one_long_label]


@pytest.fixture(scope="module", params=REGISTRIES, ids=lambda make: make.__name__.strip("_"))
def registry(request):
    return request.param()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
def test_they_are_what_is_not_compressed(registry, render, kind, encoding):
    plain, plain_headers = render(registry, ACCEPT[kind], accept_encoding="")
    assert plain_headers == {"Content-Type": CONTENT_TYPE[kind], "Vary": VARY}
    content, headers = render(registry, ACCEPT[kind], accept_encoding=encoding)
    expected = {"Content-Type": CONTENT_TYPE[kind], "Vary": VARY}
    if encoding != "identity":
        expected["Content-Encoding"] = encoding
    assert headers == expected
    assert type(content) is bytes
    assert _decompressed(headers.get("Content-Encoding"), content) == plain


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_they_are_smaller(encoding):
    registry = _large()
    plain, _ = render_now(registry, None)
    content, _ = render_now(registry, None, accept_encoding=encoding)
    assert len(content) < len(plain) / 3
    assert render_now(registry, None, accept_encoding=encoding)[0] == content


CHOICES = [
    ("", None),
    ([], None),
    ((), None),
    (set(), None),
    ([""], None),
    (["", ""], None),
    ("identity", None),
    ("gzip", "gzip"),
    ("zstd", "zstd"),
    (["gzip"], "gzip"),
    (("zstd",), "zstd"),
    ({"gzip"}, "gzip"),
    (["deflate", "gzip"], "gzip"),
    (["identity;q=0.5", "zstd"], "zstd"),
    ("GZIP", "gzip"),
    ("Zstd", "zstd"),
    ("x-gzip", "gzip"),
    ("gzip, deflate, br", "gzip"),
    ("deflate,br,gzip", "gzip"),
    ("gzip;q=1.0, identity; q=0.5, *;q=0", "gzip"),
    ("gzip;q=0.5, zstd;q=1", "zstd"),
    ("gzip;q=1, zstd;q=0.5", "gzip"),
    ("zstd;q=0.001", "zstd"),
    ("\tgzip ; q = 0.5 ,zstd ; q = 0.25 ", "gzip"),
    ("gzip;Q=0.5", "gzip"),
    ("gzip;q=0", None),
    ("gzip;q=0.0, zstd;q=0.000", None),
    ("gzip;q=0, zstd", "zstd"),
    ("zstd;q=0, gzip;q=0.1", "gzip"),
    ("identity;q=0, gzip;q=0.1", "gzip"),
    ("identity, gzip;q=0.5", None),
    ("deflate", None),
    ("br, compress, exi", None),
    ("gzipped", None),
    ("gzip/1", None),
    ("zstd2", None),
    # No encoding that is available: the exposition is sent uncompressed, and never refused.
    ("identity;q=0", None),
    ("*;q=0", None),
    ("gzip;q=0, *;q=0", None),
    # Headers of browsers and scrapers.
    ("gzip, deflate, br, zstd", "gzip"),
    ("deflate, gzip;q=1.0, *;q=0.5", "gzip"),
]


@pytest.mark.parametrize(("accept_encoding", "encoding"), CHOICES)
def test_the_choice(accept_encoding, encoding):
    registry = _mixed()
    content, headers = render_now(registry, None, accept_encoding=accept_encoding)
    assert headers.get("Content-Encoding") == encoding
    assert headers["Vary"] == VARY
    assert _decompressed(encoding, content) == render_now(registry, None)[0]


JUNK = [
    ",",
    ";",
    ";;,,;",
    "gzip;q=",
    "gzip;q=x",
    "gzip;q=-1",
    "gzip;q=2",
    "gzip;q=nan",
    "gzip;q=1e400",
    'gzip;q="',
    '"gzip',
    "gzip;q=0.5;q=7",
    "=",
    "q=1",
    "*",
    "*/*",
    "\0",
    "\r\nX-Header: injected",
    "gz\u0131p",
    "\N{PILE OF POO}",
    "\udcff\udc80",
    "gzip" * 10_000,
    "gzip," * 10_000,
    ",".join(f"x{number};q=0.{number}" for number in range(5_000)),
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
@pytest.mark.parametrize("several", [False, True])
def test_junk_is_not_an_error(render, junk, several):
    registry = _mixed()
    accept_encoding = [junk, "identity", junk] if several else junk
    content, headers = render(registry, None, accept_encoding=accept_encoding)
    assert set(headers) <= {"Content-Type", "Vary", "Content-Encoding"}
    encoding = headers.get("Content-Encoding")
    assert encoding in (None, "gzip", "zstd")
    assert _decompressed(encoding, content) == render_now(registry, None)[0]


@pytest.mark.parametrize("junk", ["gzip;q=2", "gzip;q=x", "gzip;q=-1", "gzip;q=nan", "gzip;q="])
def test_a_quality_that_is_none_loses_to_one_that_is(junk):
    _, headers = render_now(_mixed(), None, accept_encoding=f"{junk}, zstd;q=0.1")
    assert headers["Content-Encoding"] == "zstd"


@settings(deadline=None)
@given(st.text() | st.text(st.sampled_from("gzipstdentyq=;,.*01 \"'\\\t")))
def test_any_header_gives_an_answer(text):
    registry = Registry()
    Gauge("g", "doc", registry=registry).set(1)
    content, headers = render_now(registry, text, accept_encoding=[text, f"zstd;q=0.1,{text}"])
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    plain, plain_headers = render_now(registry, text)
    assert headers["Content-Type"] == plain_headers["Content-Type"]
    assert _decompressed(headers.get("Content-Encoding"), content) == plain


@pytest.mark.parametrize("wrong", [b"gzip", 5, {"gzip": 1}, object(), True])
def test_what_is_not_a_header_is_refused(render, wrong):
    with pytest.raises(Exception, match="accept_encoding must be a sequence, got: ") as caught:
        render(Registry(), None, accept_encoding=wrong)
    assert str(caught.value) == f"accept_encoding must be a sequence, got: {type(wrong)}"


def test_the_option_is_given_by_keyword_only():
    with pytest.raises(TypeError):
        render_now(Registry(), None, "gzip")
    with pytest.raises(TypeError):
        render_async(Registry(), None, "gzip")


def test_headers_are_ones_own(render):
    for encoding in (None, "", "gzip"):
        _, headers = render(Registry(), None, accept_encoding=encoding)
        before = dict(headers)
        headers.clear()
        assert render(Registry(), None, accept_encoding=encoding)[1] == before


def test_threads_compress_at_once():
    registry = _mixed()
    expected = {kind: render_now(registry, ACCEPT[kind], accept_encoding="")[0] for kind in FORMATS}

    def work(number):
        for turn in range(60):
            kind = FORMATS[(number + turn) % 3]
            asked = ["gzip", "zstd", "identity"][turn % 3]
            content, headers = render_now(registry, ACCEPT[kind], accept_encoding=asked)
            assert _decompressed(headers.get("Content-Encoding"), content) == expected[kind]

    run(work)
