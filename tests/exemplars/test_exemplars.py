"""Exemplars given with updates: the methods that take them, and their form in expositions."""

import enum
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aioprometheus import Counter, Histogram, Registry
from aioprometheus.formats.openmetrics import OpenMetricsFormatter
from support.make import registry_of
from support.scrapes import exemplars, scrape, values

A = {"a": "x"}
TRACE = {"trace_id": "4bf92f3577b34da6"}
OPEN = ["openmetrics", "protobuf"]
in_both_formats = pytest.mark.parametrize("kind", OPEN)


def _counter(**options):
    return Counter("c_total", "d", registry=Registry(), **options)


def _histogram(**options):
    return Histogram("h", "d", registry=Registry(), buckets=[1, 5], **options)


def _exemplars(kind, *metrics):
    return exemplars(kind, scrape(registry_of(*metrics), kind))


def _only(kind, metric):
    """The labels and the value of the only exemplar."""
    (exemplar,) = _exemplars(kind, metric).values()
    return exemplar.labels, exemplar.value


COUNTER_CALLS = [
    (lambda counter: counter.inc(exemplar=TRACE), {}, 1),
    (lambda counter: counter.inc(2.5, exemplar=TRACE), {}, 2.5),
    (lambda counter: counter.inc(A, exemplar=TRACE), A, 1),
    (lambda counter: counter.inc(A, 3, exemplar=TRACE), A, 3),
    (lambda counter: counter.inc(labels=A, value=3, exemplar=TRACE), A, 3),
    (lambda counter: counter.inc(None, 3, exemplar=TRACE), {}, 3),
    (lambda counter: counter.add(3, exemplar=TRACE), {}, 3),
    (lambda counter: counter.add(A, 3, exemplar=TRACE), A, 3),
    (lambda counter: counter.add(A, 0, exemplar=TRACE), A, 0),
    (lambda counter: counter.labels(A).inc(exemplar=TRACE), A, 1),
    (lambda counter: counter.labels(a="x").inc(2, exemplar=TRACE), A, 2),
    (lambda counter: counter.labels().inc(value=2, exemplar=TRACE), {}, 2),
    (lambda counter: counter.labels(A).add(2, exemplar=TRACE), A, 2),
]


@in_both_formats
@pytest.mark.parametrize(("call", "labels", "amount"), COUNTER_CALLS)
def test_all_ways_to_add_with_an_exemplar(kind, call, labels, amount):
    counter = _counter()
    counter.inc(labels, 7)
    call(counter)
    assert counter.get_all() == [(labels, 7 + amount)]
    ((name, pairs),) = _exemplars(kind, counter)
    assert (name, dict(pairs)) == ("c_total", labels)
    assert _only(kind, counter) == (TRACE, amount)


HISTOGRAM_CALLS = [
    (lambda histogram: histogram.observe(3, exemplar=TRACE), {}),
    (lambda histogram: histogram.observe(A, 3, exemplar=TRACE), A),
    (lambda histogram: histogram.observe(labels=A, value=3, exemplar=TRACE), A),
    (lambda histogram: histogram.add(A, 3, exemplar=TRACE), A),
    (lambda histogram: histogram.add(3.0, exemplar=TRACE), {}),
    (lambda histogram: histogram.labels(A).observe(3, exemplar=TRACE), A),
    (lambda histogram: histogram.labels(a="x").add(3, exemplar=TRACE), A),
]


@in_both_formats
@pytest.mark.parametrize(("call", "labels"), HISTOGRAM_CALLS)
def test_all_ways_to_observe_with_an_exemplar(kind, call, labels):
    histogram = _histogram()
    call(histogram)
    assert histogram.get(labels)["count"] == 1
    ((name, pairs),) = _exemplars(kind, histogram)
    assert (name, dict(pairs)) == ("h_bucket", {**labels, "le": "5.0"})
    assert _only(kind, histogram) == (TRACE, 3)


@in_both_formats
def test_a_counter_keeps_the_last_one_of_each_series(kind):
    counter = _counter()
    for turn in range(5):
        counter.inc(A, turn, exemplar={"turn": str(turn)})
        counter.inc({"a": "y"}, 10 + turn, exemplar={"other": str(turn)})
    counter.inc(A, 100)
    counter.inc(A, 100, exemplar=None)
    counter.labels(A).inc(100)
    found = _exemplars(kind, counter)
    assert {key: (one.labels, one.value) for key, one in found.items()} == {
        ("c_total", (("a", "x"),)): ({"turn": "4"}, 4),
        ("c_total", (("a", "y"),)): ({"other": "4"}, 14),
    }


@in_both_formats
def test_a_histogram_keeps_the_last_one_of_each_bucket(kind):
    histogram = _histogram(const_labels={"z": "1"})
    for number, value in enumerate([0.5, 1, 3, 5, 7, -1, math.inf, 4]):
        histogram.observe(A, value, exemplar={"n": str(number)})
    histogram.observe(A, 0.1)
    found = _exemplars(kind, histogram)
    assert {dict(key[1])["le"]: (one.labels, one.value) for key, one in found.items()} == {
        "1.0": ({"n": "5"}, -1),
        "5.0": ({"n": "7"}, 4),
        "+Inf": ({"n": "6"}, math.inf),
    }
    assert {name for name, _ in found} == {"h_bucket"}
    assert all(dict(labels)["z"] == "1" for _, labels in found)


