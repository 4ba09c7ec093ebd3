"""Families as the commands show and compare them: a value, or a distribution, for each series."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from ..families.metric import Metric
from ..families.sample import NativeHistogram, Sample
from .terminal import plain

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""The labels of a series, sorted by their names."""


class Native(NamedTuple):
    """The buckets of a native histogram, by their indexes."""

    schema: int
    zero_threshold: float
    zero_count: float
    positive: dict[int, float]
    negative: dict[int, float]


class Distribution(NamedTuple):
    """What a series of a histogram or a summary says."""

    counted: float | None
    sum: float | None
    buckets: dict[float, float]
    """The cumulative counts by the upper bounds of classic buckets, in ascending order."""
    quantiles: dict[float, float]
    """The values by the quantiles of a summary."""
    native: Native | None

    @property
    def mean(self) -> float | None:
        """The mean of what was observed, if there is any."""
        return self.sum / self.counted if self.counted and self.sum is not None else None


Value: TypeAlias = float | Distribution
"""What a series has."""


class Family(NamedTuple):
    """A family, under the name that its samples have in queries."""

    name: str
    kind: str
    help: str
    unit: str
    series: dict[Labels, Value]


def families_of(metrics: Iterable[Metric]) -> list[Family]:
    """Return the families of an exposition.

    :param metrics: What the parser has returned.
    """
    return [_family(metric) for metric in metrics]


def _family(metric: Metric) -> Family:
    series: dict[Labels, Value]
    name = metric.name
    if metric.type in ("histogram", "gaugehistogram", "summary"):
        series = _distributions(metric)
    else:
        series = {}
        # When a series began says nothing of its value.
        born = f"{name.removesuffix('_total')}_created"
        for sample in metric.samples:
            if sample.name != born or sample.name == metric.name:
                series[labels_of(sample)] = sample.value
                name = sample.name
        if metric.type == "counter" and not series:
            name = f"{name}_total"  # the parser leaves that out, as prometheus_client does
    return Family(name, metric.type, metric.documentation, metric.unit, series)


def labels_of(sample: Sample, without: str = "") -> Labels:
    """Return the labels of a sample, in the order of their names.

    :param sample: The sample.
    :param without: A label that is left out.
    """
    pairs = [(name, str(value)) for name, value in sample.labels.items() if name != without]
    # A label of no value is none.
    return tuple(sorted(pair for pair in pairs if pair[1]))


class _Parts:
    """What has been read of a distribution."""

    def __init__(self) -> None:
        self.count: float | None = None
        self.sum: float | None = None
        self.buckets: dict[float, float] = {}
        self.quantiles: dict[float, float] = {}
        self.native: NativeHistogram | None = None

    def made(self) -> Distribution:
        buckets = dict(sorted(self.buckets.items()))
        count, total, native = self.count, self.sum, None
        if self.native is not None:
            native = native_of(self.native)
            count = self.native.count_value if count is None else count
            total = self.native.sum_value if total is None else total
        if count is None and buckets:
            count = [*buckets.values()][-1]
        return Distribution(count, total, buckets, self.quantiles, native)


def _distributions(metric: Metric) -> dict[Labels, Value]:
    bound = "quantile" if metric.type == "summary" else "le"
    found: dict[Labels, _Parts] = {}
    for sample in metric.samples:
        suffix = sample.name[len(metric.name) :]
        if suffix == "_created":
            continue
        parts = found.setdefault(labels_of(sample, bound), _Parts())
        at = _bound(sample.labels.get(bound, ""))
        if sample.native_histogram is not None:
            parts.native = sample.native_histogram
        elif suffix in ("_count", "_gcount"):
            parts.count = sample.value
        elif suffix in ("_sum", "_gsum"):
            parts.sum = sample.value
        elif suffix == "_bucket" and at is not None:
            parts.buckets[at] = sample.value
        elif not suffix and at is not None:
            parts.quantiles[at] = sample.value
    return {labels: parts.made() for labels, parts in found.items()}


def _bound(label: object) -> float | None:
    """A bound or a quantile; None if the label is no number, and no server could use it."""
    try:
        bound = float(str(label))
    except ValueError:
        return None
    return None if math.isnan(bound) else bound


def native_of(given: NativeHistogram) -> Native:
    """Return the buckets of a native histogram by their indexes.

    :param given: The histogram, with spans of buckets and the differences between these.
    """
    positive, negative = (
        _indexed(spans or (), deltas or ())
        for spans, deltas in (
            (given.pos_spans, given.pos_deltas),
            (given.neg_spans, given.neg_deltas),
        )
    )
    return Native(given.schema, given.zero_threshold, given.zero_count, positive, negative)


def _indexed(spans: Sequence[tuple[int, int]], deltas: Sequence[float]) -> dict[int, float]:
    counts, index, count = {}, 0, 0.0
    steps = iter(deltas)
    for offset, length in spans:
        index += offset
        # A hostile span may claim more buckets than there are.
        for _, step in zip(range(length), steps, strict=False):
            count += step
            counts[index] = count
            index += 1
    return counts


def text_of(name: str, labels: Labels) -> str:
    """Return a series as it stands in an exposition, with nothing that a terminal obeys.

    :param name: The name of the family, or an empty text.
    :param labels: The labels.
    """
    if name and not re.fullmatch(r"[A-Za-z_:][\w:]*", name, re.ASCII):
        return plain("{" + ",".join([_quoted(name), *map(_pair, labels)]) + "}")
    return name + (plain("{" + ",".join(map(_pair, labels)) + "}") if labels else "")


def _pair(label: tuple[str, str]) -> str:
    name, value = label
    legacy = re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)
    return f"{name if legacy else _quoted(name)}={_quoted(value)}"


def _quoted(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'
