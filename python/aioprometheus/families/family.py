"""The base class of the families that are exposed under the name that they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import ClassVar, TypeAlias

from .. import _core
from .bounded import bounded, bounded_dict
from .metric import Metric
from .sample import AnyExemplar, Exemplar, Sample, Time

Labels: TypeAlias = Mapping[str, object] | Sequence[object] | None
"""The labels of a series: a dict, or the values of the declared names in their order."""


class Family(Metric):
    """The base class of the families that are exposed under the name that they are given.

    :param name: The name of the family.
    :param documentation: Its description.
    :param labels: The names of the labels of its series; None for any.
    :param unit: The unit of its values, which must be the end of the name.
    :raises ValueError: If a name or the unit is malformed.
    """

    _is_named_as_given = True
    _type: ClassVar[str]

    def __init__(
        self, name: str, documentation: str, labels: Sequence[str] | None = None, unit: str = ""
    ) -> None:
        super().__init__(name, documentation, self._type, unit)
        self._labelnames = self._declared(labels)

    def _check_name(self, name: str) -> None:
        _core.format_header(name, "", "gauge")

    def _with_unit(self, name: str, unit: str) -> str:
        stem = name.removesuffix("_total") if self._type == "counter" else name
        if unit and not stem.endswith(f"_{unit}"):
            example = f"{stem}_{unit}{name[len(stem) :]}"
            raise ValueError(
                f"{name}: a metric of the unit '{unit}' must be named so: {example}; rename it, or "
                "leave the unit out"
            )
        return name

    def _declared(self, labels: Sequence[str] | None) -> tuple[str, ...]:
        if isinstance(labels, str):
            raise ValueError(
                f"{self.name}: labels are the names of labels, such as ['{labels}'], not a str"
            )
        names = tuple(bounded(self.name, labels or (), "labels"))
        # Malformed names are refused here, and not at the scrape.
        _core.format_sample(self.name, dict.fromkeys(names, ""), 0)
        return names

    def _labels_of(self, labels: Labels) -> dict[str, object]:
        """The labels of a series as a dict, which must have the declared names."""
        names = self._labelnames
        if isinstance(labels, Mapping):
            found = bounded_dict(self.name, labels, "labels")
            if names and found.keys() != set(names):
                raise ValueError(
                    f"{self.name}: its labels are {', '.join(names)}, not "
                    f"{', '.join(map(str, found)) or 'none'}"
                )
            return found
        values = tuple(islice(labels or (), len(names) + 1))
        if isinstance(labels, str) or len(values) != len(names):
            raise ValueError(
                f"{self.name}: give its labels as a dict, or a list of {len(names)} values for the "
                f"names that it was made with ({', '.join(names) or 'none'}), not {labels!r}"
            )
        return dict(zip(names, values, strict=True))

    def _add(
        self,
        suffix: str,
        labels: dict[str, object],
        value: float,
        timestamp: Time | None,
        exemplar: Exemplar | AnyExemplar | None = None,
    ) -> None:
        self.samples.append(Sample(f"{self.name}{suffix}", labels, value, timestamp, exemplar))

    def _add_birth(
        self, labels: dict[str, object], created: float | None, timestamp: Time | None
    ) -> None:
        if created is not None:
            stem = self.name.removesuffix("_total") if self._type == "counter" else self.name
            self.samples.append(Sample(f"{stem or self.name}_created", labels, created, timestamp))


def refuse_both(labels: object, value: object, name: str = "value") -> None:
    """Refuse labels beside a value, which is that of the series without labels.

    :param labels: The names of labels, if they are given.
    :param value: The value, if it is given.
    :param name: The name of its parameter.
    :raises ValueError: If both are given.
    """
    if labels is not None and value is not None:
        raise ValueError(f"Can only specify at most one of {name} and labels.")
