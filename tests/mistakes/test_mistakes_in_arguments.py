"""Arguments by the names of prometheus_client, or in its order: the note shows what was meant."""

from __future__ import annotations

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary
from support.mistakes import Mistake, check

TRACE = {"trace_id": "x"}
FACTS = {"version": "1.0"}


def _make(kind, **options):
    if kind is Enum:
        options["states"] = ["on", "off"]
    return kind("the_metric", "d", registry=Registry(), **options)


def _of(kind, call, words, *says, **options):
    """A mistake with a new metric, which must be named, and which stays without series."""
    metric = _make(kind, **options)
    return Mistake(lambda: call(metric), TypeError, words, ["the_metric: ", *says]), metric


def _of_child(kind, call, words, *says):
    """The same with a child."""
    metric = _make(kind, labelnames=["a"])
    child = metric.labels("x")
    metric.clear()
    return Mistake(lambda: call(child), TypeError, words, ["the_metric: ", *says]), metric


NO_DICT = "Only accepts dicts as keys"
NAMED = {"labelnames": ["a"]}

NAMES = {
    "a state": _of(Enum, lambda m: m.state(state="on"), None, ' called value: state("on")'),
    "a state to a child": _of_child(
        Enum, lambda m: m.state(state="on"), None, ' called value: state("on")'
    ),
    "a state after labels": _of(
        Enum, lambda m: m.state({"a": "x"}, state="on"), None, 'state({...}, "on")'
    ),
    "labels and a state": _of(
        Enum, lambda m: m.state("on", a="x"), None, 'labels(a="x").state("on")', **NAMED
    ),
    "labels, and a state by name": _of(
        Enum, lambda m: m.state(a="x", value="on"), None, 'labels(a="x").state("on")', **NAMED
    ),
    "a label that is called state": _of(
        Enum, lambda m: m.state("on", state="x"), None, 'labels(state="x")', labelnames=["state"]
    ),
    "facts": _of(Info, lambda m: m.info(val=FACTS), None, "the facts are called value: info({"),
    "facts to a child": _of_child(Info, lambda m: m.info(val=FACTS), None, "info({'version': "),
    "facts one by one": _of(
        Info, lambda m: m.info(version="1.0"), None, "facts are a dict: info({'version': '1.0'})"
    ),
    "facts one by one to a child": _of_child(
        Info, lambda m: m.info(version="1.0"), None, "facts are a dict: info({'version': '1.0'})"
    ),
    "labels of an info": _of(Info, lambda m: m.info(a="x"), None, 'labels(a="x").info()', **NAMED),
    "facts to set_value": _of(
        Info, lambda m: m.set_value({}, val=FACTS), None, "set_value({...}, {'version': '1.0'})"
    ),
    "an exception": _of(
        Counter,
        lambda m: m.count_exceptions(exception=ValueError),
        "Counter.count_exceptions() got an unexpected keyword argument 'exception'",
        "the classes are called types: count_exceptions(ValueError)",
    ),
    "exceptions to a child": _of_child(
        Counter,
        lambda m: m.count_exceptions(exception=(ValueError, KeyError)),
        None,
        "count_exceptions((ValueError, KeyError))",
    ),
    "labels of exceptions": _of(
        Counter,
        lambda m: m.count_exceptions(ValueError, a="x"),
        None,
        'labels(a="x").count_exceptions(ValueError)',
    ),
    "a function": _of(
        Gauge,
        lambda m: m.set_function(f=len),
        "Gauge.set_function() got an unexpected keyword argument 'f'",
        "the function is called function: set_function(function)",
    ),
    "a function of a counter": _of(
        Counter, lambda m: m.set_function({"a": "x"}, func=len), None, "({...}, function)"
    ),
    "a function of an info": _of(Info, lambda m: m.set_function(f=len), None, "called function"),
    "a function of an enum": _of(Enum, lambda m: m.set_function(f=len), None, "called function"),
    "a function to a child": _of_child(
        Gauge, lambda m: m.set_function(f=len), None, "set_function(function)"
    ),
    "labels of a function": _of(
        Gauge, lambda m: m.set_function(len, a="x"), None, 'labels(a="x").set_function('
    ),
    "one value of many": _of(
        Histogram, lambda m: m.observe_many(data=[1]), None, "values: observe_many([0.1, 0.2])"
    ),
    "labels of many": _of(
        Summary, lambda m: m.observe_many([1], a="x"), None, 'labels(a="x").observe_many('
    ),
    "an amount after labels": _of(
        Counter, lambda m: m.inc({"a": "x"}, amount=2), None, "inc({...}, value=2)"
    ),
    "a label that is called amount": _of(
        Counter, lambda m: m.inc(amount=2), None, "labels(amount=2).inc()", labelnames=["amount"]
    ),
    "a label that is no amount": _of(
        Counter, lambda m: m.inc(by="x"), None, 'labels(by="x").inc()'
    ),
}

