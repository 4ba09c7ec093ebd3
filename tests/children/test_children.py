"""Children: ``metric.labels(...)`` is one series, updated and read without its labels."""

import enum
import pickle

import pytest

from aioprometheus import Counter, Gauge, Histogram, Summary
from aioprometheus.collectors import BoundCounter, BoundGauge, BoundHistogram, BoundSummary
from support import text_parser
from support.make import body_of, make

KINDS = [Counter, Gauge, Summary, Histogram]
CHILDREN = [
    (Counter, BoundCounter),
    (Gauge, BoundGauge),
    (Summary, BoundSummary),
    (Histogram, BoundHistogram),
]
NUMBERS = [Counter, Gauge]
OBSERVERS = [Summary, Histogram]
A = {"a": "x"}
GET = {"method": "GET", "path": "/"}
# Declared in an unsorted order.
DECLARED = ["path", "method"]
NAN = float("nan")


def _make(kind, name="m", **options):
    if kind is Histogram:
        options.setdefault("buckets", [1, 5])
    return make(kind, name=name, **options)


def _lines(metric):
    return text_parser.values(body_of(metric))


class Color(enum.Enum):
    RED = "red"


class Text(str):
    def __str__(self):
        return "not the value"


@pytest.mark.parametrize(("kind", "child"), CHILDREN)
def test_the_class_of_a_child(kind, child):
    metric = _make(kind)
    assert type(metric.labels(A)) is child
    assert type(metric.labels(a="x")) is child
    assert type(metric.labels()) is child
    assert type(_make(kind, labelnames=["a"]).labels("x")) is child


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_is_born_when_it_is_bound(kind):
    metric = _make(kind)
    metric.labels(A)
    assert [labels for labels, _ in metric.get_all()] == [A]
    lines = _lines(metric)
    zeros = {
        Counter: {("m", (("a", "x"),)): "0"},
        Gauge: {("m", (("a", "x"),)): "0"},
        Summary: {("m_count", (("a", "x"),)): "0", ("m_sum", (("a", "x"),)): "0.0"},
        Histogram: {
            ("m_bucket", (("a", "x"), ("le", "1.0"))): "0.0",
            ("m_bucket", (("a", "x"), ("le", "5.0"))): "0.0",
            ("m_bucket", (("a", "x"), ("le", "+Inf"))): "0.0",
            ("m_count", (("a", "x"),)): "0.0",
            ("m_sum", (("a", "x"),)): "0.0",
        },
    }[kind]
    assert {key: value for key, value in lines.items() if "quantile" not in dict(key[1])} == zeros


@pytest.mark.parametrize("kind", KINDS)
def test_binding_again_changes_nothing(kind):
    metric = _make(kind)
    metric.add(A, 2)
    before = body_of(metric)
    first, second = metric.labels(A), metric.labels(a="x")
    assert body_of(metric) == before
    first.add(3)
    second.add(4)
    assert first.get() == second.get() == metric.get(A)
    assert len(metric.values) == 1
    other = _make(kind)
    for value in (2, 3, 4):
        other.add(A, value)
    assert body_of(metric) == body_of(other)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "bind",
    [
        lambda metric: metric.labels(GET),
        lambda metric: metric.labels(method="GET", path="/"),
        lambda metric: metric.labels(path="/", method="GET"),
        lambda metric: metric.labels({"path": "/", "method": "GET"}),
        lambda metric: metric.labels("/", "GET"),
        lambda metric: metric.labels(**GET),
    ],
)
def test_all_ways_to_name_the_labels(kind, bind):
    metric = _make(kind, labelnames=DECLARED)
    bind(metric).add(2)
    metric.add(GET, 3)
    assert [labels for labels, _ in metric.get_all()] == [GET]
    assert bind(metric).get() == metric.get(GET)
    other = _make(kind)
    other.add(GET, 2)
    other.add(GET, 3)
    assert body_of(metric) == body_of(other)


def test_positions_are_those_of_the_declaration():
    counter = _make(Counter, labelnames=["z", "a", "m"])
    counter.labels("1", "2", "3").inc()
    assert counter.get_all() == [({"z": "1", "a": "2", "m": "3"}, 1)]
    assert body_of(counter).endswith(b'\nm{a="2",m="3",z="1"} 1\n')


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "bind",
    [
        lambda metric: metric.labels(),
        lambda metric: metric.labels(None),
        lambda metric: metric.labels({}),
    ],
)
@pytest.mark.parametrize("labelnames", [None, []])
def test_the_series_without_labels(kind, bind, labelnames):
    metric = _make(kind, labelnames=labelnames)
    child = bind(metric)
    child.add(2)
    metric.add(3)
    metric.add({}, 4)
    assert metric.get_all() == [({}, metric.get())]
    assert child.get() == metric.get() == metric.get(None)
    other = _make(kind)
    for value in (2, 3, 4):
        other.add(value)
    assert body_of(metric) == body_of(other)


