"""Series that go away: one, those that have some labels, all."""

import gc
import weakref

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from aioprometheus.collectors import Collector
from support import many_threads, text_parser
from support.series import UPDATES, labels_of, make


class Own(Gauge):
    """Overrides what a scrape and updates call."""

    def get_value(self, labels=None):
        return super().get_value(labels)

    def set_value(self, labels, value):
        super().set_value(labels, value)


@pytest.mark.parametrize("kind", UPDATES)
def test_one_series_is_removed(kind):
    metric = make(kind)
    for number in range(3):
        UPDATES[kind](metric, {"a": str(number)})
    assert metric.remove({"a": "1"}) is True
    assert labels_of(metric) == [{"a": "0"}, {"a": "2"}]
    assert metric.remove({"a": "1"}) is False
    assert metric.remove(a="2") is True
    assert metric.remove() is False
    UPDATES[kind](metric, None)
    assert metric.remove() is True
    assert labels_of(metric) == [{"a": "0"}]


def test_declared_labels_are_given_by_position_or_name():
    counter = make(Counter, labelnames=["method", "path"])
    for method, path in (("GET", "/"), ("PUT", "/"), ("GET", "/a")):
        counter.inc({"path": path, "method": method})
    assert counter.remove("GET", "/") is True
    assert counter.remove(path="/", method="PUT") is True
    assert counter.remove("GET", "/") is False
    assert labels_of(counter) == [{"method": "GET", "path": "/a"}]
    for refused in (("GET",), ("a", "b", "c"), ({"method": "GET"},), ()):
        with pytest.raises(ValueError, match=r"^removed: "):
            counter.remove(*refused)
    with pytest.raises(ValueError, match=r"^removed: "):
        counter.remove("GET", path="/a")
    with pytest.raises(TypeError, match=r"^removed: "):
        make(Counter).remove("GET")
    assert len(counter.values) == 1


@pytest.mark.parametrize("kind", [*UPDATES, Own])
def test_those_that_have_some_labels_are_removed(kind):
    metric = make(kind)
    update = UPDATES.get(kind, UPDATES[Gauge])
    for number in range(20):
        update(metric, {"tenant": "ab"[number % 2], "n": str(number)})
    update(metric, {"n": "x"})
    assert metric.remove_matching({"tenant": "a", "n": "3"}) == 0
    assert metric.remove_matching({"tenant": "a"}) == 10
    assert metric.remove_by_labels({"n": "1", "tenant": "b"}) == 1
    assert metric.remove_matching(n="5", tenant="b") == metric.remove_by_labels(n="7") == 1
    assert metric.remove_matching(labels={"n": "9"}) == 1
    assert metric.remove_matching({}) == 0
    assert metric.remove_matching({"tenant": ""}) == 1
    assert len(metric.values) == 6
    assert {labels["tenant"] for labels in labels_of(metric)} == {"b"}


def test_constant_labels_match_too():
    gauge = make(Gauge, const_labels={"zone": "x"})
    gauge.set({"a": "1"}, 1)
    gauge.set({"a": "2", "zone": "y"}, 2)
    assert gauge.remove_matching({"zone": "y"}) == 1
    assert gauge.remove_matching({"zone": "x"}) == 1


def test_a_label_that_no_series_can_have_is_refused():
    gauge = make(Gauge, labelnames=["a"], const_labels={"zone": "x"})
    gauge.set({"a": "1"}, 1)
    with pytest.raises(ValueError, match=r"^removed: no series has the label 'tenant'"):
        gauge.remove_matching({"tenant": "1"})
    with pytest.raises(TypeError):
        gauge.remove_matching("a")
    with pytest.raises(ValueError, match=r"^removed: no series has the label 'tenant'"):
        gauge.remove_matching(tenant="1")
    with pytest.raises(ValueError, match=r"^removed: labels are given as a dict or by name"):
        gauge.remove_matching({"a": "1"}, a="1")
    with pytest.raises(TypeError, match=r"^removed: give the labels .* clear\(\)"):
        gauge.remove_by_labels()
    assert gauge.remove_matching({"zone": "x", "a": "2"}) == 0
    assert gauge.remove_matching({"zone": "x", "a": "1"}) == 1


