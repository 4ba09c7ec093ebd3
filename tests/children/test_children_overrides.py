"""Children of metrics whose methods are overridden or patched."""

from unittest import mock

import pytest

from aioprometheus import Counter, Gauge, Histogram, Summary
from support.make import make

A = {"a": "x"}


UPDATES = [
    (Counter, "inc", (2,)),
    (Counter, "add", (2,)),
    (Counter, "set", (2,)),
    (Counter, "set_value", (2,)),
    (Counter, "get", ()),
    (Counter, "get_value", ()),
    (Gauge, "set", (2,)),
    (Gauge, "dec", (2,)),
    (Gauge, "sub", (2,)),
    (Gauge, "set_to_current_time", ()),
    (Summary, "observe", (2,)),
    (Summary, "add", (2,)),
    (Summary, "get", ()),
    (Histogram, "observe", (2,)),
    (Histogram, "add", (2,)),
    (Histogram, "get_value", ()),
]


@pytest.mark.parametrize(("kind", "method", "arguments"), UPDATES)
@pytest.mark.parametrize(
    ("values", "named"), [(({"b": 5, "a": "x"},), {}), ((), {"a": "x", "b": 5}), (("x", 5), {})]
)
def test_an_overridden_method_is_called_with_the_labels(kind, method, arguments, values, named):
    calls = []

    def override(self, labels, *rest):
        calls.append((labels, *rest))
        return "from the override"

    metric = make(type("Derived", (kind,), {method: override}), labelnames=["a", "b"])
    child = metric.labels(*values, **named)
    calls.clear()
    assert getattr(child, method)(*arguments) == "from the override"
    assert calls == [({"a": "x", "b": "5"}, *arguments)]


@pytest.mark.parametrize(("kind", "method", "arguments"), UPDATES)
def test_a_mock_on_the_instance_is_called_with_the_labels(kind, method, arguments):
    metric = make(kind)
    with mock.patch.object(metric, method, return_value="from the mock") as patched:
        child = metric.labels(A)
        patched.reset_mock()
        assert getattr(child, method)(*arguments) == "from the mock"
    patched.assert_called_once_with(A, *arguments)


@pytest.mark.parametrize(
    ("kind", "method"),
    [(Counter, "inc"), (Counter, "add"), (Gauge, "set"), (Summary, "observe"), (Histogram, "add")],
)
def test_a_method_of_another_metric_on_the_instance_is_called_with_the_labels(kind, method):
    """What is patched in need not be a mock: here the updates go to another metric."""
    metric, other = make(kind), make(kind)
    with mock.patch.object(metric, method, new=getattr(other, method)):
        getattr(metric.labels(A), method)(2)
    twin = make(kind)
    getattr(twin, method)(A, 2)
    assert other.get_all() == twin.get_all()


@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_what_an_override_changes_is_the_same_through_a_child(kind):
    class Doubled(kind):
        def add(self, labels, value):
            super().add(labels, value * 2)

        def get(self, labels=None):
            return -super().get(labels)

    metric, twin = make(Doubled), make(Doubled)
    child = metric.labels(A)
    for update in (lambda one, *labels: one.add(*labels, 3), lambda one, *labels: one.inc(*labels)):
        update(child)
        update(twin, A)
        assert child.get() == metric.get(A) == twin.get(A)
        assert metric.values[A] == twin.values[A]
    assert child.get_value() == metric.get_value(A) == 8
    metric.values.clear()
    with pytest.raises(KeyError):
        child.get()
    child.add(3)
    assert child.get() == -6


def test_a_child_of_an_override_keeps_its_labels():
    class Spoiling(Counter):
        def inc(self, labels=None, value=1):
            super().inc(labels, value)
            labels["a"] = "spoilt"

    counter, labels = make(Spoiling), {"a": "x"}
    child = counter.labels(labels)
    labels["a"] = "changed"
    child.inc()
    child.inc()
    assert counter.get_all() == [({"a": "x"}, 2)]


@pytest.mark.parametrize(
    "labels", [{"job": "x"}, {"a b": "x"}, {"b": "x"}, {}, {"a": "x", "b": "y"}]
)
def test_a_subclass_with_overrides_refuses_labels_too(labels):
    class Derived(Counter):
        def inc(self, labels=None, value=1):
            super().inc(labels, value)

    counter = make(Derived, labelnames=["a"])
    with pytest.raises(ValueError):
        counter.labels(labels)
    assert counter.get_all() == []


def test_a_series_of_a_subclass_with_overrides_is_born_when_it_is_bound():
    class Derived(Counter):
        def inc(self, labels=None, value=1):
            super().inc(labels, value)

    counter = make(Derived)
    counter.labels(A)
    assert counter.get_all() == [(A, 0)]
