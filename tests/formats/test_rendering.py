"""The text format 0.0.4 byte by byte, its headers, and the formatter's own methods."""

import gzip
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioprometheus import (
    Counter,
    Gauge,
    Histogram,
    Registry,
    Summary,
    _core,
    negotiate,
    render,
    renderer,
)
from aioprometheus.formats.base import IFormatter
from aioprometheus.formats.text import TEXT_CONTENT_TYPE, TextFormatter
from support import text_parser

HEADERS = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def _empty(registry):
    pass


def _no_series(registry):
    for kind in (Summary, Histogram, Gauge, Counter):
        kind(kind.__name__.lower(), "Some doc.", registry=registry)


def _numbers(registry):
    gauge = Gauge("g", "d", registry=registry)
    for number, value in enumerate(
        [5, -5, 5.0, 1e-05, 1e16, 1e15, 0.1 + 0.2, float("inf"), -float("inf"), -0.0, 123456789.0]
    ):
        gauge.set({"n": number}, value)
    gauge.set({"n": "nan"}, float("nan"))


def _order(registry):
    late = Counter("b", "late", registry=registry)
    Counter("a_b", "x", registry=registry).inc({"z": "1", "a": "2", "M": "3", "_": "4"})
    Counter("B", "x", registry=registry).inc()
    Counter("a", "x", registry=registry).inc()
    late.inc({"l": "second alphabetically"})
    late.inc({"l": "first"})
    late.inc()


def _escapes(registry):
    gauge = Gauge("g", 'back \\ quote " line\nend é', {"k": '"\\\n'}, registry)
    gauge.set({"a": '"', "b": "\\", "c": "\n", "d": "é☃", "e": "\\n"}, 1)
    gauge.set({"a": '"} 5\ng{a="injected'}, 1)


def _histogram(registry):
    histogram = Histogram("h", "d", {"z": "c", "a": "c"}, registry, buckets=[0.5, 5, 1e6])
    histogram.observe({"m": "1", "b": "2"}, 3)
    histogram.observe(0.25)


def _summary(registry):
    summary = Summary("s", "d", {"z": "c"}, registry, quantiles={0.99: 0, 0.5: 0.01, 0.25: 0.1})
    for value in (4, 1, 3, 2):
        summary.observe({"a": "1", "r": "2"}, value)
    summary.observe(0.5)


CASES = [
    (_empty, ""),
    (
        _no_series,
        "# HELP counter Some doc.\n# TYPE counter counter\n"
        "# HELP gauge Some doc.\n# TYPE gauge gauge\n"
        "# HELP histogram Some doc.\n# TYPE histogram histogram\n"
        "# HELP summary Some doc.\n# TYPE summary summary\n",
    ),
    (
        _numbers,
        "# HELP g d\n# TYPE g gauge\n"
        'g{n="0"} 5\ng{n="1"} -5\ng{n="2"} 5.0\ng{n="3"} 1e-05\ng{n="4"} 1e+16\n'
        'g{n="5"} 1000000000000000.0\ng{n="6"} 0.30000000000000004\n'
        'g{n="7"} inf\ng{n="8"} -inf\ng{n="9"} -0.0\ng{n="10"} 123456789.0\ng{n="nan"} nan\n',
    ),
    (
        _order,
        "# HELP B x\n# TYPE B counter\nB 1\n"
        "# HELP a x\n# TYPE a counter\na 1\n"
        '# HELP a_b x\n# TYPE a_b counter\na_b{M="3",_="4",a="2",z="1"} 1\n'
        "# HELP b late\n# TYPE b counter\n"
        'b{l="second alphabetically"} 1\nb{l="first"} 1\nb 1\n',
    ),
    (
        _escapes,
        '# HELP g back \\\\ quote " line\\nend é\n# TYPE g gauge\n'
        'g{a="\\"",b="\\\\",c="\\n",d="é☃",e="\\\\n",k="\\"\\\\\\n"} 1\n'
        'g{a="\\"} 5\\ng{a=\\"injected",k="\\"\\\\\\n"} 1\n',
    ),
    (
        _histogram,
        "# HELP h d\n# TYPE h histogram\n"
        'h_bucket{a="c",b="2",le="0.5",m="1",z="c"} 0.0\n'
        'h_bucket{a="c",b="2",le="5.0",m="1",z="c"} 1.0\n'
        'h_bucket{a="c",b="2",le="1000000.0",m="1",z="c"} 1.0\n'
        'h_bucket{a="c",b="2",le="+Inf",m="1",z="c"} 1.0\n'
        'h_count{a="c",b="2",m="1",z="c"} 1.0\n'
        'h_sum{a="c",b="2",m="1",z="c"} 3.0\n'
        'h_bucket{a="c",le="0.5",z="c"} 1.0\n'
        'h_bucket{a="c",le="5.0",z="c"} 1.0\n'
        'h_bucket{a="c",le="1000000.0",z="c"} 1.0\n'
        'h_bucket{a="c",le="+Inf",z="c"} 1.0\n'
        'h_count{a="c",z="c"} 1.0\n'
        'h_sum{a="c",z="c"} 0.25\n',
    ),
    (
        _summary,
        "# HELP s d\n# TYPE s summary\n"
        's{a="1",quantile="0.25",r="2",z="c"} 1.0\n'
        's{a="1",quantile="0.5",r="2",z="c"} 2.0\n'
        's{a="1",quantile="0.99",r="2",z="c"} 4.0\n'
        's_count{a="1",r="2",z="c"} 4\n'
        's_sum{a="1",r="2",z="c"} 10.0\n'
        's{quantile="0.25",z="c"} 0.5\n'
        's{quantile="0.5",z="c"} 0.5\n'
        's{quantile="0.99",z="c"} 0.5\n'
        's_count{z="c"} 1\n'
        's_sum{z="c"} 0.5\n',
    ),
]
IDS = [case[0].__name__ for case in CASES]


