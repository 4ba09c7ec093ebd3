"""Subjects: what a family is, as far as queries need it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MOST_SERIES = 20
"""The most series that a panel shows of a family: more lines cannot be told apart."""


class AnySample(Protocol):
    """A sample, such as ``aioprometheus.families.Sample``."""

    @property
    def name(self) -> str:
        """Its name, with its suffix."""

    @property
    def labels(self) -> Mapping[str, Any]:
        """Its labels."""

    @property
    def value(self) -> float:
        """Its value."""


class AnyFamily(Protocol):
    """A family, such as ``aioprometheus.families.Metric``."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def documentation(self) -> str:
        """Its description."""

    @property
    def type(self) -> str:
        """Its type."""

    @property
    def unit(self) -> str:
        """The unit of its values."""

    @property
    def samples(self) -> Sequence[AnySample]:
        """Its samples."""


@dataclass(frozen=True)
class Subject:
    """What a family is."""

    name: str
    """The name of its samples; of histograms and summaries, without their suffix."""
    kind: str
    """Its type, one of ``aioprometheus.families.METRIC_TYPES``."""
    help: str = ""
    """Its description."""
    unit: str = ""
    """The unit of its values, if it is declared."""
    labels: tuple[str, ...] = ()
    """The names of the labels of its series, sorted; of a state set, without that of the states."""
    shown: tuple[str, ...] = ()
    """Those of them that tell at most ``MOST_SERIES`` series apart."""
    series: int = 0
    """How many series it has."""
    is_classic: bool = False
    """Whether it has classic buckets."""
    is_native: bool = False
    """Whether it has native buckets."""
    has_quantiles: bool = False
    """Whether it is a summary with quantiles."""
    state_label: str = ""
    """The label that has the states of a state set."""


def find_subjects(families: Iterable[AnyFamily]) -> list[Subject]:
    """Return what families are, sorted by name.

    Families without series are left out: their labels are not known.

    :param families: The families.
    """
    found: dict[str, Subject] = {}
    for family in families:
        subject = _subject(family)
        if subject is not None:
            found.setdefault(subject.name, subject)
    births = {f"{_stem(name)}_created" for name in found}
    return [found[name] for name in sorted(found) if name not in births]


def _stem(name: str) -> str:
    return name.removesuffix("_total")


def _subject(family: AnyFamily) -> Subject | None:
    samples = family.samples
    if not samples:
        return None
    kind = {"untyped": "unknown", "gauge_histogram": "gaugehistogram"}.get(family.type, family.type)
    if kind in ("histogram", "gaugehistogram", "summary"):
        return _distribution(family, kind, samples)
    samples = [sample for sample in samples if sample.name != f"{_stem(family.name)}_created"]
    if not samples:
        return None
    name = samples[0].name
    own = [sample for sample in samples if sample.name == name]
    state_label = name if kind == "stateset" else ""
    if kind == "gauge":
        # The text format and protocol buffers have no type for them.
        state_label = _state_label(name, own)
        if state_label:
            kind = "stateset"
        elif name.endswith("_info") and all(sample.value == 1 for sample in own):
            kind = "info"
    labels, shown, series = _labels([sample.labels for sample in own], without=state_label)
    return Subject(
        name,
        kind,
        family.documentation,
        family.unit,
        labels,
        shown,
        series,
        state_label=state_label,
    )


def _state_label(name: str, samples: Sequence[AnySample]) -> str:
    """The label that has the states, if the samples are those of state sets.

    That is the name of the family; or one of whose values exactly one is 1, and the others are 0,
    for any other labels.
    """
    if any(sample.value not in (0, 1) for sample in samples):
        return ""
    if all(name in sample.labels for sample in samples):
        return name
    for label in samples[0].labels:
        states = Counter[tuple[tuple[str, str], ...]]()
        true = Counter[tuple[tuple[str, str], ...]]()
        for sample in samples:
            series = _key(sample.labels, without=label)
            states[series] += label in sample.labels
            true[series] += sample.value == 1
        is_few = min(states.values()) > 1 and max(states.values()) <= MOST_SERIES
        if is_few and set(true.values()) == {1}:
            return label
    return ""


def _distribution(family: AnyFamily, kind: str, samples: Sequence[AnySample]) -> Subject:
    without = "quantile" if kind == "summary" else "le"
    if kind == "histogram" and all(sample.name == f"{family.name}_bucket" for sample in samples):
        kind = "gaugehistogram"  # the text format has no type for it
    labels, shown, series = _labels([sample.labels for sample in samples], without)
    bounds = {str(one.labels["le"]) for one in samples if one.name.endswith("_bucket")}
    is_native = any(getattr(sample, "native_histogram", None) for sample in samples)
    is_classic = any(bound not in ("+Inf", "inf") for bound in bounds)
    return Subject(
        family.name,
        kind,
        family.documentation,
        family.unit,
        labels,
        shown,
        series,
        is_classic,
        # The text formats show the last bucket of native histograms alone.
        is_native or (kind == "histogram" and not is_classic),
        any("quantile" in sample.labels for sample in samples),
    )


def _labels(
    label_sets: Iterable[Mapping[str, Any]], without: str
) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """The names of all labels, those to show, and how many series there are."""
    series = {_key(labels, without) for labels in label_sets}
    names = sorted({name for labels in series for name, _ in labels})
    counts = Counter(name for name, _ in {one for labels in series for one in labels})
    # Those with the most values go first, as many as need be.
    order = sorted(names, key=lambda name: (counts[name], name), reverse=True)

    def is_enough(gone: int) -> bool:
        kept = frozenset(order[gone:])
        told = {tuple(one for one in labels if one[0] in kept) for labels in series}
        return len(told) <= MOST_SERIES

    gone = bisect_left(range(len(order)), True, key=is_enough)
    return tuple(names), tuple(sorted(order[gone:])), len(series)


def _key(labels: Mapping[str, Any], without: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in labels.items() if name != without))
