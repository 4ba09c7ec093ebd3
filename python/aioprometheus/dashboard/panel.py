"""Panels and rows before they are Grafana's: what is shown, and by which queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Style = Literal["lines", "stack", "heatmap", "stat", "states", "table"]
"""How a panel draws: lines, stacked areas, a heat map, one number, states over time, a table."""


@dataclass(frozen=True)
class Query:
    """A query of a panel."""

    expression: str
    """The PromQL."""
    legend: str = ""
    """The template of the names of its series."""
    instant: bool = False
    """Whether only the last values are asked for."""
    heatmap: bool = False
    """Whether its series are classic buckets."""
    exemplars: bool = False
    """Whether its exemplars are asked for, too."""


@dataclass(frozen=True)
class Panel:
    """A panel."""

    title: str
    queries: tuple[Query, ...]
    style: Style = "lines"
    unit: str = "short"
    """Grafana's id of the unit."""
    description: str = ""
    limits: tuple[float, float] | None = None
    """Where values are a warning and an alarm: low ones are bad if the alarm is lower."""
    lowest: float | None = None
    """Where the axis begins, unless there are lower values."""
    highest: float | None = None
    """Where the axis ends, unless there are higher values."""
    colors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The colours of series, by patterns of their names."""
    width: int = 8
    """Its width; a row has 24."""
    height: int = 8
    """Its height, in units of 30 pixels."""


@dataclass(frozen=True)
class Row:
    """A row: a head line, and the panels below it."""

    title: str
    panels: list[Panel] = field(default_factory=list)
