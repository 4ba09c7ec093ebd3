"""Text 0.0.4 and 1.0.0: what prometheus_client's and Prometheus' own tests ask of a parser."""

from __future__ import annotations

import math

import pytest

from aioprometheus import ParseError, parse
from aioprometheus.families import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    Sample,
    SummaryMetricFamily,
)


def one(body: str | bytes, strict: bool = False) -> Metric:
    """The only family of a body."""
    (family,) = parse(body, strict=strict)
    return family


def samples(body: str) -> list[Sample]:
    return [sample for family in parse(body) for sample in family.samples]


def untyped(name: str, *found: Sample, help: str = "") -> Metric:
    family = Metric(name, help, "untyped")
    family.samples.extend(found)
    return family


def test_a_gauge() -> None:
    body = "# HELP a help\n# TYPE a gauge\na 1\n"
    assert one(body, strict=True) == GaugeMetricFamily("a", "help", value=1)
    assert one(body.encode()) == GaugeMetricFamily("a", "help", value=1)


def test_a_counter_is_called_without_its_ending_and_its_samples_as_in_the_page() -> None:
    found = one("# TYPE a_total counter\n# HELP a_total help\na_total 1\n", strict=True)
    assert found == CounterMetricFamily("a", "help", value=1)
    # prometheus_client would call this sample a_total, which no page says.
    bare = one("# TYPE a counter\na 1\n", strict=True)
    assert (bare.name, bare.type, bare.samples) == ("a", "counter", [Sample("a", {}, 1)])


def test_a_summary() -> None:
    body = '# HELP a help\n# TYPE a summary\na_count 1\na_sum 2\na{quantile="0.5"} 0.7\n'
    summary = SummaryMetricFamily("a", "help", count_value=1, sum_value=2)
    summary.add_sample("a", {"quantile": "0.5"}, 0.7)
    assert one(body, strict=True) == summary


def test_a_histogram() -> None:
    body = '# HELP a help\n# TYPE a histogram\na_bucket{le="1"} 0\na_bucket{le="+Inf"} 3\n'
    body += "a_count 3\na_sum 2\n"
    expected = HistogramMetricFamily("a", "help", sum_value=2, buckets=[("1", 0.0), ("+Inf", 3.0)])
    assert one(body, strict=True) == expected


def test_without_a_type() -> None:
    assert one("a 1\n", strict=True) == untyped("a", Sample("a", {}, 1))
    found = one('# HELP a A.\na{b="c"} 1\na{b="d"} 2\n', strict=True)
    series = Sample("a", {"b": "c"}, 1), Sample("a", {"b": "d"}, 2)
    assert found == untyped("a", *series, help="A.")


def test_a_family_without_samples() -> None:
    assert one("# TYPE a gauge\n") == GaugeMetricFamily("a", "")
    assert parse("") == parse("\n\n") == parse(b"", strict=True) == []


def test_names_in_quotes() -> None:
    body = '# HELP "my.dotted" help\n# TYPE "my.dotted" gauge\n{"my.dotted","l.x"="v",b="w"} 1\n'
    expected = GaugeMetricFamily("my.dotted", "help")
    expected.add_sample("my.dotted", {"l.x": "v", "b": "w"}, 1)
    assert one(body, strict=True) == expected
    # In quotes anything may stand.
    name, label, value = 'my.{} # = " \n', "}}{{ # HELP EOF", '\n yikes } " \\'
    body = '# TYPE "my.{} # = \\" \\n" counter\n'
    body += '{"my.{} # = \\" \\n", "}}{{ # HELP EOF"="\\n yikes } \\" \\\\"} 1\n'
    assert one(body).samples == [Sample(name, {label: value}, 1)]
    assert one('{a="b","x y"} 1').samples == [Sample("x y", {"a": "b"}, 1)]
    assert one('a{"b"="c"} 1').samples == [Sample("a", {"b": "c"}, 1)]


def test_blank_lines_and_comments() -> None:
    body = (
        "\n# TYPE a gauge\n# FOO a\n# HELPa b\n#\n#TYPE a counter\n# HELP a help\n \t \n"
        "# A simple. comment\n# 3565 12345/4436467 another\na 1\n# EOF\n a{} 1\n"
    )
    family = GaugeMetricFamily("a", "help")
    family.samples = [Sample("a", {}, 1), Sample("a", {}, 1)]
    assert one(body) == family