ORDER = {
    "an exemplar to inc": _of(
        Counter,
        lambda m: m.inc(2, TRACE),
        NO_DICT,
        "labels come first, then the value: inc({...}, 2)",
        "an exemplar is given by name: inc(2, exemplar={...})",
    ),
    "an exemplar to add": _of(
        Counter, lambda m: m.add(2, TRACE), NO_DICT, "add(2, exemplar={...})"
    ),
    "an exemplar to observe": _of(
        Histogram,
        lambda m: m.observe(0.5, TRACE),
        "Histogram only works with digits (int, float)",
        "labels come first",
        "observe(0.5, exemplar={...})",
    ),
    "an exemplar where there are labels": _of(
        Counter, lambda m: m.inc(2, TRACE), NO_DICT, "inc({...}, 2, exemplar={...})", **NAMED
    ),
    "an exemplar after labels": _of(
        Histogram,
        lambda m: m.observe({"a": "x"}, 2, TRACE),
        "Histogram.observe() takes 3 positional arguments but 4 were given",
        "an exemplar is given by name: observe({...}, 2, exemplar={...})",
    ),
    "an exemplar to a child": _of_child(
        Counter,
        lambda m: m.inc(2, TRACE),
        "BoundCounter.inc() takes from 1 to 2 positional arguments but 3 were given",
        "an exemplar is given by name: inc(2, exemplar={...})",
    ),
    "an exemplar to the child of a histogram": _of_child(
        Histogram, lambda m: m.observe(2, TRACE), None, "observe(2, exemplar={...})"
    ),
    "an exemplar of a value that is set": _of(
        Counter, lambda m: m.set(1, exemplar=TRACE), None, "only inc and add take exemplars"
    ),
    "labels and a value to a child": _of_child(
        Counter, lambda m: m.inc({"a": "x"}, 2), None, "has its labels already; write inc(5)"
    ),
    "a value and labels to a child": _of_child(
        Gauge, lambda m: m.set(2, {"a": "x"}), None, "has its labels already; write set(5)"
    ),
    "several exceptions": _of(
        Counter,
        lambda m: m.count_exceptions(ValueError, KeyError),
        "Counter.count_exceptions() takes from 1 to 2 positional arguments but 3 were given",
        "as a tuple: count_exceptions((ValueError, KeyError))",
    ),
    "labels of exceptions": _of(
        Counter, lambda m: m.count_exceptions({}, ValueError), None, "(ValueError, labels={...})"
    ),
    "labels of exceptions to a child": _of_child(
        Counter,
        lambda m: m.count_exceptions(ValueError, {"a": "x"}),
        None,
        "has its labels already; write count_exceptions(ValueError)",
    ),
    "too much to an enum": _of(
        Enum, lambda m: m.state({}, "on", 1), None, "state({'method': 'GET'}, 'running')"
    ),
    "too much to an info": _of(
        Info, lambda m: m.info({}, FACTS, 1), None, "info({'method': 'GET'}, {'version': '1.0'})"
    ),
    "labels to the child of an enum": _of_child(
        Enum, lambda m: m.state({"a": "x"}, "on"), None, "already; write state('running')"
    ),
    "labels to the child of an info": _of_child(
        Info, lambda m: m.info({"a": "x"}, FACTS), None, "already; write info({'version': "
    ),
    "too much to set_function": _of(
        Gauge,
        lambda m: m.set_function({}, len, 1),
        "Gauge.set_function() takes from 1 to 3 positional arguments but 4 were given",
        "set_function({'method': 'GET'}, function)",
    ),
    "nothing to set_function": _of_child(
        Gauge, lambda m: m.set_function(), None, "write set_function(function)"
    ),
    "labels to the child of many": _of_child(
        Summary,
        lambda m: m.observe_many({"a": "x"}, [1]),
        "BoundSummary.observe_many() takes 2 positional arguments but 3 were given",
        "has its labels already; write observe_many([0.1, 0.2])",
    ),
    "many, and labels behind": _of(
        Histogram, lambda m: m.observe_many([1], {"a": "x"}), None, "labels come first"
    ),
}


@pytest.mark.parametrize(("mistake", "metric"), NAMES.values(), ids=NAMES)
def test_names(mistake, metric):
    check(mistake)
    assert metric.get_all() == []


@pytest.mark.parametrize(("mistake", "metric"), ORDER.values(), ids=ORDER)
def test_order(mistake, metric):
    check(mistake)
    assert metric.get_all() == []


@pytest.mark.parametrize("labels", [{"a": "x"}, {}])
def test_labels_behind_the_value_are_no_exemplar(labels):
    for kind, method in ((Counter, "inc"), (Histogram, "observe")):
        with pytest.raises(TypeError) as caught:
            getattr(_make(kind, labelnames=["a"]), method)(2, labels)
        [note] = caught.value.__notes__
        assert "labels come first" in note and "exemplar" not in note


@pytest.mark.parametrize("kind", [Gauge, Summary])
def test_exemplars_are_not_said_to_be_of_other_kinds(kind):
    for receiver in (_make(kind), _make(kind).labels()):
        update = receiver.set if kind is Gauge else receiver.observe
        with pytest.raises(TypeError) as caught:
            update(2, TRACE)
        assert "exemplar" not in caught.value.__notes__[0]


def test_words_of_a_users_code_get_no_note():
    def values():
        yield 1
        raise TypeError("read() missing 1 required positional argument: 'size'")

    for receiver in (_make(Histogram), _make(Histogram).labels()):
        with pytest.raises(TypeError, match=r"^read\(\) missing") as caught:
            receiver.observe_many(values())
        assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize("empty", [[], (), "", set()])
@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram])
def test_nothing_in_the_place_of_constant_labels_is_none(kind, empty):
    """As in 23.12.0, even where somebody meant label names or buckets."""
    metric = kind("the_metric", "d", empty, registry=Registry())
    assert metric.const_labels == {} and metric.labelnames is None
