"""Strict rules: what the letter of a format asks for beside what a server needs."""

from __future__ import annotations

import pytest

from aioprometheus import ParseError, parse

HISTOGRAM = '# TYPE a histogram\na_bucket{le="1.0"} 0\na_bucket{le="+Inf"} 3\na_count 3\na_sum 2\n'
GAUGES = '# TYPE a gaugehistogram\na_bucket{le="1.0"} 0\na_bucket{le="+Inf"} 3\n'
OLD = "text/plain; version=0.0.4"


def refused(body: str, words: str, line: int | None, content_type: str | None = None) -> None:
    """Assert that strict rules refuse what lenient rules take."""
    assert parse(body, content_type)
    with pytest.raises(ParseError, match=words) as raised:
        parse(body, content_type, strict=True)
    assert raised.value.line == line


@pytest.mark.parametrize("end", ["", "# EOF\n"])
@pytest.mark.parametrize(
    ("lines", "words", "line"),
    [
        ("a 1\nb 1\na{x='y'} 2\n".replace("'", '"'), "the lines of 'a' do not stand together", 3),
        ("a 1\nb 1\n# HELP a A.\n", "the lines of 'a' do not stand together", 3),
        ("a 1\n# HELP a A.\n", "must stand before the samples of 'a'", 2),
        ("# TYPE a gauge\na 1\n# TYPE a gauge\n", "must stand before the samples of 'a'", 3),
        ("# HELP a A.\n# HELP a B.\n", "'a' has such a line already", 2),
        ("# TYPE a gauge\n# TYPE a gauge\n", "'a' has such a line already", 2),
        ("# TYPE a gauge\na 1\na 1\n", "this sample is there already", 3),
        ('a{x="1",y="2"} 1\na{y="2",x="1"} 3\n', "this sample is there already", 2),
        ('a{x="\\t"} 1\n', "a backslash stands only before a backslash, a quote or an n", 1),
        ("# HELP a b\\c\n", "a backslash stands only before", 1),
        ('{x="y","a"} 1\n', "must be the first in the braces", 1),
        (HISTOGRAM.replace("+Inf", "2"), r"the series has no bucket \+Inf", 5),
        (HISTOGRAM.replace("1.0", "x"), "the label le is a number", 2),
        (HISTOGRAM.replace("1.0", "NaN"), "the label le is a number", 2),
        (HISTOGRAM.replace('{le="1.0"}', '{l="1.0"}'), "the label 'le' is missing", 2),
        (HISTOGRAM.replace("1.0", "+Inf"), "this sample is there already|bounds", 3),
        (HISTOGRAM.replace("} 0", "} 4"), "a bucket counts all that the one before it does", 3),
        (HISTOGRAM.replace("a_count 3", "a_count 2"), "the count is not that of the bucket", 5),
        (HISTOGRAM.replace("} 0", "} -1"), "what counts is neither negative nor NaN", 2),
        (HISTOGRAM.replace("a_count 3", "a_count NaN"), "what counts is neither", 4),
        (HISTOGRAM + "a 1\n", "of a histogram end in one of _bucket, _count, _sum", 6),
        ("# TYPE a histogram\na_sum 1\n", r"the series has no bucket \+Inf", 2),
        ('# TYPE a summary\na{quantile="2"} 1\n', "a quantile is a number from 0 to 1", 2),
        ('# TYPE a summary\na{quantile="x"} 1\n', "a quantile is a number from 0 to 1", 2),
        ("# TYPE a summary\na 1\n", "the label 'quantile' is missing", 2),
    ],
)
def test_all_text_formats(lines: str, words: str, line: int, end: str) -> None:
    refused(lines + end, words, line)


