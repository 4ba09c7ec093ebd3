"""Middlewares around each other: which of them counts a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..http.shared import label_texts
from ..http.standard import StandardMetrics
from .counters import COUNTERS, WithLabels

Series = tuple[list[int], dict[str, str]]
"""The metrics of a middleware, by their addresses, and its const labels."""


class Counting(Protocol):
    """A middleware, as far as it matters here."""

    const_labels: Mapping[str, Any] | None
    _standard: StandardMetrics | None

    @property
    def _sets(self) -> Sequence[str]: ...


def sets_within(middleware: Counting, around: Sequence[Counting]) -> tuple[bool, bool]:
    """Whether a middleware counts a request that has passed others, in the four counters and in the
    standard metrics. It does not where another one has counted it in the same series."""
    counts, measures = "counters" in middleware._sets, middleware._standard is not None
    for other in around:
        counts = counts and not (
            "counters" in other._sets and _counters(middleware) == _counters(other)
        )
        measures = measures and not (
            other._standard is not None and _measured(middleware) == _measured(other)
        )
    return counts, measures


def metrics_of(middleware: Counting) -> set[int]:
    """The metrics of a middleware, by their addresses."""
    return {*_counters(middleware)[0], *_measured(middleware)[0]}


def _counters(middleware: Counting) -> Series:
    counters = [getattr(middleware, name, None) for name in COUNTERS]
    return [id(WithLabels.without(counter)) for counter in counters], label_texts(
        middleware.const_labels
    )


def _measured(middleware: Counting) -> Series:
    return ([], {}) if middleware._standard is None else middleware._standard.series()
