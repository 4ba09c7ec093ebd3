"""Expositions in the text format, from which two parsers read back what metrics were given.

One is prometheus_client's, which has two peculiarities. It strips white space (that of
Unicode, too) from both ends of a HELP, which the tests allow for. It takes quadratic time for
values with many quotes, which only the other parser reads here, the strict one of
:mod:`text_grammar`.
"""

from __future__ import annotations

import bisect
import math
import string
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from support import text_grammar
from support.drawn import EXAMPLES, PHIS, amount, any_text, label_name, number, without_text

Labels = dict[str, str]
INF = math.inf

#: A sample that was given or read: its name, its labels, and the repr of its value.
Item = tuple[str, Labels, str]


class Series:
    """What one series should hold: all that was done to it, in Python."""

    def __init__(self) -> None:
        self.value: float = 0
        self.observations: list[float] = []

    def items(self, metric: Metric, labels: Labels) -> list[Item]:
        """Return the samples of the series in the order of the text."""
        name = metric.name
        if metric.kind in (Counter, Gauge):
            return [(name, labels, repr(self.value))]
        count, total = len(self.observations), 0.0
        for value in self.observations:
            total += value
        bounded: list[tuple[str, str, float]] = []
        ranked = sorted(value for value in self.observations if not math.isnan(value))
        for bound in metric.bounds:
            if metric.kind is Summary:
                rank = max(1, math.ceil(bound * len(ranked)))
                value = ranked[rank - 1] if ranked else math.nan
                bounded.append((name, "quantile", value))
            else:
                below = count if bound == INF else bisect.bisect_right(ranked, bound)
                bounded.append((f"{name}_bucket", "le", below))
        items = [
            (line, {**labels, key: "+Inf" if bound == INF else repr(bound)}, repr(float(value)))
            for bound, (line, key, value) in zip(metric.bounds, bounded, strict=True)
        ]
        items.append((f"{name}_count", labels, repr(float(count))))
        items.append((f"{name}_sum", labels, repr(total)))
        return items


class Metric(NamedTuple):
    """How to make a metric, and what to do to it: the names of methods, labels and values."""

    kind: Any
    name: str
    doc: str
    const_labels: Labels
    labelnames: list[str] | None
    bounds: list[float]
    updates: list[tuple[str, Labels, float]]

    def make(self, registry: Registry) -> Any:
        options: dict[str, Any] = {}
        if self.labelnames is not None:
            options["labelnames"] = self.labelnames
        if self.kind is Summary:
            options["quantiles"] = dict.fromkeys(self.bounds, 0.0)
        elif self.kind is Histogram:
            options["buckets"] = self.bounds[:-1]
        return self.kind(self.name, self.doc, self.const_labels, registry=registry, **options)

    def expect(self) -> list[Item]:
        """Return the samples that the metric should have after the updates."""
        series: dict[tuple[tuple[str, str], ...], tuple[Labels, Series]] = {}
        for method, labels, value in self.updates:
            if is_text(labels):
                # A label of empty value is none; the text is that of the first use.
                identity = tuple(sorted(item for item in labels.items() if item[1]))
                _, one = series.setdefault(identity, (labels, Series()))
                if method == "set":
                    one.value = value
                elif self.kind in (Summary, Histogram):
                    one.observations.append(value)
                else:
                    one.value += -value if method in ("dec", "sub") else value
        items = []
        for labels, one in series.values():
            items += one.items(self, {**self.const_labels, **labels})
        return items


def is_text(labels: Labels) -> bool:
    return not any("\ud800" <= char <= "\udfff" for value in labels.values() for char in value)


METHODS = {
    Counter: ["inc", "add"],
    Gauge: ["set", "inc", "dec", "add", "sub"],
    Summary: ["observe", "add"],
    Histogram: ["observe", "add"],
}


@st.composite
def metrics(draw: Callable[..., Any], number_of_metric: int) -> Metric:
    kind = draw(st.sampled_from(list(METHODS)))
    # The number keeps the names of metrics different from the names of other metrics' samples.
    name = draw(st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,6}", fullmatch=True))
    name += f"_{number_of_metric}" + draw(st.sampled_from(["", "_total"]))
    names = draw(st.lists(label_name, max_size=3, unique=True))
    declared = draw(st.booleans())
    const_labels = draw(st.dictionaries(st.sampled_from(["const_a", "const_B"]), any_text))
    bounds: list[float] = []
    if kind is Summary:
        bounds = draw(st.lists(st.sampled_from(PHIS), min_size=1, unique=True).map(sorted))
    elif kind is Histogram:
        finite = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)
        bounds = [*sorted(draw(st.lists(finite, min_size=1, max_size=4, unique=True))), INF]
    # Each label has few values, so that series are updated more than once.
    values = {name: draw(st.lists(any_text, min_size=1, max_size=3)) for name in names}
    updates = []
    for _ in range(draw(st.integers(0, 8))):
        used = names if declared else [name for name in names if draw(st.booleans())]
        labels = {name: draw(st.sampled_from(values[name])) for name in used}
        if used and draw(st.integers(0, 4)) == 0:
            labels[draw(st.sampled_from(used))] = draw(without_text)
        value = draw(amount if kind is Counter else number)
        method = draw(st.sampled_from(METHODS[kind]))
        updates.append((method, labels, value))
    return Metric(
        kind,
        name,
        draw(any_text),
        const_labels,
        names if declared and names else None,
        bounds,
        updates,
    )


families = st.integers(0, 4).flatmap(
    lambda count: st.tuples(*(metrics(position) for position in range(count)))
)


def client_help(doc: str) -> str:
    """Return what prometheus_client makes of a HELP."""
    # White space is stripped while newlines are still escaped.
    marked = doc.replace("\n", "\udc0a").rstrip().lstrip(string.whitespace)
    return marked.replace("\udc0a", "\n")


