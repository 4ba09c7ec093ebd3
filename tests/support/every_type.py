"""A registry with metrics of every type, and what scrapers must find in it."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, names
from aioprometheus.collectors import Collector
from support.label_values import HOSTILE

INF = math.inf
NAN = math.nan

CONST = {"const": 'c"\\\n\N{PILE OF POO}'}

#: Names that are not valid in Prometheus 2.
DOTTED = "my.dotted"
QUOTED = 'quo"ted\\name\n'
LABEL = "l.x"
#: Rare characters. (Prometheus takes no NUL in names and exemplars.)
UNSEEN = "".join(map(chr, (*range(1, 32), *range(127, 160), 0x2028, 0xFEFF, 0xFFFE, 0x10FFFF)))


class Expected(NamedTuple):
    """A sample that was put into the registry."""

    name: str
    labels: dict[str, str]
    value: float
    #: Whether OpenMetrics allows it.
    open: bool = True


class Description(NamedTuple):
    """What a scraper learns of a family: its type in each format, its HELP, and its UNIT."""

    text: str
    openmetrics: str
    help: str
    unit: str = ""


class ExpectedExemplar(NamedTuple):
    """An exemplar that was given with an update, and when that was, in seconds since 1970."""

    name: str
    labels: dict[str, str]
    exemplar: dict[str, str]
    value: float
    after: float
    before: float
    #: Whether OpenMetrics allows it.
    open: bool = True


def total(values: Iterable[float]) -> float:
    """Add values in their order. (The `sum` of Python 3.12 makes up for what rounding loses.)"""
    return reduce(add, values, 0.0)


def underscored(name: str, colon: bool = True) -> str:
    """Escape a name for scrapers that take those of Prometheus 2 only."""
    escaped = re.sub("[^a-zA-Z0-9_:]" if colon else "[^a-zA-Z0-9_]", "_", name)
    return re.sub("^[0-9]", "_", escaped)


class EveryType:
    """The registry; its samples, and what is exposed of its families and exemplars."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.samples: list[Expected] = []
        #: By the names of the families.
        self.descriptions: dict[str, Description] = {}
        self.exemplars: list[ExpectedExemplar] = []
        #: Times before the first birth and after the last one, in seconds since 1970.
        self.began = time.time()
        self._add_counters()
        self._add_gauges()
        self._add_distributions()
        self._add_oddities()
        self._add_facts()
        self._add_clashes()
        names.allow_utf8()
        try:
            self._add_utf8_names()
        finally:
            names.allow_utf8(False)
        self._add_exemplars()
        self.ended = time.time()

    def _counter(
        self,
        name: str,
        series: Iterable[tuple[dict[str, Any], float]],
        const: dict[str, str] | None = None,
        kind: str = "counter",
        unit: str | None = None,
    ) -> Counter:
        doc = f"Counts {name!r}."
        self.descriptions[name] = Description("counter", kind, doc, unit or "")
        counter = Counter(name, doc, const, registry=self.registry, unit=unit)
        for labels, value in series:
            counter.inc(labels, value)
            self._expect(name, labels, value, const)
        return counter

    def _gauge(
        self,
        name: str,
        series: Iterable[tuple[dict[str, Any], float]],
        const: dict[str, str] | None = None,
        unit: str | None = None,
    ) -> None:
        doc = f"Measures {name!r}."
        self.descriptions[name] = Description("gauge", "gauge", doc, unit or "")
        gauge = Gauge(name, doc, const, registry=self.registry, unit=unit)
        for labels, value in series:
            gauge.set(labels, value)
            self._expect(name, labels, value, const)

    def _histogram(
        self,
        name: str,
        buckets: list[float],
        series: Iterable[tuple[dict[str, Any], list[float]]],
        const: dict[str, str] | None = None,
        unit: str | None = None,
    ) -> Histogram:
        doc = f"Distribution of {name!r}."
        self.descriptions[name] = Description("histogram", "histogram", doc, unit or "")
        histogram = Histogram(name, doc, const, self.registry, buckets, unit=unit)
        for labels, values in series:
            for value in values:
                histogram.observe(labels, value)
            self._expect_buckets(name, labels, buckets, values, const)
        return histogram

    def _summary(
        self,
        name: str,
        quantiles: list[float],
        series: Iterable[tuple[dict[str, Any], list[float]]],
        const: dict[str, str] | None = None,
        unit: str | None = None,
    ) -> None:
        doc = f"Summary of {name!r}."
        self.descriptions[name] = Description("summary", "summary", doc, unit or "")
        exact = dict.fromkeys(quantiles, 0.0)
        summary = Summary(name, doc, const, self.registry, quantiles=exact, unit=unit)
        for labels, values in series:
            for value in values:
                summary.observe(labels, value)
            ranked = sorted(value for value in values if not math.isnan(value))
            for phi in quantiles:
                rank = max(math.ceil(phi * len(ranked)), 1)
                value = ranked[rank - 1] if ranked else NAN
                own = {**labels, "quantile": repr(phi)}
                self._expect(name, own, value, const, not value < 0)
            self._expect(f"{name}_count", labels, len(values), const)
            added = total(values)
            self._expect(f"{name}_sum", labels, added, const, added >= 0)

    def _expect_buckets(
        self,
        name: str,
        labels: dict[str, Any],
        buckets: list[float],
        values: list[float],
        const: dict[str, str] | None = None,
    ) -> None:
        for bound in buckets:
            count = sum(value <= bound for value in values)
            self._expect(f"{name}_bucket", {**labels, "le": repr(float(bound))}, count, const)
        self._expect(f"{name}_bucket", {**labels, "le": "+Inf"}, len(values), const)
        added = total(values)
        told = added >= 0 and buckets[0] >= 0
        self._expect(f"{name}_count", labels, len(values), const, told)
        self._expect(f"{name}_sum", labels, added, const, told)

    def _expect(
        self,
        name: str,
        labels: dict[str, Any],
        value: float,
        const: dict[str, str] | None = None,
        open: bool = True,
    ) -> None:
        shown = {key: str(value) for key, value in {**(const or {}), **labels}.items()}
        self.samples.append(Expected(name, shown, float(value), open))

    def _add_counters(self) -> None:
        # Values of a megabyte are in test_prometheus.py, because VictoriaMetrics truncates them.
        values = [value[:4_000] for value in HOSTILE]
        self._counter("hostile_total", [({"v": v}, n) for n, v in enumerate(values, 1)], CONST)
        self._counter("bare_total", [({}, 0.5)])
        self._counter(
            "spent_seconds_total", [({"v": "a"}, 1.5), ({"v": "b"}, 2**64)], unit="seconds"
        )
        self._counter("without_suffix", [({}, 3), ({"v": "a"}, 4)], CONST, kind="unknown")
        self._counter("infinite_total", [({}, INF)])
        self._counter("nothing_total", [])
        doc = 'H\\ \n"}\u2028 # EOF'
        Gauge("described", doc, registry=self.registry).set(1)
        self._expect("described", {}, 1)
        self.descriptions["described"] = Description("gauge", "gauge", doc)
        Gauge("undescribed", "", registry=self.registry).set(1)
        self._expect("undescribed", {}, 1)
        self.descriptions["undescribed"] = Description("gauge", "gauge", "")

    def _add_gauges(self) -> None:
        floats = (NAN, INF, -INF, 5e-324, 1.7976931348623157e308, -0.0, 0.1, -1e-05, 1e16, 1e21)
        integers = (0, -1, 2**53, 2**63 - 1, -(2**63), 2**64)
        numbers: list[float] = [*floats, *integers]
        self._gauge("special", [({"v": repr(number)}, number) for number in numbers], CONST)
        self._gauge("room_celsius", [({"room": "a"}, -3.5), ({"room": ""}, 21)], unit="celsius")
        doc = "Of no type."
        untyped = Collector("untyped", doc, CONST, registry=self.registry)
        self.descriptions["untyped"] = Description("unknown", "unknown", doc)
        for value, number in (("a", 5), ("b", -0.25), ("c", NAN)):
            untyped.set_value({"v": value}, number)
            self._expect("untyped", {"v": value}, number, CONST)

    def _add_distributions(self) -> None:
        values = [0, 1e-06, 0.5, 0.5, 1, 3, 1e9]
        series: list[tuple[dict[str, Any], list[float]]] = [
            ({}, values),
            ({"v": 'a"\\\n'}, [*values, INF]),
            ({"v": "one"}, [0.25]),
        ]
        buckets = [1e-05, 0.5, 1, 2.5, 10_000_000, 1e16]
        self._histogram("h_seconds", buckets, series, CONST, "seconds")
        self._summary("s_seconds", [0.0, 0.5, 0.99, 1.0], series, CONST, "seconds")

    def _add_oddities(self) -> None:
        """Add what OpenMetrics forbids in part."""
        negative: list[tuple[dict[str, Any], list[float]]] = [({"v": "a"}, [-2, -0.5, 1, 7])]
        self._histogram("negative_buckets", [-1, 0, 1], negative)
        odd: list[tuple[dict[str, Any], list[float]]] = [
            ({"v": "negative"}, [-2, 1]),
            ({"v": "nan"}, [NAN, 1, 2]),
            ({"v": "positive"}, [-2, 1, 7]),
        ]
        self._histogram("odd_sums", [0, 1], odd)
        only = ({"v": "only nan"}, [NAN])
        self._summary("odd_sizes", [0.1, 0.9], [*odd, only])

    def _add_facts(self) -> None:
        doc = "Facts."
        self.descriptions["build_info"] = Description("gauge", "info", doc)
        build = Info("build", doc, CONST, registry=self.registry)
        for labels, facts in (
            ({}, {"version": "1.2.3", "le": 'q"\\\n'}),
            ({"part": "a"}, {"version": "2", "quantile": "\N{PILE OF POO}"}),
        ):
            build.info(labels, facts)
            self._expect("build_info", {**labels, **facts}, 1, CONST)
        states = ["idle", 'bu"sy\\\n', "off"]
        self.descriptions["mood"] = Description("gauge", "stateset", doc)
        mood = Enum("mood", doc, CONST, registry=self.registry, states=states)
        for labels, current in (({}, states[1]), ({"v": "a"}, "off")):
            mood.state(labels, current)
            for state in states:
                self._expect("mood", {**labels, "mood": state}, state == current, CONST)

    def _add_clashes(self) -> None:
        """Add what has to make way in OpenMetrics, which has families of other names."""
        self._counter("clash_total", [({"v": "a"}, 1)], kind="unknown")
        self._gauge("clash", [({"v": "a"}, 2)])
        self._counter("birth_total", [({}, 3)], kind="unknown")
        self._gauge("birth_created", [({}, 4)])
        self._gauge("twofold", [({}, 5)])
        doc = "Facts of two."
        Info("twofold_info", doc, registry=self.registry).info({"version": "6"})
        self.descriptions["twofold_info"] = Description("gauge", "unknown", doc)
        self._expect("twofold_info", {"version": "6"}, 1)
        # A counter and a histogram whose samples have names with the same beginning.
        self._counter("alike_seconds_total", [({}, 7)], kind="unknown", unit="seconds")
        self._histogram("alike_seconds", [1], [({}, [0.5])], unit="seconds")

    def _add_utf8_names(self) -> None:
        const = {"const.label": "c"}
        series: list[tuple[dict[str, Any], float]] = [({LABEL: "v"}, 1), ({"v": "plain"}, 2)]
        self._gauge(DOTTED, series, const)
        self._counter("my.requests_total", [({LABEL: "v", "a:b": "w"}, 3)], const)
        self._counter("my.own", [({LABEL: "v"}, 4)], kind="unknown")
        self._gauge(QUOTED, [({QUOTED: "v"}, 5)])
        self._gauge(f"unseen{UNSEEN}", [({f"unseen{UNSEEN}": "v"}, 8)])
        self._gauge("\u6e29\u5ea6", [({"\N{PILE OF POO}": "v"}, 6)])
        self._gauge("9 lives", [({"0": "v"}, 7)])
        values: list[tuple[dict[str, Any], list[float]]] = [({LABEL: "v"}, [0.5, 3])]
        self._histogram("my.wait_seconds", [1, 2], values, const, "seconds")
        self._summary("my.size_bytes", [0.5], values, const, "bytes")
        doc = "Dotted."
        self.descriptions["my.build_info"] = Description("gauge", "info", doc)
        Info("my.build", doc, const, registry=self.registry).info({LABEL: "v"}, {"fact.x": "f"})
        self._expect("my.build_info", {LABEL: "v", "fact.x": "f"}, 1, const)
        self.descriptions["my.mood"] = Description("gauge", "stateset", doc)
        mood = Enum("my.mood", doc, const, registry=self.registry, states=["a.a", "b"])
        mood.state({LABEL: "v"}, "b")
        self._expect("my.mood", {LABEL: "v", "my.mood": "a.a"}, 0, const)
        self._expect("my.mood", {LABEL: "v", "my.mood": "b"}, 1, const)

    def _add_exemplars(self) -> None:
        traced = self._counter("traced_total", [], CONST)
        own = self._counter("tracked", [], kind="unknown")
        dotted = self._counter_of_utf8("my.traced_total")
        for number, trace in enumerate(
            (
                {"trace_id": "abc", "span_id": "1"},
                {"trace_id": 'q"\\\n'},
                {"trace_id": UNSEEN},
                # The greatest number of characters that is allowed.
                {"t": "\N{PILE OF POO}" * 127},
            ),
            1,
        ):
            labels = {"v": str(number)}
            for counter in (traced, own, dotted):
                # The last exemplar is the one that is kept.
                counter.inc(labels, 1, exemplar={"trace_id": "before"})
                after = time.time()
                counter.inc(labels, number + 0.5, exemplar=trace)
                const = CONST if counter is traced else None
                self._expect(counter.name, labels, number + 1.5, const)
                self._expect_exemplar(
                    counter.name, labels, trace, number + 0.5, after, const, counter is not own
                )
        buckets = [-1.0, 0.5, 1.0, 10.0]
        histogram = self._histogram("traced_seconds", buckets, [], CONST)
        values = [-3, -2, 0.25, 0.5, 0.75, 100, INF]
        kept = {-2: "-1.0", 0.5: "0.5", 0.75: "1.0", INF: "+Inf"}
        for value in values:
            after = time.time()
            trace = {"trace_id": f"trace of {value}"}
            histogram.observe({"v": "a"}, value, exemplar=trace)
            if value in kept:
                labels = {"v": "a", "le": kept[value]}
                self._expect_exemplar("traced_seconds_bucket", labels, trace, value, after, CONST)
        self._expect_buckets("traced_seconds", {"v": "a"}, buckets, values, CONST)

    def _counter_of_utf8(self, name: str) -> Counter:
        names.allow_utf8()
        try:
            return self._counter(name, [])
        finally:
            names.allow_utf8(False)

    def _expect_exemplar(
        self,
        name: str,
        labels: dict[str, str],
        exemplar: dict[str, str],
        value: float,
        after: float,
        const: dict[str, str] | None,
        open: bool = True,
    ) -> None:
        shown = {**(const or {}), **labels}
        now = time.time()
        self.exemplars.append(
            ExpectedExemplar(name, shown, exemplar, float(value), after, now, open)
        )
