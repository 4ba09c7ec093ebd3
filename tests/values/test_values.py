"""``metric.values``: the mapping, and the live histograms and estimators in it."""

import math
from collections import OrderedDict
from collections.abc import MutableMapping
from contextlib import suppress

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, histogram
from aioprometheus.metricdict import MetricDict
from support.make import text_of

A, B = {"a": "x"}, {"b": "2", "a": "1"}
KEY_A, KEY_B, EMPTY = b'{"a":"x"}', b'{"a":"1","b":"2"}', "__EMPTY__"
KINDS = [Counter, Gauge, Summary, Histogram]
EMPTIES = [None, {}, "", EMPTY]


def _metric(kind=Gauge, **options):
    return kind("m", "d", registry=Registry(), **options)


def _filled(kind=Gauge):
    metric = _metric(kind)
    metric.add(A, 1)
    metric.add(B, 2)
    metric.add(None, 3)
    return metric


@pytest.mark.parametrize("kind", KINDS)
def test_interface(kind):
    values = _filled(kind).values
    assert isinstance(values, MutableMapping)
    assert isinstance(values, MetricDict)
    assert len(values) == 3
    assert list(values) == list(values.keys()) == [KEY_A, KEY_B, EMPTY]
    assert [type(key) for key in values] == [bytes, bytes, str]
    assert [key for key, _ in values.items()] == [KEY_A, KEY_B, EMPTY]
    assert len(list(values.values())) == 3
    for key in (A, B, KEY_A, KEY_B, *EMPTIES, {"a": "1", "b": "2"}):
        assert key in values
        assert values.get(key) is not None
    assert {"a": "y"} not in values and b'{"a":"y"}' not in values
    assert values.get({"a": "y"}) is None and values.get({"a": "y"}, 5) == 5


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        ({"a": "ä☃"}, '{"a":"ä☃"}'.encode()),
        ({"a": 'q"b\\n\nt\t'}, b'{"a":"q\\"b\\\\n\\nt\\t"}'),
        ({"a": "\0\x1f\x7f/"}, b'{"a":"\\u0000\\u001f\x7f/"}'),
        ({"b": "", "a": "1"}, b'{"a":"1","b":""}'),
        ({"B": "1", "a": "2", "_": "3"}, b'{"B":"1","_":"3","a":"2"}'),
    ],
)
def test_key_bytes(labels, key):
    metric = _metric()
    metric.set(labels, 5)
    assert list(metric.values) == [key]
    assert metric.values[key] == metric.values[labels] == metric.get(key) == 5
    metric.values[key] = 6
    assert metric.get(labels) == 6
    assert len(metric.values) == 1
    del metric.values[key]
    assert len(metric.values) == 0


def test_the_keys_of_iteration_are_taken_by_get():
    for kind in KINDS:
        metric = _filled(kind)
        for key in metric.values:
            assert metric.get(key) == metric.get_all()[list(metric.values).index(key)][1]
            assert metric.get_value(key) == metric.values[key]


@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_numbers_are_live(kind):
    metric = _metric(kind)
    values = metric.values
    assert len(values) == 0 and list(values) == [] and not values
    metric.inc(A)
    metric.inc(A, 1.5)
    metric.inc()
    assert dict(values.items()) == {KEY_A: 2.5, EMPTY: 1}
    assert [type(item) for item in values.values()] == [float, int]
    values[A] = 7
    values[{"n": "1"}] = 8
    values[None] = 9.5
    assert metric.get_all() == [(A, 7), ({}, 9.5), ({"n": "1"}, 8)]
    assert text_of(metric).endswith('\nm{a="x"} 7\nm 9.5\nm{n="1"} 8\n')
    metric.inc(A)
    assert values[A] == 8


@pytest.mark.parametrize("empty", EMPTIES)
def test_the_series_without_labels(empty):
    values = _metric().values
    values[empty] = 3
    assert list(values) == [EMPTY]
    for other in EMPTIES:
        assert values[other] == 3
    assert values.pop(empty) == 3
    assert len(values) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_deletion(kind):
    metric = _filled(kind)
    values = metric.values
    del values[{"a": "1", "b": "2"}]
    assert list(values) == [KEY_A, EMPTY]
    del values[KEY_A]
    del values[None]
    assert len(values) == 0 and metric.get_all() == [] and metric.samples == []
    assert text_of(metric) == f"# HELP m d\n# TYPE m {metric.kind.name}\n"
    with pytest.raises(KeyError):
        metric.get(A)


