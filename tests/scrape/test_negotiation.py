"""The format and headers for each Accept header, and direct calls of the formatters."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioprometheus import Counter, Registry, names, negotiate, render
from aioprometheus.formats.base import IFormatter
from aioprometheus.formats.openmetrics import OpenMetricsFormatter
from aioprometheus.formats.protobuf import ProtobufFormatter
from aioprometheus.formats.text import TextFormatter
from support import protobuf_model

TEXT_0 = "text/plain; version=0.0.4; charset=utf-8"
TEXT_1 = "text/plain; version=1.0.0; charset=utf-8"
OPEN_0 = "application/openmetrics-text; version=0.0.1; charset=utf-8"
OPEN_1 = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROTOBUF = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)
FORMATTERS = {
    "text/plain": TextFormatter,
    "application/openmetrics-text": OpenMetricsFormatter,
    "application/vnd.google.protobuf": ProtobufFormatter,
}
ALLOW = "; escaping=allow-utf-8"
OPENMETRICS = "application/openmetrics-text;version=1.0.0"
DELIMITED = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)

# Headers of scrapers, which WIRE_FORMATS.md names.
PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_2_49 = (
    "application/openmetrics-text;version=1.0.0;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3"
)
PROMETHEUS_3_0 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
    "text/plain;version=0.0.4;escaping=allow-utf-8;q=0.2,*/*;escaping=allow-utf-8;q=0.1"
)
PROMETHEUS_3_4 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
SCRAPERS = {
    "2.42": (PROMETHEUS_2_42, OPEN_1),
    "2.42 native": (
        f"{DELIMITED},application/openmetrics-text;version=1.0.0;q=0.8,"
        "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        PROTOBUF,
    ),
    "2.49.0": (f"{PROMETHEUS_2_49},*/*;q=2", OPEN_1),
    "2.49.0 native": (f"*/*;q=1,{DELIMITED};q=0.6,{PROMETHEUS_2_49}", PROTOBUF),
    "2.49.1": (f"{PROMETHEUS_2_49},*/*;q=0.2", OPEN_1),
    "3.0": (PROMETHEUS_3_0, OPEN_1 + ALLOW),
    "3.0 native": (f"{DELIMITED};escaping=allow-utf-8;q=0.6,{PROMETHEUS_3_0}", PROTOBUF + ALLOW),
    "3.0 that repeats": (
        PROMETHEUS_3_0.replace(";q=", ";escaping=allow-utf-8;q="),
        OPEN_1 + ALLOW,
    ),
    "3.4": (PROMETHEUS_3_4, OPEN_1 + ALLOW),
    "3.4 native": (
        f"{DELIMITED};q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        "application/openmetrics-text;version=0.0.1;q=0.4,"
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
        PROTOBUF,
    ),
    "VictoriaMetrics": ("text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT_0),
    "Telegraf": (f"{DELIMITED};q=0.7,text/plain;version=0.0.4;q=0.3", PROTOBUF),
    "Datadog": ("text/plain", TEXT_0),
    "Datadog with OpenMetrics": (
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1",
        OPEN_1,
    ),
    "Alloy": (
        PROMETHEUS_3_0.replace("allow-utf-8", "underscores"),
        f"{OPEN_1}; escaping=underscores",
    ),
    "curl": ("*/*", TEXT_0),
    "a browser": ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT_0),
    "nothing": ("", TEXT_0),
}

RULES = {
    "text/plain;version=1.0.0": TEXT_1,
    "text/plain;version=1.0.0;escaping=allow-utf-8": TEXT_1 + ALLOW,
    "text/plain;version=0.0.4;escaping=values": f"{TEXT_0}; escaping=values",
    "text/plain;version=2.0.0": TEXT_0,
    "text/plain;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.1": OPEN_1,
    "application/openmetrics-text": OPEN_0,
    "application/openmetrics-text;version=0.0.1": OPEN_0,
    "application/openmetrics-text;version=2.0.0": TEXT_0,
    "application/openmetrics-text;version=2.0.0-rc0,text/plain;version=1.0.0;q=0.5": TEXT_1,
    "application/openmetrics-text; version=1.0.0; charset=utf-8": OPEN_1,
    " application/openmetrics-text ;\tversion=1.0.0 ; q=0.5 , text/plain;q=0.4": OPEN_1,
    'text/plain;a="': TEXT_0,
    # The highest quality wins, and the first among equals.
    "application/openmetrics-text;version=1.0.0;q=0.1,text/plain;q=0.2": TEXT_0,
    "text/plain,application/openmetrics-text;version=1.0.0": TEXT_0,
    "application/openmetrics-text;version=1.0.0,text/plain": OPEN_1,
    # Wildcards are skipped.
    "*/*,application/openmetrics-text;version=1.0.0;q=0.1": OPEN_1,
    "application/*,text/*": TEXT_0,
    "text/*;q=1,application/openmetrics-text;version=1.0.0;q=0.1": OPEN_1,
    # An invalid quality comes last.
    "text/plain;q=7,application/openmetrics-text;version=1.0.0;q=0.1": OPEN_1,
    "text/plain;q=-1,application/openmetrics-text;version=1.0.0;q=0.001": OPEN_1,
    "text/plain;q=x,application/openmetrics-text;version=1.0.0;q=0.1": OPEN_1,
    "text/plain;q=nan,application/openmetrics-text;version=1.0.0;q=0.1": OPEN_1,
    "text/plain;q=inf,application/openmetrics-text;version=1.0.0;q=0.1": OPEN_1,
    "application/openmetrics-text;version=1.0.0;q=5": OPEN_1,
    # Protocol buffers of another kind.
    "application/vnd.google.protobuf": TEXT_0,
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily": TEXT_0,
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text": TEXT_0,
    "application/vnd.google.protobuf;proto=other;encoding=delimited": TEXT_0,
    f"{DELIMITED};escaping=dots": f"{PROTOBUF}; escaping=dots",
    "application/vnd.google.protobuf; encoding=delimited;"
    " proto=io.prometheus.client.MetricFamily": PROTOBUF,
    # The last escaping up to the matching item.
    "text/plain;escaping=nonsense": TEXT_0,
    "text/plain;escaping=": TEXT_0,
    "text/plain;escaping=dots;escaping=values": f"{TEXT_0}; escaping=values",
    "text/plain;escaping=dots;escaping=nonsense": f"{TEXT_0}; escaping=dots",
    "text/html;escaping=dots,text/plain": f"{TEXT_0}; escaping=dots",
    "text/html;escaping=dots,text/plain;escaping=values": f"{TEXT_0}; escaping=values",
    "text/html;escaping=dots;q=0.1,text/plain;q=0.2": TEXT_0,
    "text/plain,text/html;escaping=dots": TEXT_0,
}


def counted() -> Registry:
    registry = Registry()
    Counter("a_total", "d", registry=registry).inc({"l": "1"}, 2)
    return registry


def assert_negotiated(accepts: Any, content_type: str) -> None:
    """Assert that a request gets the class and the headers, and a body that is in the format."""
    formatter = negotiate([accepts] if isinstance(accepts, str) else accepts)
    base = FORMATTERS[content_type.partition(";")[0]]
    assert issubclass(formatter, base) and issubclass(formatter, IFormatter)
    assert formatter.__name__ == base.__name__
    assert formatter.content_type == content_type
    _, _, escaping = content_type.partition("; escaping=")
    assert formatter.escaping == (escaping or None)
    assert formatter().get_headers() == {"Content-Type": content_type}
    body, headers = render(counted(), accepts, accept_encoding="")
    assert headers == {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
    if base is ProtobufFormatter:
        assert protobuf_model.parse(body)[0].name == "a_total"
    elif base is OpenMetricsFormatter:
        assert body == b'# HELP a d\n# TYPE a counter\na_total{l="1"} 2\n# EOF\n'
    else:
        assert body == b'# HELP a_total d\n# TYPE a_total counter\na_total{l="1"} 2\n'


@pytest.mark.parametrize(("accept", "content_type"), SCRAPERS.values(), ids=list(SCRAPERS))
def test_scrapers(accept: str, content_type: str) -> None:
    assert_negotiated(accept, content_type)
    # Several headers are one list.
    assert_negotiated(accept.split(","), content_type)
    assert_negotiated(tuple(accept.split(",")), content_type)


@pytest.mark.parametrize(("accept", "content_type"), RULES.items())
def test_rules(accept: str, content_type: str) -> None:
    assert_negotiated(accept, content_type)


def test_names_are_escaped_for_protocol_buffers_of_3_4() -> None:
    names.allow_utf8()
    try:
        registry = Registry()
        Counter("a.b_total", "d", registry=registry).inc()
    finally:
        names.allow_utf8(False)
    accept, _ = SCRAPERS["3.4 native"]
    assert (
        protobuf_model.parse(render(registry, accept, accept_encoding="")[0])[0].name == "a_b_total"
    )
    accept, _ = SCRAPERS["3.0 native"]
    assert (
        protobuf_model.parse(render(registry, accept, accept_encoding="")[0])[0].name == "a.b_total"
    )


def test_the_plain_classes() -> None:
    assert negotiate([]) is negotiate(["text/plain"]) is TextFormatter
    assert negotiate(["application/openmetrics-text;version=1.0.0"]) is OpenMetricsFormatter
    assert negotiate([DELIMITED]) is ProtobufFormatter
    for accept in (PROMETHEUS_3_4, "text/plain;version=1.0.0"):
        assert negotiate([accept]) is negotiate([accept])
        assert negotiate([accept])(timestamp=True).timestamp is True
    for formatter in (TextFormatter(), OpenMetricsFormatter(), ProtobufFormatter()):
        formatter.get_headers()["Content-Type"] = "changed"
        assert formatter.get_headers() == {"Content-Type": type(formatter).content_type}


@pytest.mark.parametrize(
    "accept",
    [
        "\u00e9",
        "text/plain;q=\u0661",
        "\ud800",
        "text/\udcff",
        "\0",
        "\U0010ffff" * 100,
        "a\r\nX: y",
        ";",
        ",",
        "=",
        '"',
        "/",
        '";,=/',
        'text/html;a="',
        'text/html;a="\\',
        "text",
        "text/",
        "/plain",
    ],
    ids=ascii,
)
def test_junk(accept: str) -> None:
    assert_negotiated(accept, TEXT_0)
    assert_negotiated(["\ud800", accept], TEXT_0)
    assert_negotiated({accept, "application/openmetrics-text;version=1.0.0"}, OPEN_1)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("," * 100_000, TEXT_0),
        (";" * 100_000, TEXT_0),
        ('"' * 100_001, TEXT_0),
        ("\\" * 100_000, TEXT_0),
        ("\u00e9" * 50_000, TEXT_0),
        ("*/*;q=1," * 12_000 + "application/openmetrics-text;version=1.0.0;q=0.1", OPEN_1),
        ("a/b;q=0.9," * 10_000 + DELIMITED, PROTOBUF),
        ("text/plain" + ";escaping=dots" * 7_000, f"{TEXT_0}; escaping=dots"),
        ("text/plain;" + "x" * 100_000 + "=1;version=1.0.0", TEXT_1),
        ("text/plain;version=" + "1" * 100_000, TEXT_0),
        ("text/plain;q=0." + "0" * 100_000 + "1", TEXT_0),
    ],
    ids=range(11),
)
def test_headers_of_100_kb(accept: str, content_type: str) -> None:
    assert_negotiated(accept, content_type)


@given(st.one_of(st.text(), st.lists(st.text()), st.sets(st.text())))
def test_no_header_is_an_error(accept: Any) -> None:
    body, headers = render(Registry(), accept)
    assert headers["Content-Type"].split("; escaping=")[0] in (TEXT_0, TEXT_1, OPEN_0, OPEN_1)
    assert body in (b"", b"# EOF\n")


@pytest.mark.parametrize("junk", [1, 2.5, b"text/plain", ["text/plain"]], ids=repr)
def test_what_is_not_text_among_the_headers(junk: Any) -> None:
    # As in 23.12.0, where `in` and `set.add` raise it.
    for accepts in ([junk], ("text/plain", junk)):
        with pytest.raises(TypeError):
            render(Registry(), accepts)


@pytest.mark.parametrize(
    "accepts",
    [5, b"x", {"a": 1}, True, frozenset(["a"]), iter(["a"]), range(2), object()],
)
def test_headers_of_other_types(accepts: Any) -> None:
    for arguments in ({"accepts_headers": accepts}, {"accept_encoding": accepts}):
        with pytest.raises(Exception) as caught:
            render(Registry(), **{"accepts_headers": None, **arguments})
        (name,) = arguments
        assert type(caught.value) is Exception
        assert str(caught.value) == f"{name} must be a sequence, got: {type(accepts)}"


@pytest.mark.parametrize("registry", [None, 5, "x", Registry, object()])
def test_registries_of_other_types(registry: Any) -> None:
    # It is reported first.
    for accepts in (None, 5):
        with pytest.raises(Exception) as caught:
            render(registry, accepts)
        assert type(caught.value) is Exception
        assert str(caught.value) == f"registry must be a Registry, got: {type(registry)}"


def test_missing_arguments() -> None:
    with pytest.raises(TypeError) as caught:
        render()
    assert str(caught.value) == "render() missing 1 required positional argument: 'registry'"
    assert render(counted()) == render(counted(), None)


@pytest.mark.parametrize("accepts", [[None], (None,), {None}, [None, None]], ids=repr)
def test_none_among_the_headers_is_not_a_header(accepts: Any) -> None:
    registry = counted()
    assert render(registry, accepts) == render(registry)
    assert negotiate(accepts) is TextFormatter
    asked = [*accepts, OPENMETRICS]
    assert negotiate(asked) is OpenMetricsFormatter
    assert render(registry, asked) == render(registry, OPENMETRICS)
    for encodings in (accepts, [*accepts, "gzip"]):
        _, headers = render(registry, accepts, accept_encoding=encodings)
        assert ("Content-Encoding" in headers) == ("gzip" in encodings)


@pytest.mark.parametrize("accept", [None, "application/openmetrics-text", DELIMITED])
def test_compression(accept: str | None) -> None:
    registry = counted()
    formatter = negotiate([accept])()
    body, headers = formatter.marshall(registry), formatter.get_headers()
    for asked in ("gzip", "gzip, deflate, br", ["identity;q=0.1", "gzip"]):
        packed, more = render(registry, accept, accept_encoding=asked)
        assert gzip.decompress(packed) == body
        assert more == {**headers, "Vary": "Accept, Accept-Encoding", "Content-Encoding": "gzip"}
    for asked in ("", "identity", "br", [], "gzip;q=0", "\ud800"):
        plain, more = render(registry, accept, accept_encoding=asked)
        assert plain == body
        assert more == {**headers, "Vary": "Accept, Accept-Encoding"}
