"""Counters: every way to call them, and refusals, which change nothing."""

import math

import pytest

from aioprometheus import Counter, Registry, Sample, render
from aioprometheus.collectors import MetricsTypes
from aioprometheus.collectors import Sample as CollectorsSample

A = {"a": "x"}
EMPTY = [None, {}, ""]


def _counter(**options):
    return Counter("c", "d", registry=Registry(), **options)


def test_kind_and_attributes():
    registry = Registry()
    counter = Counter("c", "the doc", {"z": "1"}, registry)
    assert (counter.name, counter.doc, counter.const_labels) == ("c", "the doc", {"z": "1"})
    assert counter.kind is MetricsTypes.counter is Counter.kind
    assert registry.get("c") is counter
    assert _counter().const_labels == {}


@pytest.mark.parametrize(
    ("args", "kwargs", "labels", "expected"),
    [
        ((), {}, None, 1),
        ((A,), {}, A, 1),
        ((A, 3), {}, A, 3),
        ((A, 2.5), {}, A, 2.5),
        ((4,), {}, None, 4),
        ((0,), {}, None, 0),
        ((0.5,), {}, None, 0.5),
        ((A,), {"value": 2}, A, 2),
        ((), {"value": 2}, None, 2),
        ((), {"labels": A}, A, 1),
        ((), {"labels": A, "value": 2}, A, 2),
        ((None,), {}, None, 1),
        (({},), {}, None, 1),
        (("",), {}, None, 1),
        ((None, 5), {}, None, 5),
        (({}, 5), {}, None, 5),
        (("", 5), {}, None, 5),
        ((None,), {"value": 5}, None, 5),
    ],
)
def test_inc_forms(args, kwargs, labels, expected):
    counter = _counter()
    counter.inc(*args, **kwargs)
    assert len(counter.values) == 1
    assert counter.get(labels) == expected
    assert type(counter.get(labels)) is type(expected)
    counter.inc(*args, **kwargs)
    assert counter.get(labels) == 2 * expected
    assert len(counter.values) == 1


@pytest.mark.parametrize("method", ["add", "set"])
@pytest.mark.parametrize(
    ("args", "kwargs", "labels", "expected"),
    [
        ((A, 3), {}, A, 3),
        ((4,), {}, None, 4),
        ((0.5,), {}, None, 0.5),
        ((A,), {"value": 2}, A, 2),
        ((), {"value": 2}, None, 2),
        ((), {"labels": A, "value": 2}, A, 2),
        ((None, 5), {}, None, 5),
        (({}, 5), {}, None, 5),
        (("", 5), {}, None, 5),
    ],
)
def test_add_and_set_forms(method, args, kwargs, labels, expected):
    counter = _counter()
    getattr(counter, method)(*args, **kwargs)
    assert len(counter.values) == 1
    assert counter.get(labels) == expected
    assert type(counter.get(labels)) is type(expected)
    getattr(counter, method)(*args, **kwargs)
    assert counter.get(labels) == (expected if method == "set" else 2 * expected)


@pytest.mark.parametrize("method", ["add", "set"])
@pytest.mark.parametrize("args", [(), (A,), (A, 1, 2)])
def test_add_and_set_need_a_value(method, args):
    counter = _counter()
    with pytest.raises(TypeError):
        getattr(counter, method)(*args)
    assert len(counter.values) == 0


@pytest.mark.parametrize("method", ["inc", "add", "set", "get"])
def test_unknown_keywords_are_type_errors(method):
    counter = _counter()
    with pytest.raises(TypeError):
        getattr(counter, method)(A, valeu=1)
    assert len(counter.values) == 0


def test_inc_takes_at_most_labels_and_value():
    counter = _counter()
    with pytest.raises(TypeError):
        counter.inc(A, 1, 1)
    assert len(counter.values) == 0


@pytest.mark.parametrize("name", ["dec", "sub", "observe"])
def test_counters_do_not_go_down(name):
    assert not hasattr(_counter(), name)


@pytest.mark.parametrize("empty", EMPTY)
def test_the_series_without_labels(empty):
    counter = _counter()
    counter.inc(3)
    assert counter.get() == counter.get(empty) == counter.get_value(empty) == 3
    counter.set_value(empty, 7)
    assert counter.get() == 7
    assert len(counter.values) == 1


