"""The places of panels on Grafana's grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .panel import Panel, Row

WIDTH = 24
"""The width of the grid."""


class Place(NamedTuple):
    """Where a row or panel is."""

    x: int
    y: int
    width: int
    height: int


def place(rows: Sequence[Row]) -> list[tuple[Row, Place, list[tuple[Panel, Place]]]]:
    """Return rows and panels with their places, from the top down."""
    found = []
    top = 0
    for row in rows:
        head = Place(0, top, WIDTH, 1)
        top += 1
        panels = []
        for line in _lines(row.panels):
            x = 0
            for panel, width in zip(line, _widths(line), strict=True):
                panels.append((panel, Place(x, top, width, panel.height)))
                x += width
            top += max(panel.height for panel in line)
        found.append((row, head, panels))
    return found


def _widths(line: Sequence[Panel]) -> list[int]:
    """The widths of panels that stand beside each other: a line that is not full is stretched."""
    widths = [panel.width for panel in line]
    if len(line) == 1:
        return [max(WIDTH // 2, *widths, 0)]
    free, more = divmod(WIDTH - sum(widths), len(line))
    return [width + free + (place < more) for place, width in enumerate(widths)]


def _lines(panels: Sequence[Panel]) -> list[list[Panel]]:
    """Panels that stand beside each other: as many as fit, all of one height."""
    lines: list[list[Panel]] = []
    for panel in panels:
        line = lines[-1] if lines else []
        used = sum(other.width for other in line)
        if line and used + panel.width <= WIDTH and line[0].height == panel.height:
            line.append(panel)
        else:
            lines.append([panel])
    return lines
