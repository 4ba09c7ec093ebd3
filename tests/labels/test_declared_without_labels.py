"""``labelnames=[]``: a metric with one series, which is born with the metric."""

from __future__ import annotations

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary
from support.make import make, text_of


@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_numbers_are_zero(kind):
    metric = make(kind, labelnames=[])
    assert metric.get() == 0 and type(metric.get()) is int and len(metric.values) == 1
    assert text_of(metric).endswith("\nm 0\n")
    metric.inc(2)
    assert metric.get_all() == [({}, 2)]


@pytest.mark.parametrize("kind", [Summary, Histogram])
def test_nothing_is_observed(kind):
    metric = make(kind, labelnames=[])
    assert "\nm_count 0" in text_of(metric) and "\nm_sum 0" in text_of(metric)
    metric.observe(2)
    assert metric.get()["count"] == 1 and len(metric.values) == 1


def test_an_enum_is_in_its_first_state():
    enum = make(Enum, labelnames=[], states=["off", "on"])
    assert enum.get() == "off" and 'm{m="off"} 1' in text_of(enum)


def test_an_info_has_nothing_to_say_before_it_has_facts():
    info = make(Info, labelnames=[])
    assert info.get_all() == []
    info.info({"version": "1"})
    assert len(info.values) == 1


def test_constant_labels():
    counter = make(Counter, labelnames=[], const_labels={"service": "a"})
    assert text_of(counter).endswith('\nm{service="a"} 0\n')


def test_what_is_removed_is_gone_until_the_next_update():
    gauge = make(Gauge, labelnames=[])
    gauge.values.clear()
    assert gauge.get_all() == [] and len(gauge.values) == 0
    gauge.labels()
    assert gauge.get() == 0
    del gauge.values[None]
    gauge.inc()
    assert gauge.get() == 1


def test_only_where_none_are_declared():
    for options in ({}, {"labelnames": None}, {"labelnames": ["a"]}):
        assert Counter("m", "d", registry=Registry(), **options).get_all() == []


class Own(Counter):
    """Keeps its values itself."""

    def get_value(self, labels=None):
        raise KeyError(labels)


def test_a_class_that_keeps_its_values_itself():
    assert len(make(Own, labelnames=[]).values) == 0


def test_a_name_that_is_taken():
    registry = Registry()
    Counter("m", "d", registry=registry)
    with pytest.raises(ValueError, match="already registered"):
        Counter("m", "d", registry=registry, labelnames=[])
    assert text_of(registry.get("m")) == "# HELP m d\n# TYPE m counter\n"
