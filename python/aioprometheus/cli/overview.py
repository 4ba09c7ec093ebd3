"""The table of ``show``: a line for each family, or for each series too."""

from __future__ import annotations

import argparse
import math
from collections.abc import Collection, Iterator
from itertools import islice

from .model import Family, Labels, text_of
from .reading import Reading
from .summary import Words, text_value_of, value_of
from .table import Cell, lines_of
from .terminal import Terminal, plain
from .units import unit_of

COLORS = {
    "counter": "green",
    "gauge": "blue",
    "histogram": "magenta",
    "gaugehistogram": "magenta",
    "summary": "cyan",
}
"""The colours of kinds."""

BLOCKS = {True: "▁▂▃▄▅▆▇█", False: "_.-:=+*#"}
"""The marks of a trend from the lowest on, in UTF-8 or ASCII."""


def overview(
    reading: Reading, arguments: argparse.Namespace, terminal: Terminal, most: int | None = None
) -> list[str]:
    """Return the lines of the table.

    :param reading: What was read.
    :param arguments: What was asked for.
    :param terminal: Where they are written to.
    :param most: The most lines; what is left out is said in the last one.
    """
    is_watch = reading.seconds is not None
    heads = ["NAME", "KIND", "SERIES", *(["RATE", "TREND"] if is_watch else []), "VALUE"]
    numbers = ("SERIES", "RATE")
    rows = [[Cell(head, ("dim",), head in numbers) for head in heads]]
    # A large exposition has more series than a screen has lines.
    count = len(reading.families)
    if arguments.series:
        count += sum(len(family.series) for family in reading.families if _has_lines(family))
    left_out = 0
    if most is not None and count > most - 1:
        left_out = count - (most - 2)  # the heads take a line, and so does what is said of the rest
    rows += islice(_rows(reading, arguments, terminal), count - left_out)
    rows = [[cell._replace(text=terminal.spelled(cell.text)) for cell in row] for row in rows]
    width = terminal.width
    lines = lines_of(terminal, rows, None if width is None else max(24, width - 50))
    if left_out:
        lines.append(terminal.style(f"{left_out} more: name some, or --sort", "dim"))
    return lines


def _rows(
    reading: Reading, arguments: argparse.Namespace, terminal: Terminal
) -> Iterator[list[Cell]]:
    words = Words(arguments.raw)
    for family in reading.families:
        kind = Cell(family.kind, (COLORS.get(family.kind, "yellow"),))
        value = text_value_of(family, words, reading.recent(family))
        yield [
            Cell(plain(family.name), ("bold",)),
            kind,
            Cell(str(len(family.series)), (), True),
            *_changes(reading, family, None, words, terminal),
            Cell(value),
        ]
        if not arguments.series or not _has_lines(family):
            continue
        for labels in reading.series_of(family, arguments.sort, arguments.reverse):
            recent = reading.recent(family, labels)
            value = value_of(family, [family.series[labels]], words, recent)
            yield [
                Cell("  " + (text_of("", labels) or "{}")),
                Cell(""),
                Cell(""),
                *_changes(reading, family, labels, words, terminal),
                Cell(value),
            ]


def _has_lines(family: Family) -> bool:
    """Whether there are lines for the series: one without labels says the same as its family."""
    return len(family.series) != 1 or () not in family.series


def _changes(
    reading: Reading, family: Family, labels: Labels | None, words: Words, terminal: Terminal
) -> list[Cell]:
    """The rate and the trend, if the source was read before."""
    if reading.seconds is None:
        return []
    unit = unit_of(family.name, family.unit) if family.kind == "counter" else ""
    rate = words.rate(reading.rate(family, labels), unit)
    trend = sparkline(reading.trends.get((family.name, labels), ()), terminal.is_utf8)
    return [Cell(rate, (), True), Cell(trend, ("cyan",))]


def sparkline(values: Collection[float], is_utf8: bool) -> str:
    """Return values as a line of marks, from the least to the greatest of them.

    :param values: The values, the last one at the right.
    :param is_utf8: Whether there are blocks, or only ASCII.
    """
    blocks = BLOCKS[is_utf8]
    known = [value for value in values if math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    scale = high - low
    if not math.isfinite(scale):  # of two numbers that are as far apart as can be
        low, high, scale = low / 2, high / 2, high / 2 - low / 2
    marks = ""
    for value in values:
        if not math.isfinite(value):
            marks += "?"
            continue
        share = (min(max(value, low), high) - low) / scale if scale else 0.0
        marks += blocks[min(int(share * len(blocks)), len(blocks) - 1)]
    return marks
