"""`parse`: what it takes, what its families are, what it raises."""

from __future__ import annotations

import copy
import gzip
import pickle
import sys
import threading

import pytest

import aioprometheus
from aioprometheus import ParseError, parse, render
from aioprometheus.families import GaugeMetricFamily, Metric, Sample
from support.yielding import yielding

BODY = '# HELP a A.\n# TYPE a gauge\na{b="c"} 1\n'


def test_bodies() -> None:
    expected = GaugeMetricFamily("a", "A.", labels=["b"])
    expected.add_metric(["c"], 1)
    for body in (BODY, BODY.encode(), bytearray(BODY.encode()), memoryview(BODY.encode())):
        assert parse(body) == [expected]
    for body in (None, 5, ["a 1\n"], object()):
        with pytest.raises(TypeError, match="the body of an exposition is bytes or a str, not"):
            parse(body)  # type: ignore[arg-type]


def test_content_types() -> None:
    for content_type in (
        "text/plain",
        "text/plain; version=0.0.4; charset=utf-8",
        "TEXT/PLAIN;version=1.0.0;escaping=allow-utf-8",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "application/openmetrics-text",
    ):
        assert parse(BODY, content_type)[0].samples == [Sample("a", {"b": "c"}, 1)]
    for content_type in ("text/html; charset=utf-8", "application/json", "x" * 10_000):
        with pytest.raises(ParseError, match="is the media type of no exposition") as raised:
            parse(BODY, content_type)
        assert len(str(raised.value)) < 200 and raised.value.line is None
    with pytest.raises(TypeError):
        parse(BODY, b"text/plain")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        parse(BODY, strict=1)  # type: ignore[arg-type]


def test_formats_are_recognised() -> None:
    body = "# TYPE a counter\na_total 1 1.5\n# EOF\n"
    assert str(parse(body)[0].samples[0].timestamp) == "1.500000000"
    # Without the end it is text, whose times are other numbers.
    with pytest.raises(ParseError, match="a time is a whole number of milliseconds"):
        parse(body.replace("# EOF\n", ""))
    # What was text already is no message of protocol buffers, whatever its letters are.
    message = b"\x03\x0a\x01a"
    assert [family.name for family in parse(message)] == ["a"]
    with pytest.raises(ParseError, match="line 1: "):
        parse(message.decode())


def test_the_samples_are_made_once_and_can_be_changed() -> None:
    (family,) = parse(BODY)
    assert isinstance(family, Metric)
    assert "samples" not in vars(family)
    samples = family.samples
    assert samples is family.samples and type(samples) is list and type(samples[0]) is Sample
    family.add_sample("a", {"b": "d"}, 2)
    assert len(family.samples) == 2
    other = parse(BODY)[0]
    other.samples = []
    assert other.samples == [] and other != family
    with pytest.raises(AttributeError, match="no attribute 'sample'"):
        _ = family.sample  # type: ignore[attr-defined]
    assert repr(parse(BODY)[0]).startswith("Metric(a, A., gauge, , [Sample(")


def test_values_that_come_again_are_the_same_names() -> None:
    first, second = parse('a{b="c"} 1\na{b="d"} 2\n')[0].samples
    assert first.name is second.name
    assert next(iter(first.labels)) is next(iter(second.labels))


def test_families_can_be_copied_and_pickled() -> None:
    for copied in (
        copy.copy(parse(BODY)[0]),
        copy.deepcopy(parse(BODY)[0]),
        pickle.loads(pickle.dumps(parse(BODY)[0])),
    ):
        assert copied == parse(BODY)[0]


def test_families_can_be_yielded() -> None:
    assert render(yielding(parse(BODY)))[0] == BODY.encode()


def test_errors() -> None:
    assert issubclass(ParseError, ValueError)
    assert aioprometheus.ParseError is ParseError and "parse" in aioprometheus.__all__
    with pytest.raises(ParseError) as raised:
        parse("a 1\nb{\n")
    error = raised.value
    words = "line 2: the name of a label was expected, or the closing brace"
    assert (str(error), error.line, error.text) == (f"{words}: 'b{{'", 2, "'b{'")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line, again.text) == (str(error), error.line, error.text)


def test_long_lines_are_shown_shortened() -> None:
    with pytest.raises(ParseError) as raised:
        parse("a{" + "\N{PILE OF POO}\n".join(["\N{PILE OF POO}" * 1_000_000] * 2))
    assert len(str(raised.value)) < 250 and raised.value.text.endswith("...'")


def test_what_is_not_utf_8() -> None:
    with pytest.raises(ParseError, match=r"^line 2: it is not UTF-8") as raised:
        parse(b'a 1\nb{c="\xff"} 1\n')
    assert raised.value.line == 2
    with pytest.raises(ValueError):
        parse("a{b='\udc00'} 1")


def test_large_numbers_of_families_and_of_samples() -> None:
    body = "".join(f"m{number} {number}\n" for number in range(20_000))
    families = parse(body)
    assert [family.samples[0].value for family in families] == list(range(20_000))
    body = "".join(f'm{{n="{number}"}} {number}\n' for number in range(20_000))
    assert len(parse(body, strict=True)[0].samples) == 20_000


def test_other_threads_run_while_a_long_body_is_parsed() -> None:
    body = "".join(f'm{{n="{number}"}} {number}\n' for number in range(10_000)).encode()
    ran = threading.Event()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # nobody takes the interpreter from this thread, if it keeps it
    try:
        thread = threading.Thread(target=ran.set)
        thread.start()
        for _ in range(1000):
            parse(body)
            if ran.is_set():
                break
    finally:
        sys.setswitchinterval(interval)
    assert ran.is_set()
    thread.join()


def test_samples_that_another_thread_has_made_meanwhile() -> None:
    (family,) = parse(b"a 1\n")
    samples = family.samples
    # A lookup of the attribute that had failed before they were there.
    assert type(family).__getattr__(family, "samples") is samples
    with pytest.raises(AttributeError, match="nothing"):
        _ = family.nothing


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (gzip.compress(b"a 1\n"), "compressed with gzip"),
        ("\ufeffa 1\n", "byte order mark"),
        ("\ufeffa 1\n".encode(), "byte order mark"),
        ("a 1\n".encode("utf-16"), "UTF-16"),
        ('a{b="\ud800"} 1\n', "no UTF-8 form"),
    ],
    ids=["gzip", "mark", "mark_in_bytes", "utf_16", "surrogate"],
)
def test_what_is_often_given_instead(body: str | bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        parse(body)


def test_content_types_that_are_none() -> None:
    assert [family.name for family in parse("a 1\n", "")] == ["a"]
    with pytest.raises(TypeError, match="content_type must be a str or None, not bytes"):
        parse("a 1\n", b"text/plain")  # type: ignore[arg-type]
