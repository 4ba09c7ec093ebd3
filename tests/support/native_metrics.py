"""Native histograms of all kinds, and what scrapers must find of them."""

from __future__ import annotations

import math
import random
import time
from typing import Any, NamedTuple

from aioprometheus import Counter, Gauge, Histogram, Registry, names
from support.every_type import CONST, INF
from support.processes import wait_until

#: The name of the label of the series.
LABEL = "v"
CLASSIC_BOUNDS = [0.1, 1.0, 10.0]
#: The number of observations: a prime, so that no quantile lies between two of them.
MANY = 997


class Exemplar(NamedTuple):
    """An exemplar that was given, and when."""

    labels: dict[str, str]
    value: float
    after: float
    before: float


class NativeMetrics:
    """Native histograms of all sorts, and what they observed."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.began = time.time()
        self._histograms: dict[str, Histogram] = {}
        #: The observations of the series, by the name of the histogram and the label of the series.
        self.observed: dict[tuple[str, str], list[float]] = {}
        #: The largest growth of the width from one bucket to the next, unless they are widened.
        self.factors: dict[str, float] = {}
        #: The classic bounds.
        self.bounds: dict[str, list[float]] = {}
        #: The distance from zero to which the zero bucket reaches, unless it is widened.
        self.thresholds: dict[str, float] = {}
        #: The greatest number of other buckets.
        self.limits: dict[str, int] = {}
        self.exemplars: dict[tuple[str, str], list[Exemplar]] = {}

        chance = random.Random(7)
        positive = [chance.lognormvariate(0, 1) for _ in range(MANY)]
        mixed = [chance.gauss(0, 1) ** 3 for _ in range(MANY)]
        samples: dict[str, list[float]] = {
            "positive": positive,
            "negative": [-value for value in positive],
            "mixed": mixed,
            "with zeros": [value if abs(value) > 0.2 else 0.0 for value in mixed],
            "one": [0.25],
            # The upper bounds are in the buckets.
            "powers": [sign * 2.0**power for power in range(-9, 10) for sign in (1, -1)],
            "integers": list(range(1, 20)),
            "extremes": [5e-324, 1e-300, -1e-300, 1e300, -1.7976931348623157e308],
            "empty": [],
        }
        self._add("beside_seconds", CLASSIC_BOUNDS, samples, 1.1, const=CONST, unit="seconds")
        self._add("alone", [], samples, 1.1)
        self._add("coarse", [], samples, 2.0, native_factor=2)
        self._add("coarsest", [], samples, 65536.0, native_factor=65536)
        self._add("fine", [], {"mixed": mixed[:50]}, 1.01, native_factor=1.01, max_buckets=0)
        self._add("limited", [], samples, 1.1, max_buckets=20)
        self._add("blunt", [], samples, 1.1, zero_threshold=0.5)
        some = {"mixed": mixed}
        self._add("widened", [], some, None, max_buckets=30, max_zero_threshold=0.25)
        names.allow_utf8()
        try:
            self._add("my.native", [1.0], {"positive": positive}, 1.1)
        finally:
            names.allow_utf8(False)
        self._add("odd", [1.0], {"infinite": [1, INF, 2], "nan": [1, math.nan, 2]}, 1.1)
        self._add_exemplars()
        self._add_reset()
        # Other families may be in the registry too.
        Counter("plain_total", "doc", registry=self.registry).inc(2)
        Gauge("plain", "doc", registry=self.registry).set(3)
        Histogram("classic", "doc", registry=self.registry, buckets=[1]).observe(0.5)
        self.ended = time.time()

    def _add(
        self,
        name: str,
        buckets: list[float],
        samples: dict[str, list[float]],
        factor: float | None,
        const: dict[str, str] | None = None,
        **settings: Any,
    ) -> None:
        doc = f"Native {name}."
        histogram = Histogram(
            name, doc, const, self.registry, buckets=buckets, native=True, **settings
        )
        self._histograms[name] = histogram
        if factor is not None:
            self.factors[name] = factor
        self.bounds[name] = buckets
        self.thresholds[name] = settings.get("zero_threshold", 2.0**-128)
        self.limits[name] = settings.get("max_buckets", 160)
        for label, values in samples.items():
            self.observed[name, label] = []
            # It exists without an observation too.
            histogram.labels({LABEL: label})
            self.observe(name, label, values)

    def observe(self, name: str, label: str, values: list[float]) -> None:
        for value in values:
            self._histograms[name].observe({LABEL: label}, value)
        self.observed[name, label] += values

    def _add_exemplars(self) -> None:
        for name, buckets in (("traced_seconds", CLASSIC_BOUNDS), ("traced_alone", [])):
            self._add(name, buckets, {"a": []}, 1.1)
            given = self.exemplars[name, "a"] = []
            for value in (0.05, 50.0, 0.5, 5.0):
                wait_for_another_millisecond()
                labels = {"trace_id": f"trace of {value}"}
                after = time.time()
                self._histograms[name].observe({LABEL: "a"}, value, exemplar=labels)
                given.append(Exemplar(labels, value, after, time.time()))
                self.observed[name, "a"].append(value)

    def _add_reset(self) -> None:
        self._add("reset", [1.0], {"a": []}, None, max_buckets=4, min_reset_duration=0.001)
        self.observe("reset", "a", [0.5, 1, 2, 4])
        # Old enough to reset at the first value for which there is no bucket.
        for _ in range(2):
            wait_for_another_millisecond()
        self.observed["reset", "a"] = []
        #: The time when the series with this label was reset.
        self.reset = time.time()
        self.observe("reset", "a", [8, 16])


def wait_for_another_millisecond() -> None:
    """Wait until exemplars have another time than those before."""
    now = floor_to_milliseconds(time.time())
    wait_until(lambda: floor_to_milliseconds(time.time()) > now, "another millisecond")


def floor_to_milliseconds(seconds: float) -> float:
    return math.floor(seconds * 1000) / 1000