@in_both_formats
def test_nan_belongs_to_the_bucket_of_all(kind):
    histogram = _histogram()
    histogram.observe(math.nan, exemplar=TRACE)
    (((name, labels), exemplar),) = _exemplars(kind, histogram).items()
    assert (name, labels) == ("h_bucket", (("le", "+Inf"),))
    assert exemplar.labels == TRACE
    assert math.isnan(exemplar.value)


@in_both_formats
def test_they_carry_the_time_of_the_update(kind):
    counter = _counter()
    before = time.time()
    counter.inc(exemplar=TRACE)
    after = time.time()
    (exemplar,) = _exemplars(kind, counter).values()
    assert math.floor(before * 1000) / 1000 <= exemplar.time <= after


def test_the_text_format_and_all_values_are_as_without_them():
    plain, with_them = [], []
    for metrics, exemplar in ((plain, None), (with_them, TRACE)):
        counter, histogram = _counter(), _histogram()
        metrics += [counter, histogram]
        for value in (0.5, 3, 9):
            counter.inc(A, value, exemplar=exemplar)
            histogram.observe(A, value, exemplar=exemplar)
    expected, given_ones = registry_of(*plain), registry_of(*with_them)
    assert scrape(given_ones, "text") == scrape(expected, "text")
    for kind in OPEN:
        assert values(kind, scrape(given_ones, kind)) == values(kind, scrape(expected, kind))
    lines = scrape(given_ones, "openmetrics").decode().splitlines()
    stripped = [line.partition(" # ")[0] for line in lines]
    assert stripped == scrape(expected, "openmetrics").decode().splitlines()
    names = {line.split("{")[0] for line in lines if " # {" in line}
    assert names == {"c_total", "h_bucket"}


def test_a_counter_that_is_unknown_to_openmetrics_has_none_there():
    counter = Counter("c", "d", registry=Registry())
    counter.inc(exemplar=TRACE)
    assert _exemplars("openmetrics", counter) == {}
    assert _only("protobuf", counter) == (TRACE, 1)


def test_openmetrics_leaves_out_what_prometheus_cannot_read_there():
    """Its parser of exemplars stops at a NUL, which costs the scrape."""
    counter, histogram = _counter(), _histogram()
    counter.inc(exemplar={"a": "b\0c"})
    histogram.observe(3, exemplar={"a": "\0"})
    assert _exemplars("openmetrics", counter, histogram) == {}
    assert _only("protobuf", counter) == ({"a": "b\0c"}, 1)


def test_they_stand_behind_timestamps():
    counter, histogram = _counter(), _histogram()
    counter.inc(exemplar=TRACE)
    histogram.observe(2, exemplar=TRACE)
    content = OpenMetricsFormatter(timestamp=True).marshall(registry_of(counter, histogram))
    assert {one.labels == TRACE for one in exemplars("openmetrics", content).values()} == {True}
    assert len(exemplars("openmetrics", content)) == 2


@in_both_formats
def test_they_go_with_their_series(kind):
    counter, histogram = _counter(), _histogram()
    child = counter.labels(A)
    child.inc(exemplar=TRACE)
    histogram.observe(A, 3, exemplar=TRACE)
    del counter.values[A]
    histogram.values.clear()
    child.inc()
    histogram.observe(A, 3)
    assert _exemplars(kind, counter, histogram) == {}
    child.inc(exemplar=TRACE)
    assert _only(kind, counter) == (TRACE, 1)


@in_both_formats
def test_they_are_copies(kind):
    counter, labels = _counter(), dict(TRACE)
    counter.inc(exemplar=labels)
    labels.clear()
    assert _only(kind, counter) == (TRACE, 1)


class Word(enum.Enum):
    YES = "yes"


class Labels(dict):
    pass


@in_both_formats
@pytest.mark.parametrize(
    ("given_labels", "shown"),
    [
        ({}, {}),
        (Labels(TRACE), TRACE),
        ({"b": 1, "a": 2.5, "_": Word.YES}, {"b": "1", "a": "2.5", "_": "yes"}),
        # Names that are reserved in the labels of series are allowed here.
        ({"job": "x", "le": "y", "quantile": "z"}, {"job": "x", "le": "y", "quantile": "z"}),
        ({"a": "x" * 127}, {"a": "x" * 127}),
        ({"a": "\N{PILE OF POO}" * 127}, {"a": "\N{PILE OF POO}" * 127}),
        ({"a" * 128: ""}, {"a" * 128: ""}),
        ({"a" * 60: "x" * 4, "b" * 60: "y" * 4}, {"a" * 60: "x" * 4, "b" * 60: "y" * 4}),
    ],
)
def test_labels_that_are_taken(kind, given_labels, shown):
    counter, histogram = _counter(), _histogram()
    counter.inc(exemplar=given_labels)
    histogram.observe(3, exemplar=given_labels)
    assert _only(kind, counter)[0] == _only(kind, histogram)[0] == shown


any_character = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    st.sampled_from('"\\\n# {},='),
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,5}", fullmatch=True),
        st.text(any_character, max_size=20),
        max_size=4,
    ),
    st.floats(0, allow_nan=False, allow_infinity=False),
)
def test_whatever_goes_in_comes_out(labels, value):
    counter, histogram = _counter(), _histogram()
    counter.inc(A, value, exemplar=labels)
    histogram.observe(A, value, exemplar=labels)
    for kind in OPEN:
        assert _only(kind, counter) == _only(kind, histogram) == (labels, value)