def assert_client_reads(body: bytes, expected: list[tuple[Metric, list[Item]]]) -> None:
    """Assert that prometheus_client's parser reads metrics as they went in."""
    found = []
    for family in text_string_to_metric_families(body.decode()):
        samples = [
            (sample.name, sample.labels, repr(float(sample.value))) for sample in family.samples
        ]
        assert all(sample.timestamp is None for sample in family.samples)
        found.append((family.name, family.type, family.documentation, samples))
    wanted = []
    for metric, items in expected:
        name = metric.name
        if metric.kind is Counter:
            # It renames counters: the family has no _total, but its samples have it.
            name = name.removesuffix("_total")
            items = [(f"{name}_total", labels, value) for _, labels, value in items]
        samples = [(line, labels, repr(float(value))) for line, labels, value in items]
        wanted.append((name, metric.kind.__name__.lower(), client_help(metric.doc), samples))
    assert found == wanted


def assert_grammar_reads(body: bytes, expected: list[tuple[Metric, list[Item]]]) -> None:
    """Assert that a strict parser reads metrics as they went in; counters to the letter."""
    found = text_grammar.parse(body)
    assert [(family.name, family.kind, family.help) for family in found] == [
        (metric.name, metric.kind.__name__.lower(), metric.doc) for metric, _ in expected
    ]
    for family, (metric, items) in zip(found, expected, strict=True):
        literal = metric.kind in (Counter, Gauge)
        assert [
            (sample.name, sample.labels, sample.text if literal else repr(sample.value))
            for sample in family.samples
        ] == items


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(families)
@example(())
def test_everything_comes_back(drawn: tuple[Metric, ...]) -> None:
    registry = Registry()
    for metric in drawn:
        made = metric.make(registry)
        for method, labels, value in metric.updates:
            if is_text(labels):
                getattr(made, method)(labels, value)
            else:
                before = render(registry, None)
                with pytest.raises(ValueError, match=f"^{metric.name}: .*has no UTF-8 form"):
                    getattr(made, method)(labels, value)
                assert render(registry, None) == before
    body, headers = render(registry, None)
    assert headers == {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    expected = sorted(
        ((metric, metric.expect()) for metric in drawn), key=lambda pair: pair[0].name
    )
    assert_grammar_reads(body, expected)
    assert_client_reads(body, expected)
    assert render(registry, None)[0] == body


@given(without_text)
def test_what_is_not_text_makes_no_metric(text: str) -> None:
    registry = Registry()
    for kind in METHODS:
        for doc, const_labels in ((text, {}), ("A doc.", {"c": text})):
            with pytest.raises(ValueError, match=r"^name: .*has no UTF-8 form"):
                kind("name", doc, const_labels, registry=registry)
    assert render(registry, None)[0] == b""


@pytest.mark.parametrize(
    "unit", ["x", '"', "\\", "\n", "\0", "\u2028", "\N{PILE OF POO}", 'a"\\\n']
)
@pytest.mark.parametrize("kind", METHODS)
def test_a_value_of_a_megabyte(kind: Any, unit: str) -> None:
    value = unit * (1_000_000 // len(unit.encode()))
    method = METHODS[kind][0]
    bounds = {Summary: [0.5], Histogram: [1.0, INF]}.get(kind, [])
    updates = [(method, {"a": "b", "v": value}, 3), (method, {"a": value, "v": ""}, 0.5)]
    metric = Metric(kind, "long", value, {"const_c": value}, None, bounds, updates)
    registry = Registry()
    made = metric.make(registry)
    for _, labels, value in updates:
        getattr(made, method)(labels, value)
    body, _ = render(registry, None)
    expected = [(metric, metric.expect())]
    assert_grammar_reads(body, expected)
    if '"' not in unit and kind is Counter:
        assert_client_reads(body, expected)


@pytest.mark.parametrize(
    "text",
    [
        b"# HELP a b\n# TYPE a gauge\na 1",
        b"# HELP a b\n# TYPE a gauge\n\na 1\n",
        b"# TYPE a gauge\na 1\n",
        b"# HELP a \\x\n# TYPE a gauge\na 1\n",
        b'# HELP a b\n# TYPE a gauge\na{b="\\x"} 1\n',
        b'# HELP a b\n# TYPE a gauge\na{b="""} 1\n',
        b'# HELP a b\n# TYPE a gauge\na{c="",b=""} 1\n',
        b'# HELP a b\n# TYPE a gauge\na{b="",b=""} 1\n',
        b"# HELP a b\n# TYPE a gauge\na{} 1\n",
        b"# HELP a b\n# TYPE a gauge\na NaN\n",
        b"# HELP a b\n# TYPE a gauge\na 1\na 2\n",
        b"# HELP a b\n# TYPE a gauge\na 1 2\n",
        b"# HELP a b\n# TYPE a gauge\nb 1\n",
        b"# HELP a b\n# TYPE a counter\na -1\n",
        b"# HELP a b\n# TYPE a gauge\n# HELP a b\n# TYPE a gauge\n",
        b'# HELP a b\n# TYPE a histogram\na_bucket{le="1.0"} 1.0\na_count 1.0\na_sum 1.0\n',
        b'# HELP a b\n# TYPE a histogram\na_bucket{le="+Inf"} 1.0\na_count 2.0\na_sum 1.0\n',
        b'# HELP a b\n# TYPE a summary\na{quantile="1"} 1.0\na_count 1\na_sum 1.0\n',
    ],
)
def test_the_grammar_is_strict(text: bytes) -> None:
    with pytest.raises(AssertionError):
        text_grammar.parse(text)
