"""Families of numbers: counters, gauges, and those of which nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from .family import Family, Labels, refuse_both
from .sample import AnyExemplar, Exemplar, Time


class _OneNumber(Family):
    """A family with one number for each series."""

    def __init__(
        self,
        name: str,
        documentation: str,
        value: float | None = None,
        labels: Sequence[str] | None = None,
        unit: str = "",
    ) -> None:
        super().__init__(name, documentation, labels, unit)
        refuse_both(labels, value)
        if value is not None:
            self.add_metric([], value)

    def add_metric(self, labels: Labels, value: float, timestamp: Time | None = None) -> None:
        """Add a series.

        :param labels: Its labels: a dict, or values for the declared names.
        :param value: Its value.
        :param timestamp: The time of its samples in seconds since 1970, if it is not that of the
            scrape.
        :raises ValueError: If the labels are not the declared ones.
        """
        self._add("", self._labels_of(labels), value, timestamp)


class GaugeFamily(_OneNumber):
    """A family of gauges, for a collector to yield.

    :param name: Its name.
    :param documentation: Its description.
    :param value: The value of its only series, which has no labels.
    :param labels: The names of the labels, for series whose labels are given as lists of values.
    :param unit: The unit of its values, which must be the end of the name.
    :raises ValueError: If a name is malformed, or both a value and labels are given.
    """

    _type = "gauge"


class UntypedFamily(_OneNumber):
    """A family of numbers of which nothing is known, for a collector to yield.

    :param name: Its name.
    :param documentation: Its description.
    :param value: The value of its only series, which has no labels.
    :param labels: The names of the labels, for series whose labels are given as lists of values.
    :param unit: The unit of its values, which must be the end of the name.
    :raises ValueError: If a name is malformed, or both a value and labels are given.
    """

    _type = "unknown"


class CounterFamily(Family):
    """A family of counters, for a collector to yield.

    :param name: Its name, with its ``_total``: it is exposed as it is given.
    :param documentation: Its description.
    :param value: The value of its only series, which has no labels.
    :param labels: The names of the labels, for series whose labels are given as lists of values.
    :param created: When that only series began to count, in seconds since 1970.
    :param unit: The unit of its values, which must be the end of the name before ``_total``.
    :param exemplar: The exemplar of that only series.
    :raises ValueError: If a name is malformed, or both a value and labels are given.
    """

    _type = "counter"
    _ending: ClassVar[str] = ""

    def __init__(
        self,
        name: str,
        documentation: str,
        value: float | None = None,
        labels: Sequence[str] | None = None,
        created: float | None = None,
        unit: str = "",
        exemplar: Exemplar | AnyExemplar | None = None,
    ) -> None:
        super().__init__(name, documentation, labels, unit)
        refuse_both(labels, value)
        if value is not None:
            self.add_metric([], value, created, exemplar=exemplar)

    def add_metric(
        self,
        labels: Labels,
        value: float,
        created: float | None = None,
        timestamp: Time | None = None,
        exemplar: Exemplar | AnyExemplar | None = None,
    ) -> None:
        """Add a series.

        :param labels: Its labels: a dict, or values for the declared names.
        :param value: Its value.
        :param created: When it began to count, in seconds since 1970.
        :param timestamp: The time of its samples in seconds since 1970, if it is not that of the
            scrape.
        :param exemplar: Its exemplar: an ``Exemplar``, or a dict of labels.
        :raises ValueError: If the labels are not the declared ones.
        """
        labels = self._labels_of(labels)
        self._add(self._ending, labels, value, timestamp, exemplar)
        self._add_birth(labels, created, timestamp)
