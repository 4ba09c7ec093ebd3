"""OpenMetrics: what prometheus_client's and Prometheus' own tests ask of a parser."""

from __future__ import annotations

import math

import pytest

from aioprometheus import ParseError, parse
from aioprometheus.families import (
    CounterMetricFamily,
    Exemplar,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    Sample,
    StateSetMetricFamily,
    SummaryMetricFamily,
    Timestamp,
)

TYPE = "application/openmetrics-text; version=1.0.0"


def families(lines: str, strict: bool = True) -> list[Metric]:
    """The families of lines, to which the end is added."""
    return parse(f"{lines}# EOF\n", strict=strict)


def one(lines: str, strict: bool = True) -> Metric:
    (family,) = families(lines, strict)
    return family


def test_counters() -> None:
    assert one("# TYPE a counter\n# HELP a help\na_total 1\n") == CounterMetricFamily(
        "a", "help", value=1
    )
    expected = CounterMetricFamily("a", "help", value=1, created=123.5)
    assert one("# HELP a help\n# TYPE a counter\na_total 1\na_created 123.5\n") == expected
    assert one("# TYPE a counter\na_total 9223372036854775808\n").samples[0].value == 2.0**63


def test_gauges_and_units() -> None:
    assert one("# TYPE a gauge\n# HELP a help\na 1.2\n") == GaugeMetricFamily("a", "help", 1.2)
    body = "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# HELP a_seconds help\na_seconds 1\n"
    assert one(body) == GaugeMetricFamily("a_seconds", "help", value=1, unit="seconds")


def test_summaries() -> None:
    summary = SummaryMetricFamily("a", "help", count_value=1, sum_value=2)
    summary.add_sample("a", {"quantile": "0.5"}, 0.7)
    body = '# TYPE a summary\n# HELP a help\na_count 1\na_sum 2\na{quantile="0.5"} 0.7\n'
    assert one(body) == summary


def test_histograms() -> None:
    body = '# TYPE a histogram\n# HELP a help\na_bucket{le="1.0"} 0\na_bucket{le="+Inf"} 3\n'
    expected = HistogramMetricFamily("a", "help", [("1.0", 0), ("+Inf", 3)], sum_value=2)
    assert one(f"{body}a_count 3\na_sum 2\n") == expected
    # Neither is there where values may be negative.
    assert len(one(body.replace("1.0", "-1.0")).samples) == 2


def test_gauge_histograms() -> None:
    body = '# TYPE a gaugehistogram\n# HELP a help\na_bucket{le="1.0"} 0\na_bucket{le="+Inf"} 3\n'
    expected = GaugeHistogramMetricFamily("a", "help", [("1.0", 0), ("+Inf", 3)], gsum_value=2)
    assert one(f"{body}a_gcount 3\na_gsum 2\n") == expected
    negative = body.replace("1.0", "-1.0") + "a_gcount 3\na_gsum -5\n"
    assert one(negative).samples[-1].value == -5


def test_infos_and_state_sets() -> None:
    body = '# TYPE a info\n# HELP a help\na_info{foo="bar"} 1\n'
    assert one(body) == InfoMetricFamily("a", "help", {"foo": "bar"})
    two = one('# TYPE a info\na_info{a="1",foo="bar"} 1\na_info{a="2"} 1\na_info{a="1"} 1\n')
    assert len(two.samples) == 3
    body = '# TYPE a stateset\n# HELP a help\na{a="bar"} 0\na{a="foo"} 1.0\n'
    assert one(body) == StateSetMetricFamily("a", "help", {"foo": True, "bar": False})
    body = '# TYPE a stateset\na{a="x",foo="1"} 1\na{a="y",foo="1"} 0\na{a="x",foo="2"} 0\n'
    assert len(one(body).samples) == 3


def test_without_a_type() -> None:
    expected = Metric("a", "", "unknown")
    expected.add_sample("a", {}, 1)
    assert one("a 1\n") == one("# TYPE a unknown\na 1\n") == expected
    assert math.isnan(one("a NaN\n").samples[0].value)


