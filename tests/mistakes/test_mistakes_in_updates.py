"""Mistakes in updates and reads: each message names the metric, and what to do."""

from __future__ import annotations

import asyncio
import datetime

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary
from support.mistakes import Mistake, check, notes_of

NO_DICT = "Only accepts dicts as keys"
SECOND = datetime.timedelta(seconds=1)
WITH_NAMES = {"labelnames": ["method"]}


#: The metrics of the calls, in their order.
MADE = []


def _make(kind, **options):
    if kind is Enum:
        options["states"] = ["on", "off"]
    MADE.append(kind("the_metric", "d", registry=Registry(), **options))
    return MADE[-1]


def _of(kind, call, error, words, *says, **options):
    """A mistake with a new metric, which must be named."""
    return Mistake(lambda: call(_make(kind, **options)), error, words, ["the_metric", *says])


def _digits(kind):
    return f"{kind.__name__} only works with digits (int, float)"


def _missing(method):
    return f"{method}() missing 1 required positional argument: 'value'"


def _unexpected(method, name):
    return f"{method}() got an unexpected keyword argument '{name}'"


UPDATES = {
    "a str to inc": _of(Counter, lambda m: m.inc("x"), TypeError, NO_DICT, "dict", "'x'"),
    "a number as text to inc": _of(Gauge, lambda m: m.inc("5"), TypeError, NO_DICT, "dict"),
    "a set": _of(Counter, lambda m: m.inc({"a"}), TypeError, NO_DICT, "set"),
    "pairs": _of(Counter, lambda m: m.inc([("a", "x")]), TypeError, NO_DICT, "dict", "list"),
    "swapped set": _of(
        Gauge, lambda m: m.set(5, {"a": "x"}), TypeError, NO_DICT, "labels come first"
    ),
    "swapped inc": _of(
        Counter, lambda m: m.inc(5, {"a": "x"}), TypeError, NO_DICT, "labels come first"
    ),
    "swapped histogram": _of(
        Histogram,
        lambda m: m.observe(0.3, {"a": "x"}),
        TypeError,
        _digits(Histogram),
        "labels come first",
    ),
    "swapped summary": _of(
        Summary,
        lambda m: m.observe(0.3, {"a": "x"}),
        TypeError,
        _digits(Summary),
        "labels come first",
    ),
    "set of a str": _of(
        Gauge, lambda m: m.set("5"), TypeError, _missing("Gauge.set"), "'5'", "float()"
    ),
    "set of None": _of(
        Gauge, lambda m: m.set(None), TypeError, _missing("Gauge.set"), "None", "leave"
    ),
    "set of a function": _of(
        Gauge, lambda m: m.set(max), TypeError, _missing("Gauge.set"), "call it"
    ),
    "observe of a timedelta": _of(
        Histogram,
        lambda m: m.observe(SECOND),
        TypeError,
        _missing("Histogram.add"),
        "timedelta",
        "total_seconds()",
    ),
    "observe of a timedelta, with labels": _of(
        Summary,
        lambda m: m.observe({}, SECOND),
        TypeError,
        _digits(Summary),
        "timedelta",
        "total_seconds()",
    ),
    "set of a datetime": _of(
        Gauge,
        lambda m: m.set({}, datetime.datetime.now()),
        TypeError,
        None,
        "must be an int or a float",
        "timestamp()",
    ),
    "set of True": _of(Gauge, lambda m: m.set({}, True), TypeError, None, "bool", "int(value)"),
    "set of a list": _of(Gauge, lambda m: m.set({}, [1, 2]), TypeError, None, "list", "one number"),
    "set of labels alone": _of(
        Gauge, lambda m: m.set({"a": "x"}), TypeError, _missing("Gauge.set"), "set({...}, 5)"
    ),
    "observe of labels alone": _of(
        Histogram,
        lambda m: m.observe({"a": "x"}),
        TypeError,
        _missing("Histogram.add"),
        "observe({...}, 5)",
    ),
    "set of nothing": _of(
        Counter,
        lambda m: m.set(),
        TypeError,
        "Counter.set() missing 2 required positional arguments: 'labels' and 'value'",
        "set(5)",
    ),
    "set_value of nothing": _of(
        Gauge,
        lambda m: m.set_value(),
        TypeError,
        "Collector.set_value() missing 2 required positional arguments: 'labels' and 'value'",
        "set_value({'method': 'GET'}, 5)",
    ),
    "info of nothing": _of(Info, lambda m: m.info(), TypeError, None, "info({'version': '1.0'})"),
    "info of a str": _of(Info, lambda m: m.info("1.0"), TypeError, None, "dict", "'version'"),
    "a state that there is not": _of(
        Enum, lambda m: m.state("of"), ValueError, None, "'of'", "on, off"
    ),
    "labels by name": _of(
        Counter,
        lambda m: m.inc(a="x"),
        TypeError,
        _unexpected("Counter.inc", "a"),
        'labels(a="x").inc()',
    ),
    "labels by name, and an amount": _of(
        Histogram,
        lambda m: m.observe(0.3, a="x", b=5),
        TypeError,
        None,
        'labels(a="x", b=5).observe(0.3)',
    ),
    "labels by name in get": _of(
        Gauge, lambda m: m.get(a="x"), TypeError, None, 'labels(a="x").get()'
    ),
    "the amount of prometheus_client": _of(
        Counter, lambda m: m.inc(amount=2), TypeError, None, "inc(value=2)"
    ),
    "a count that is a float": _of(
        Histogram,
        lambda m: m.observe(1, count=1.5),
        TypeError,
        "the_metric: count must be an int, not float",
    ),
    "a count to inc": _of(Counter, lambda m: m.inc(count=2), TypeError, None, "inc(value=2)"),
    "a time of an update": _of(
        Gauge,
        lambda m: m.set(1, timestamp=5),
        TypeError,
        _unexpected("Gauge.set", "timestamp"),
        "no time of its own",
        "collectors",
    ),
    "an exemplar of a summary": _of(
        Summary, lambda m: m.observe(1, exemplar={}), TypeError, None, "counters and histograms"
    ),
    "an exemplar of a str": _of(
        Counter, lambda m: m.inc(exemplar="abc"), TypeError, None, "dict", "trace_id"
    ),
    "too much": _of(
        Counter,
        lambda m: m.set({}, 1, 2),
        TypeError,
        "Counter.set() takes 3 positional arguments but 4 were given",
        "set({'method': 'GET'}, 5)",
    ),
    "a counter goes down": _of(
        Counter, lambda m: m.inc(-1), ValueError, "Counters can't decrease", "Gauge"
    ),
    "a counter is set below zero": _of(
        Counter, lambda m: m.set({}, -5), ValueError, "Counters can't decrease", "Gauge"
    ),
    "a counter of NaN": _of(Counter, lambda m: m.inc(float("nan")), ValueError, None, "NaN"),
    "a reserved label": _of(
        Counter,
        lambda m: m.inc({"job": "x"}),
        ValueError,
        "Invalid label name: job",
        "reserved",
        "Prometheus",
        "job_name",
    ),
    "the label of buckets": _of(
        Histogram,
        lambda m: m.observe({"le": "1"}, 1),
        ValueError,
        "Invalid label name: le",
        "reserved",
        "buckets",
    ),
    "the label of quantiles": _of(
        Summary,
        lambda m: m.observe({"quantile": "1"}, 1),
        ValueError,
        "Invalid label name: quantile",
        "reserved",
        "quantiles",
    ),
    "an internal label": _of(
        Gauge,
        lambda m: m.set({"__name__": "x"}, 1),
        ValueError,
        "Invalid label prefix: __name__",
        "reserved",
        "name__",
    ),
    "a label name with a space": _of(
        Counter, lambda m: m.inc({"a b": "x"}), ValueError, None, "'a_b'", "allow_utf8"
    ),
    "a label name of bytes": _of(
        Counter, lambda m: m.inc({b"a": "x"}), ValueError, None, "str", "b'a'", "decode"
    ),
    "a label name that is an int": _of(
        Counter, lambda m: m.inc({1: "x"}), ValueError, None, "str", "the int 1"
    ),
    "a label value that is half a character": _of(
        Counter, lambda m: m.inc({"a": "\ud800"}), ValueError, None, "UTF-8", "encode"
    ),
    "declared labels that are missing": _of(
        Counter, lambda m: m.inc(), ValueError, None, "missing label 'method'", **WITH_NAMES
    ),
    "labels that are not declared": _of(
        Gauge, lambda m: m.set({"verb": "x"}, 1), ValueError, None, "unknown", "verb", **WITH_NAMES
    ),
    "values by position without names": _of(
        Counter, lambda m: m.labels("a"), TypeError, None, "labelnames"
    ),
    "too many values by position": _of(
        Counter, lambda m: m.labels("a", "b"), ValueError, None, "method", **WITH_NAMES
    ),
    "other labels by name": _of(
        Counter, lambda m: m.labels(a="x"), ValueError, None, "unknown label 'a'", **WITH_NAMES
    ),
    "labels of a list": _of(Counter, lambda m: m.labels(["a"]), TypeError, NO_DICT, "dict"),
    "get of no series": _of(Gauge, lambda m: m.get(), KeyError, "'__EMPTY__'", "without labels"),
    "get of no such series": _of(
        Counter, lambda m: m.get({"a": "x"}), KeyError, 'b\'{"a":"x"}\'', "these labels"
    ),
    "get of a str": _of(Counter, lambda m: m.get("x"), TypeError, NO_DICT, "dict", "'x'"),
    "values of no such series": _of(
        Counter, lambda m: m.values[{"a": "x"}], KeyError, 'b\'{"a":"x"}\'', "these labels"
    ),
    "values of a str": _of(Gauge, lambda m: m.values["x"], TypeError, NO_DICT, "dict"),
    "deletion of no such series": _of(
        Histogram, lambda m: m.values.__delitem__(None), KeyError, "'__EMPTY__'", "without labels"
    ),
    "labels to a child": _of(
        Counter, lambda m: m.labels().inc({"a": "x"}), TypeError, None, "has its labels already"
    ),
    "labels by name to a child": _of(
        Gauge, lambda m: m.labels().set(a="x"), TypeError, None, "has its labels already"
    ),
    "labels to the child of a histogram": _of(
        Histogram,
        lambda m: m.labels().observe({"a": "x"}),
        TypeError,
        _digits(Histogram),
        "has its labels already",
    ),
    "a count to a child": _of(
        Histogram,
        lambda m: m.labels().observe(count=2),
        TypeError,
        _missing("BoundHistogram.observe"),
        "observe(5)",
    ),
    "nothing to a child": _of(
        Gauge, lambda m: m.labels().set(), TypeError, _missing("BoundGauge.set"), "set(5)"
    ),
}


