"""A strict reader of the OpenMetrics text that this package writes.

It refuses what prometheus_client's parser accepts: two samples with the same labels, families or
series that are interleaved, a sample before the lines of its family, and unknown escapes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from support.text_grammar import ESCAPES, LABEL, LABEL_PAIR, NAME, read

# Go's shortest form, with `.0` where it would look like an int.
VALUE = rb"-?[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]{2,3})?|[+-]Inf|NaN"
TIME = rb"-?[0-9]+(?:\.[0-9]+)?"
LABELS = rb"%s(?:,%s)*" % (LABEL, LABEL)

META_LINE = re.compile(rb"# (HELP|TYPE|UNIT) (%s) (.*)" % NAME, re.DOTALL)
SAMPLE_LINE = re.compile(
    rb"(%s)(?:\{(%s)\})? (%s)(?: (%s))?(?: # \{(%s)?\} (%s) (%s))?"
    % (NAME, LABELS, VALUE, TIME, LABELS, VALUE, TIME)
)

SUFFIXES = {
    "counter": ("_total", "_created"),
    "gauge": ("",),
    "unknown": ("",),
    "summary": ("", "_count", "_sum", "_created"),
    "histogram": ("_bucket", "_count", "_sum", "_created"),
    "info": ("_info",),
    "stateset": ("",),
}
WITH_EXEMPLARS = {("counter", "_total"), ("histogram", "_bucket")}


class Exemplar(NamedTuple):
    labels: dict[str, str]
    text: str
    time: str


class Sample(NamedTuple):
    """A line with a value, its labels in the order of the line."""

    name: str
    labels: dict[str, str]
    text: str
    time: str | None
    exemplar: Exemplar | None

    @property
    def value(self) -> float:
        return float(self.text)


class Family(NamedTuple):
    """A group of lines under one HELP and perhaps one TYPE and one UNIT."""

    name: str
    kind: str
    help: str
    unit: str | None
    samples: list[Sample]


def parse(body: bytes) -> list[Family]:
    """Read an exposition, and assert that it keeps every rule."""
    body.decode("utf-8")
    assert body.endswith(b"# EOF\n"), "no end"
    for escape, mark, _ in ESCAPES:
        body = body.replace(escape, mark)
    assert b"\\" not in body, "an escape that the format does not have"
    lines = body[:-1].split(b"\n")
    assert lines.pop() == b"# EOF"
    families: list[Family] = []
    while lines:
        meta = {}
        for word in (b"HELP", b"TYPE", b"UNIT"):
            match = META_LINE.fullmatch(lines[0]) if lines else None
            if word == b"HELP" or (match and match[1] == word):
                assert match and match[1] == word, f"no {word!r}, but {lines[:1]!r:.200}"
                assert b'"' not in match[3], f"a bare quote: {lines[0]!r:.200}"
                meta[word] = (match[2].decode(), read(match[3]))
                del lines[0]
        assert len({name for name, _ in meta.values()}) == 1, f"of several families: {meta}"
        (name, text), unit = meta[b"HELP"], meta.get(b"UNIT")
        _, kind = meta.get(b"TYPE", (name, None))
        assert kind != "unknown", "a word that is bad where this is taken for text 0.0.4"
        family = Family(name, kind or "unknown", text, unit and unit[1], [])
        while lines and not lines[0].startswith(b"#"):
            family.samples.append(parse_sample(lines.pop(0)))
        check(family)
        families.append(family)
    names = [family.name for family in families]
    assert len(set(names)) == len(names), f"a family comes twice: {names}"
    all_samples = [
        (sample.name, frozenset(label for label in sample.labels.items() if label[1]))
        for family in families
        for sample in family.samples
    ]
    assert len(set(all_samples)) == len(all_samples), f"two samples are alike: {all_samples}"
    return families


def parse_sample(line: bytes) -> Sample:
    match = SAMPLE_LINE.fullmatch(line)
    assert match, f"no sample: {line[:200]!r}"
    name, labels, text, time, exemplar_labels, exemplar_text, exemplar_time = match.groups()
    exemplar = None
    if exemplar_text is not None:
        exemplar = Exemplar(
            parse_labels(exemplar_labels), exemplar_text.decode(), exemplar_time.decode()
        )
    time = None if time is None else time.decode()
    return Sample(name.decode(), parse_labels(labels), text.decode(), time, exemplar)


def parse_labels(text: bytes | None) -> dict[str, str]:
    pairs = [(name.decode(), read(value)) for name, value in LABEL_PAIR.findall(text or b"")]
    names = [name for name, _ in pairs]
    assert names == sorted(set(names)), f"labels are not sorted, or one comes twice: {names}"
    return dict(pairs)


def check(family: Family) -> None:
    """Assert what the type of a family demands of its samples."""
    assert family.kind in SUFFIXES, family.kind
    if family.unit is not None:
        assert family.name.endswith(f"_{family.unit}"), f"{family.name} in {family.unit}"
        assert family.kind not in ("info", "stateset"), f"{family.kind} with a unit"
    own = {"summary": "quantile", "histogram": "le", "stateset": family.name}.get(family.kind)
    groups: list[frozenset[tuple[str, str]]] = []
    for sample in family.samples:
        suffix = sample.name.removeprefix(family.name)
        assert sample.name.startswith(family.name), f"{sample} in the group of {family.name}"
        assert suffix in SUFFIXES[family.kind], f"{sample} in a {family.kind}"
        assert sample.exemplar is None or (family.kind, suffix) in WITH_EXEMPLARS, sample
        group = frozenset(pair for pair in sample.labels.items() if pair[0] != own)
        if family.kind != "info" and group not in groups[-1:]:
            assert group not in groups, f"{sample} is apart from its series"
            groups.append(group)
