"""A model of expositions in Python: drawn metrics of every type, and the samples to expect."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from hypothesis import strategies as st

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary
from support.drawn import PHIS, amount, any_text, label_name, number

Labels = dict[str, str]
INF = math.inf
KINDS = [Counter, Gauge, Summary, Histogram, Info, Enum]
UNITS = ["seconds", "bytes", "ratio", "per_s"]


class Sample(NamedTuple):
    """A line with a value; the exemplar is that of the line, as labels and value."""

    name: str
    labels: Labels
    value: int | float
    exemplar: tuple[Labels, float] | None = None


class Update(NamedTuple):
    """What is done to a series: a number, facts or a state, and perhaps an exemplar."""

    labels: Labels
    value: Any
    exemplar: Labels | None = None


class Series:
    """What one series should hold: all that was done to it."""

    def __init__(self, metric: Metric, labels: Labels) -> None:
        self.metric = metric
        self.labels = labels
        self.all_labels = {**metric.const_labels, **labels}
        self.value: Any = {Info: {}, Enum: (metric.states or [None])[0]}.get(metric.kind, 0)
        self.observations: list[float] = []
        #: By the index of the bucket; 0 for a counter.
        self.exemplars: dict[int, tuple[Labels, float]] = {}

    def update(self, update: Update) -> None:
        kind, value = self.metric.kind, update.value
        place = 0
        if kind in (Summary, Histogram):
            self.observations.append(value)
            last = len(self.metric.bounds) - 1
            place = last if math.isnan(value) else bisect.bisect_left(self.metric.bounds, value)
        elif kind is Counter:
            self.value += value
        else:
            self.value = value
        if update.exemplar is not None:
            self.exemplars[place] = (update.exemplar, float(value))

    @property
    def count(self) -> int:
        return len(self.observations)

    @property
    def sum(self) -> float:
        total = 0.0
        for value in self.observations:
            total += value
        return total

    def quantiles(self) -> list[tuple[float, float]]:
        ranked = sorted(value for value in self.observations if not math.isnan(value))
        return [
            (phi, ranked[max(1, math.ceil(phi * len(ranked))) - 1] if ranked else math.nan)
            for phi in self.metric.bounds
        ]

    def buckets(self) -> list[tuple[float, int]]:
        ranked = sorted(value for value in self.observations if not math.isnan(value))
        return [
            (bound, self.count if bound == INF else bisect.bisect_right(ranked, bound))
            for bound in self.metric.bounds
        ]

    def samples(self) -> list[Sample]:
        """Return the samples as the text format has them, and the exemplars of these lines."""
        metric, labels = self.metric, self.all_labels
        name, kind = metric.name, metric.kind
        if kind is Info:
            base = name.removesuffix("_info")
            return [Sample(f"{base}_info", {**labels, **self.value}, 1.0)]
        if kind is Enum:
            return [
                Sample(name, {**labels, name: state}, float(state == self.value))
                for state in metric.states
            ]
        if kind in (Counter, Gauge):
            return [Sample(name, labels, self.value, self.exemplars.get(0))]
        if kind is Summary:
            samples = [
                Sample(name, {**labels, "quantile": repr(phi)}, value)
                for phi, value in self.quantiles()
            ]
        else:
            samples = [
                Sample(
                    f"{name}_bucket",
                    {**labels, "le": "+Inf" if bound == INF else repr(bound)},
                    float(value),
                    self.exemplars.get(place),
                )
                for place, (bound, value) in enumerate(self.buckets())
            ]
        count = self.count if kind is Summary else float(self.count)
        return [
            *samples,
            Sample(f"{name}_count", labels, count),
            Sample(f"{name}_sum", labels, self.sum),
        ]

    def open_samples(self) -> list[Sample]:
        """Return the samples that OpenMetrics allows."""
        samples = self.samples()
        if self.metric.kind not in (Summary, Histogram):
            return samples
        if not self.sum >= 0 or (self.metric.kind is Histogram and self.metric.bounds[0] < 0):
            # A histogram has either both its count and its sum, or neither.
            del samples[-2 if self.metric.kind is Histogram else -1 :]
        return [
            sample for sample in samples if "quantile" not in sample.labels or not sample.value < 0
        ]


class Metric(NamedTuple):
    """How to make a metric, and what to do to it."""

    kind: Any
    name: str
    doc: str = "A doc."
    unit: str | None = None
    const_labels: Mapping[str, str] = MappingProxyType({})
    labelnames: list[str] | None = None
    #: The phis, or the upper bounds with +Inf.
    bounds: Sequence[float] = ()
    states: Sequence[str] = ()
    updates: Sequence[Update] = ()

    def make(self, registry: Registry) -> Any:
        """Make the metric, and do all to it."""
        options: dict[str, Any] = {}
        if self.labelnames is not None:
            options["labelnames"] = self.labelnames
        if self.unit is not None:
            options["unit"] = self.unit
        if self.kind is Summary:
            options["quantiles"] = dict.fromkeys(self.bounds, 0.0)
        elif self.kind is Histogram:
            options["buckets"] = self.bounds[:-1]
        elif self.kind is Enum:
            options["states"] = self.states
        made = self.kind(self.name, self.doc, dict(self.const_labels), registry=registry, **options)
        method = getattr(made, METHODS[self.kind])
        for labels, value, exemplar in self.updates:
            if exemplar is None:
                method(labels, value)
            else:
                method(labels, value, exemplar=exemplar)
        return made

    def series(self) -> list[Series]:
        """Return what the metric should hold after the updates, in the order of births."""
        series: dict[frozenset[tuple[str, str]], Series] = {}
        for update in self.updates:
            key = frozenset(label for label in update.labels.items() if label[1])
            if key not in series:
                series[key] = Series(self, update.labels)
            series[key].update(update)
        return list(series.values())

    def text_kind(self) -> str:
        """Return the type in the text format."""
        return "gauge" if self.kind in (Info, Enum) else str(self.kind.__name__.lower())

    def text_name(self) -> str:
        """Return the name of the family in the text format."""
        return f"{self.name.removesuffix('_info')}_info" if self.kind is Info else self.name

    def open_kind(self) -> str:
        """Return the type in OpenMetrics, unless another family stands in the way."""
        if self.kind is Counter and not self.name.endswith("_total"):
            return "unknown"
        return {Enum: "stateset"}.get(self.kind, self.kind.__name__.lower())

    def open_name(self) -> str:
        """Return the name of the family in OpenMetrics, unless another family stands in the way."""
        suffix = {Counter: "_total", Info: "_info"}.get(self.kind, "")
        return self.name.removesuffix(suffix)


METHODS = {
    Counter: "inc",
    Gauge: "set",
    Summary: "observe",
    Histogram: "observe",
    Info: "info",
    Enum: "state",
}

metric_name = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,6}", fullmatch=True)
# Exemplars with a NUL are left out of OpenMetrics.
exemplar_text = any_text.map(lambda text: text.replace("\0", "0"))
exemplar_labels = st.dictionaries(label_name, exemplar_text, max_size=2).filter(
    lambda labels: sum(len(name) + len(value) for name, value in labels.items()) <= 128
)


@st.composite
def metrics(
    draw: Callable[..., Any],
    position: int,
    kinds: list[Any] = KINDS,
    exemplars: st.SearchStrategy[Labels] = exemplar_labels,
) -> Metric:
    """Draw a metric; the position, which is in its name, distinguishes it from others."""
    kind = draw(st.sampled_from(kinds))
    name = f"{draw(metric_name)}_{position}"
    if kind is Enum:
        # The name of the metric is also the name of a label.
        name = "e" + name.replace(":", "_")
    unit = None
    if kind not in (Info, Enum) and draw(st.booleans()):
        unit = draw(st.sampled_from(UNITS))
        name += f"_{unit}"
    if kind in (Counter, Info) and draw(st.booleans()):
        name += "_total" if kind is Counter else "_info"
    names = draw(st.lists(label_name.filter(lambda one: one != name), max_size=3, unique=True))
    declared = draw(st.booleans())
    const_labels = draw(st.dictionaries(st.sampled_from(["const_a", "const_B"]), any_text))
    bounds: list[float] = []
    if kind is Summary:
        bounds = draw(st.lists(st.sampled_from(PHIS), min_size=1, unique=True).map(sorted))
    elif kind is Histogram:
        least = draw(st.sampled_from([None, 0.0]))
        finite = st.floats(least, allow_nan=False, allow_infinity=False)
        finite = finite.map(lambda value: value + 0.0)
        bounds = [*sorted(draw(st.lists(finite, min_size=1, max_size=4, unique=True))), INF]
    states = []
    if kind is Enum:
        states = draw(st.lists(any_text, min_size=1, max_size=3, unique=True))
    facts = st.dictionaries(
        label_name.filter(lambda one: one not in names and one != name), any_text, max_size=3
    )
    value = {
        Counter: amount,
        Info: facts,
        Enum: st.sampled_from(states or [""]),
    }.get(kind, number)
    # Each label has few values, so that series are updated more than once.
    values = {name: draw(st.lists(any_text, min_size=1, max_size=3)) for name in names}
    exemplar = st.none()
    if kind in (Counter, Histogram):
        exemplar = st.one_of(st.none(), exemplars)
    updates = []
    for _ in range(draw(st.integers(0, 8))):
        used = names if declared else [name for name in names if draw(st.booleans())]
        labels = {name: draw(st.sampled_from(values[name])) for name in used}
        updates.append(Update(labels, draw(value), draw(exemplar)))
    labelnames = names if declared and names else None
    doc = draw(any_text)
    return Metric(kind, name, doc, unit, const_labels, labelnames, bounds, states, updates)


def registries(**options: Any) -> st.SearchStrategy[list[Metric]]:
    """Draw up to four metrics."""
    counts = st.integers(0, 4)
    return counts.flatmap(
        lambda count: st.tuples(*(metrics(at, **options) for at in range(count))).map(list)
    )


def fill(drawn: list[Metric]) -> Registry:
    """Make the metrics in a registry of their own."""
    registry = Registry()
    for metric in drawn:
        metric.make(registry)
    return registry
