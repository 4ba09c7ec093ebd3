"""A reading of a source: its families at one moment, and what has changed since the one before."""

from __future__ import annotations

import argparse
import sys
import time
from collections import deque
from collections.abc import Sequence

from .families import read_families
from .model import Distribution, Family, Labels, Value
from .quantiles import since
from .summary import increase, increases_of, level_of
from .terminal import plain

LENGTH = 24
"""How many values a trend has."""

Key = tuple[str, "Labels | None"]
"""A family, or one of its series."""


class Reading:
    """The families of a source at one moment.

    :param source: How the user has named the source.
    :param families: The families.
    :param earlier: The reading before this one.
    """

    def __init__(self, source: str, families: list[Family], earlier: Reading | None = None) -> None:
        self.source = source
        self.families = families
        self.time = time.time()
        self._moment = time.monotonic()
        self.seconds = self._moment - earlier._moment if earlier is not None else None
        """The time since the reading before this one, if there was one."""
        self.before: dict[str, dict[Labels, Value]] = {}
        """The series of the families at the reading before this one."""
        if earlier is not None:
            self.before = {family.name: family.series for family in earlier.families}
        self.trends: dict[Key, deque[float]] = {}
        """The last values of the families, or their rates, if the source is watched."""

    @classmethod
    def of(cls, arguments: argparse.Namespace, earlier: Reading | None = None) -> Reading:
        """Read a source, and keep the families that were asked for, in the order asked for.

        :param arguments: What was asked for.
        :param earlier: The reading before this one.
        """
        families = read_families(arguments.source, arguments)
        reading = cls(arguments.source, families, earlier)
        if arguments.watch is not None:
            reading._keep_trends(earlier, arguments.series)
        reading._sort(arguments.sort, arguments.reverse)
        return reading

    def said(self, arguments: argparse.Namespace) -> bool:
        """Say on standard error if there is nothing to show; return whether that is as it may be.

        :param arguments: What was asked for.
        """
        if not self.families:
            wanted = f" has a name like {' or '.join(arguments.names)}" if arguments.names else ""
            print(plain(f"{self.source}: no family{wanted}"), file=sys.stderr)
        return bool(self.families) or not arguments.names

    def rate(self, family: Family, labels: Labels | None = None) -> float | None:
        """Return by how much a counter has increased for each second since the reading before.

        :param family: The counter; of a histogram or a summary it is the count.
        :param labels: One of its series; all of them together without it.
        """
        if not self.seconds or not increases_of(family.kind):
            return None
        before = self.before.get(family.name, {})
        some = family.series if labels is None else {labels: family.series[labels]}
        total = sum(increase(value, before.get(labels)) for labels, value in some.items())
        return total / self.seconds

    def recent(self, family: Family, labels: Labels | None = None) -> list[Distribution] | None:
        """Return what histograms and summaries have observed since the reading before this one.

        :param family: The family.
        :param labels: One of its series; all of them without it.
        :returns: Nothing if there was no reading before.
        """
        if self.seconds is None:
            return None
        before = self.before.get(family.name, {})
        some = family.series if labels is None else {labels: family.series[labels]}
        return [
            since(value, earlier) if isinstance(earlier := before.get(key), Distribution) else value
            for key, value in some.items()
            if isinstance(value, Distribution)
        ]

    def level(self, family: Family) -> float:
        """Return the number that a family is sorted by, and that its trend shows.

        :param family: The family.
        """
        return sum(map(level_of, family.series.values()))

    def _sort(self, by: str, is_reverse: bool) -> None:
        if by in ("name", "kind"):
            self.families.sort(key=lambda family: (getattr(family, by), family.name))
        elif by == "series":
            self.families.sort(key=lambda family: (-len(family.series), family.name))
        else:
            self.families.sort(key=lambda family: (-self._amount(by, family), family.name))
        if is_reverse:
            self.families.reverse()

    def _amount(self, by: str, family: Family) -> float:
        amount = self.rate(family) if by == "rate" else self.level(family)
        # What is no number comes last.
        return float("-inf") if amount is None or amount != amount else amount

    def series_of(self, family: Family, by: str, is_reverse: bool) -> list[Labels]:
        """Return the series of a family in an order.

        :param family: The family.
        :param by: The order of families, which is that of series as far as they have one.
        :param is_reverse: Whether it is the opposite order.
        """
        found = list(family.series)
        if by in ("value", "rate"):
            found.sort(key=lambda labels: -self._amount_of(by, family, labels))
        if is_reverse:
            found.reverse()
        return found

    def _amount_of(self, by: str, family: Family, labels: Labels) -> float:
        amount = level_of(family.series[labels])
        if by == "rate":
            amount = self.rate(family, labels) or 0.0
        return float("-inf") if amount != amount else amount

    def _keep_trends(self, earlier: Reading | None, has_series: bool) -> None:
        """Go on with the trends of what is shown; those of what has gone away are forgotten."""
        for family in self.families:
            if family.kind in ("info", "stateset"):
                continue
            keys: Sequence[Labels | None] = [None, *(family.series if has_series else ())]
            for labels in keys:
                if increases_of(family.kind):
                    value = self.rate(family, labels)
                elif labels is None:
                    value = self.level(family)
                else:
                    value = level_of(family.series[labels])
                key = (family.name, labels)
                trend = earlier.trends.get(key) if earlier is not None else None
                trend = deque(maxlen=LENGTH) if trend is None else trend
                if value is not None:
                    trend.append(value)
                self.trends[key] = trend
