"""Families of observations: summaries, histograms, and gauge histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from .. import _core
from .bounded import bounded
from .family import Family, Labels, refuse_both
from .sample import AnyExemplar, Exemplar, Time

Bound: TypeAlias = float | str
"""An upper bound, as a number or as it is written: ``"+Inf"``."""

Buckets: TypeAlias = (
    Mapping[Bound, float]
    | Sequence[tuple[Bound, float] | tuple[Bound, float, Exemplar | AnyExemplar | None]]
)
"""Upper bounds in ascending order, the count of all values up to each, and perhaps exemplars."""


class SummaryFamily(Family):
    """A family of summaries, for a collector to yield.

    :param name: Its name.
    :param documentation: Its description.
    :param count_value: How many values the only series has observed.
    :param sum_value: Their sum.
    :param labels: The names of the labels, for series whose labels are given as lists of values.
    :param unit: The unit of its values, which must be the end of the name.
    :raises ValueError: If a name is malformed, if only one of count and sum is given, or if labels
        are given beside them.
    """

    _type = "summary"

    def __init__(
        self,
        name: str,
        documentation: str,
        count_value: int | None = None,
        sum_value: float | None = None,
        labels: Sequence[str] | None = None,
        unit: str = "",
    ) -> None:
        super().__init__(name, documentation, labels, unit)
        if (sum_value is None) != (count_value is None):
            raise ValueError("count_value and sum_value must be provided together.")
        refuse_both(labels, count_value)
        if count_value is not None and sum_value is not None:
            self.add_metric([], count_value, sum_value)

    def add_metric(
        self,
        labels: Labels,
        count_value: int,
        sum_value: float,
        timestamp: Time | None = None,
        *,
        quantiles: Mapping[float, float] | None = None,
        created: float | None = None,
    ) -> None:
        """Add a series.

        :param labels: Its labels: a dict, or values for the declared names.
        :param count_value: How many values it has observed.
        :param sum_value: Their sum.
        :param timestamp: The time of its samples in seconds since 1970, if it is not that of the
            scrape.
        :param quantiles: The values at ranks from 0 to 1.
        :param created: When it began to count, in seconds since 1970.
        :raises ValueError: If the labels are not the declared ones.
        """
        labels = self._labels_of(labels)
        given = bounded(self.name, (quantiles or {}).items(), "quantiles")
        by_rank = [(self._read_rank(rank), value) for rank, value in given]
        for quantile, value in by_rank:
            self._add("", {**labels, "quantile": quantile}, value, timestamp)
        self._add("_count", labels, count_value, timestamp)
        self._add("_sum", labels, sum_value, timestamp)
        self._add_birth(labels, created, timestamp)

    def _read_rank(self, rank: Any) -> str:
        try:
            return repr(float(rank))
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{self.name}: a quantile has its rank as a number, as in 0.9, not {rank!r}"
            ) from error


class _Buckets(Family):
    """A family whose series have buckets."""

    def _add_buckets(
        self, labels: dict[str, object], buckets: Buckets, timestamp: Time | None
    ) -> float:
        """Add the samples of the buckets; return the last count."""
        items = buckets.items() if isinstance(buckets, Mapping) else buckets
        given = bounded(self.name, items, "buckets")
        if not given:
            raise ValueError(f"{self.name}: give one bucket at least, that of '+Inf'")
        for le, count, exemplar in [self._read_bucket(bucket) for bucket in given]:
            self._add("_bucket", {**labels, "le": le}, count, timestamp, exemplar)
        last: float = given[-1][1]
        return last

    def _read_bucket(self, bucket: Any) -> tuple[str, float, Any]:
        """Return the bound of a bucket as text, its count, and its exemplar, if it has one."""
        try:
            bound, count, *exemplar = bucket
            le = bound if isinstance(bound, str) else _core.format_bound(bound)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{self.name}: a bucket is a pair of its upper bound and the count of all values "
                f"up to it, as in ('0.5', 3), not {bucket!r}"
            ) from error
        return le, count, exemplar[0] if exemplar else None


class HistogramFamily(_Buckets):
    """A family of histograms, for a collector to yield.

    :param name: Its name.
    :param documentation: Its description.
    :param buckets: The buckets of its only series: pairs of an upper bound and the count of all
        values up to it, ascending, the last of ``"+Inf"``. A third element is an exemplar.
    :param sum_value: The sum of the values of that only series.
    :param labels: The names of the labels, for series whose labels are given as lists of values.
    :param unit: The unit of its values, which must be the end of the name.
    :raises ValueError: If a name is malformed, if there is a sum without buckets, or if labels are
        given beside buckets.
    """

    _type = "histogram"

    def __init__(
        self,
        name: str,
        documentation: str,
        buckets: Buckets | None = None,
        sum_value: float | None = None,
        labels: Sequence[str] | None = None,
        unit: str = "",
    ) -> None:
        super().__init__(name, documentation, labels, unit)
        if sum_value is not None and buckets is None:
            raise ValueError("sum value cannot be provided without buckets.")
        refuse_both(labels, buckets, "buckets")
        if buckets is not None:
            self.add_metric([], buckets, sum_value)

    def _has_sum(self, buckets: Buckets) -> bool:
        """Whether a sum is exposed, and with it the count."""
        return True

    def add_metric(
        self,
        labels: Labels,
        buckets: Buckets,
        sum_value: float | None,
        timestamp: Time | None = None,
        *,
        created: float | None = None,
    ) -> None:
        """Add a series.

        :param labels: Its labels: a dict, or values for the declared names.
        :param buckets: Pairs of an upper bound and the count of all values up to it, ascending, the
            last of ``"+Inf"``; or a dict of them. A third element is an exemplar.
        :param sum_value: The sum of all values; None if it is not known.
        :param timestamp: The time of its samples in seconds since 1970, if it is not that of the
            scrape.
        :param created: When it began to count, in seconds since 1970.
        :raises ValueError: If the labels are not the declared ones, or if there are no buckets.
        """
        labels = self._labels_of(labels)
        count = self._add_buckets(labels, buckets, timestamp)
        if sum_value is not None and self._has_sum(buckets):
            self._add("_count", labels, count, timestamp)
            self._add("_sum", labels, sum_value, timestamp)
        self._add_birth(labels, created, timestamp)


class GaugeHistogramFamily(_Buckets):
    """A family of histograms of what is there now, whose counts go down too; for a collector to
    yield.

    OpenMetrics and protocol buffers have a type for it; in the text format its buckets are those of
    a histogram, and its count and sum are gauges.

    :param name: Its name.
    :param documentation: Its description.
    :param buckets: The buckets of its only series: pairs of an upper bound and the count of all
        values up to it, ascending, the last of ``"+Inf"``.
    :param gsum_value: The sum of the values of that only series.
    :param labels: The names of the labels, for series whose labels are given as lists of values.
    :param unit: The unit of its values, which must be the end of the name.
    :raises ValueError: If a name is malformed, or if labels are given beside buckets.
    """

    _type = "gaugehistogram"

    def __init__(
        self,
        name: str,
        documentation: str,
        buckets: Buckets | None = None,
        gsum_value: float | None = None,
        labels: Sequence[str] | None = None,
        unit: str = "",
    ) -> None:
        super().__init__(name, documentation, labels, unit)
        refuse_both(labels, buckets, "buckets")
        if buckets is not None:
            self.add_metric([], buckets, gsum_value)

    def add_metric(
        self,
        labels: Labels,
        buckets: Buckets,
        gsum_value: float | None,
        timestamp: Time | None = None,
    ) -> None:
        """Add a series.

        :param labels: Its labels: a dict, or values for the declared names.
        :param buckets: Pairs of an upper bound and the count of all values up to it, ascending, the
            last of ``"+Inf"``; or a dict of them.
        :param gsum_value: The sum of all values; None if it is not known.
        :param timestamp: The time of its samples in seconds since 1970, if it is not that of the
            scrape.
        :raises ValueError: If the labels are not the declared ones, or if there are no buckets.
        """
        labels = self._labels_of(labels)
        count = self._add_buckets(labels, buckets, timestamp)
        self._add("_gcount", labels, count, timestamp)
        if gsum_value is not None:
            self._add("_gsum", labels, gsum_value, timestamp)
