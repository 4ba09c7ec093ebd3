"""Histograms and summaries in explanations: one line for each series, not one for each bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..changes import OWN_LABELS, Change, number, series_text

COUNTS = {"histogram": "_count", "gaugehistogram": "_gcount", "summary": "_count"}
"""The kinds whose series are no single number, and the suffix of how much they have observed."""
SUMS = {"histogram": "_sum", "gaugehistogram": "_gsum", "summary": "_sum"}
"""The suffix of the sum of what they have observed."""


class Entry(NamedTuple):
    """What an explanation shows of one series."""

    name: str
    """The name of the samples; of a histogram or a summary, that of the family."""
    labels: dict[str, str]
    """The labels of the series."""
    effect: str
    """What it is, or was and is now."""

    def __str__(self) -> str:
        """Show it as one line."""
        return f"{series_text(self.name, self.labels)} {self.effect}"


def entries(changes: Iterable[Change], kinds: Mapping[str, str], besides: str) -> list[Entry]:
    """Return an entry for each series: of a histogram or a summary, it is the count and the sum.

    :param changes: The samples, whether or not they have changed.
    :param kinds: What each family is, by its name.
    :param besides: A name whose samples each have an entry, since it was asked for.
    """
    changes = list(changes)
    by_series = {(change.name, _key(change.labels)): change for change in changes}
    found: dict[object, Entry] = {}
    for change in changes:
        family = None if change.name == besides else _family_of(change, kinds)
        labels = _key(change.labels)
        count = by_series.get((f"{family}{COUNTS[kinds[family]]}", labels)) if family else None
        if family is None or count is None:
            key = change.name, tuple(change.labels.items())
            found[key] = Entry(change.name, change.labels, _effect(change))
        elif (family, labels) not in found:
            total = by_series.get((f"{family}{SUMS[kinds[family]]}", labels))
            found[family, labels] = Entry(family, dict(labels), _both(count, total))
    return list(found.values())


def _key(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The labels of the series that a sample belongs to."""
    return tuple(sorted(pair for pair in labels.items() if pair[0] not in OWN_LABELS))


def _family_of(change: Change, kinds: Mapping[str, str]) -> str | None:
    """The histogram or summary that a sample belongs to."""
    if "quantile" in change.labels and kinds.get(change.name) == "summary":
        return change.name
    name, _, suffix = change.name.rpartition("_")
    is_part = kinds.get(name) in COUNTS and suffix in ("bucket", "count", "sum", "gcount", "gsum")
    return name if is_part else None


def _effect(change: Change) -> str:
    is_same = change.before is not None and change.after == change.before
    return number(change.before or 0.0) if is_same else change.effect()


def _both(count: Change, total: Change | None) -> str:
    parts = {"count": count} if total is None else {"count": count, "sum": total}
    if all(change.is_new for change in parts.values()):
        values = [f"{word} {number(change.after or 0.0)}" for word, change in parts.items()]
        return f"new: {', '.join(values)}"
    if all(change.is_gone for change in parts.values()):
        values = [f"{word} {number(change.before or 0.0)}" for word, change in parts.items()]
        return f"gone: {', '.join(values)}"
    return ", ".join(f"{word} {_effect(change)}" for word, change in parts.items())
