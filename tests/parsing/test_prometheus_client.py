"""Pages that are drawn at random: prometheus_client's parsers find in them what this one finds.

They differ where this one is as Prometheus is: HELP texts keep their blanks, samples keep their
names, and samples of one name without a TYPE are one family. A model says what was drawn.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse_text

from aioprometheus import ParseError, parse
from support.drawn import EXAMPLES

OPEN = "application/openmetrics-text"
names = st.sampled_from(["a", "b_total", "c:d", "_e", "f_seconds", "G1"])
quoted = st.sampled_from(["my.dotted", "9 lives", 'q"\\', "\u6e29", "} # {"])
label_names = st.sampled_from(["x", "y_1", "_z", "le", "l.x", "\u00e9"])
texts = st.text(st.sampled_from('ab\\"\n{}=,# \u00e9'), max_size=6)
numbers = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.sampled_from(["+Inf", "-Inf", "NaN", "1e3", "+7", ".5", "5.", "007"]),
)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def shown(number: Any) -> str:
    text = number if isinstance(number, str) else repr(number)
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(text, text)


@st.composite
def series(draw: Any, name: str) -> tuple[str, dict[str, str]]:
    """A series as it is written, and its labels."""
    labels = draw(st.dictionaries(label_names, texts, max_size=3))
    written = [
        f'{name if name.isascii() and name.isidentifier() else quote(name)}="{escaped(value)}"'
        for name, value in labels.items()
    ]
    if any(letter not in "abcdefghijklmnopqrstuvwxyzG_:0123456789" for letter in name) or (
        name[0].isdigit()
    ):
        return f"{{{','.join([quote(name), *written])}}}", labels
    if not written and draw(st.booleans()):
        return name, labels
    return f"{name}{{{','.join(written)}}}", labels


def quote(text: str) -> str:
    return f'"{escaped(text)}"'


@st.composite
def gauges(draw: Any, is_open: bool) -> str:
    """A page of gauges, each with some series of different labels."""
    lines = []
    for name in draw(st.lists(st.one_of(names, quoted), max_size=4, unique=True)):
        title = name if name in ("a", "b_total", "c:d", "_e", "f_seconds", "G1") else quote(name)
        lines.append(f"# TYPE {title} gauge")
        help = draw(texts).strip()
        lines.append(f"# HELP {title} {escaped(help) if is_open else plain_help(help)}")
        seen = []
        for _ in range(draw(st.integers(0, 3))):
            written, labels = draw(series(name))
            if labels in seen:
                continue
            seen.append(labels)
            time = draw(st.sampled_from(["", " 0", " 1500", " 1234567890123"]))
            lines.append(f"{written} {shown(draw(numbers))}{time}")
    return "".join(f"{line}\n" for line in lines)


def plain_help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def found(families: Any) -> list[Any]:
    """What was found, of NaN too."""
    return [
        (
            family.name,
            family.documentation,
            family.type,
            family.unit,
            [
                (name, dict(labels), number(value), time and float(time), example and str(example))
                for name, labels, value, time, example, *_ in family.samples
            ],
        )
        for family in families
    ]


def number(value: float) -> Any:
    if math.isnan(value):
        return "NaN"
    return value if abs(value) < 2**63 else float(value)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(gauges(False))
def test_text(page: str) -> None:
    for strict in (False, True):
        assert found(parse(page, strict=strict)) == found(parse_text(page))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(gauges(True))
def test_openmetrics(page: str) -> None:
    page += "# EOF\n"
    for strict in (False, True):
        assert found(parse(page, strict=strict)) == found(parse_open(page))


LINES = [
    "# TYPE a counter",
    "# TYPE a gauge",
    "# TYPE a summary",
    "# TYPE a histogram",
    "# TYPE a info",
    "# TYPE a stateset",
    "# TYPE a gaugehistogram",
    "# TYPE b_u counter",
    "# HELP a A.",
    "# UNIT b_u u",
    "a 1",
    'a{a="x"} 1',
    'a{a="y"} 0',
    'a{quantile="0.5"} 1',
    'a_bucket{le="-1.0"} 1',
    'a_bucket{le="1.0"} 1',
    'a_bucket{le="1.0"} 2 # {} 1',
    'a_bucket{le="+Inf"} 2',
    'a_bucket{x="y",le="+Inf"} 2',
    "a_count 2",
    "a_sum 3",
    "a_sum -1",
    "a_gcount 2",
    "a_gsum -1",
    "a_total 2",
    "a_total NaN",
    "a_total 2 1.5",
    "a_total 3 2.5 # {} 1 2",
    "a_created 5",
    'a_info{x="y"} 1',
    "b_u_total 1",
    "b 2 # {} 1",
]


@settings(max_examples=EXAMPLES * 10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(LINES), max_size=7))
def test_what_strict_rules_take_prometheus_client_takes(lines: list[str]) -> None:
    """And the other way round, but for what it overlooks."""
    page = "".join(f"{line}\n" for line in [*lines, "# EOF"])
    try:
        ours = found(parse(page, strict=True))
    except ParseError as error:
        overlooked = (
            "this sample is there already",  # it leaves the second one out
            "do not stand together",  # families that come again under names of samples
            "must stand before the samples",
        )
        if not any(words in str(error) for words in overlooked):
            with pytest.raises((ValueError, KeyError, TypeError)):
                list(parse_open(page))
        return
    assert ours == found(parse_open(page))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.sampled_from('ab_{}=",\\n #\n\t1.5eNTYPHELU:\u00e9'), max_size=40))
def test_what_prometheus_client_takes_of_noise(page: str) -> None:
    """Nothing but ParseError is raised; what strict rules take, lenient rules take."""
    for content_type in ("text/plain", OPEN):
        try:
            strict = parse(page, content_type, strict=True)
        except ParseError:
            strict = None
        try:
            lenient = parse(page, content_type)
        except ParseError:
            assert strict is None
        else:
            assert strict is None or found(strict) == found(lenient)