@pytest.mark.parametrize("name", UPDATES)
def test_updates(name):
    check(UPDATES[name])


def test_a_coroutine_that_nobody_awaited():
    async def value():
        return 5

    coroutine = value()
    check(_of(Gauge, lambda m: m.set(coroutine), TypeError, _missing("Gauge.set"), "await it"))
    assert asyncio.run(coroutine) == 5


@pytest.mark.parametrize("name", UPDATES)
def test_a_refused_call_changes_nothing(name):
    check(UPDATES[name])
    metric = MADE.pop()
    if "child" in name:
        # The child has made the series and nothing else.
        metric.labels()
        assert [sample.value for sample in metric.samples if sample.value] == []
    else:
        assert metric.get_all() == []


@pytest.mark.parametrize("kind", [Summary, Histogram])
def test_a_count_that_is_refused_is_not_said_to_be_the_value(kind):
    metric = _make(kind)
    for receiver in (metric, metric.labels()):
        with pytest.raises(TypeError, match="count must be an int, not float") as caught:
            receiver.observe(5, count=1.5)
        assert notes_of(caught.value) == []


@pytest.mark.parametrize("kind", [Counter, Histogram])
def test_an_exemplar_that_is_refused_is_not_said_to_be_none_of_the_kind(kind):
    metric = _make(kind)
    for receiver in (metric, metric.labels()):
        with pytest.raises(TypeError, match="an exemplar must be a dict") as caught:
            receiver.add(value=1, exemplar="abc")
        assert notes_of(caught.value) == []


@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram])
def test_what_a_users_code_raises_has_no_note(kind):
    class Raising:
        def __str__(self):
            raise TypeError("of the user")

    metric = _make(kind)
    for call in (metric.add, metric.set_value):
        with pytest.raises(TypeError, match=r"^of the user$") as caught:
            call({"a": Raising()}, 1)
        assert notes_of(caught.value) == []
    assert metric.get_all() == []


def test_notes_are_made_once():
    class Own(Counter):
        def add(self, labels, value):
            return super().add(labels, value)

    counter = Own("the_metric", "d", registry=Registry())
    with pytest.raises(TypeError) as caught:
        counter.inc("x")
    assert len(notes_of(caught.value)) == 1


def test_a_long_value_is_not_repeated():
    gauge = _make(Gauge)
    for value in ("x" * 100_000, b"x" * 100_000, 10**5000):
        with pytest.raises((TypeError, ValueError)) as caught:
            gauge.inc(value if isinstance(value, str) else {value: "x"})
        assert sum(map(len, notes_of(caught.value))) < 500
