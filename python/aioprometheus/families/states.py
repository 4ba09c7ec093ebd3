"""Families of facts and of states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from .bounded import bounded, bounded_dict
from .family import Family, Labels, refuse_both
from .sample import Time


class InfoFamily(Family):
    """A family of facts, for a collector to yield.

    :param name: Its name, with its ``_info`` or without.
    :param documentation: Its description.
    :param value: The facts of its only series, which has no other labels.
    :param labels: The names of the labels, for series whose labels are given as lists of values.
    :raises ValueError: If a name is malformed, or both a value and labels are given.
    """

    _type = "info"
    _adds_ending: ClassVar[bool] = False
    """Whether ``_info`` is added to a name that has it already."""

    def __init__(
        self,
        name: str,
        documentation: str,
        value: Mapping[str, str] | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, documentation, labels)
        refuse_both(labels, value)
        if value is not None:
            self.add_metric([], value)

    def add_metric(
        self, labels: Labels, value: Mapping[str, str], timestamp: Time | None = None
    ) -> None:
        """Add a series.

        :param labels: Its labels beside the facts: a dict, or values for the declared names.
        :param value: The facts, which become labels too.
        :param timestamp: The time of its sample in seconds since 1970, if it is not that of the
            scrape.
        :raises ValueError: If the labels are not the declared ones.
        """
        has_ending = self.name.endswith("_info") and not self._adds_ending
        facts = bounded_dict(self.name, value, "facts")
        self._add("" if has_ending else "_info", {**self._labels_of(labels), **facts}, 1, timestamp)


class StateSetFamily(Family):
    """A family of states, in any of which a series may be; for a collector to yield.

    :param name: Its name, which is that of the label of the states too.
    :param documentation: Its description.
    :param value: The states of its only series, and whether it is in each.
    :param labels: The names of the labels, for series whose labels are given as lists of values.
    :raises ValueError: If a name is malformed, or both a value and labels are given.
    """

    _type = "stateset"

    def __init__(
        self,
        name: str,
        documentation: str,
        value: Mapping[str, bool] | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, documentation, labels)
        refuse_both(labels, value)
        if value is not None:
            self.add_metric([], value)

    def add_metric(
        self, labels: Labels, value: Mapping[str, bool], timestamp: Time | None = None
    ) -> None:
        """Add a series.

        :param labels: Its labels: a dict, or values for the declared names.
        :param value: The states, and whether the series is in each.
        :param timestamp: The time of its samples in seconds since 1970, if it is not that of the
            scrape.
        :raises ValueError: If the labels are not the declared ones.
        """
        labels = self._labels_of(labels)
        for state, is_in in sorted(bounded(self.name, value.items(), "states")):
            self._add("", {**labels, self.name: state}, 1 if is_in else 0, timestamp)
