"""Differences between two lists of families, and how they are shown."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .document import number
from .model import Distribution, Family, Labels, Value, text_of
from .summary import Words
from .terminal import Terminal, plain
from .units import exact, unit_of

NEW, GONE, CHANGED = "+", "-", "~"
"""The marks of differences."""


class Difference(NamedTuple):
    """A difference of a family, or of one of its series."""

    mark: str
    family: Family
    """The family where it is; of one that has changed, the second."""
    labels: Labels | None
    """The labels of the series; None if it is one of the family."""
    what: str
    """What has changed: ``kind``, ``help``, ``unit``, ``value``, ``count``, ``sum``, ``buckets``
    (their bounds), or the bound or quantile of a number. Empty if all is new or gone."""
    before: float | str | None = None
    after: float | str | None = None

    @property
    def change(self) -> float | None:
        """By how much a number is higher."""
        if isinstance(self.before, str) or isinstance(self.after, str):
            return None
        if self.before is None or self.after is None:
            return None
        change = self.after - self.before
        return change if math.isfinite(change) else None

    @property
    def is_reset(self) -> bool:
        """Whether a number that only increases is lower: its process has started anew."""
        increases = self.family.kind == "counter" or (
            self.family.kind in ("histogram", "summary") and self.what == "count"
        )
        return increases and (self.change or 0.0) < 0


def compared(
    one: Sequence[Family], other: Sequence[Family], ignore_values: bool = False
) -> list[Difference]:
    """Return the differences, in the order of the names of families.

    :param one: The families of the first exposition.
    :param other: Those of the second one.
    :param ignore_values: Whether numbers are left out.
    """
    first, second = _by_name(one), _by_name(other)
    found: list[Difference] = []
    for name in sorted(first.keys() | second.keys()):
        if name not in second:
            found.append(Difference(GONE, first[name], None, ""))
        elif name not in first:
            found.append(Difference(NEW, second[name], None, ""))
        else:
            found += _of_family(first[name], second[name], ignore_values)
    return found


def _by_name(families: Sequence[Family]) -> dict[str, Family]:
    found: dict[str, Family] = {}
    for family in families:
        earlier = found.get(family.name)
        if earlier is not None:
            family = earlier._replace(series={**earlier.series, **family.series})
        found[family.name] = family
    return found


def _of_family(one: Family, other: Family, ignore_values: bool) -> Iterator[Difference]:
    for what in ("kind", "help", "unit"):
        before, after = getattr(one, what), getattr(other, what)
        if before != after:
            yield Difference(CHANGED, other, None, what, before, after)
    for labels in one.series:
        if labels not in other.series:
            yield Difference(GONE, one, labels, "")
    for labels, value in other.series.items():
        if labels not in one.series:
            yield Difference(NEW, other, labels, "")
            continue
        earlier = one.series[labels]
        if isinstance(earlier, Distribution) and isinstance(value, Distribution):
            before, after = _bounds(earlier), _bounds(value)
            if before != after:
                yield Difference(CHANGED, other, labels, "buckets", before, after)
        if not ignore_values:
            yield from _of_value(other, labels, _numbers(earlier), _numbers(value))


def _of_value(
    family: Family, labels: Labels, before: dict[str, float], after: dict[str, float]
) -> Iterator[Difference]:
    for what in {**before, **after}:
        numbers = before.get(what), after.get(what)
        if not _same(*numbers):
            yield Difference(CHANGED, family, labels, what, *numbers)


def _same(before: float | None, after: float | None) -> bool:
    return before == after or (before != before and after != after)


def _bounds(value: Distribution) -> str:
    bounds = ", ".join(map(exact, value.buckets))
    native = "" if value.native is None else "native"
    return "; ".join(filter(None, (bounds, native))) or "none"


def _numbers(value: Value) -> dict[str, float]:
    """The numbers of a value by what they are."""
    if not isinstance(value, Distribution):
        return {"value": value}
    found = {"count": value.counted, "sum": value.sum}
    numbers = {what: each for what, each in found.items() if each is not None}
    numbers |= {f"le={exact(bound)}": each for bound, each in value.buckets.items()}
    numbers |= {f"quantile={exact(phi)}": each for phi, each in value.quantiles.items()}
    if value.native is not None:
        sides = {"+": value.native.positive, "-": value.native.negative}
        numbers["zero bucket"] = value.native.zero_count
        for sign, counts in sides.items():
            for index, each in counts.items():
                numbers[f"bucket {sign}{index} of schema {value.native.schema}"] = each
    return numbers


def lines_of(
    differences: Sequence[Difference], arguments: argparse.Namespace, terminal: Terminal
) -> list[str]:
    """Return a line for each difference.

    :param differences: The differences.
    :param arguments: What was asked for.
    :param terminal: Where they are written to.
    """
    arrow = "→" if terminal.is_utf8 else "->"
    # Whoever sees that a histogram has counted more need not see where.
    counted = {(each.family.name, each.labels) for each in differences if each.what == "count"}
    lines, words = [], Words(arguments.raw)
    for difference in differences:
        is_bucket = difference.what.startswith(("le=", "bucket ", "zero "))
        if is_bucket and (difference.family.name, difference.labels) in counted:
            continue
        text = terminal.spelled(f"{difference.mark} {_text(difference, words, arrow)}")
        if terminal.width is not None:
            text = terminal.cut(text, terminal.width)
        color = {NEW: "green", GONE: "red", CHANGED: "yellow"}[difference.mark]
        lines.append(terminal.style(text, color))
    return lines


def _text(difference: Difference, words: Words, arrow: str) -> str:
    mark, family, labels, what, before, after = difference
    if labels is None:
        name = plain(family.name)
        if mark != CHANGED:
            count = len(family.series)
            return f"{name}  {family.kind}, {count} {'series' if count else 'series yet'}"
        given = (plain(str(each)) or "(none)" for each in (before, after))
        return f"{name}  {what} {f' {arrow} '.join(given)}"
    name = text_of(family.name, labels)
    if mark != CHANGED:
        value = family.series[labels]
        unit = unit_of(family.name, family.unit)
        if isinstance(value, Distribution):
            return f"{name}  count {words.number(value.counted)}"
        return f"{name}  {words.number(value, unit)}"
    if what == "buckets":
        return f"{name}  buckets {before} {arrow} {after}"
    return f"{name}  {_numbers_text(difference, words, arrow)}"


def _numbers_text(difference: Difference, words: Words, arrow: str) -> str:
    """What a number was, is now, and by how much it is higher."""
    family, what = difference.family, difference.what
    is_value = what in ("value", "sum") or what.startswith("quantile=")
    unit = unit_of(family.name, family.unit) if is_value else ""
    before, after = (
        words.number(given if not isinstance(given, str) else None, unit)
        for given in (difference.before, difference.after)
    )
    if before == after and not words.raw:
        # They differ in digits that are not shown.
        before, after = (exact(_float(given)) for given in (difference.before, difference.after))
    text = "" if what == "value" else f"{what} "
    text += f"{before} {arrow} {after}"
    if difference.is_reset:
        return f"{text}  (reset)"
    change = difference.change
    if change is None:
        return text
    # As two moments, not as a date.
    amount = words.number(abs(change), "seconds" if unit == "time" else unit)
    return f"{text}  ({'+' if change > 0 else '-'}{amount})"


def _float(given: float | str | None) -> float | None:
    return None if isinstance(given, str) else given


def document(one: str, other: str, differences: Sequence[Difference]) -> str:
    """Return the differences as a line of JSON.

    :param one: What the first exposition was read from.
    :param other: The second one.
    :param differences: The differences.
    """
    found = {"a": one, "b": other, "differences": [_json(each) for each in differences]}
    return json.dumps(found, ensure_ascii=True, allow_nan=False)


def _json(difference: Difference) -> dict[str, Any]:
    mark, family, labels, what, before, after = difference
    found: dict[str, Any] = {
        "change": {NEW: "new", GONE: "gone", CHANGED: "changed"}[mark],
        "family": family.name,
    }
    if labels is not None:
        found["labels"] = dict(labels)
    if what:
        found["what"] = what
        found["before"], found["after"] = (
            given if isinstance(given, str) else number(given) for given in (before, after)
        )
    if difference.change is not None:
        found["difference"] = difference.change
    if difference.is_reset:
        found["reset"] = True
    return found
