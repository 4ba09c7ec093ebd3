"""Gauges: every way to call them."""

import time

import pytest

from aioprometheus import Gauge, Registry, render
from aioprometheus.collectors import MetricsTypes

try:
    import numpy
except ImportError:
    numpy = None

A = {"a": "x"}


def _gauge(**options):
    return Gauge("g", "d", registry=Registry(), **options)


def _text(gauge):
    """What the only series of a gauge without labels looks like in the text format."""
    registry = Registry()
    registry.register(gauge)
    _, name, rest = render(registry, None)[0].decode().partition("\ng ")
    assert name and rest.endswith("\n")
    return rest[:-1]


def test_kind():
    assert _gauge().kind is MetricsTypes.gauge


@pytest.mark.parametrize(("method", "sign"), [("inc", 1), ("dec", -1)])
@pytest.mark.parametrize(
    ("args", "kwargs", "labels", "amount"),
    [
        ((), {}, None, 1),
        ((A,), {}, A, 1),
        ((A, 3), {}, A, 3),
        ((A, -2.5), {}, A, -2.5),
        ((4,), {}, None, 4),
        ((-4,), {}, None, -4),
        ((0.5,), {}, None, 0.5),
        ((A,), {"value": 2}, A, 2),
        ((), {"value": 2}, None, 2),
        ((), {"labels": A}, A, 1),
        ((), {"labels": A, "value": 2}, A, 2),
        (({},), {}, None, 1),
        (("", 5), {}, None, 5),
        ((None, 5), {}, None, 5),
    ],
)
def test_inc_and_dec_forms(method, sign, args, kwargs, labels, amount):
    gauge = _gauge()
    getattr(gauge, method)(*args, **kwargs)
    assert len(gauge.values) == 1
    assert gauge.get(labels) == sign * amount
    assert type(gauge.get(labels)) is type(amount)
    getattr(gauge, method)(*args, **kwargs)
    assert gauge.get(labels) == 2 * sign * amount


@pytest.mark.parametrize(("method", "sign"), [("add", 1), ("sub", -1), ("set", 1)])
@pytest.mark.parametrize(
    ("args", "kwargs", "labels", "amount"),
    [
        ((A, 3), {}, A, 3),
        ((A, -2.5), {}, A, -2.5),
        ((4,), {}, None, 4),
        ((-4.5,), {}, None, -4.5),
        ((A,), {"value": 2}, A, 2),
        ((), {"value": 2}, None, 2),
        ((), {"labels": A, "value": 2}, A, 2),
        (({}, 5), {}, None, 5),
        (("", 5), {}, None, 5),
        ((None, 5), {}, None, 5),
    ],
)
def test_add_sub_and_set_forms(method, sign, args, kwargs, labels, amount):
    gauge = _gauge()
    getattr(gauge, method)(*args, **kwargs)
    assert len(gauge.values) == 1
    assert gauge.get(labels) == sign * amount
    assert type(gauge.get(labels)) is type(amount)
    getattr(gauge, method)(*args, **kwargs)
    assert gauge.get(labels) == (amount if method == "set" else 2 * sign * amount)


@pytest.mark.parametrize("method", ["add", "sub", "set"])
@pytest.mark.parametrize("args", [(), (A,), (None,), (A, 1, 2)])
def test_a_value_is_needed(method, args):
    gauge = _gauge()
    with pytest.raises(TypeError):
        getattr(gauge, method)(*args)
    assert len(gauge.values) == 0


@pytest.mark.parametrize("labels", [None, {}, "", A])
def test_set_to_current_time(labels):
    gauge = _gauge()
    before = time.time()
    gauge.set_to_current_time(labels)
    value = gauge.get(labels)
    assert type(value) is float
    # The test ignores a clock that is set back meanwhile, but not a wrong unit.
    assert abs(value - before) < 86400


def test_set_to_current_time_without_labels_and_with_declared_ones():
    gauge = _gauge()
    gauge.set_to_current_time()
    gauge.set_to_current_time(labels=A)
    assert list(gauge.values) == ["__EMPTY__", b'{"a":"x"}']
    declared = _gauge(labelnames=["a"])
    with pytest.raises(ValueError, match="a"):
        declared.set_to_current_time()
    with pytest.raises(ValueError, match="job"):
        _gauge().set_to_current_time({"job": "x"})


@pytest.mark.parametrize("method", ["set", "add", "inc", "dec", "sub", "set_to_current_time"])
def test_declared_labels(method):
    gauge = _gauge(labelnames=["queue_name"])
    args = () if method in ("inc", "dec", "set_to_current_time") else (1,)
    for labels, name in [({}, "queue_name"), ({"queue_name": "a", "other_one": "b"}, "other_one")]:
        with pytest.raises(ValueError, match=name):
            getattr(gauge, method)(labels, *args)
    assert len(gauge.values) == 0
    getattr(gauge, method)({"queue_name": "a"}, *args)
    assert list(gauge.values) == [b'{"queue_name":"a"}']
