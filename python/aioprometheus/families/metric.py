"""The base class of families, with the interface that prometheus_client has for them."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import ClassVar

from .sample import AnyExemplar, Exemplar, NativeHistogram, Sample, Time

METRIC_TYPES = (
    "counter",
    "gauge",
    "summary",
    "histogram",
    "gaugehistogram",
    "unknown",
    "info",
    "stateset",
)
"""The types of families."""


class Metric:
    """A family and its samples, for a type that is known at run time only.

    Samples whose names do not belong to the type are exposed as untyped families of those names.

    :param name: Its name. A unit that it does not end in is appended.
    :param documentation: Its description.
    :param typ: Its type, one of ``METRIC_TYPES`` or ``"untyped"``.
    :param unit: The unit of its values.
    :raises ValueError: If the name is empty, or there is no such type.
    """

    _is_named_as_given: ClassVar[bool] = False
    """Whether the name is that of its samples; the core asks for it."""

    def __init__(self, name: str, documentation: str, typ: str, unit: str = "") -> None:
        name = self._with_unit(name, unit)
        self._check_name(name)
        self.name = name
        """The name, in prometheus_client's way without the ending of a counter or an info."""
        self.documentation = documentation
        """The description."""
        self.unit = unit
        """The unit of the values, or an empty text."""
        if typ == "untyped":
            typ = "unknown"
        if typ not in METRIC_TYPES:
            raise ValueError(f"Invalid metric type: {typ}")
        self.type = typ
        """The type, one of ``METRIC_TYPES``."""
        self.samples: list[Sample] = []
        """The samples, in the order in which they are exposed."""

    def _with_unit(self, name: str, unit: str) -> str:
        """The name, which ends in the unit."""
        return f"{name}_{unit}" if unit and not name.endswith(f"_{unit}") else name

    def _check_name(self, name: str) -> None:
        """Refuse a name that no scraper takes."""
        if not name:
            raise ValueError("metric name cannot be empty")

    def add_sample(
        self,
        name: str,
        labels: Mapping[str, object],
        value: float,
        timestamp: Time | None = None,
        exemplar: Exemplar | AnyExemplar | None = None,
        native_histogram: NativeHistogram | None = None,
    ) -> None:
        """Add a sample of any name.

        :param name: Its name, with its suffix.
        :param labels: All its labels, such as ``le`` too.
        :param value: Its value.
        :param timestamp: Its time in seconds since 1970.
        :param exemplar: Its exemplar.
        :param native_histogram: The native buckets of a histogram.
        """
        self.samples.append(Sample(name, labels, value, timestamp, exemplar, native_histogram))

    def __eq__(self, other: object) -> bool:
        """Say whether the other family has the same description and the same samples."""
        return (
            isinstance(other, Metric)
            and (self.name, self.documentation) == (other.name, other.documentation)
            and (self.type, self.unit) == (other.type, other.unit)
            and self.samples == other.samples
        )

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        """Show the description and all samples."""
        fields = (self.name, self.documentation, self.type, self.unit, self.samples)
        return f"Metric({', '.join(map(str, fields))})"

    def _restricted_metric(self, names: Container[str]) -> Metric | None:
        """A family of the samples that have one of these names; None if there is none."""
        samples = [sample for sample in self.samples if sample[0] in names]
        if not samples:
            return None
        restricted = Metric(self.name, self.documentation, self.type)
        restricted.samples = samples
        return restricted