@pytest.mark.parametrize(
    ("body", "words", "line"),
    [
        ("a 1", "the line feed is missing", 1),
        ("b 1\n# TYPE a info\n", "a type is one of counter, gauge, .*untyped, not", 2),
        ("# TYPE a unknown\n", "a type is one of", 1),
        ("# TYPE a counter\na -1\n", "what counts is neither negative nor NaN", 2),
        ("# HELP \na 1\n", "the name of a metric", 1),
        ('a{b="c" d="e"} 1\n', "a comma or the closing brace was expected", 1),
    ],
)
def test_text(body: str, words: str, line: int) -> None:
    if body.startswith("# HELP \n"):
        with pytest.raises(ParseError, match=words):
            parse(body, strict=True)
    else:
        refused(body, words, line)


def test_text_0_0_4_has_no_names_in_quotes() -> None:
    body = '# TYPE "a.b" gauge\n{"a.b"} 1\n'
    refused(body, "text 0.0.4 has no names in quotes", 1, OLD)
    assert parse(body, "text/plain; version=1.0.0; escaping=allow-utf-8", strict=True)


def test_the_sums_of_text_may_be_negative_and_its_series_apart() -> None:
    body = (
        '# TYPE a histogram\na_bucket{x="1",le="+Inf"} 1\na_bucket{x="2",le="+Inf"} 1\n'
        'a_sum{x="1"} -5\na_sum{x="2"} NaN\na_count{x="1"} 1\na_count{x="2"} 1\n'
    )
    assert len(parse(body, strict=True)[0].samples) == 6
    refused(f"{body}# EOF\n", "what counts|do not stand together", 4)


@pytest.mark.parametrize(
    ("lines", "words", "line"),
    [
        ("# TYPE a counter\na 1\n", "of a counter end in one of _total, _created", 2),
        ("# TYPE a_total counter\na_total 1\n", "of a counter end in one of", 2),
        ("# TYPE a counter\na_total -1\n", "what counts is neither", 2),
        ("# TYPE a counter\na_total NaN\n", "what counts is neither", 2),
        ("# TYPE a info\na_info 2\n", "an info has the value 1", 2),
        ("# TYPE a info\na 1\n", "of a info end in one of _info", 2),
        ('# TYPE a stateset\na{a="x"} 2\n', "a state has the value 0 or 1", 2),
        ('# TYPE a stateset\na{b="x"} 1\n', "the label 'a' is missing", 2),
        ("# TYPE a_u info\n# UNIT a_u u\n", "of the type info has no unit", 1),
        ("# TYPE a_u stateset\n# UNIT a_u u\n", "of the type stateset has no unit", 1),
        ("# UNIT a_u u\n# UNIT a_u u\n", "'a_u' has such a line already", 2),
        ("# TYPE a summary\na_sum -1\n", "what counts is neither", 2),
        ('# TYPE a summary\na{quantile="0.5"} -1\n', "of a quantile is not negative", 2),
        (HISTOGRAM.replace("+Inf", "inf"), r"the label le is a number, or \+Inf", 3),
        (HISTOGRAM.replace("3", "3.5"), "a count is a whole number", 3),
        (HISTOGRAM.replace("a_sum 2\n", ""), "of the sum and the count, one is missing", 4),
        (HISTOGRAM.replace("a_count 3\n", ""), "of the sum and the count, one is missing", 4),
        (HISTOGRAM.replace("1.0", "-1.0"), "with buckets of negative values, there is no sum", 5),
        (GAUGES + "a_gcount 3\na_gsum -1\n", "the sum is not negative", 5),
        (GAUGES + "a_gsum 1\n", "of the sum and the count, one is missing", 4),
        ("# TYPE a gauge\na 1 # {} 1\n", "only counters and buckets have exemplars", 2),
        (HISTOGRAM.replace("_sum 2", "_sum 2 # {} 1"), "only counters and buckets", 5),
        ("a 1 2\na 1 1\n", "the times of a series do not go backwards", 2),
        ("a 1 2\na 1\n", "all samples of a series have a time, or none has", 2),
        ("a 1 1\na 2 1\n", "this sample is there already", 2),
        ('a{x="1"} 1 1\na{x="2"} 1 1\na{x="1"} 1 2\n', "of this series do not stand together", 3),
        (
            "# TYPE a counter\na_total 1\na_total_x 1\n# TYPE a_total gauge\n",
            "may be called 'a_total'",
            4,
        ),
        ("# TYPE a histogram\n# TYPE a_count gauge\n", "may be called 'a_count'", 2),
        ("a_created 1\n# TYPE a summary\n", "may be called 'a_created'", 2),
    ],
)
def test_openmetrics(lines: str, words: str, line: int) -> None:
    refused(f"{lines}# EOF\n", words, line)


