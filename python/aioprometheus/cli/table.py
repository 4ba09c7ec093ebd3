"""Tables of text: columns as wide as they need to be, lines as wide as the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .terminal import Terminal, columns

GAP = 2
"""The columns between two cells."""
WIDEST = 200
"""The most columns of a cell that others are aligned with: a longer one stands out alone."""


class Cell(NamedTuple):
    """A printable text of a table, and how it looks."""

    text: str
    styles: tuple[str, ...] = ()
    is_right: bool = False
    """Whether it stands at the right of its column, as numbers do."""


def lines_of(
    terminal: Terminal, rows: Sequence[Sequence[Cell]], widest: int | None = None
) -> list[str]:
    """Return the lines of a table.

    :param terminal: Where they are written to; what it has no room for is cut.
    :param rows: Its rows, which have the same number of cells.
    :param widest: The most columns of the first cell, where the terminal is narrow.
    """
    width = terminal.width
    if width is not None and widest is not None:
        rows = [[row[0]._replace(text=terminal.cut(row[0].text, widest)), *row[1:]] for row in rows]
    widths = [min(max(map(columns, texts)), WIDEST) for texts in _by_column(rows)]
    return [_line(terminal, row, widths, width) for row in rows]


def _by_column(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    return [[cell.text for cell in cells] for cells in zip(*rows, strict=True)]


def _line(terminal: Terminal, row: Sequence[Cell], widths: Sequence[int], width: int | None) -> str:
    line, used, gap = "", 0, 0
    for place, (cell, of_column) in enumerate(zip(row, widths, strict=True)):
        text = cell.text
        if not of_column:
            continue
        if width is not None:
            room = width - used - gap
            if room <= 0:
                break
            text, of_column = terminal.cut(text, room), min(of_column, room)
        padding = " " * (of_column - columns(text))
        before, after = (padding, "") if cell.is_right else ("", padding)
        if not any(other.text for other in row[place + 1 :]):
            after = ""  # no blanks at the end of a line
        line += " " * gap + before + terminal.style(text, *cell.styles) + after
        used += gap + of_column
        gap = GAP
    return line.rstrip() if not terminal.has_colors else line
