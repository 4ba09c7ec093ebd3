"""Samples: the lines of an exposition as Python objects."""

from typing import NamedTuple

from . import _core
from .mypy_types import LabelsType


class Sample(NamedTuple):
    """A sample of a metric: one line of the text format."""

    name: str
    """The name of the metric, with the suffix ``_bucket``, ``_count``, ``_sum`` or ``_info``."""
    labels: dict[str, str]
    """The const labels, the labels of the series as they were given, and ``le`` or ``quantile``."""
    value: float
    """The value."""


def samples_of(collector: _core.Collector) -> list[Sample]:
    """Return the samples of a metric whose class overrides how its series are read.

    :param collector: The metric.
    """
    # Here, because only few programs need it, and it imports logging.
    from .failure import leave_out

    samples: list[Sample] = []
    distinct, known, left_out = _core.DistinctLabels(collector), set(), []

    def append(sample: Sample) -> None:
        series = (sample.name, frozenset(label for label in sample.labels.items() if label[1]))
        if series in known:
            left_out.append(f"{sample.name} {sample.labels}")
        else:
            known.add(series)
            samples.append(sample)

    def is_new(labels: LabelsType) -> bool:
        there = distinct.add(labels)
        if there is not None:
            left_out.append(there)
        return there is None

    def add(suffix: str, labels: LabelsType, value: object, /, **reserved: str) -> None:
        texts = {name: _core.label_text(text) for name, text in labels.items()}
        name = f"{collector.name}{suffix}"
        append(Sample(name, {**texts, **reserved}, float(value)))  # type: ignore[arg-type]

    is_summary = isinstance(collector, _core.Summary)
    reserved_name, suffix = _core.own_label("summary" if is_summary else "histogram")
    _, ending = _core.own_label("info")
    for labels, value in collector.get_all():
        labels = {**(collector.const_labels or {}), **(labels or {})}
        if isinstance(collector, (_core.Summary, _core.Histogram)):
            labels.pop(str(reserved_name), None)  # the samples have this label themselves
        if not isinstance(collector, _core.Info) and not is_new(labels):
            continue
        if isinstance(collector, _core.Info):
            name = str(collector.name).removesuffix(ending)
            texts = {key: _core.label_text(text) for key, text in {**labels, **value}.items()}
            if is_new(texts):
                append(Sample(f"{name}{ending}", texts, 1.0))
        elif isinstance(collector, _core.Enum):
            for state in collector.states:
                add("", labels, state == value, **{collector.label: state})
        elif not isinstance(value, dict):
            add("", labels, value)
        else:
            for key, number in value.items():
                if isinstance(key, float):
                    bound = str(key) if is_summary else _core.format_bound(key)
                    add(suffix, labels, number, **{str(reserved_name): bound})
                else:
                    add(f"_{key}", labels, number)
    leave_out(collector, left_out)
    return samples
