"""Names that the objects of prometheus_client have: the note says what is here instead."""

from __future__ import annotations

import dataclasses
import inspect
import pydoc
from unittest import mock

import pytest

import aioprometheus
from aioprometheus import Counter, Enum, Gauge, Histogram, Registry, Summary
from support.mistakes import Mistake, check, notes_of


def _make(kind=Counter, **options):
    return kind("the_metric", "d", registry=Registry(), **options)


def _absent(make, name, *says):
    """A metric or a child, which must be named."""
    words = f"{type(make()).__name__!r} object has no attribute {name!r}"
    return Mistake(lambda: getattr(make(), name), AttributeError, words, ["the_metric: ", *says])


def _child(kind=Counter):
    return _make(kind, labelnames=["a"]).labels("x")


NAMES = {
    "time": _absent(_make, "time", "a Histogram, a Summary or a Gauge can time"),
    "track_inprogress": _absent(lambda: _make(Histogram), "track_inprogress", "a Gauge can track"),
    "count_exceptions": _absent(
        lambda: _child(Gauge), "count_exceptions", "a Counter can count exceptions"
    ),
    "set_function": _absent(lambda: _make(Summary), "set_function", "at a scrape"),
    "reset": _absent(_make, "reset", "metric.clear()", "metric.remove('GET')", "metric.labels("),
    "reset of a child": _absent(_child, "reset", "metric.remove('GET')", "metric.labels('GET')"),
    "collect": _absent(_make, "collect", "metric.samples", "registry.collect()"),
    "collect of a child": _absent(_child, "collect", "child.get()", "metric.samples"),
    "_value": _absent(lambda: _make(Gauge), "_value", "metric.get(labels)"),
    "_value of a child": _absent(_child, "_value", "child.get()"),
    "_sum": _absent(lambda: _make(Summary), "_sum", "metric.get(labels)", "'sum'"),
    "_sum of a child": _absent(lambda: _child(Histogram), "_sum", "child.get()", "'sum'"),
    "_count": _absent(lambda: _child(Summary), "_count", "child.get()", "'count'"),
    "_buckets": _absent(lambda: _child(Histogram), "_buckets", "child.get()"),
    "_upper_bounds": _absent(lambda: _make(Histogram), "_upper_bounds", "metric.upper_bounds"),
    "_states": _absent(lambda: _make(Enum, states=["a"]), "_states", "metric.states"),
    "_metrics": _absent(_make, "_metrics", "metric.get_all()", "metric.clear()"),
    "_samples": _absent(_make, "_samples", "metric.samples"),
    "_name": _absent(_make, "_name", "metric.name"),
    "_documentation": _absent(_make, "_documentation", "metric.doc"),
    "_labelnames": _absent(_make, "_labelnames", "metric.labelnames"),
    "_type": _absent(_make, "_type", "metric.kind"),
    "_unit": _absent(_make, "_unit", "metric.unit"),
    "dec of a counter": Mistake(
        lambda: _make().dec(), AttributeError, "'Counter' object has no attribute 'dec'", []
    ),
}
OF_REGISTRIES = {
    "restricted_registry": "registry.restricted(names)",
    "_names_to_collectors": "registry.collectors",
    "_collector_to_names": "registry.collect()",
}


@pytest.mark.parametrize("name", NAMES)
def test_metrics_and_children(name):
    check(NAMES[name])


@pytest.mark.parametrize("name", OF_REGISTRIES)
def test_registries(name):
    words = f"'Registry' object has no attribute {name!r}"
    check(
        Mistake(
            lambda: getattr(aioprometheus.REGISTRY, name),
            AttributeError,
            words,
            [OF_REGISTRIES[name]],
        )
    )
    assert not hasattr(Registry, name) and name not in dir(Registry())


def test_what_the_notes_say_to_do_can_be_done():
    registry = Registry()
    metric = Counter("the_metric", "d", labelnames=["a"], registry=registry)
    metric.labels("GET").inc(5)
    assert registry.get("the_metric").get({"a": "GET"}) == metric.labels("GET").get() == 5
    assert list(registry.collect()) == [metric] and registry.collectors["the_metric"] is metric
    assert list(registry.restricted(["the_metric"]).collect()) == [metric]
    metric.remove("GET")
    assert metric.labels("GET").get() == 0
    metric.clear()
    assert metric.get_all() == metric.samples == []
    described = (metric.name, metric.doc, metric.kind, metric.labelnames, metric.unit)
    assert described == ("the_metric", "d", metric.kind, ("a",), None)
    for kind in (Histogram, Summary):
        child = _child(kind)
        child.observe(2)
        assert (child.get()["sum"], child.get()["count"]) == (2, 1)


class Timing:
    def time(self):
        return "mixed in"

    def reset(self):
        return "reset"


class Own(Counter):
    pass


class Mixed(Histogram, Timing):
    pass


class Asked(Gauge):
    def __getattr__(self, name):
        return f"asked for {name}"


def test_they_are_found_where_a_class_has_them():
    """Or another base, or ``__getattr__``."""
    mixed, asked = _make(Mixed), _make(Asked)
    assert mixed.time() == Mixed.time(None) == "mixed in"
    assert mixed.reset() == Mixed.reset(None) == "reset"
    assert hasattr(Mixed, "reset") and {"observe", "time", "reset"} <= set(dir(mixed))
    assert asked.time == "asked for time"
    asked.time = 5
    assert asked.time == 5 and asked.track_inprogress == "asked for track_inprogress"
    asked._value = 6
    assert asked._value == 6 and "_value" in dir(asked) and "_sum" not in dir(asked)


@pytest.mark.parametrize("make", [_make, lambda: _make(Own), _child, Registry])
def test_neither_objects_nor_classes_have_them(make):
    names = {"time", "reset", "collect", "_value", "restricted_registry"}
    if make is Registry:
        names.remove("collect")  # a method of registries here too
    thing = make()
    for name in names:
        assert not hasattr(thing, name) and name not in dir(thing)
        assert not hasattr(type(thing), name)
        assert getattr(type(thing), name, "nothing") == "nothing"


def test_asked_of_a_class_they_are_told_too():
    with pytest.raises(AttributeError) as caught:
        Counter.reset  # noqa: B018
    assert str(caught.value) == "type object 'Counter' has no attribute 'reset'"
    assert (caught.value.name, caught.value.obj) == ("reset", Counter)
    [note] = notes_of(caught.value)
    assert "metric.clear()" in note
    with pytest.raises(AttributeError, match="does not have the attribute 'reset'"):
        mock.patch.object(Counter, "reset").start()


def test_a_field_of_such_a_name_has_no_default():
    @dataclasses.dataclass(eq=False)
    class Fields(Own):
        _value: int

    [field] = dataclasses.fields(Fields)
    assert field.default is dataclasses.MISSING


def test_dir_asks_for_no_property():
    class Asking(Gauge):
        @property
        def _value(self):
            raise ValueError("asked")

    assert "_value" in dir(_make(Asking))


@pytest.mark.parametrize("kind", [Counter, Histogram, Registry])
def test_tools_that_look_into_classes_go_on(kind):
    assert inspect.getmembers(kind) and inspect.classify_class_attrs(kind)
    if kind is not Registry:
        assert "Not in aioprometheus: metric.clear()" in pydoc.plaintext.document(kind)
    assert mock.create_autospec(kind)