def test_blanks() -> None:
    body = "#\tTYPE  a \t gauge \n# HELP a\thelp\n"
    lines = (
        'a{ foo = "1" } 1',
        'a\t\t{\t\tfoo\t\t=\t\t"2"\t\t}\t\t2',
        'a {foo="3"}3',
        '  a{foo="4" , } 4  ',
        'a{,foo="5"}\t5\t6',
        "a{,} 6",
        "a{ , } 7",
        'a{foo="8" bar="9"} 8',
    )
    family = one(body + "\n".join(lines))
    assert (family.type, family.documentation) == ("gauge", "help")
    assert [sample.value for sample in family.samples] == [1, 2, 3, 4, 5, 6, 7, 8]
    expected = [{"foo": str(number)} for number in range(1, 6)]
    assert [sample.labels for sample in family.samples][:5] == expected
    assert family.samples[4].timestamp == 0.006
    assert family.samples[7].labels == {"foo": "8", "bar": "9"}


def test_a_description_keeps_its_blanks() -> None:
    # So does the server; prometheus_client strips them.
    assert one("# HELP a  two \t\n").documentation == " two \t"
    assert one("# HELP a\n").documentation == one("# HELP a \n").documentation == ""


def test_ends_of_lines_of_windows() -> None:
    body = "# HELP a A.\r\n# TYPE a gauge\r\na 1\r\n"
    assert one(body) == GaugeMetricFamily("a", "A.", value=1)
    with pytest.raises(ParseError, match="line 2: a type"):
        parse(body, strict=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("007", 7),
        ("+3", 3),
        ("-3", -3),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", 2.0**63),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("0.1e-400", 0.0),
        ("+Inf", math.inf),
        ("-inf", -math.inf),
        ("Infinity", math.inf),
    ],
)
def test_values(text: str, value: float) -> None:
    (found,) = samples(f"a {text}\n")
    assert found.value == value and type(found.value) is type(value)


def test_not_a_number() -> None:
    for text in ("NaN", "nan", "NAN"):
        assert math.isnan(samples(f"a {text}\n")[0].value)


@pytest.mark.parametrize(
    "text", ["true", "0x1p-3", "0x10", "1_000", "1e", "", "--1", "\u0661", "1,5"]
)
def test_what_is_no_value(text: str) -> None:
    with pytest.raises(ParseError, match=r"^line 1: the value"):
        parse(f"a {text}\n")


@pytest.mark.parametrize(
    ("text", "time"), [("000", 0.0), ("1234567890", 1234567.89), ("-5", -0.005)]
)
def test_times_are_milliseconds(text: str, time: float) -> None:
    (found,) = samples(f"a 1 {text}\n")
    assert found.timestamp == time and type(found.timestamp) is float


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("foo", "foo"),
        (r"\foo", r"\foo"),
        (r"\\foo", r"\foo"),
        (r"foo\\", "foo\\"),
        (r"\\", "\\"),
        (r"\n", "\n"),
        (r"\\n", r"\n"),
        (r"\\\n", "\\\n"),
        (r"\"", '"'),
        (r"\\\"", r"\""),
        (r"\t\é", r"\t\é"),
        ("{a}#,=", "{a}#,="),
        ("", ""),
        ("\0\x85\u2028\ufeff\N{PILE OF POO}", "\0\x85\u2028\ufeff\N{PILE OF POO}"),
    ],
)
def test_escapes_in_values(escaped: str, plain: str) -> None:
    found = samples(f'a{{x="{escaped}",y="z"}} 1\n')
    assert found == [Sample("a", {"x": plain, "y": "z"}, 1)]


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("foo\\", "foo\\"),
        (r"foo\\", "foo\\"),
        (r"\n", "\n"),
        (r"\\n", r"\n"),
        (r"\\\n", "\\\n"),
        (r"\"", r"\""),
        (r"\\\"", r"\\"[:-1] + r"\""),
        ('"', '"'),
        ("foo\0bar", "foo\0bar"),
    ],
)
def test_escapes_in_descriptions(escaped: str, plain: str) -> None:
    assert one(f"# HELP a {escaped}\n").documentation == plain


