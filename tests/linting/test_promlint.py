"""`lint()` beside `promtool check metrics`, over the expositions of a hundred public programs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aioprometheus import lint, parse
from support.alike import exporters
from support.promtool import check_metrics

FOLDER = Path(__file__).parent / "expositions"
CAPTURED = {path.stem: path.read_bytes() for path in FOLDER.glob("*.txt") if path.stem != "alike"}
EXPOSITIONS = {**CAPTURED, **exporters()}

#: What promtool says, and the rule that says it here.
SAME = (
    ("no help text", "help-missing"),
    ("use base unit", "unit-not-base"),
    ('counter metrics should have "_total"', "counter-without-total"),
    ('non-counter metrics should not have "_total"', "total-without-counter"),
    ('should not have "_timestamp_seconds"', "timestamp-without-gauge"),
    ('should not have "_bucket"', "reserved-suffix"),
    ('should not have "_count"', "reserved-suffix"),
    ('should not have "_sum"', "reserved-suffix"),
    ('should not have "le" label', "reserved-label"),
    ('should not have "quantile" label', "reserved-label"),
    ("should not include type", "type-in-name"),
    ("should not contain ':'", "colon-in-name"),
    ("metric names should be written in 'snake_case'", "camel-case"),
    ("label names should be written in 'snake_case'", "camel-case"),
    ("should not contain abbreviated units", "unit-abbreviated"),
    ("metric not unique", "duplicate-series"),
)
RULES = {rule for _, rule in SAME}

#: What promlint of today finds, and these two versions of promtool do not yet.
UNKNOWN = {
    "2": {"timestamp-without-gauge", "duplicate-series"},
    "3": {"timestamp-without-gauge"},
}


def said_by_promtool(generation: str, text: bytes) -> set[tuple[str, str]]:
    types = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text.decode(), re.MULTILINE))
    status, said = check_metrics(generation, text)
    found = set()
    for line in said.splitlines():
        name, _, words = line.partition(" ")
        rule = next((rule for part, rule in SAME if part in words), None)
        assert rule, line
        # promtool 2 refuses the word of any type. promlint has given that up: the "native histogram
        # buckets" of a counter are no mistake.
        if rule == "type-in-name" and not words.endswith(f"'{types[name]}'"):
            continue
        found.add((name, rule))
    assert status in (0, 3), said
    return found


def said_by_lint(generation: str, text: bytes) -> set[tuple[str, str]]:
    problems = lint(parse(text, "text/plain; version=0.0.4"))
    rules = RULES - UNKNOWN[generation]
    return {(problem.family, problem.rule) for problem in problems if problem.rule in rules}


def test_there_are_a_hundred():
    assert len(EXPOSITIONS) >= 100


@pytest.mark.parametrize("generation", ["2", "3"])
def test_both_say_the_same(generation):
    said_here = set()
    for name, text in EXPOSITIONS.items():
        here = said_by_lint(generation, text)
        assert here == said_by_promtool(generation, text), name
        said_here |= {rule for _, rule in here}
    # They break most of the rules: what is compared is not nothing.
    rare = {"reserved-label", "timestamp-without-gauge", "colon-in-name", "duplicate-series"}
    assert said_here == RULES - rare


MORE = b"""\
# HELP a_timestamp_seconds What it is.
# TYPE a_timestamp_seconds counter
a_timestamp_seconds 1
# HELP b:c What it is.
# TYPE b:c gauge
b:c{le="1",quantile="2"} 1
# HELP d_bucket What it is.
# TYPE d_bucket gauge
d_bucket 1
# HELP e_seconds What it is.
# TYPE e_seconds histogram
e_seconds_bucket{le="+Inf",quantile="1"} 1
e_seconds_sum 1
e_seconds_count 1
# HELP f What it is.
# TYPE f summary
f{quantile="0.5",le="1"} 1
f_sum 1
f_count 1
# HELP g_KB_gauge_histogram What it is.
# TYPE g_KB_gauge_histogram untyped
g_KB_gauge_histogram{le="1"} 1
# HELP twice What it is.
# TYPE twice gauge
twice{a="b"} 1
twice{a="b"} 2
# HELP h_histogram What it is.
# TYPE h_histogram gauge
h_histogram 1
# HELP empty
# TYPE empty gauge
empty 1
"""


@pytest.mark.parametrize("generation", ["2", "3"])
def test_both_say_the_same_of_rare_mistakes(generation):
    here = said_by_lint(generation, MORE)
    assert {rule for _, rule in here} >= {"reserved-label", "colon-in-name", "reserved-suffix"}
    assert here == said_by_promtool(generation, MORE)


def test_the_readme_names_the_source_and_license_of_each():
    readme = (FOLDER / "README.md").read_text()
    named = re.findall(r"^\| `([\w.-]+)\.txt` \|", readme, re.MULTILINE)
    assert sorted(named) == sorted([*CAPTURED, "alike"])
