"""The names of labels: which are allowed, and when they are checked."""

import enum

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary

KINDS = [Counter, Gauge, Summary, Histogram]


class Plain(enum.Enum):
    TEXT = "text"


class MyStr(str):
    pass


def _update(metric, labels, value=1):
    metric.add(labels, value)


RESERVED = [
    ("job", "Invalid label name: job"),
    ("__x", "Invalid label prefix: __x"),
    ("__", "Invalid label prefix: __"),
    ("__name__", "Invalid label prefix: __name__"),
]
MALFORMED = ["", "a b", "1a", "a-b", "ä", "a\n", "a:b", 'a"', "a{", "a\0", " a"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "message"), [*RESERVED, *((name, None) for name in MALFORMED)], ids=repr
)
@pytest.mark.parametrize("value", [1, "junk", None])
def test_names_are_checked_before_the_value(kind, name, message, value):
    metric = kind("m", "d", registry=Registry())
    for labels in ({name: "x"}, {"a": "x", name: "x"}):
        for call in (metric.add, metric.set_value):
            with pytest.raises(ValueError) as caught:
                call(labels, value)
            assert message is None or str(caught.value) == message
    assert len(metric.values) == 0
    with pytest.raises(ValueError):
        kind("m", "d", registry=Registry(), labelnames=["a", name])
    with pytest.raises(ValueError):
        kind("m", "d", {name: "x"}, registry=Registry())


def test_names_are_checked_before_the_sign():
    with pytest.raises(ValueError) as caught:
        Counter("c", "d", registry=Registry()).add({"job": "x"}, -1)
    assert str(caught.value) == "Invalid label name: job"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["le", "quantile"])
def test_names_reserved_by_kind(kind, name):
    registry = Registry()
    reserved = (kind, name) in [(Histogram, "le"), (Summary, "quantile")]
    calls = [
        lambda: _update(kind("m1", "d", registry=registry), {name: "x"}),
        lambda: kind("m2", "d", registry=registry, labelnames=[name]),
        lambda: kind("m3", "d", {name: "x"}, registry=registry),
    ]
    for call in calls:
        if reserved:
            with pytest.raises(ValueError) as caught:
                call()
            assert str(caught.value) == f"Invalid label name: {name}"
        else:
            call()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [1, None, b"a", 1.5, ("a",), Plain.TEXT], ids=repr)
def test_names_that_are_not_text(kind, name):
    metric = kind("m", "d", registry=Registry())
    with pytest.raises((ValueError, TypeError)):
        _update(metric, {name: "x"})
    assert len(metric.values) == 0
    with pytest.raises(ValueError):
        kind("m", "d", registry=Registry(), labelnames=[name])


@pytest.mark.parametrize("kind", KINDS)
def test_a_label_named_like_a_constant_one(kind):
    metric = kind("m", "d", {"a": "1"}, registry=Registry())
    for labels in ({"a": "x"}, {"a": "1"}, {"b": "x", "a": "x"}, {}):
        _update(metric, labels)
    assert len(metric.values) == 3  # with the constant label's own value, it is the series without
    with pytest.raises(ValueError):
        kind("m", "d", {"a": "1"}, registry=Registry(), labelnames=["a"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("labelnames", ["a", "abc", "", ["a", "a"], ["a", MyStr("a")], ["a", ""]])
def test_bad_labelnames(kind, labelnames):
    registry = Registry()
    with pytest.raises(ValueError):
        kind("m", "d", registry=registry, labelnames=labelnames)
    assert registry.get_all() == []