def test_const_labels():
    counter = _make(Counter, const_labels={"host": "h"})
    counter.labels(A).inc(2)
    counter.labels().inc()
    assert body_of(counter).endswith(b'\nm{a="x",host="h"} 2\nm{host="h"} 1\n')
    counter.labels(host="other").inc()
    counter.labels(host="h").inc()
    assert body_of(counter).endswith(b'\nm{host="h"} 2\nm{host="other"} 1\n')
    assert len(counter.values) == 3


@pytest.mark.parametrize(
    "name", ["self", "labels", "value", "values", "named", "metric", "cls", "args", "registry"]
)
def test_any_word_is_a_label_name(name):
    counter = _make(Counter)
    counter.labels(**{name: "x"}).inc()
    assert counter.get_all() == [({name: "x"}, 1)]


@pytest.mark.parametrize(
    "value",
    [5, -1, 0, 2**70, True, False, 1.5, NAN, None, Color.RED, Text("t"), "", 'ü\n\\"', [1], b"x"],
    ids=repr,
)
def test_values_that_are_not_strings(value):
    """They mean the series that they mean in updates, however the child is bound."""
    counter = _make(Counter, labelnames=["a", "b"])
    labels = {"a": value, "b": "y"}
    counter.inc(labels)
    for child in (
        counter.labels(labels),
        counter.labels(**labels),
        counter.labels(value, "y"),
    ):
        child.inc()
    assert [number for _, number in counter.get_all()] == [4]
    assert len(_lines(counter)) == 1


def test_the_dict_may_change_after_it_was_bound():
    counter, labels = _make(Counter), {"a": "1"}
    child = counter.labels(labels)
    labels["a"] = "2"
    other = counter.labels(labels)
    labels["b"] = "3"
    child.inc()
    other.inc(2)
    labels.clear()
    child.inc()
    assert counter.get_all() == [({"a": "1"}, 2), ({"a": "2"}, 2)]


@pytest.mark.parametrize("kind", NUMBERS)
def test_updates_of_numbers(kind):
    """What the metric says of its methods with labels, the child says without."""
    metric, twin = _make(kind), _make(kind)
    child = metric.labels(A)
    twin.inc(A, 0)
    calls = [
        ("inc", ()),
        ("inc", (2,)),
        ("inc", (0.5,)),
        ("add", (3,)),
        ("set", (10,)),
        ("inc", (2**62,)),
        ("inc", (2**62,)),
        ("set_value", (7,)),
        ("set", (7.25,)),
    ]
    if kind is Gauge:
        calls += [("dec", ()), ("dec", (2,)), ("sub", (4,)), ("add", (-1.5,)), ("set", (-3,))]
        calls += [("inc", (NAN,)), ("set", (float("-inf"),))]
    for method, arguments in calls:
        assert getattr(child, method)(*arguments) is None
        getattr(twin, method)(A, *arguments)
        assert repr(child.get()) == repr(child.get_value()) == repr(twin.get(A))
        assert type(child.get()) is type(twin.get(A))
        assert body_of(metric) == body_of(twin)
    for method in ("inc", "add", "set", "set_value"):
        getattr(child, method)(value=100)
        getattr(twin, method)(A, value=100)
        assert child.get() == twin.get(A) == metric.get(A)


@pytest.mark.parametrize("kind", OBSERVERS)
def test_observations(kind):
    metric, twin = _make(kind), _make(kind)
    child = metric.labels(A)
    for value in (0.5, 3, 7, 0, -1, 2.5):
        assert child.observe(value) is None
        twin.observe(A, value)
        child.add(value)
        twin.add(A, value)
        assert child.get() == metric.get(A) == twin.get(A)
        assert body_of(metric) == body_of(twin)
    child.observe(value=4)
    metric.observe(A, 4)
    assert child.get()["count"] == 14
    assert child.get_value() == metric.get_value(A)
    source = _make(kind)
    source.observe(A, 2)
    child.set_value(source.get_value(A))
    assert child.get() == metric.get(A) == source.get(A)


def test_the_current_time():
    gauge = _make(Gauge)
    child = gauge.labels(A)
    gauge.set_to_current_time()
    child.set_to_current_time()
    assert child.get() == gauge.get(A) >= gauge.get()


def test_children_have_no_methods_of_other_kinds():
    methods = {
        Counter: {"inc", "add", "set", "set_value", "get", "get_value", "count_exceptions"}
        | {"set_function"},
        Gauge: {"set", "set_to_current_time", "inc", "dec", "add", "sub", "set_value"}
        | {"get", "get_value", "time", "track_inprogress", "set_function"},
        Summary: {"observe", "observe_many", "add", "get", "get_value", "set_value", "time"},
        Histogram: {"observe", "observe_many", "add", "get", "get_value", "set_value", "time"},
    }
    for kind, names in methods.items():
        child = _make(kind).labels(A)
        assert {name for name in dir(child) if not name.startswith("_")} == {*names, "remove"}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", KINDS)
def test_children_cannot_be_pickled(kind, protocol):
    metric = _make(kind)
    child = metric.labels(A)
    with pytest.raises(TypeError):
        pickle.dumps(child, protocol)
    child.add(1)
    assert child.get() == metric.get(A)
