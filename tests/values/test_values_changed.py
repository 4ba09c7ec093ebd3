"""Attributes of live histograms and estimators that programs set, as in 23.12.0."""

from collections import OrderedDict

import pytest

from aioprometheus import Histogram, Registry, Summary, render

INF = float("inf")
LABELS = {"a": "x"}


def make(**options):
    histogram = Histogram("h", "d", buckets=[1, 2], registry=Registry(), **options)
    for value in (0.5, 1.5, 5):
        histogram.observe(LABELS, value)
    return histogram, histogram.values[LABELS]


def empty(live):
    live.sum = 0.0
    live.observations = 0
    live.buckets = dict.fromkeys(live.buckets, 0)


def empty_in_another_order(live):
    live.buckets = OrderedDict.fromkeys(live.buckets, 0)
    live.sum = 0
    live.observations = 0


def empty_by_their_number(live):
    live.observations = 0
    live.sum = 0.0


@pytest.mark.parametrize("reset", [empty, empty_in_another_order, empty_by_their_number])
@pytest.mark.parametrize("options", [{}, {"native": True}])
def test_a_histogram_that_is_reset(reset, options):
    histogram, live = make(**options)
    reset(live)
    assert histogram.get(LABELS) == {1.0: 0, 2.0: 0, INF: 0, "count": 0, "sum": 0.0}
    histogram.observe(LABELS, 1.5)
    live.observe(5)
    assert histogram.get(LABELS) == {1.0: 0, 2.0: 1, INF: 2, "count": 2, "sum": 6.5}
    assert live.buckets == {1.0: 0, 2.0: 1, INF: 2}


def test_what_is_counted_elsewhere():
    histogram, live = make()
    live.buckets = {1: 10, 2.0: 20, INF: 30}
    live.sum = 55
    assert histogram.get(LABELS) == {1.0: 10, 2.0: 20, INF: 30, "count": 30, "sum": 55.0}
    live.observations = 31
    assert (live.observations, live.buckets[INF], live.sum) == (31, 31, 55.0)
    body = render_of(histogram)
    assert 'h_bucket{a="x",le="+Inf"} 31' in body and 'h_sum{a="x"} 55' in body


def render_of(metric):
    registry = Registry()
    registry.register(metric)
    return render(registry)[0].decode()


@pytest.mark.parametrize(
    ("attribute", "value", "error", "match"),
    [
        ("buckets", {1.0: 1, INF: 2}, ValueError, "h: the histogram has other buckets"),
        ("buckets", {1.0: 3, 2.0: 2, INF: 1}, ValueError, "other buckets"),
        ("buckets", {1.0: -1, 2.0: 2, INF: 3}, OverflowError, None),
        ("buckets", [1, 2, 3], TypeError, None),
        ("buckets", None, TypeError, None),
        ("observations", 1, ValueError, "h: 1 observations are less than the buckets count"),
        ("observations", -1, OverflowError, None),
        ("observations", "3", TypeError, None),
        ("observations", None, TypeError, None),
        ("sum", "3", TypeError, None),
        ("sum", None, TypeError, None),
    ],
)
def test_what_is_refused_changes_nothing(attribute, value, error, match):
    histogram, live = make()
    before = histogram.get(LABELS)
    with pytest.raises(error, match=match):
        setattr(live, attribute, value)
    assert histogram.get(LABELS) == before


def test_an_estimator():
    summary = Summary("s", "d", quantiles={0.5: 0.01}, registry=Registry())
    summary.observe(LABELS, 4)
    live = summary.values[LABELS]
    live._observations = 0
    live._sum = 0.0
    assert (live._observations, live._sum) == (0, 0.0)
    live.observe(6)
    report = summary.get(LABELS)
    assert (report["count"], report["sum"]) == (1, 6.0)
    for attribute, value, error in (
        ("_observations", -1, OverflowError),
        ("_observations", "1", TypeError),
        ("_sum", "1", TypeError),
    ):
        with pytest.raises(error):
            setattr(live, attribute, value)
    assert summary.get(LABELS) == report
