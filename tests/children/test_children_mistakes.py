"""Mistakes with children: refusals when a child is made and when it is updated."""

from decimal import Decimal

import pytest

from aioprometheus import Counter, Gauge, Histogram, Summary
from support.make import make

KINDS = [Counter, Gauge, Summary, Histogram]
A = {"a": "x"}
NAN = float("nan")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("values", "named"),
    [
        (("GET",), {"path": "/"}),
        (("GET", "/"), {"path": "/"}),
        (({"method": "GET"},), {"path": "/"}),
        (({"method": "GET", "path": "/"},), {"method": "GET"}),
        (("GET", "/"), {"other": "x"}),
    ],
)
def test_by_position_and_by_name(kind, values, named):
    metric = make(kind, name="metric_name", labelnames=["method", "path"])
    with pytest.raises(ValueError, match="metric_name"):
        metric.labels(*values, **named)
    assert metric.get_all() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("values", [("GET",), ("GET", "/", "x"), ("GET", "/", "x", "y"), (1, 2, 3)])
def test_the_wrong_number_of_values(kind, values):
    metric = make(kind, name="metric_name", labelnames=["method", "path"])
    with pytest.raises(ValueError, match="metric_name") as caught:
        metric.labels(*values)
    assert "method" in str(caught.value) and "path" in str(caught.value)
    assert metric.get_all() == []


def test_values_where_no_labels_are_allowed():
    counter = make(Counter, name="metric_name", labelnames=[])
    for values in [("x",), ("x", "y")]:
        with pytest.raises(ValueError, match="metric_name"):
            counter.labels(*values)
    assert counter.get_all() == [({}, 0)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("values", [("GET",), ("GET", "/"), ("a", 5)])
def test_values_without_declared_names(kind, values):
    metric = make(kind, name="metric_name")
    with pytest.raises(TypeError):
        metric.labels(*values)
    assert metric.get_all() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("labels", [5, 1.5, True, ["a"], ("a",), {"a"}, b"a"], ids=repr)
def test_what_is_not_a_dict(kind, labels):
    metric = make(kind, name="metric_name")
    with pytest.raises(TypeError, match="Only accepts dicts as keys"):
        metric.labels(labels)
    assert metric.get_all() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "labels",
    [
        {"job": "x"},
        {"__name__": "x"},
        {"__own": "x"},
        {"a b": "x"},
        {"": "x"},
        {"1a": "x"},
        {"a\n": "x"},
        {"ü": "x"},
        {"a": "x", "job": "y"},
        {5: "x"},
        {None: "x"},
        {"\ud800": "x"},
        {"a": "\ud800"},
    ],
    ids=ascii,
)
def test_bad_labels_are_refused_as_in_updates(kind, labels):
    metric = make(kind, name="metric_name")
    with pytest.raises(ValueError) as in_updates:
        metric.add(labels, 1)
    for _ in range(2):
        with pytest.raises(ValueError) as caught:
            metric.labels(labels)
        assert str(caught.value) == str(in_updates.value)
        if all(isinstance(name, str) for name in labels):
            with pytest.raises(ValueError):
                metric.labels(**labels)
    assert metric.get_all() == []


def test_names_that_one_kind_reserves():
    for kind, name in [(Summary, "quantile"), (Histogram, "le")]:
        metric = make(kind, name="metric_name")
        with pytest.raises(ValueError, match=name):
            metric.labels({name: "x"})
        assert metric.get_all() == []
    make(Counter, name="metric_name").labels(quantile="x", le="y").inc()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "labels", [{}, None, A, {"a": "x", "c": "y"}, {"a": "x", "b": "y", "c": "z"}]
)
def test_names_that_are_unknown_or_missing(kind, labels):
    metric = make(kind, name="metric_name", labelnames=["a", "b"])
    with pytest.raises(ValueError) as in_updates:
        metric.add(labels, 1)
    with pytest.raises(ValueError) as caught:
        metric.labels(labels)
    assert str(caught.value) == str(in_updates.value)
    with pytest.raises(ValueError):
        metric.labels(**labels or {})
    assert metric.get_all() == []