def test_a_trailing_comma_in_openmetrics() -> None:
    refused('a{b="c",} 1\n# EOF\n', "a label was expected behind the comma", 1)


def test_what_lost_its_escapes_has_no_line() -> None:
    body = '# TYPE "a\\n" counter\n{"a\\n_total"} -1\n# EOF\n'
    refused(body, "^what counts is neither", None)


@pytest.mark.parametrize("end", ["", "# EOF\n"])
def test_series_are_known_by_their_labels_in_any_order(end: str) -> None:
    lines = [
        "# TYPE a histogram",
        'a_bucket{x="1",y="2",le="1.0"} 1',
        'a_bucket{le="+Inf",y="2",x="1"} 2',
        'a_count{y="2",x="1"} 2',
        'a_sum{x="1",y="2"} 2',
    ]
    body = "\n".join([*lines, end])
    assert len(parse(body, strict=True)[0].samples) == 4
    other = body.replace('a_count{y="2"', 'a_count{y="3"')
    refused(other, "do not stand together" if end else r"has no bucket \+Inf", 5 if end else 4)
    # A name and a value are not one text.
    words = '# TYPE b gauge\nb{x="yz"} 1\nb{xy="z"} 2\nb{xyz=""} 3\n'
    assert len(parse(words + end, strict=True)[0].samples) == 3


@pytest.mark.parametrize("end", ["", "# EOF\n"])
@pytest.mark.parametrize("count", [2, 16, 17, 40])
def test_a_quantile_that_is_there_twice(count: int, end: str) -> None:
    ranks = [f'a{{quantile="{rank / 100}"}} {rank}\n' for rank in range(count)]
    body = "# TYPE a summary\n" + "".join(ranks)
    assert len(parse(body + end, strict=True)[0].samples) == count
    for again in (ranks[0], ranks[-1]):
        refused(body + again + end, "this sample is there already", count + 2)


def test_a_state_or_a_bucket_that_is_there_twice() -> None:
    states = "".join(f'a{{a="{state}",x="y"}} 0\n' for state in range(20))
    body = "# TYPE a stateset\n" + states
    refused(f'{body}a{{x="y",a="3"}} 1\n# EOF\n', "this sample is there already", 22)
    buckets = "".join(f'a_bucket{{le="{bound}"}} 0\n' for bound in (1, 2, 2, 3))
    refused("# TYPE a histogram\n" + buckets, "this sample is there already", 4)
    refused("# TYPE a histogram\n" + buckets.replace("3", "1"), "already", 4)
    apart = 'a_bucket{le="1"} 0\na_bucket{le="2"} 0\na_bucket{le="1"} 0\n'
    refused("# TYPE a histogram\n" + apart, "the bounds of the buckets of a series ascend", 4)


def test_the_points_of_a_series_are_apart_by_their_times() -> None:
    point = 'a_bucket{le="+Inf"} 1 {0}\na_count 1 {0}\na_sum 1 {0}\n'
    points = "".join(point.replace("{0}", str(time)) for time in (1, 2, 3))
    counted = "# TYPE b counter\nb_total 1 1\nb_created 1 1\nb_total 2 2\n"
    body = f"# TYPE a histogram\n{points}{counted}"
    assert [len(family.samples) for family in parse(body + "# EOF\n", strict=True)] == [9, 3]
    refused(body + "b_created 1 2\nb_created 1 2\n# EOF\n", "this sample is there already", 16)
    refused(body + 'b_total{x="y"} 1 1\nb_total 1 3\n# EOF\n', "do not stand together", 16)
