"""A reader of the samples of an exposition, by the strict rules of `text_grammar`."""

from typing import NamedTuple

from support import text_grammar


class Line(NamedTuple):
    """A line of a series: its name, its labels in their order, and its value as it is written."""

    name: str
    labels: dict[str, str]
    value: str


def parse(content: bytes) -> list[Line]:
    """Return the lines that carry values; anything that the format does not know fails."""
    families = text_grammar.parse(content)
    return [Line(*sample) for family in families for sample in family.samples]


def values(content: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], str]:
    """Return the written values by name and sorted labels."""
    return {(line.name, tuple(sorted(line.labels.items()))): line.value for line in parse(content)}


def headers(content: bytes) -> list[tuple[str, str]]:
    """Return the names and types of the families, in their order."""
    return [(family.name, family.kind) for family in text_grammar.parse(content)]