@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_series_starts_anew_at_the_end(kind):
    metric = _filled(kind)
    labels = dict(A)
    metric.add(labels, 1)
    del metric.values[A]
    metric.add(labels, 1)
    metric.add(A, 1)
    assert list(metric.values) == [KEY_B, EMPTY, KEY_A]
    assert [line.rpartition(" ")[2] for line in text_of(metric).splitlines()][-1] in ("2", "2.0")
    metric.values.clear()
    assert list(metric.values) == []
    metric.add(labels, 1)
    assert list(metric.values) == [KEY_A]
    assert [line.rpartition(" ")[2] for line in text_of(metric).splitlines()][-1] in ("1", "1.0")


@pytest.mark.parametrize("kind", KINDS)
def test_pop_popitem_setdefault_clear(kind):
    metric = _filled(kind)
    values = metric.values
    item = values[A]
    assert values.pop(A) is not None
    with pytest.raises(KeyError):
        values.pop(A)
    assert values.pop(A, "default") == "default"
    key, popped = values.popitem()
    assert key not in values and popped is not None and len(values) == 1
    if kind in (Counter, Gauge):
        assert values.setdefault({"s": "1"}, 4) == 4
        assert values.setdefault({"s": "1"}, 5) == 4
        values.update({KEY_A: 6, EMPTY: 7})
        assert (values[A], values[None]) == (6, 7)
        assert item == 1
    values.clear()
    assert len(values) == 0
    with pytest.raises(KeyError):
        values.popitem()


@pytest.mark.parametrize(
    ("key", "argument"),
    [({"a": "y"}, b'{"a":"y"}'), (b'{"a":"y"}', b'{"a":"y"}'), (None, EMPTY), ({}, EMPTY)],
)
@pytest.mark.parametrize("kind", KINDS)
def test_key_errors(kind, key, argument):
    metric = _metric(kind)
    metric.add(A, 1)
    for call in (
        lambda: metric.values[key],
        lambda: metric.values.__delitem__(key),
        lambda: metric.values.pop(key),
        lambda: metric.get(key),
        lambda: metric.get_value(key),
    ):
        with pytest.raises(KeyError) as caught:
            call()
        assert caught.value.args == (argument,)
    assert list(metric.values) == [KEY_A]


@pytest.mark.parametrize("key", ["a", 5, 1.5, ["a"], ("a",), object(), b"junk"])
def test_keys_of_other_types(key):
    values = _filled().values
    for call in (
        lambda: values[key],
        lambda: values.__setitem__(key, 1),
        lambda: values.__delitem__(key),
        lambda: key in values,
    ):
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value) == "Only accepts dicts as keys"
    assert list(values) == [KEY_A, KEY_B, EMPTY]


@pytest.mark.parametrize(
    "key", [b'{"a":', b"{a:b}", b'{"job":"x"}', b'{"a":1}', b'{"a":{}}', b"\xff"]
)
def test_odd_key_bytes_never_harm(key):
    metric = _filled()
    for call in (lambda: metric.values[key], lambda: metric.values.__setitem__(key, 1)):
        with suppress(KeyError, ValueError, TypeError):
            call()
    text_of(metric)
    assert metric.get(A) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [None, "junk", True, [], object(), {}, b"1"])
def test_assignment_of_what_is_not_a_value(kind, value):
    metric = _filled(kind)
    before = metric.get_all()
    for labels in (A, {"new": "1"}):
        with pytest.raises((TypeError, ValueError)):
            metric.values[labels] = value
        with pytest.raises((TypeError, ValueError)):
            metric.set_value(labels, value)
    assert metric.get_all() == before


@pytest.mark.parametrize("value", [-1, -0.5, math.nan])
def test_assignment_of_what_a_counter_cannot_be(value):
    metric = _filled(Counter)
    before = metric.get_all()
    for labels in (A, {"new": "1"}):
        with pytest.raises(ValueError):
            metric.values[labels] = value
    assert metric.get_all() == before


def test_assignment_under_reserved_names():
    metric = _filled()
    with pytest.raises(ValueError):
        metric.values[{"a b": "1"}] = 1
    assert list(metric.values) == [KEY_A, KEY_B, EMPTY]


@pytest.mark.parametrize("kind", [Summary, Histogram])
@pytest.mark.parametrize("value", [1, 2.5])
def test_a_number_is_neither_a_histogram_nor_an_estimator(kind, value):
    metric = _filled(kind)
    before = metric.get_all()
    with pytest.raises((TypeError, ValueError)):
        metric.values[A] = value
    assert metric.get_all() == before
    text_of(metric)