@pytest.mark.parametrize(
    ("labels", "key"),
    [(A, b'{"a":"x"}'), ({"b": "2", "a": "1"}, b'{"a":"1","b":"2"}'), (None, "__EMPTY__")],
)
def test_get_of_an_unknown_series_is_a_key_error(labels, key):
    counter = _counter()
    counter.inc({"other": "1"})
    for method in (counter.get, counter.get_value):
        with pytest.raises(KeyError) as caught:
            method(labels)
        assert caught.value.args == (key,)
    assert len(counter.values) == 1


@pytest.mark.parametrize("method", ["add", "inc", "set"])
@pytest.mark.parametrize("value", [-1, -0.5, -1e-300, -(2**63), -math.inf, math.nan])
@pytest.mark.parametrize("born", [False, True])
def test_negative_and_nan_are_refused(method, value, born):
    counter = _counter()
    if born:
        counter.add(A, 5)
    with pytest.raises(ValueError):
        getattr(counter, method)(A, value)
    assert counter.get_all() == ([(A, 5)] if born else [])


@pytest.mark.parametrize("value", [-1, -0.5])
def test_the_message_for_a_decrease(value):
    with pytest.raises(ValueError) as caught:
        _counter().add(A, value)
    assert str(caught.value) == "Counters can't decrease"


@pytest.mark.parametrize("value", ["1", "junk", b"1", None, True, False, [], {}, 1j, object()])
@pytest.mark.parametrize("method", ["add", "inc", "set", "set_value"])
@pytest.mark.parametrize("born", [False, True])
def test_what_is_not_a_number_is_refused(method, value, born):
    counter = _counter()
    if born:
        counter.add(A, 5)
    with pytest.raises((TypeError, ValueError)):
        getattr(counter, method)(A, value)
    assert counter.get_all() == ([(A, 5)] if born else [])


@pytest.mark.parametrize("value", [True, False, 1j, object(), "junk"])
def test_a_lone_argument_that_is_neither_labels_nor_number(value):
    counter = _counter()
    with pytest.raises((TypeError, ValueError)):
        counter.inc(value)
    assert len(counter.values) == 0


def test_zero_is_born_by_add_zero():
    counter = _counter()
    counter.add(A, 0)
    counter.inc(0)
    assert counter.get_all() == [(A, 0), ({}, 0)]


def test_get_all_in_order_of_first_use():
    counter = _counter()
    for value in "cab":
        counter.inc({"l": value})
    counter.inc({"l": "c"})
    counter.inc()
    assert counter.get_all() == [({"l": "c"}, 2), ({"l": "a"}, 1), ({"l": "b"}, 1), ({}, 1)]


def test_int_and_float_arithmetic():
    counter = _counter()
    counter.inc(5)
    assert (type(counter.get()), counter.get()) == (int, 5)
    counter.inc(0.0)
    assert (type(counter.get()), counter.get()) == (float, 5.0)
    counter.inc()
    assert (type(counter.get()), counter.get()) == (float, 6.0)
    counter.set(2)
    assert (type(counter.get()), counter.get()) == (int, 2)


@pytest.mark.parametrize("labelnames", [["method", "path"], ("method", "path"), ["path", "method"]])
def test_declared_labels(labelnames):
    counter = _counter(labelnames=labelnames)
    counter.inc({"method": "GET", "path": "/"})
    counter.inc({"path": "/", "method": "GET"}, 2)
    assert counter.get({"method": "GET", "path": "/"}) == 3
    for labels, names in [
        ({"method": "GET"}, ["path"]),
        ({"path": "/"}, ["method"]),
        ({}, ["method", "path"]),
        (None, ["method", "path"]),
        ("", ["method", "path"]),
        ({"method": "GET", "path": "/", "extra_one": "1"}, ["extra_one"]),
        ({"method": "GET", "paths": "/"}, ["path", "paths"]),
    ]:
        for call in (counter.inc, lambda one: counter.add(one, 1), lambda one: counter.set(one, 1)):
            with pytest.raises(ValueError) as caught:
                call(labels)
            for name in names:
                assert name in str(caught.value)
            assert "c" in str(caught.value)
    with pytest.raises(ValueError, match="method"):
        counter.inc()
    with pytest.raises(ValueError, match="path"):
        counter.inc(3)
    assert len(counter.values) == 1