def test_exemplars() -> None:
    body = (
        '# TYPE a histogram\na_bucket{le="1.0"} 0 # {a="b"} 0.5\n'
        'a_bucket{le="2.0"} 2 # {a="c"} 0.5 1.5\na_bucket{le="3.0"} 3 # {} -4e0 123.5e1\n'
        'a_bucket{le="+Inf"} 3\n'
    )
    assert [sample.exemplar for sample in one(body).samples] == [
        Exemplar({"a": "b"}, 0.5),
        Exemplar({"a": "c"}, 0.5, Timestamp(1, 500_000_000)),
        Exemplar({}, -4.0, 1235.0),
        None,
    ]
    body = '# TYPE a counter\na_total{x="# {"} 1 123 # {a="} # {\\n",b=""} 0.5\n'
    (sample,) = one(body).samples
    assert sample == Sample(
        "a_total", {"x": "# {"}, 1, Timestamp(123, 0), Exemplar({"a": "} # {\n", "b": ""}, 0.5)
    )
    assert type(one('# TYPE a counter\na_total 1 # {a="b"} 1\n').samples[0].exemplar) is Exemplar


def test_the_labels_of_an_exemplar_have_128_characters() -> None:
    whole = f'# TYPE a counter\na_total 1 # {{a="{"é" * 127}"}} 1\n'
    assert len(one(whole).samples) == 1
    with pytest.raises(ParseError, match=r"line 2: .* more than 128 characters"):
        families(whole.replace('"é', '"éé'), strict=False)


def test_times() -> None:
    for text, time in (
        ("000", Timestamp(0, 0)),
        ("0.0", Timestamp(0, 0)),
        ("1.1", Timestamp(1, 100_000_000)),
        ("1.1234567899", Timestamp(1, 123_456_789)),
        ("-2.5", Timestamp(-2, 500_000_000)),
        ("1.5e3", 1500.0),
        ("12345678901234567890", 1.2345678901234567e19),
    ):
        assert one(f"a 1 {text}\n").samples == [Sample("a", {}, 1, time)]
    (sample,) = one("a 1 -0.5\n").samples
    assert float(sample.timestamp or 0) == -0.5


def test_several_points_of_a_series() -> None:
    body = '# TYPE a counter\na_total{x="1"} 1 1\na_total{x="1"} 2 2\na_total{x="2"} 1 1\n'
    assert [sample.value for sample in one(body).samples] == [1, 2, 1]


def test_names_in_quotes() -> None:
    body = '# HELP "a.b" A.\n# TYPE "a.b" counter\n{"a.b_total","l.x"="v"} 1 # {"t.x"="y"} 2\n'
    found = one(body)
    assert (found.name, found.documentation) == ("a.b", "A.")
    assert found.samples == [Sample("a.b_total", {"l.x": "v"}, 1, None, Exemplar({"t.x": "y"}, 2))]


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        (r"\foo", r"\foo"),
        ("foo\\", "foo\\"),
        (r"\\n", r"\n"),
        (r"\\\n", "\\\n"),
        (r"\"", '"'),
        (r"\\\"", r"\""),
        (r" two  \t", r" two  \t"),
        ("", ""),
    ],
)
def test_escapes_in_descriptions(escaped: str, plain: str) -> None:
    assert one(f"# HELP a {escaped}\n", strict=False).documentation == plain


def test_the_end() -> None:
    assert parse("# EOF") == parse("# EOF\n", strict=True) == []
    assert len(parse("a 1\n# EOF", strict=True)) == 1
    # A page whose last line is whole is taken. What was cut off in a line is not.
    assert len(parse("a 1\n", TYPE)) == 1
    for body in ("a 1", 'a_total 1 # {aa="bb"} 4', "a 1\n# EO"):
        with pytest.raises(ParseError):
            parse(body, TYPE)
    for body in ("", "a 1\n"):
        with pytest.raises(ParseError, match="does not end with # EOF"):
            parse(body, TYPE, strict=True)


@pytest.mark.parametrize(
    "body", ["# EOF\na 1", "# EOF\n\n", "# EOFa 1", "# EOF \n", "# EOF\n# EOF\n"]
)
def test_nothing_stands_behind_the_end(body: str) -> None:
    with pytest.raises(ParseError):
        parse(body, TYPE)