def test_live_histogram():
    metric = Histogram("m", "d", registry=Registry(), buckets=[1, 5])
    metric.observe(A, 3)
    live = metric.values[A]
    assert isinstance(live, histogram.Histogram)
    assert isinstance(live.buckets, dict)
    assert list(live.buckets.items()) == [(1.0, 0), (5.0, 1), (math.inf, 1)]
    assert (live.observations, live.sum) == (1, 3.0)
    assert (type(live.observations), type(live.sum)) == (int, float)
    metric.observe(A, 0.5)
    assert list(live.buckets.values()) == [1, 2, 2]
    assert (live.observations, live.sum) == (2, 3.5)
    live.observe(10)
    assert metric.get(A) == {1.0: 1, 5.0: 2, math.inf: 3, "count": 3, "sum": 13.5}
    assert metric.get_value(A).sum == metric.values[KEY_A].sum == 13.5


def test_a_live_histogram_outlives_its_series():
    metric = Histogram("m", "d", registry=Registry(), buckets=[1])
    metric.observe(A, 3)
    live = metric.values[A]
    metric.values.clear()
    metric.observe(A, 0.5)
    live.observe(4)
    assert (live.observations, live.sum) == (2, 7.0)
    assert metric.get(A) == {1.0: 1, math.inf: 1, "count": 1, "sum": 0.5}
    del metric
    assert live.observations == 2


def test_assignment_of_a_histogram():
    metric = Histogram("m", "d", registry=Registry(), buckets=[1, 5])
    alone = histogram.Histogram(1, 5)
    for value in (0.5, 3, 3, 100):
        alone.observe(value)
    for labels in (A, None):
        metric.values[labels] = alone
    metric.set_value(B, alone)
    expected = OrderedDict([(1.0, 1), (5.0, 3), (math.inf, 4), ("count", 4), ("sum", 106.5)])
    assert metric.get_all() == [(A, expected), ({}, expected), (B, expected)]
    metric.values[A] = histogram.Histogram(1, 5)
    assert metric.get(A)["count"] == 0
    metric.observe(A, 3)
    assert metric.get(A) == {1.0: 0, 5.0: 1, math.inf: 1, "count": 1, "sum": 3.0}
    assert 'm_bucket{a="x",le="5.0"} 1.0\n' in text_of(metric)


def test_assignment_of_a_live_histogram():
    metric = Histogram("m", "d", registry=Registry(), buckets=[1, 5])
    metric.observe(A, 3)
    metric.values[B] = metric.values[A]
    assert metric.get(B) == metric.get(A)


def test_live_estimator():
    metric = Summary("m", "d", registry=Registry())
    metric.observe(A, 3)
    live = metric.values[A]
    assert (live._observations, live._sum) == (1, 3.0)
    assert live.query(0.5) == 3.0
    metric.observe(A, 5)
    metric.observe(A, 4)
    assert (live._observations, live._sum, live.query(0.5)) == (3, 12.0, 4.0)
    assert [(one._quantile, one._inaccuracy) for one in live._invariants] == [
        (0.5, 0.05),
        (0.9, 0.01),
        (0.99, 0.001),
    ]
    live.observe(100)
    assert metric.get(A) == {0.5: 4.0, 0.9: 100.0, 0.99: 100.0, "count": 4, "sum": 112.0}
    metric.values.clear()
    assert live._observations == 4


@pytest.mark.parametrize("kind", KINDS)
def test_equality_of_values(kind):
    assert _metric(kind).values == _metric(kind).values
    metric = _filled(kind)
    assert metric.values == metric.values
    assert metric.values != _metric(kind).values
    if kind in (Counter, Gauge):
        assert metric.values == _filled(kind).values
        assert metric.values == {KEY_A: 1, KEY_B: 2, EMPTY: 3}


def test_values_keep_working_without_the_metric():
    values = _filled().values
    assert len(values) == 3
    values[A] = 10
    assert values[A] == 10


def test_births_and_deletions_in_an_iteration_never_harm():
    metric = _filled()
    for change in (lambda: metric.inc({"new": "1"}), metric.values.clear):
        try:
            for _ in metric.values:
                change()
        except RuntimeError:  # the message of a dict
            pass
    assert len(metric.values) == 0


def test_metricdict_itself_stays():
    alone = MetricDict({None: 1})
    alone[A] = "anything"
    assert list(alone) == [EMPTY, KEY_A]
    assert alone.store == {EMPTY: 1, KEY_A: "anything"}
    assert MetricDict.EMPTY_KEY == EMPTY
    with pytest.raises(TypeError, match=r"^Only accepts dicts as keys$"):
        alone["x"]
