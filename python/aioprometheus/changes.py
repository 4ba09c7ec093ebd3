"""Changes of samples, the labels that samples are looked for by, and how both are shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, overload

from . import _core
from .collectors import Collector

LabelValues = Mapping[str, object] | None
"""Labels as they may be given, to look for samples."""

OWN_LABELS = ("le", "quantile")
"""The labels that distinguish the samples of one series."""


def sum_of(values: Sequence[float]) -> float:
    """Return the sum of values, which may be infinite, or too large for a float.

    :param values: The values.
    """
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):
        return sum(values)


class Change(NamedTuple):
    """What changed of one sample between two snapshots."""

    name: str
    """The name of the sample."""
    labels: dict[str, str]
    """Its labels."""
    before: float | None
    """Its value in the earlier snapshot; None if it was not there."""
    after: float | None
    """Its value in the later snapshot; None if it is not there any more."""

    @property
    def by(self) -> float:
        """How much it increased. A sample that is not there counts as 0."""
        return (self.after or 0.0) - (self.before or 0.0)

    @property
    def is_new(self) -> bool:
        """Whether it was not there before."""
        return self.before is None

    @property
    def is_gone(self) -> bool:
        """Whether it is not there any more."""
        return self.after is None

    def __str__(self) -> str:
        """Show it as one line: ``requests_total{method="GET"} 3 -> 5 (+2)``."""
        return f"{series_text(self.name, self.labels)} {self.effect()}"

    def effect(self) -> str:
        """Return the part of the line behind the labels."""
        if self.before is None:
            return f"new: {number(self.after or 0.0)}"
        if self.after is None:
            return f"gone: {number(self.before)}"
        by = number(float(f"{self.by:.12g}"))
        return f"{number(self.before)} -> {number(self.after)} ({'' if by[0] == '-' else '+'}{by})"


class Changes(Sequence[Change]):
    """What changed between two snapshots: a sequence that is empty if nothing did.

    :param changes: The changes.
    """

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        self._changes = list(changes)

    @property
    def new(self) -> list[Change]:
        """The samples that were not there before."""
        return [change for change in self._changes if change.is_new]

    @property
    def gone(self) -> list[Change]:
        """The samples that are not there any more."""
        return [change for change in self._changes if change.is_gone]

    @property
    def changed(self) -> list[Change]:
        """The samples that were there before and have another value now."""
        return [change for change in self._changes if not change.is_new and not change.is_gone]

    def of(self, name: str, labels: LabelValues = None) -> Changes:
        """Return the changes of the samples of one name.

        :param name: The name of the samples, such as ``latency_seconds_count``.
        :param labels: Labels that they must have; whatever others they have, if there are any.
        :raises TypeError: If the labels are not a dict.
        """
        wanted = Wanted(labels)
        named = (change for change in self._changes if change.name == name)
        return Changes(change for change in named if wanted.selects(change.labels))

    def by(self, name: str, labels: LabelValues = None) -> float:
        """Return how much samples of one name increased, all together.

        :param name: As for :meth:`of`.
        :param labels: As for :meth:`of`.
        :raises TypeError: If the labels are not a dict.
        """
        return sum_of([change.by for change in self.of(name, labels)])

    def replace(self, changes: Iterable[Change]) -> None:
        """Replace all changes.

        :param changes: The new ones.
        """
        self._changes = list(changes)

    def __len__(self) -> int:
        """Return the number of changes."""
        return len(self._changes)

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> list[Change]: ...
    def __getitem__(self, index: int | slice) -> Change | list[Change]:
        """Return one change, or a list of some."""
        return self._changes[index]

    def __str__(self) -> str:
        """Show all changes, one a line."""
        return "\n".join(map(str, self._changes))

    def __repr__(self) -> str:
        """Show the changes on one line, at most ten of them."""
        shown = [*map(str, self._changes[:10]), *["..."][: len(self) > 10]]
        return f"<Changes: {'; '.join(shown) or 'none'}>"


class Wanted:
    """Labels that samples are looked for by: for each name, the texts that its value may have.

    :param labels: The labels.
    :raises TypeError: If they are not a dict.
    """

    def __init__(self, labels: LabelValues) -> None:
        if labels is not None and not isinstance(labels, Mapping):
            raise TypeError(
                'labels are a dict, such as {"method": "GET"}, not ' + type(labels).__name__
            )
        self.labels = labels
        """The labels as they were given."""
        self.texts = {name: _texts(name, value) for name, value in (labels or {}).items()}
        """The first text of each is that of the value as it was given."""

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Return whether a sample has these labels.

        :param labels: The labels of the sample.
        """
        return not self.differences(labels)

    def differences(self, labels: Mapping[str, str]) -> list[str]:
        """Return the names of the labels that a sample does not have, or not with this value.

        :param labels: The labels of the sample.
        """
        return [name for name, texts in self.texts.items() if labels.get(name, "") not in texts]

    def has_all_of(self, labels: Mapping[str, str]) -> bool:
        """Return whether a sample has no other labels than these.

        :param labels: The labels of the sample.
        """
        return all(name in self.texts for name, text in labels.items() if text)

    def shown(self) -> dict[str, str]:
        """Return the labels as text."""
        return {name: texts[0] for name, texts in self.texts.items()}


def _texts(name: str, value: object) -> tuple[str, ...]:
    text = _core.label_text(value)
    if name in OWN_LABELS and isinstance(value, (int, float)):
        # The bound 1 is "1.0" there.
        return text, _core.format_bound(float(value))
    return (text,)


def name_of(metric: str | Collector) -> str:
    """Return the name of a metric or of samples.

    :param metric: The name, or the metric.
    :raises TypeError: If it is neither.
    """
    name = metric.name if isinstance(metric, Collector) else metric
    if not isinstance(name, str):
        raise TypeError(
            "a metric is given by its name, or itself, and its labels beside it; not "
            f"{type(metric).__name__}"
        )
    return name


def series_text(name: str, labels: Mapping[str, str]) -> str:
    """Return a name and labels as the text format writes them.

    :param name: The name of a sample.
    :param labels: Its labels.
    """
    line = _core.format_sample(name, labels, 0, None, "allow-utf-8", True)
    return line.rpartition(" ")[0]


def number(value: float) -> str:
    """Return the shortest text of a number.

    :param value: The number.
    """
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