def test_what_the_server_takes_is_taken() -> None:
    # Types with the names of samples, and counters without an ending.
    first, second = families("# TYPE a_total counter\na_total 1\n# TYPE b counter\nb 1\n", False)
    assert (first.name, first.type, first.samples) == ("a", "counter", [Sample("a_total", {}, 1)])
    assert (second.name, second.type, second.samples) == ("b", "counter", [Sample("b", {}, 1)])
    assert one('a{b="c",} 1\n', strict=False).samples == [Sample("a", {"b": "c"}, 1)]
    first, second = families('# TYPE a gauge\na 1\nb 1\na{x="y"} -2\n', strict=False)
    assert (len(first.samples), len(second.samples)) == (2, 1)
    assert one("# TYPE a counter\na_total -1\na_total -1\n", strict=False).samples[1].value == -1


def test_a_counter_whose_name_ends_in_total_twice() -> None:
    found = one("# TYPE a_total counter\na_total_total 1\n")
    assert (found.name, found.samples) == ("a_total", [Sample("a_total_total", {}, 1)])


@pytest.mark.parametrize(
    "line",
    [
        "",
        " a 1",
        "9",
        "a",
        "a ",
        "a  1",
        "a\t1",
        "a 1 ",
        "a 1\t",
        "a 1\t2",
        "a 1 2 ",
        "a 1 2 #",
        "a 1 2 3",
        "a 1 z",
        "a 1 1z",
        "a 1 1.1.1",
        "a 1 1_2",
        "a 1 NaN",
        "a 1 -Inf",
        "a 1_2",
        "a 0x1p-3",
        "a true",
        "a.b 1",
        "a-b 1",
        'a{a="1"}1',
        "a{a=1} 1",
        'a{a="1} 1',
        "a{a='1'} 1",
        'a{,a="1"} 1',
        "a{,} 1",
        'a{a="1"b="2"} 1',
        'a{a="1" b="2"} 1',
        'a{a="1", b="2"} 1',
        'a{a="1",,b="2"} 1',
        'a{ a="1"} 1',
        'a{a ="1"} 1',
        'a{a= "1"} 1',
        'a {a="1"} 1',
        'a{a="1",a="1"} 1',
        '{a="1"} 1',
        'a{"b"} 1',
        'a{__name__="b"} 1',
        "#",
        "# ",
        "# A comment.",
        "#TYPE a gauge",
        "#\tTYPE a gauge",
        "#  TYPE a gauge",
        " # HELP a meh",
        "# HELP",
        "# HELP ",
        "# HELP a",
        "# HELP a\t",
        "# TYPE ",
        "# TYPE a",
        "# TYPE a meh",
        "# TYPE a gauge ",
        "# TYPE a  gauge",
        "# TYPE a untyped",
        "# TYPE 0a gauge",
        "# UNIT ",
        "# UNIT a",
        "# UNIT a seconds",
        "# UNIT aseconds seconds",
        "# UNIT a_seconds seconds ",
        "a_total 1 #",
        "a_total 1# {} 1",
        "a_total 1 #{} 1",
        "a_total 1 # {}1",
        "a_total 1 # {} ",
        "a_total 1 # {}",
        "a_total 1 # {} 1 ",
        "a_total 1 # {} 1 1 ",
        "a_total 1 # {} 1 1 1",
        "a_total 1 # {} 1 NaN",
        "a_total 1 # {} x",
        "a_total 1 # {a=b} 1",
        "a_total 1 # {a} 1",
        'a_total 1 # {"a"} 1',
        'a_total 1 # {a="b",,c="d"} 1',
        'a_total 1 # {a="b",a="b"} 1',
        'a_total 1 # {a="b"} 1_2',
        'a_total 1  # {a="b"} 1',
        'a_total 1 1  # {a="b"} 1',
    ],
)
def test_mistakes(line: str) -> None:
    with pytest.raises(ParseError, match=r"^line 2: ") as raised:
        families(f"b 1\n{line}\n", strict=False)
    assert raised.value.line == 2