def test_families_that_are_torn_apart_are_joined() -> None:
    body = '# TYPE h histogram\na 1\nh_bucket{le="+Inf"} 1\nb 2\na{x="y"} 3\nh_sum 4\n# HELP a A.\n'
    first, second, third = parse(body)
    assert [sample.name for sample in first.samples] == ["h_bucket", "h_sum"]
    assert second == untyped("a", Sample("a", {}, 1), Sample("a", {"x": "y"}, 3), help="A.")
    assert third == untyped("b", Sample("b", {}, 2))


def test_the_last_description_counts() -> None:
    body = "# TYPE a gauge\n# HELP a one\n# TYPE a counter\n# HELP a two\n"
    assert (one(body).type, one(body).documentation) == ("counter", "two")


def test_names_with_suffixes_belong_to_families_of_the_right_types() -> None:
    body = "# TYPE s summary\ns_count 1\ns_bucket 2\n# TYPE s_sum gauge\ns_sum 3\ns_total 4\n"
    assert [(family.name, len(family.samples)) for family in parse(body)] == [
        ("s", 1),
        ("s_bucket", 1),
        ("s_sum", 1),
        ("s_total", 1),
    ]


def test_the_types_of_openmetrics_are_taken() -> None:
    body = "# TYPE a info\na_info 1\n# TYPE b stateset\n# TYPE c unknown\n# TYPE d gaugehistogram\n"
    types = [(family.name, family.type) for family in parse(body)]
    assert types == [("a", "info"), ("b", "stateset"), ("c", "unknown"), ("d", "gaugehistogram")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a", "the value is missing"),
        ("a\0 1", "the value .* is not a number"),
        ("a b 1", "the value 'b' is not a number"),
        ("0a 1", "a line begins with the name of a metric, or with #"),
        ("é 1", "a line begins with"),
        ("a{b='c'} 1", "must be in quotes"),
        ("a{b=c} 1", "must be in quotes"),
        ("a{b=} 1", "must be in quotes"),
        ('a{b="c} 1', "the closing quote is missing"),
        ('a{b="c\\"} 1', "the closing quote is missing"),
        ('a{b="', "the closing quote is missing"),
        ('a{="c"} 1', "the name of a label was expected"),
        ('a{b"c"} 1', "behind the name of a label"),
        ('a{b="c"', "the name of a label was expected, or the closing brace"),
        ('a{b="c",,c="d"} 1', "the name of a label was expected"),
        ('a{b="c",, } 1', "the name of a label was expected"),
        ('a{b:c="d"} 1', "behind the name of a label"),
        ('a{b="c",b="d"} 1', "the label 'b' is there twice"),
        ('a{b="c","b"="d"} 1', "the label 'b' is there twice"),
        ('a{__name__="b"} 1', "the name of a metric stands before its braces"),
        ('a{"b"} 1', "behind the name of a label"),
        ('{"a","b"} 1', "the metric has two names"),
        ('{a="b"} 1', "the name of the metric is missing"),
        ("{} 1", "the name of the metric is missing"),
        ('{""} 1', "a name must not be empty"),
        ('a{""="b"} 1', "a name must not be empty"),
        ("a 1 2 3", "more stands behind the time"),
        ("a 1 2.5", "a time is a whole number of milliseconds, not '2.5'"),
        ("a 1 x", "a time is a whole number"),
        ('a 1 # {b="c"} 1', "text has no exemplars"),
        ("# TYPE #", "the name of a metric was expected"),
        ("# HELP #", "the name of a metric was expected"),
        ("# TYPE a", "a type is one of counter, gauge, .*, not"),
        ("# TYPE a meh", "a type is one of .*, not 'meh'"),
        ("# HELP a.b x", "a blank was expected behind the name"),
    ],
)
def test_mistakes(line: str, words: str) -> None:
    with pytest.raises(ParseError, match=f"^line 3: .*{words}") as raised:
        parse(f"# A comment.\nb 1\n{line}\nc 1\n")
    assert raised.value.line == 3
    assert raised.value.text == repr(line)


def test_many_labels_of_one_name() -> None:
    labels = [f'l{number}="x"' for number in range(5000)]
    assert len(samples(f"a{{{','.join(labels)}}} 1\n")[0].labels) == 5000
    with pytest.raises(ParseError, match="the label 'l7' is there twice"):
        parse(f"a{{{','.join([*labels, labels[7]])}}} 1\n")
