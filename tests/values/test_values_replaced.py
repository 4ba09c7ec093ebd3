"""``metric.values = ...``: assignments that replace the series of a metric."""

import threading

import pytest

from aioprometheus import Counter, Gauge, Histogram, Info, Registry, Summary
from aioprometheus.collectors import MetricDict

A, B = {"a": "x"}, {"a": "y"}
KINDS = [Counter, Gauge, Summary, Histogram]


def _metric(kind=Counter, **options):
    metric = kind("m", "d", registry=Registry(), **options)
    for labels in (B, A):
        metric.add(labels, 2)
    return metric


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("empty", [MetricDict, dict])
def test_an_empty_mapping_resets(kind, empty):
    metric = _metric(kind)
    child = metric.labels(A)
    metric.values = empty()
    assert len(metric.values) == 0 and metric.get_all() == [] and metric.samples == []
    child.add(1)
    metric.add(B, 1)
    assert [labels for labels, _ in metric.get_all()] == [A, B]
    assert list(metric.values) == [b'{"a":"x"}', b'{"a":"y"}']


def test_a_mapping_with_items():
    items = MetricDict()
    items[{"code": 200, "a": "é"}] = 5
    items[{}] = 2.5
    for given in (items, dict(items.items())):
        metric = _metric()
        metric.values = given
        assert metric.get_all() == [({"a": "é", "code": "200"}, 5), ({}, 2.5)]
        metric.inc({"code": "200", "a": "é"})
        assert metric.get({"a": "é", "code": 200}) == 6
    assert items[{"code": 200, "a": "é"}] == 5


@pytest.mark.parametrize("kind", KINDS)
def test_those_of_another_metric_are_copied(kind):
    metric, other = _metric(kind), _metric(kind)
    other.add(A, 40)
    other.add({}, 7)
    before = other.get_all()
    metric.values = other.values
    assert metric.get_all() == before == other.get_all()
    metric.add(A, 1)
    other.add(B, 1)
    assert metric.get(A) != other.get(A) and metric.get(B) != other.get(B)
    assert before[1][1] == other.get(A)


@pytest.mark.parametrize("kind", KINDS)
def test_its_own(kind):
    metric = _metric(kind)
    before = metric.get_all()
    values = metric.values
    metric.values = values
    assert metric.values is values and metric.get_all() == before
    metric.values = dict(values.items())
    assert metric.get_all() == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_mapping_before_keeps_what_it_held(kind):
    metric = _metric(kind)
    old, before = metric.values, metric.get_all()
    metric.values = MetricDict()
    assert metric.values is not old and metric.values is metric.values
    metric.add(A, 40)
    assert list(old) == [b'{"a":"y"}', b'{"a":"x"}'] and len(old) == 2
    assert A in old and {"a": "z"} not in old
    if kind in (Counter, Gauge):
        assert dict(old.items()) == {b'{"a":"y"}': 2, b'{"a":"x"}': 2}
        old[{"n": 1}] = 3
        assert old[{"n": "1"}] == 3 and old.pop({"n": 1}) == 3
    del old[B]
    assert len(old) == 1 and len(metric.values) == 1
    metric.values = old
    assert metric.get_all() == before[1:]
    old.clear()
    assert len(old) == 0 and metric.get_all() == before[1:]


def test_before_the_constructor_it_is_forgotten():
    class Own(Counter):
        def __init__(self):
            self.values = {"__EMPTY__": 5}
            super().__init__("m", "d", registry=Registry())
            self.values = MetricDict()

    metric = Own()
    assert metric.get_all() == []
    metric.inc()
    assert metric.get() == 1


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (5, TypeError),
        (None, TypeError),
        ([(A, 1)], TypeError),
        ("text", TypeError),
        ({b'{"a":"z"}': 1, b'{"a":"x"}': "5"}, TypeError),
        ({b'{"a":"z"}': 1, b'{"a":"x"}': None}, TypeError),
        ({b'{"a":"z"}': 1, b'{"a":"x"}': -1}, ValueError),
        ({b'{"a":"z"}': 1, b'{"job":"x"}': 1}, ValueError),
        ({b'{"a":"z"}': 1, b'{"a b":"x"}': 1}, ValueError),
        ({b'{"a":"z"}': 1, b"no json": 1}, TypeError),
        ({b'{"a":"z"}': 1, b"[1]": 1}, TypeError),
        ({b'{"a":"z"}': 1, "text": 1}, TypeError),
        ({b'{"a":"z"}': 1, 5: 1}, TypeError),
        ({b'{"a":"z"}': 1, b'{"a":"\\ud800"}': 1}, ValueError),
    ],
)
def test_nothing_changes_when_something_is_refused(bad, error):
    metric = _metric()
    values, before = metric.values, metric.get_all()
    with pytest.raises(error):
        metric.values = bad
    assert metric.get_all() == before and metric.values is values
    assert dict(values.items()) == {b'{"a":"y"}': 2, b'{"a":"x"}': 2}
    metric.inc(A)
    assert values[A] == 3


def test_the_words_for_what_is_not_a_mapping():
    with pytest.raises(
        TypeError, match=r"^m: values must be a mapping .* MetricDict\(\), not int$"
    ):
        _metric().values = 5


def test_declared_names_are_kept():
    metric = _metric(labelnames=["a"])
    with pytest.raises(ValueError, match="m"):
        metric.values = {b'{"b":"x"}': 1}
    metric.values = {b'{"a":"z"}': 1}
    assert metric.get_all() == [({"a": "z"}, 1)]


def test_a_value_is_read_once():
    class Value:
        reads = 0

        def __float__(self):
            Value.reads += 1
            return float(Value.reads)

    metric = Gauge("m", "d", registry=Registry())
    metric.values = {b'{"a":"x"}': Value()}
    assert metric.get(A) == 1.0 and Value.reads == 1


def test_a_mapping_that_fails():
    class Failing(dict):
        def items(self):
            yield b'{"a":"z"}', 1
            raise OSError("gone")

    metric = _metric()
    before = metric.get_all()
    with pytest.raises(OSError, match="gone"):
        metric.values = Failing()
    assert metric.get_all() == before


def test_an_info():
    metric = Info("m", "d", registry=Registry())
    metric.info({"version": "1"})
    metric.values = {"__EMPTY__": {"version": "2"}}
    assert metric.get() == {"version": "2"}


def test_no_increment_is_lost_between_two_mappings(frequent_switches):
    metric = Counter("m", "d", registry=Registry())
    metric.inc(A)
    total, done = 0, threading.Event()

    def count():
        for _ in range(20_000):
            metric.inc(A)

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()

    def drain():
        nonlocal total
        old = metric.values
        metric.values = MetricDict()
        total += sum(old.values())

    watcher = threading.Thread(target=lambda: ([t.join() for t in threads], done.set()))
    watcher.start()
    while not done.is_set():
        drain()
    watcher.join()
    drain()
    assert total == 60_001
