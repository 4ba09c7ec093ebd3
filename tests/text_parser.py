"""A strict reader of the text format 0.0.4, written from its specification alone."""

import re
from typing import NamedTuple

_LINE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.+)\})?"
    r" (?P<value>[^ ]+)(?: (?P<time>-?\d+))?"
)
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=[a-zA-Z_])|\Z)')
_ESCAPE = re.compile(r'\\([\\"n])')
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?|-?inf|nan")
_HEADER = re.compile(
    r"# (?:HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .*|TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (\w+))"
)


class Line(NamedTuple):
    """A line of a series: its name, its labels in their order, and its value as it is written."""

    name: str
    labels: dict[str, str]
    value: str


def parse(content: bytes) -> list[Line]:
    """Return the lines that carry values; anything that the format does not know fails."""
    if not content:
        return []
    text = content.decode("utf-8")
    assert text.endswith("\n"), "no final newline"
    lines = []
    for line in text[:-1].split("\n"):
        if line.startswith("#"):
            assert _HEADER.fullmatch(line), line
            continue
        lines.append(_parse_line(line))
    return lines


def values(content: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], str]:
    """Return the written values by name and sorted labels; no series may be there twice."""
    lines = parse(content)
    by_series = {(line.name, tuple(sorted(line.labels.items()))): line.value for line in lines}
    assert len(by_series) == len(lines), "a series is there twice"
    return by_series


def headers(content: bytes) -> list[tuple[str, str]]:
    """Return the names and types of the families, in their order."""
    matches = (_HEADER.fullmatch(line) for line in content.decode().split("\n"))
    return [(match[2], match[3]) for match in matches if match and match[2]]


def _parse_line(line: str) -> Line:
    match = _LINE.fullmatch(line)
    assert match, line
    assert _NUMBER.fullmatch(match["value"]), line
    labels: dict[str, str] = {}
    text, position = match["labels"] or "", 0
    while position < len(text):
        label = _LABEL.match(text, position)
        assert label, line
        assert label[1] not in labels, line
        labels[label[1]] = _ESCAPE.sub(lambda m: "\n" if m[1] == "n" else m[1], label[2])
        position = label.end()
    return Line(match["name"], labels, match["value"])
