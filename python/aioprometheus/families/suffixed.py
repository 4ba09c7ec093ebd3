"""Families under prometheus_client's names, and with its rules: counters and infos are exposed with
an ending that their names do not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .bounded import bounded, bounded_dict
from .family import Labels
from .metric import Metric
from .numbers import CounterFamily, GaugeFamily, UntypedFamily
from .observations import (
    Buckets,
    GaugeHistogramFamily,
    HistogramFamily,
    SummaryFamily,
)
from .sample import AnyExemplar, Exemplar, Sample, Time
from .states import InfoFamily, StateSetFamily


class _Suffixed(Metric):
    """The rules of prometheus_client: any name, a unit that is appended, labels that are zipped."""

    _is_named_as_given = False
    _labelnames: tuple[str, ...]

    def _check_name(self, name: str) -> None:
        Metric._check_name(self, name)

    def _with_unit(self, name: str, unit: str) -> str:
        return Metric._with_unit(self, name, unit)

    def _declared(self, labels: Sequence[str] | None) -> tuple[str, ...]:
        return tuple(bounded(self.name, labels or (), "labels"))

    def _labels_of(self, labels: Labels) -> dict[str, object]:
        if isinstance(labels, Mapping):
            return bounded_dict(self.name, labels, "labels")
        return dict(zip(self._labelnames, labels or (), strict=False))


class CounterMetricFamily(_Suffixed, CounterFamily):
    """A family of counters, which is exposed under its name with ``_total``.

    :param name: Its name, with ``_total`` or without.
    :param documentation: Its description.
    :param value: The value of its only series, which has no labels.
    :param labels: The names of the labels, for series whose labels are given as lists of values.
    :param created: When that only series began to count, in seconds since 1970.
    :param unit: The unit of its values; it is appended to a name that does not end in it.
    :param exemplar: The exemplar of that only series.
    :raises ValueError: If the name is empty, or both a value and labels are given.
    """

    _ending = "_total"

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
        stem = name.removesuffix("_total")
        super().__init__(stem, documentation, value, labels, created, unit, exemplar)

    def _add_birth(
        self, labels: dict[str, object], created: float | None, timestamp: Time | None
    ) -> None:
        if created is not None:
            self.samples.append(Sample(f"{self.name}_created", labels, created, timestamp))


class GaugeMetricFamily(_Suffixed, GaugeFamily):
    """As :class:`~aioprometheus.families.GaugeFamily`, with prometheus_client's rules."""


class UnknownMetricFamily(_Suffixed, UntypedFamily):
    """As :class:`~aioprometheus.families.UntypedFamily`, with prometheus_client's rules."""


UntypedMetricFamily = UnknownMetricFamily
"""The older name of :class:`UnknownMetricFamily`."""


class SummaryMetricFamily(_Suffixed, SummaryFamily):
    """As :class:`~aioprometheus.families.SummaryFamily`, with prometheus_client's rules."""


class HistogramMetricFamily(_Suffixed, HistogramFamily):
    """As :class:`~aioprometheus.families.HistogramFamily`, with prometheus_client's rules: there is
    no sum, and then no count, where values may be negative.
    """

    def _has_sum(self, buckets: Buckets) -> bool:
        lowest = next(iter(buckets))
        return float(lowest[0] if isinstance(lowest, (tuple, list)) else lowest) >= 0


class GaugeHistogramMetricFamily(_Suffixed, GaugeHistogramFamily):
    """As :class:`~aioprometheus.families.GaugeHistogramFamily`, with prometheus_client's rules."""


class InfoMetricFamily(_Suffixed, InfoFamily):
    """As :class:`~aioprometheus.families.InfoFamily`, with prometheus_client's rules: it is exposed
    under its name with ``_info``, whether that has one already or not.
    """

    _adds_ending = True


class StateSetMetricFamily(_Suffixed, StateSetFamily):
    """As :class:`~aioprometheus.families.StateSetFamily`, with prometheus_client's rules."""