class Raising:
    def __str__(self):
        raise ZeroDivisionError("no text")


@pytest.mark.parametrize("kind", KINDS)
def test_values_without_text(kind):
    metric = make(kind, name="metric_name", labelnames=["a"])
    for bind in (
        lambda: metric.labels({"a": Raising()}),
        lambda: metric.labels(a=Raising()),
        lambda: metric.labels(Raising()),
    ):
        with pytest.raises(ZeroDivisionError, match="no text"):
            bind()
    assert metric.get_all() == []


def _caught(call, *arguments):
    with pytest.raises((TypeError, ValueError)) as caught:
        call(*arguments)
    return caught.type, str(caught.value)


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (Counter, "inc"),
        (Counter, "add"),
        (Counter, "set"),
        (Counter, "set_value"),
        (Gauge, "inc"),
        (Gauge, "dec"),
        (Gauge, "add"),
        (Gauge, "sub"),
        (Gauge, "set"),
        (Gauge, "set_value"),
        (Summary, "observe"),
        (Summary, "add"),
        (Summary, "set_value"),
        (Histogram, "observe"),
        (Histogram, "add"),
        (Histogram, "set_value"),
    ],
)
@pytest.mark.parametrize("value", [None, "junk", "1", True, b"1", [], {"a": "x"}, 1j], ids=repr)
@pytest.mark.parametrize("removed", [False, True])
def test_bad_values(kind, method, value, removed):
    """They raise what the metric raises, and neither change nor bear a series."""
    metric = make(kind, name="metric_name")
    child = metric.labels(A)
    child.add(3)
    if removed:
        metric.values.clear()
    before = metric.get_all()
    kind_of_error, words = _caught(getattr(child, method), value)
    assert (kind_of_error, words) == _caught(getattr(metric, method), A, value)
    assert kind_of_error is TypeError
    assert metric.get_all() == before


@pytest.mark.parametrize("value", [-1, -0.5, NAN, float("-inf"), Decimal("-1"), -(2**70)], ids=repr)
@pytest.mark.parametrize("method", ["inc", "add", "set", "set_value"])
@pytest.mark.parametrize("removed", [False, True])
def test_counters_do_not_decrease(value, method, removed):
    counter = make(Counter, name="metric_name")
    child = counter.labels(A)
    child.inc(3)
    if removed:
        counter.values.clear()
    before = counter.get_all()
    error = _caught(getattr(child, method), value)
    assert error == _caught(getattr(counter, method), A, value)
    assert error[0] is ValueError
    assert counter.get_all() == before


@pytest.mark.parametrize("kind", KINDS)
def test_labels_are_not_arguments_of_a_child(kind):
    metric = make(kind, name="metric_name")
    child = metric.labels(A)
    child.add(1)
    before = metric.get_all()
    for call in (
        lambda: child.add(A, 1),
        lambda: child.add(None, 1),
        lambda: child.add(),
        lambda: child.add(1, 2),
        lambda: child.set_value(A, 1),
        lambda: child.get(A),
        lambda: child.get_value(A),
        lambda: child.add(amount=1),
    ):
        with pytest.raises(TypeError):
            call()
    assert metric.get_all() == before


class Number:
    """A number whose value is taken by Python code, which may do anything meanwhile."""

    def __init__(self, action):
        self.action = action

    def __index__(self):
        self.action()
        return 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_that_uses_the_metric(kind):
    metric = make(kind, name="metric_name")
    child = metric.labels(A)
    for action, expected in [
        (lambda: child.add(1), {3, 2}),
        (lambda: metric.add(A, 1), {3, 2}),
        (metric.values.clear, {2, 1}),
        (metric.get_all, {2, 1}),
        (lambda: metric.labels(b="y").add(1), {2, 1}),
    ]:
        metric.values.clear()
        child.add(Number(action))
        result = child.get()
        assert (result["count"] if isinstance(result, dict) else result) in expected
        assert A in metric.values

    def fail():
        raise ZeroDivisionError("no number")

    before = metric.get_all()
    with pytest.raises(ZeroDivisionError, match="no number"):
        child.add(Number(fail))
    assert metric.get_all() == before
