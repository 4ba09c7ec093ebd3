"""What has no end is read up to a bound, and its thread ends when nobody waits for it."""

import asyncio
import itertools
import threading

import pytest
from prometheus_client import core

from aioprometheus import (
    Gauge,
    GaugeFamily,
    GaugeHistogramFamily,
    HistogramFamily,
    InfoFamily,
    Registry,
    StateSetFamily,
    SummaryFamily,
    families,
)
from tests.support.asked import text, text_async


class Endless:
    """A mapping, and a sequence of what it is given, without an end."""

    def __init__(self, item):
        self.item = item

    def __iter__(self):
        return (self.item(number) for number in itertools.count())

    def items(self):
        return ((key, 1) for key in self)

    keys = __iter__

    def __getitem__(self, key):
        return "1"

    def __len__(self):
        return 1


families.family.Mapping.register(Endless)
NAMES = Endless(lambda number: f"n{number}")
NUMBERS = Endless(float)


class Samples:
    def __init__(self):
        self.stop = False

    def __iter__(self):
        while not self.stop:
            yield "bad", {}, 1


@pytest.fixture
def registry():
    registry = Registry()
    Gauge("good", "d", registry=registry).set(1)
    return registry


def of_this_package():
    return GaugeFamily("bad", "d")


def of_prometheus_client():
    return core.GaugeMetricFamily("bad", "d")


@pytest.mark.parametrize("make", [of_this_package, of_prometheus_client])
@pytest.mark.parametrize("scrape", [text, lambda registry: asyncio.run(text_async(registry))])
def test_samples(registry, make, scrape, caplog):
    family = make()
    family.samples = Samples()

    class Collector:
        def collect(self):
            yield family

    registry.register(Collector(), timeout=60)
    assert "\ngood 1\n" in scrape(registry)
    assert "bad: it gives more than 2000000 samples" in caplog.text
    assert "the family bad of the collector" in caplog.text


@pytest.mark.parametrize("describes", [False, True])
def test_a_thread_ends_when_nobody_waits(registry, describes, caplog):
    class Waiting(Samples):
        def __iter__(self):
            for sample in super().__iter__():
                begun.set()
                go_on.wait(30)
                yield sample
            ran_on.set()

    class Watched:
        def collect(self):
            family = GaugeFamily("bad", "d")
            family.samples = samples
            try:
                yield family
            finally:
                ended.set()

    class Describing(Watched):
        def collect(self):
            return []

        def describe(self):
            try:
                for _ in samples:
                    yield GaugeFamily("bad", "d")
            finally:
                ended.set()

    begun, go_on, ended, ran_on = (threading.Event() for _ in range(4))
    samples = Waiting()
    registry.register(Describing() if describes else Watched(), timeout=0.05)
    try:
        assert "\ngood 1\n" in asyncio.run(text_async(registry, names=["good", "bad"]))
        assert begun.is_set()
        go_on.set()
        assert ended.wait(30)
    finally:
        samples.stop = True
        go_on.set()
    assert not ran_on.is_set()


def test_descriptions(registry, caplog):
    class Collector:
        def describe(self):
            return itertools.repeat(GaugeFamily("bad", "d"))

        def collect(self):
            return []

    registry.register(Collector())
    assert "\ngood 1\n" in text(registry, names=["good"])
    assert "describe() yields more than 100000 families" in caplog.text


@pytest.mark.parametrize(
    "make",
    [
        lambda: GaugeFamily("x", "d", labels=NAMES),
        lambda: GaugeFamily("x", "d").add_metric(NAMES, 1),
        lambda: GaugeFamily("x", "d", labels=["a"]).add_metric(iter(NAMES), 1),
        lambda: HistogramFamily("x", "d", buckets=NUMBERS, sum_value=1),
        lambda: HistogramFamily("x", "d", buckets=NUMBERS.items(), sum_value=1),
        lambda: GaugeHistogramFamily("x", "d", buckets=NUMBERS, gsum_value=1),
        lambda: SummaryFamily("x", "d").add_metric({}, 1, 1, quantiles=NUMBERS),
        lambda: InfoFamily("x", "d", value=NAMES),
        lambda: StateSetFamily("x", "d", value=NAMES),
        lambda: families.GaugeMetricFamily("x", "d", labels=NAMES),
        lambda: families.GaugeMetricFamily("x", "d").add_metric(NAMES, 1),
    ],
)
def test_parts_of_a_series(make):
    with pytest.raises(ValueError, match="x: "):
        make()


def test_values_beyond_the_names_are_left_alone():
    family = families.GaugeMetricFamily("x", "d", labels=["a"])
    family.add_metric(iter(NAMES), 1)
    assert family.samples[0].labels == {"a": "n0"}