def test_declared_labels_hold_for_values_and_set_value():
    counter = _counter(labelnames=["a"])
    with pytest.raises(ValueError):
        counter.set_value({"b": "1"}, 1)
    with pytest.raises((ValueError, KeyError)):
        counter.values[{"b": "1"}] = 1
    assert len(counter.values) == 0


def test_no_labels_declared():
    counter = _counter(labelnames=[])
    counter.inc()
    with pytest.raises(ValueError, match="extra"):
        counter.inc({"extra": "1"})
    assert counter.get_all() == [({}, 1)]


def test_not_declared_takes_any_label_set():
    counter = _counter(labelnames=None)
    for labels in ({}, {"a": "1"}, {"b": "1"}, {"a": "1", "b": "1"}):
        counter.inc(labels)
    assert len(counter.values) == 4


def test_labelnames_is_keyword_only():
    with pytest.raises(TypeError):
        Counter("c", "d", {}, Registry(), ["a"])


def test_samples():
    counter = Counter("c", "d", {"z": "0", "b": "9"}, Registry(), labelnames=["y", "a"])
    assert counter.samples == []
    counter.inc({"y": "1", "a": 2}, 3)
    counter.inc({"y": "0", "a": "2"}, 0.5)
    samples = counter.samples
    assert isinstance(samples, list)
    assert samples == [
        ("c", {"z": "0", "b": "9", "y": "1", "a": "2"}, 3.0),
        ("c", {"z": "0", "b": "9", "y": "0", "a": "2"}, 0.5),
    ]
    assert [list(sample.labels) for sample in samples] == [["z", "b", "y", "a"]] * 2
    assert all(type(sample.value) is float for sample in samples)
    assert all(type(sample) is Sample for sample in samples)
    assert Sample is CollectorsSample
    assert Sample._fields == ("name", "labels", "value")


def test_samples_print_as_in_the_document():
    counter = _counter(const_labels={"method": "GET", "endpoint": "/api"})
    counter.inc()
    assert str(counter.samples) == (
        "[Sample(name='c', labels={'method': 'GET', 'endpoint': '/api'}, value=1.0)]"
    )


def test_changing_samples_changes_nothing():
    counter = _counter(const_labels={"z": "1"})
    counter.inc(A)
    counter.samples[0].labels.clear()
    counter.samples.clear()
    counter.get_all()[0][0].clear()
    assert counter.samples == [("c", {"z": "1", "a": "x"}, 1.0)]
    assert counter.get_all() == [(A, 1)]


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (lambda: Counter(), "2 required positional arguments: 'name' and 'doc'"),
        (lambda: Counter("c"), "1 required positional argument: 'doc'"),
        (lambda: Counter(doc="d"), "1 required positional argument: 'name'"),
    ],
)
def test_a_constructor_without_name_or_doc(call, missing):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).endswith(f"__init__() missing {missing}")


@pytest.mark.parametrize("name", ["", "1a", "a b", "a-b", "ä", "a\n", "a\nb", "\n", "{", "a{b}"])
def test_bad_metric_names(name):
    registry = Registry()
    with pytest.raises(ValueError) as caught:
        Counter(name, "d", registry=registry)
    assert str(caught.value) == f"Invalid metric name: {name}"
    assert registry.get_all() == []


@pytest.mark.parametrize("name", ["a", "_", ":", "a:b_C9", "__x", "job"])
def test_good_metric_names(name):
    registry = Registry()
    Counter(name, "d", registry=registry).inc()
    assert render(registry, None)[0].endswith(f"\n{name} 1\n".encode())


def test_large_counts_become_floats():
    counter = _counter()
    counter.set(2**63 - 1)
    assert (type(counter.get()), counter.get()) == (int, 2**63 - 1)
    counter.inc()
    assert (type(counter.get()), counter.get()) == (float, float(2**63))
