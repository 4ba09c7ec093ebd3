"""Mistakes with decorators: wrong metrics, wrong labels, and objects that cannot be decorated."""

from collections import UserDict
from functools import cached_property

import pytest

from aioprometheus import (
    Counter,
    Gauge,
    Histogram,
    Registry,
    Summary,
    count_exceptions,
    inprogress,
    timer,
)

DECORATORS = [
    (timer, Summary),
    (timer, Histogram),
    (inprogress, Gauge),
    (count_exceptions, Counter),
]


def note_of(error):
    return "\n".join(error.__notes__)


@pytest.mark.parametrize(("decorator", "kind"), DECORATORS)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "jobs: missing label 'a', 'b'; its labelnames are 'a', 'b'"),
        ({"a": "1"}, "jobs: missing label 'b'; its labelnames are 'a', 'b'"),
        (
            {"a": "1", "b": "2", "c": "3"},
            "jobs: unknown label 'c'; its labelnames are 'a', 'b'",
        ),
    ],
)
def test_labels_that_the_metric_refuses(decorator, kind, labels, message):
    metric = kind("jobs", "doc", labelnames=["a", "b"], registry=Registry())
    with pytest.raises(ValueError) as caught:
        decorator(metric, labels)
    assert str(caught.value) == message
    assert f"@{decorator.__name__}(jobs, {{'a': ..., 'b': ...}})" in note_of(caught.value)
    assert metric.samples == []
    assert decorator(metric, {"a": "1", "b": "2"})(len)("four") == 4


@pytest.mark.parametrize(("decorator", "kind"), DECORATORS)
def test_a_metric_that_has_no_labels(decorator, kind):
    metric = kind("jobs", "doc", labelnames=[], registry=Registry())
    with pytest.raises(ValueError, match="unknown label 'a'") as caught:
        decorator(metric, {"a": "1"})
    assert "leave them out" in note_of(caught.value)
    decorator(metric)


@pytest.mark.parametrize("labels", [ValueError, (ValueError, KeyError), "method", 5, [("a", "b")]])
@pytest.mark.parametrize(("decorator", "kind"), DECORATORS)
def test_labels_that_are_not_a_dict(decorator, kind, labels):
    metric = kind("jobs", "doc", registry=Registry())
    with pytest.raises(TypeError) as caught:
        decorator(metric, labels)
    assert str(caught.value) == "Only accepts dicts as keys"
    assert f"@{decorator.__name__}(jobs, ...)" in note_of(caught.value)


def test_an_exception_in_the_place_of_labels():
    failures = Counter("failures", "doc", registry=Registry())
    with pytest.raises(TypeError) as caught:
        count_exceptions(failures, ValueError)
    note = note_of(caught.value)
    assert "to count ValueError only, catch it and call failures.inc()" in note


def test_nothing_is_born_by_decorating():
    registry = Registry()
    for decorator, kind in DECORATORS:
        metric = kind(f"a_{kind.__name__}", "doc", registry=registry)
        decorator(metric, {"a": "1"})
        assert metric.samples == []


@pytest.mark.parametrize("method", ["observe", "add", "set_value", "get_value"])
def test_a_subclass_that_takes_other_labels_is_left_alone(method):
    taken = []
    own = {method: lambda self, labels, value=None: taken.append(labels)}
    metric = type("Own", (Summary,), own)("jobs", "doc", registry=Registry())
    timed = timer(metric, ("a", "b"))(len)
    if method == "observe":
        timed("four")
        assert taken == [("a", "b")]


@pytest.mark.parametrize(
    ("got", "advice"),
    [
        (Summary, "Summary(name, doc)"),
        (lambda: None, "@timer(metric)"),
        (Gauge("g", "doc", registry=Registry()).labels(a="x"), "that of a Histogram or Summary"),
    ],
)
def test_what_is_not_a_metric(got, advice):
    with pytest.raises(Exception, match="timer decorator expects a Histogram") as caught:
        timer(got)
    assert type(caught.value) is Exception
    assert advice in note_of(caught.value)


@pytest.mark.parametrize(
    ("decorator", "kind", "advice"),
    [
        (timer, Counter, "needs a Histogram or Summary"),
        (inprogress, Histogram, "needs a Gauge"),
        (count_exceptions, Gauge, "needs a Counter"),
    ],
)
def test_a_metric_of_another_kind(decorator, kind, advice):
    with pytest.raises(Exception, match=f" metric but got: <{kind.__name__} jobs: ") as caught:
        decorator(kind("jobs", "doc", registry=Registry()))
    note = note_of(caught.value)
    assert note.startswith(f"jobs is a {kind.__name__}; @{decorator.__name__} ") and advice in note


def test_what_a_call_returns_is_decorated():
    async def work():
        pass

    coroutine = work()
    with pytest.raises(TypeError, match="decorate the function, not what its call returns"):
        timer(Summary("jobs", "doc", registry=Registry()))(coroutine)
    coroutine.close()


@pytest.mark.parametrize("thing", [property(len), cached_property(len), None, "name", UserDict()])
@pytest.mark.parametrize(("decorator", "kind"), DECORATORS)
def test_what_cannot_be_called(decorator, kind, thing):
    metric = kind("jobs", "doc", registry=Registry())
    with pytest.raises(TypeError, match="a callable can be decorated, got: ") as caught:
        decorator(metric)(thing)
    assert ("below @property" in str(caught.value)) is isinstance(thing, property)
