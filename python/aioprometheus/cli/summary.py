"""What a family or a series says in one line: values, quantiles, states, rates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection

from ..changes import sum_of
from .model import Distribution, Family, Value, text_of
from .quantiles import Quantile, quantile, total_of
from .terminal import plain
from .units import exact, humanized, unit_of

QUANTILES = (0.5, 0.95, 0.99)
"""The quantiles of histograms that are shown."""


class Words:
    """How values are written.

    :param raw: Whether they are written as in an exposition, without units.
    """

    def __init__(self, raw: bool) -> None:
        self.raw = raw

    def number(self, value: float | None, unit: str = "") -> str:
        """Return a value.

        :param value: The value; None if there is none.
        :param unit: What ``unit_of`` has returned.
        """
        return exact(value) if self.raw else humanized(value, unit)

    def rate(self, value: float | None, unit: str = "") -> str:
        """Return a value for each second.

        :param value: The value; None if it is not known.
        :param unit: The unit of what is counted.
        """
        if value is None:
            return ""
        number = self.number(round(value, 6) if self.raw else value, unit)
        return number if self.raw else f"{number}/s"


def value_of(
    family: Family,
    values: Collection[Value],
    words: Words,
    recent: Collection[Distribution] | None = None,
) -> str:
    """Return what some series of a family say together.

    :param family: The family.
    :param values: The values of the series: at least one.
    :param words: How they are written.
    :param recent: Of histograms and summaries, what was observed since an earlier reading: the mean
      and the quantiles are those of it.
    """
    unit = unit_of(family.name, family.unit)
    if len(values) == 1:  # as of each series of a long table
        [value] = values
        if not isinstance(value, Distribution):
            return words.number(value, unit)
    distributions = [value for value in values if isinstance(value, Distribution)]
    if distributions:
        return _distribution(distributions, unit, words, recent)
    numbers = [value for value in values if not isinstance(value, Distribution)]
    if family.kind == "counter":
        return f"total {words.number(sum_of(_finite(numbers)), unit)}"
    known = [number for number in numbers if not math.isnan(number)]
    if not known:
        return "NaN"
    return f"min {words.number(min(known), unit)}  max {words.number(max(known), unit)}"


def _finite(numbers: Collection[float]) -> list[float]:
    # The sum of an infinite number and others is that number; of two, it may not be one.
    return [number for number in numbers if math.isfinite(number)]


def _distribution(
    series: list[Distribution],
    unit: str,
    words: Words,
    recent: Collection[Distribution] | None,
) -> str:
    total = total_of(series)
    if total is None:
        counts = [one.counted for one in series if one.counted is not None]
        return f"count {words.number(sum_of(counts))}  (series have different buckets)"
    parts = [f"count {words.number(total.counted)}"]
    if words.raw:
        parts.append(f"sum {words.number(total.sum)}")
    if recent is not None:
        series = [*recent]
        total = total_of(series) or total
    if total.mean is not None:
        parts.append(f"mean {words.number(total.mean, unit)}")
    for phi, (value, is_beyond) in quantiles_of(series, total).items():
        parts.append(f"p{phi * 100:g} {'>' if is_beyond else ''}{words.number(value, unit)}")
    return "  ".join(parts)


def quantiles_of(series: list[Distribution], total: Distribution) -> dict[float, Quantile]:
    """Return the quantiles that are known: those of a summary, or estimates of a histogram.

    :param series: The series; quantiles of several summaries cannot be added.
    :param total: Their sum.
    """
    if len(series) == 1 and series[0].quantiles:
        return {phi: Quantile(value) for phi, value in sorted(series[0].quantiles.items())}
    estimates = {phi: quantile(phi, total) for phi in QUANTILES}
    return {phi: estimate for phi, estimate in estimates.items() if estimate is not None}


def text_value_of(
    family: Family, words: Words, recent: Collection[Distribution] | None = None
) -> str:
    """Return what a whole family says.

    :param family: The family.
    :param words: How values are written.
    :param recent: As for :func:`value_of`.
    """
    if not family.series:
        return ""
    # Text has no infos: there it is a gauge of that name.
    if family.kind == "info" or (family.kind == "gauge" and family.name.endswith("_info")):
        first, *others = family.series
        if not others and family.series[first] == 1:
            return text_of("", first)
    if family.kind == "stateset":
        return _states(family)
    return value_of(family, family.series.values(), words, recent)


def _states(family: Family) -> str:
    stem = family.name
    states = Counter(
        dict(labels).get(stem, "") for labels, value in family.series.items() if value == 1
    )
    if len(states) == 1:
        return plain(next(iter(states)))
    return ", ".join(f"{count} {plain(state)}" for state, count in states.most_common())


def level_of(value: Value) -> float:
    """Return the number that a series is sorted by, and that its trend shows.

    :param value: Its value; of a distribution, it is the count.
    """
    if isinstance(value, Distribution):
        return value.counted or 0.0
    return value


def increases_of(kind: str) -> bool:
    """Return whether the rate of a kind of family says something.

    :param kind: The kind.
    """
    return kind in ("counter", "histogram", "summary")


def increase(later: Value, earlier: Value | None) -> float:
    """Return by how much a series has increased since an earlier reading.

    :param later: Its value.
    :param earlier: The earlier one; None if the series is new, and began at 0.
    """
    now, before = level_of(later), 0.0 if earlier is None else level_of(earlier)
    # A counter that is less than before has begun anew.
    return now if now < before else now - before