@pytest.mark.parametrize("kind", [*UPDATES, Own])
def test_all_are_removed(kind):
    metric = make(kind)
    update = UPDATES.get(kind, UPDATES[Gauge])
    for number in range(300):
        update(metric, {"a": str(number)})
    metric.clear()
    assert metric.get_all() == [] and len(metric.values) == 0
    metric.clear()
    update(metric, {"a": "1"})
    assert labels_of(metric) == [{"a": "1"}]


@pytest.mark.parametrize("kind", [kind for kind in UPDATES if kind is not Collector])
def test_a_child_removes_its_series_and_bears_it_again(kind):
    metric = make(kind, labelnames=["a"])
    child = metric.labels("1")
    method = {Info: "info", Enum: "state"}.get(
        kind, "observe" if "observe" in dir(child) else "set"
    )
    value = {Info: {"fact": "x"}, Enum: "on"}.get(kind, 1)
    update = child.inc if kind is Counter else lambda: getattr(child, method)(value)
    for remove in (child.remove, lambda: metric.remove("1"), metric.clear):
        update()
        assert labels_of(metric) == [{"a": "1"}]
        assert remove() in (True, None)
        assert labels_of(metric) == []
        with pytest.raises(KeyError):
            child.get()
        assert child.remove() is False
    update()
    assert labels_of(metric) == [{"a": "1"}]


def test_a_child_of_a_class_that_overrides_removes_through_it():
    class Noting(Gauge):
        removed = ()

        def remove(self, *values, **named):
            self.removed += (values,)
            return super().remove(*values, **named)

    gauge = make(Noting)
    child = gauge.labels({"a": "1"})
    child.set(1)
    assert child.remove() is True
    assert gauge.removed == (({"a": "1"},),)


def test_own_methods_of_these_names_are_left_alone():
    class Queue(Gauge):
        def clear(self):
            return "mine"

        def replace(self, old, new):
            return old, new

        remove = None

    queue = make(Queue)
    assert queue.clear() == "mine" and queue.replace(1, 2) == (1, 2) and queue.remove is None
    queue.labels({"a": "1"}).set(3)
    queue.values.clear()
    assert queue.get_all() == []


def test_objects_that_are_values_go_with_their_series():
    class Kept(Gauge):
        def get(self, labels=None):
            return self.get_value(labels).number

    class Value:
        number = 5

    gauge = make(Kept)
    for remove in (
        lambda: gauge.remove({"a": "1"}),
        lambda: gauge.remove_matching({"a": "1"}),
        gauge.clear,
        lambda: gauge.replace([]),
    ):
        value = Value()
        gone = weakref.ref(value)
        gauge.set_value({"a": "1"}, value)
        del value
        assert gauge.get({"a": "1"}) == 5
        remove()
        gc.collect()
        assert gone() is None and gauge.get_all() == []


def test_counts_are_exact_while_children_and_dicts_bear_what_others_clear():
    counter = make(Counter)
    known = {"a": "1"}
    each = 3_000

    def work(number):
        if number == 0:
            for _ in range(100):
                with counter.replacing():
                    pass
                counter.clear()
                counter.remove_matching(known)
        elif number % 2:
            child = counter.labels(known)
            for _ in range(each):
                child.inc()
        else:
            for _ in range(each):
                counter.inc(known)

    many_threads.run(work, 5)
    counter.clear()
    counter.inc(known)
    assert counter.get(known) == 1


def test_scrapes_beside_removals_are_whole_pages():
    registry = Registry()
    metrics = [
        Counter("counter", "doc", registry=registry),
        Histogram("histogram", "doc", registry=registry, buckets=[1.0, 5.0]),
        Summary("summary", "doc", registry=registry),
    ]

    def work(number):
        for turn in range(150):
            for metric in metrics:
                labels = {"thread": str(number), "turn": str(turn % 7)}
                if metric is metrics[0]:
                    metric.inc(labels)
                else:
                    metric.observe(labels, 2.0)
                if turn % 5 == number:
                    metric.remove(labels)
                if turn % 50 == number:
                    metric.remove_matching({"thread": str(number)})
                if turn == 75:
                    metric.clear()

    with many_threads.meanwhile(lambda: many_threads.whole(registry)):
        many_threads.run(work, 4)
    for metric in metrics:
        metric.clear()
    assert not text_parser.values(render(registry, None)[0])
