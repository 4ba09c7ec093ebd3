"""Explanations of failed expectations: what did change, and what is called or labelled alike."""

from __future__ import annotations

from collections.abc import Iterable

from ..changes import OWN_LABELS, Change, Wanted, series_text
from ..collectors import Collector
from ..snapshots import Snapshot
from .distributions import Entry, entries

MOST_SERIES = 10
"""How many series of a name are shown."""
MOST_CHANGES = 20
"""How many changes are shown."""
ONLY_AFTER_FAILURES = (
    "aioprometheus_collector_errors_total",
    "aioprometheus_series_overflow_total",
)
"""The names that every registry may get."""


class Found:
    """What is found of a name before and after a block.

    :param before: The registry before it.
    :param after: The registry after it.
    :param name: The name of samples or of a family; empty for all samples.
    :param wanted: The labels that are looked for.
    """

    def __init__(self, before: Snapshot, after: Snapshot, name: str, wanted: Wanted) -> None:
        self._before = before
        self._after = after
        self._name = name
        self._wanted = wanted
        #: Everything that has changed.
        self._all = before.diff(after)
        self._names = [name, *before.names_of(name), *after.names_of(name)]
        self.absent: Collector | None = None
        """The metric that was given, if it is not in the registry."""

    def changes(self) -> list[Change]:
        """Return the changes of the series that match."""
        return [
            change
            for change in self._all
            if self._is_of_name(change.name) and self._wanted.selects(change.labels)
        ]

    def is_unknown(self) -> bool:
        """Return whether nothing is called so, or the metric that was given is not there."""
        if not self._name or self._name in ONLY_AFTER_FAILURES:
            return False
        if self.absent is not None:
            return True
        return not any(self._may_be_in(each) for each in (self._before, self._after))

    def explained(self, expected: str, problem: str | None, *, has_changes: bool = True) -> str:
        """Return the message of a failure.

        :param expected: What was expected, as the words behind the name.
        :param problem: What happened instead; None if there is no series that matches.
        :param has_changes: Whether there was a block that could change something.
        """
        subject = "the registry"
        if self._name:
            subject = series_text(self._name, self._wanted.shown())
        lines = []
        if self.absent is not None:
            problem = (
                "the metric that was given is not in this registry; was it made before "
                "metrics_registry emptied it, or in another one?"
            )
        elif self.is_unknown():
            problem = f"nothing is called so{self._near()}"
        elif problem is None:
            lines = self._series()
            problem = "there is no such series" if lines else "it has no series"
        lines.insert(0, f"{subject} {expected}, but {problem}")
        if has_changes:
            lines += self._changed()
        return "\n".join(lines)

    def _may_be_in(self, snapshot: Snapshot) -> bool:
        """Whether something is called so, or would be if a metric without series had one."""
        return self._name in snapshot.names() or any(
            self._name.startswith(f"{family}_") and not snapshot.names_of(family)
            for family in snapshot.kinds
        )

    def _is_of_name(self, name: str) -> bool:
        return not self._name or name in self._names

    def _near(self) -> str:
        """The names that are alike, as a question."""
        # Here, because it takes a tenth of the time that the import of the package takes.
        from difflib import get_close_matches

        names = list(dict.fromkeys([*self._after.names(), *self._before.names()]))
        if not names:
            return ": the registry is empty"
        longer = [name for name in names if name.startswith(f"{self._name}_")]
        near = dict.fromkeys([*longer, *get_close_matches(self._name, names, cutoff=0.7)])
        return f"; is {' or '.join(list(near)[:3])} meant?" if near else ""

    def _series(self) -> list[str]:
        """The series of the name, those first whose labels differ least."""
        same = [
            Change(sample.name, sample.labels, sample.value, sample.value)
            for snapshot in (self._before, self._after)
            for sample in snapshot.select(self._name)
        ]
        found = {series_text(each.name, each.labels): each for each in same}
        for change in self._all:
            text = series_text(change.name, change.labels)
            if text in found:
                found[text] = change
        series = self._entries(found.values())
        nearest = sorted(series, key=lambda entry: len(self._wanted.differences(entry.labels)))
        lines = [f"  {entry}{self._difference(entry)}" for entry in nearest]
        return ["Its series:", *_first(lines, MOST_SERIES)] if lines else []

    def _entries(self, changes: Iterable[Change]) -> list[Entry]:
        """What is shown of each series, or of each sample where single buckets are looked for."""
        kinds = {**self._before.kinds, **self._after.kinds}
        if any(name in self._wanted.texts for name in OWN_LABELS):
            kinds = {}
        return entries(changes, kinds, besides=self._name if self._name not in kinds else "")

    def _difference(self, entry: Entry) -> str:
        """What is different about the labels of a series."""
        words = []
        for name in self._wanted.differences(entry.labels):
            there, wanted = entry.labels.get(name), self._wanted.texts[name][0]
            words.append(
                f"it has no {name}" if not there else f'{name} is "{there}", not "{wanted}"'
            )
        return f"  ({'; '.join(words)})" if words else ""

    def _changed(self) -> list[str]:
        """What has changed in the block, what is called so first."""
        if not self._all:
            return ["Nothing changed in the block."]
        changes = sorted(self._all, key=lambda change: not self._is_of_name(change.name))
        lines = [f"  {entry}" for entry in self._entries(changes)]
        return ["What changed in the block:", *_first(lines, MOST_CHANGES)]


def _first(lines: Iterable[str], most: int) -> list[str]:
    """The first lines, and how many more there are."""
    lines = list(lines)
    more = len(lines) - most
    return [*lines[:most], f"  ... and {more} more"] if more > 0 else lines