@pytest.mark.parametrize(("fill", "expected"), CASES, ids=IDS)
def test_bytes(fill, expected):
    registry = Registry()
    fill(registry)
    for _ in range(2):
        content, headers = render(registry, None)
        assert type(content) is bytes
        assert content.decode() == expected
        assert headers == HEADERS and type(headers) is dict
    text_parser.values(content)


@pytest.mark.parametrize(("fill", "expected"), CASES[1:], ids=IDS[1:])
def test_the_formatter(fill, expected):
    registry = Registry()
    fill(registry)
    formatter = TextFormatter()
    assert isinstance(formatter, IFormatter)
    assert formatter.marshall(registry) == expected.encode()
    assert formatter.get_headers() == HEADERS
    families = {one.name: formatter.marshall_collector(one) for one in registry.get_all()}
    assert "".join(f"{families[name]}\n" for name in sorted(families)) == expected
    for one in registry.get_all():
        lines = formatter.marshall_lines(one)
        assert type(lines) is list and {type(line) for line in lines} == {str}
        assert "\n".join(lines) == families[one.name]


@pytest.mark.parametrize(("fill", "expected"), CASES, ids=IDS)
def test_timestamps(fill, expected):
    registry = Registry()
    fill(registry)
    formatter = TextFormatter(True)
    with mock.patch.object(formatter, "_get_timestamp", return_value=1700000000123):
        content = formatter.marshall(registry).decode()
        lines = [line for one in registry.get_all() for line in formatter.marshall_lines(one)]
    stamped = "".join(
        f"{line}\n" if line.startswith("#") else f"{line} 1700000000123\n"
        for line in expected.splitlines()
    )
    assert content == stamped
    assert sorted(lines) == sorted(stamped.splitlines())


def test_timestamps_are_milliseconds_since_1970():
    registry = Registry()
    Counter("c", "d", registry=registry).inc()
    formatter = TextFormatter(timestamp=True)
    assert formatter.timestamp is True
    first = formatter._get_timestamp()
    assert type(first) is int
    line = formatter.marshall(registry).decode().splitlines()[-1]
    stamp = int(line.split(" ")[2])
    assert abs(stamp - first) < 86_400_000
    assert 1_500_000_000_000 < stamp < 10_000_000_000_000


@pytest.mark.parametrize("value", ["text", 5, None, "\ud800"], ids=ascii)
def test_docs_that_are_not_good_text(value):
    """HELP that cannot be written is refused at once or written somehow: never a lost scrape."""
    registry = Registry()
    Counter("good", "d", registry=registry).inc()
    try:
        Counter("c", value, registry=registry).inc()
    except (TypeError, ValueError):
        assert len(registry.get_all()) == 1
    assert text_parser.values(render(registry, None)[0])["good", ()] == "1"


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "text/plain",
        "text/plain; version=0.0.4; charset=utf-8",
        "junk;;;q=x,,",
        [],
        (),
        set(),
        ["text/plain"],
        ("text/plain", "*/*"),
        {"text/plain"},
        [""],
        ["text/html, text/plain;q=0.5", "*/*;q=0.1"],
    ],
    ids=repr,
)
def test_accept(accept):
    registry = Registry()
    _order(registry)
    content, headers = render(registry, accept)
    assert content.decode() == CASES[3][1]
    assert headers == HEADERS
    headers["Content-Type"] = "changed"
    assert render(registry, accept)[1] == HEADERS


