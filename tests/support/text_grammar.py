"""A strict reader of the text 0.0.4 that this package writes.

It refuses what lenient parsers accept: escapes that are not in the format, a line without an end,
two groups of one family, two series with the same labels, and buckets that do not ascend.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

NAME = rb"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = rb'[a-zA-Z_][a-zA-Z0-9_]*="[^"]*"'
# Python's shortest repr of an int or float.
VALUE = rb"-?(?:[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]{2,3})?|inf)|nan"

HELP_LINE = re.compile(rb"# HELP (%s) (.*)" % NAME, re.DOTALL)
TYPE_LINE = re.compile(rb"# TYPE (%s) (counter|gauge|summary|histogram|untyped)" % NAME)
SAMPLE_LINE = re.compile(rb"(%s)(?:\{(%s(?:,%s)*)\})? (%s)" % (NAME, LABEL, LABEL, VALUE))
LABEL_PAIR = re.compile(rb'([a-zA-Z0-9_]+)="([^"]*)"')

#: The escapes, the bytes that replace them while reading, and their meaning. No UTF-8 text has
#: these bytes. After the replacement, every remaining quote ends a value.
ESCAPES = [(rb"\\", b"\xff", b"\\"), (rb"\"", b"\xfe", b'"'), (rb"\n", b"\xfd", b"\n")]
ESCAPED_QUOTE = b"\xfe"

SUFFIXES = {
    "counter": ("",),
    "gauge": ("",),
    "untyped": ("",),
    "summary": ("", "_count", "_sum"),
    "histogram": ("_bucket", "_count", "_sum"),
}


class TextSample(NamedTuple):
    """A line with a value, its labels in the order of the line."""

    name: str
    labels: dict[str, str]
    text: str

    @property
    def value(self) -> float:
        return float(self.text)


class TextFamily(NamedTuple):
    """A group of lines under one HELP and one TYPE."""

    name: str
    kind: str
    help: str
    samples: list[TextSample]


def parse(body: bytes) -> list[TextFamily]:
    """Read an exposition, and assert that it keeps every rule."""
    body.decode("utf-8")
    if not body:
        return []
    assert body.endswith(b"\n"), "no newline at the end"
    for escape, mark, _ in ESCAPES:
        body = body.replace(escape, mark)
    assert b"\\" not in body, "an escape that the format does not have"
    families: list[TextFamily] = []
    lines = iter(body[:-1].split(b"\n"))
    for line in lines:
        if line.startswith(b"#"):
            described = HELP_LINE.fullmatch(line)
            assert described, f"a comment that is no HELP: {line[:200]!r}"
            assert ESCAPED_QUOTE not in line, f"an escaped quote in a HELP: {line[:200]!r}"
            typed = TYPE_LINE.fullmatch(next(lines, b""))
            assert typed and typed[1] == described[1], f"no TYPE after {line[:200]!r}"
            name, kind = typed[1].decode(), typed[2].decode()
            families.append(TextFamily(name, kind, read(described[2]), []))
        else:
            assert families, f"a sample before the first HELP: {line[:200]!r}"
            families[-1].samples.append(parse_sample(line))
    names = [family.name for family in families]
    assert names == sorted(set(names)), f"families are not sorted, or one comes twice: {names}"
    series = set()
    for family in families:
        check(family)
        for sample in family.samples:
            # A server ignores a label with an empty value.
            key = (sample.name, frozenset(label for label in sample.labels.items() if label[1]))
            assert key not in series, f"two series of the same labels: {sample}"
            series.add(key)
    return families


def parse_sample(line: bytes) -> TextSample:
    match = SAMPLE_LINE.fullmatch(line)
    assert match, f"no sample: {line[:200]!r}"
    pairs = LABEL_PAIR.findall(match[2] or b"")
    names = [name.decode() for name, _ in pairs]
    assert names == sorted(set(names)), f"labels are not sorted, or one comes twice: {names}"
    labels = {name.decode(): read(value) for name, value in pairs}
    return TextSample(match[1].decode(), labels, match[3].decode())


def read(marked: bytes) -> str:
    """Return the text that was escaped."""
    for _, mark, meaning in ESCAPES:
        marked = marked.replace(mark, meaning)
    return marked.decode("utf-8")


def check(family: TextFamily) -> None:
    """Assert what the type of a family demands of its samples."""
    bound = {"summary": "quantile", "histogram": "le"}.get(family.kind)
    series: dict[frozenset[tuple[str, str]], list[TextSample]] = {}
    for sample in family.samples:
        suffix = sample.name.removeprefix(family.name)
        assert sample.name.startswith(family.name), f"{sample} in the group of {family.name}"
        assert suffix in SUFFIXES[family.kind], f"{sample} in a {family.kind}"
        assert (bound in sample.labels) == (bound is not None and suffix in ("", "_bucket")), sample
        if family.kind == "counter":
            assert sample.value >= 0, f"a counter that is negative or no number: {sample}"
        labels = frozenset(pair for pair in sample.labels.items() if pair[0] != bound)
        group = series.setdefault(labels, [])
        assert group is series[next(reversed(series))], f"{sample} is apart from its series"
        group.append(sample)
    for group in series.values():
        if bound is not None:
            check_bounds(group, bound)


def check_bounds(group: list[TextSample], bound: str) -> None:
    """Assert that quantiles or buckets ascend, and that count and sum follow them."""
    *bounded, count, total = group
    assert count.name.endswith("_count"), count
    assert total.name.endswith("_sum"), total
    bounds = [float(sample.labels[bound]) for sample in bounded]
    assert bounds == sorted(set(bounds)), f"{bound} does not ascend: {bounds}"
    for sample in bounded:
        text = sample.labels[bound]
        assert text in ("+Inf", repr(float(text))), f"{bound} in another spelling: {text}"
    values = [sample.value for sample in bounded]
    if bound == "le":
        assert bounded[-1].labels["le"] == "+Inf", "the last bucket is not +Inf"
        assert values[-1] == count.value, "the +Inf bucket is not the count"
        assert values == sorted(values), f"buckets are not cumulative: {values}"
    else:
        numbers = [value for value in values if not math.isnan(value)]
        assert numbers == sorted(numbers), f"quantiles do not ascend: {values}"