@pytest.mark.parametrize("accept", [5, 1.5, b"text/plain", object(), {}, True, iter(["*/*"])])
def test_accept_of_other_types(accept):
    with pytest.raises(Exception) as caught:
        render(Registry(), accept)
    assert type(caught.value) is Exception
    assert str(caught.value) == f"accepts_headers must be a sequence, got: {type(accept)}"


@pytest.mark.parametrize("registry", [None, 5, "x", {}, Registry], ids=repr)
def test_registry_of_other_types(registry):
    with pytest.raises(Exception) as caught:
        render(registry, None)
    assert type(caught.value) is Exception
    assert str(caught.value) == f"registry must be a Registry, got: {type(registry)}"


def test_the_registry_alone_is_needed():
    with pytest.raises(TypeError):
        render()
    assert render(Registry()) == (b"", HEADERS)
    assert render(registry=Registry(), accepts_headers=None) == (b"", HEADERS)


def test_a_program_chooses_the_format_in_the_place_of_negotiate():
    registry = Registry()
    Gauge("a", "d", registry=registry).set({}, 1)
    Gauge("b", "d", registry=registry).set({}, 2)
    accept = "application/openmetrics-text; version=1.0.0"
    with mock.patch.object(renderer, "negotiate", lambda accepts: TextFormatter):
        assert render(registry, accept) == (
            TextFormatter().marshall(registry),
            {"Content-Type": TEXT_CONTENT_TYPE},
        )
        body, headers = render(registry, accept, accept_encoding="gzip", names=["b"])
    assert gzip.decompress(body) == b"# HELP b d\n# TYPE b gauge\nb 2\n"
    assert headers == {
        "Content-Type": TEXT_CONTENT_TYPE,
        "Vary": "Accept, Accept-Encoding",
        "Content-Encoding": "gzip",
    }


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_a_formatter_of_a_program_is_encoded_as_its_content_type_says(encoding):
    class Own(TextFormatter):
        content_type = "application/openmetrics-text; version=0.0.1; charset=utf-8"

    registry = Registry()
    Gauge("a", "d", registry=registry).set({}, 1)
    with mock.patch.object(renderer, "negotiate", lambda accepts: Own):
        body, headers = render(registry, "text/plain", accept_encoding=encoding)
    body = body if encoding is None else gzip.decompress(body)
    assert body == b"# HELP a d\n# TYPE a gauge\na 1\n# EOF\n"
    assert headers["Content-Type"] == Own.content_type


@pytest.mark.parametrize("encoding", [None, "gzip"])
@pytest.mark.parametrize("accept", [None, "text/plain", "application/openmetrics-text", "*/*"])
def test_a_scrape_negotiates_once(accept, encoding):
    with mock.patch.object(_core, "negotiate", wraps=_core.negotiate) as negotiated:
        render(Registry(), accept, accept_encoding=encoding)
    negotiated.assert_called_once()


def test_negotiate_gives_a_formatter():
    assert negotiate(["text/plain"]) is TextFormatter
    assert HEADERS["Content-Type"] == TEXT_CONTENT_TYPE


@pytest.mark.parametrize("other", [None, 5, object(), "c"])
def test_marshall_of_what_is_not_a_collector(other):
    for call in (TextFormatter().marshall_collector, TextFormatter().marshall_lines):
        with pytest.raises(TypeError, match=r"^Not a valid object format$"):
            call(other)


@given(st.text(), st.dictionaries(st.sampled_from("abc"), st.text()), st.text())
def test_any_text_comes_back(doc, labels, constant):
    registry = Registry()
    Gauge("g", doc, {"k": constant}, registry).set(labels, 5)
    content = render(registry, None)[0]
    assert text_parser.parse(content) == [("g", {**labels, "k": constant}, "5")]
    lines = content.decode().split("\n")
    assert len(lines) == 4
    written = lines[0].removeprefix("# HELP g ")
    assert written.replace("\\\\", "\0\0").replace("\\n", "\n").replace("\0\0", "\\") == (
        doc if "\0" not in doc else mock.ANY
    )


def test_changes_between_two_scrapes():
    registry = Registry()
    gauge = Gauge("g", "d", registry=registry)
    gauge.set(1)
    assert render(registry, None)[0].endswith(b"\ng 1\n")
    gauge.set(10**15)
    assert render(registry, None)[0].endswith(b"\ng 1000000000000000\n")
    gauge.doc = "new"
    gauge.set({"a": "x"}, 2)
    assert render(registry, None)[0] == (
        b'# HELP g new\n# TYPE g gauge\ng 1000000000000000\ng{a="x"} 2\n'
    )
