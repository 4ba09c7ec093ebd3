"""metric.values: a live mapping from labels to values."""

from collections.abc import MutableMapping

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from aioprometheus.histogram import Histogram as Buckets
from record import raises, returns, step, text

AB = {"a": "b"}


def _gauge():
    registry = Registry()
    gauge = Gauge("g", "doc", registry=registry)
    gauge.set({"z": "1", "a": "2"}, 1)
    gauge.set({}, 2.5)
    gauge.set({"a": "2"}, -3)
    return gauge, registry


def reading():
    gauge, _ = _gauge()
    values = gauge.values
    step("is a mapping", lambda: isinstance(values, MutableMapping))
    step("the same object", lambda: gauge.values is values)
    step("length", lambda: len(values))
    step("truth", lambda: (bool(values), bool(Gauge("n", "d", registry=Registry()).values)))
    step("iteration", lambda: list(values))
    step("keys", lambda: list(values.keys()))
    step("values", lambda: list(values.values()))
    step("items", lambda: list(values.items()))
    step("sizes", lambda: (len(values.keys()), len(values.values()), len(values.items())))
    for key in (
        {},
        None,
        "",
        "__EMPTY__",
        {"a": "2"},
        {"a": "2", "z": "1"},
        {"z": "1", "a": "2"},
        b'{"a":"2"}',
        b'{"a":"2","z":"1"}',
        {"a": "x"},
        b'{"a":"x"}',
        b'{"a": "2"}',
        b'{"z":"1","a":"2"}',
        b"{}",
        b"",
        b"junk",
        "junk",
        5,
        ("a",),
        ["a"],
        1.5,
        object(),
        '{"a":"2"}',
        [],
        (),
        0,
        False,
        True,
    ):
        name = f"{type(key).__name__} {key if type(key) is not object else ''}"
        step(f"[{name}]", lambda: values[key])
        step(f"{name} in", lambda: key in values)
        step(f"get {name}", lambda: values.get(key, "nothing"))
    step("not utf-8", lambda: values[b"\xff"], words=False)
    step(
        "equal to a dict",
        lambda: values == {b'{"a":"2","z":"1"}': 1, "__EMPTY__": 2.5, b'{"a":"2"}': -3},
    )
    step("unequal", lambda: values == {})
    step("equal to itself", lambda: values == gauge.values)
    step("EMPTY_KEY", lambda: values.EMPTY_KEY)
    step("the store", lambda: dict(values.store))


def writing():
    gauge, registry = _gauge()
    values = gauge.values
    step("assign", values.__setitem__, AB, 5)
    step("assign again", values.__setitem__, AB, 6.5)
    step("assign to none", values.__setitem__, None, 7)
    step("assign by bytes", values.__setitem__, b'{"a":"2"}', 8)
    step("assign by new bytes", values.__setitem__, b'{"n":"w"}', 9)
    step("get_all", gauge.get_all)
    step("text", text, registry)
    step("inc after", gauge.inc, {"n": "w"})
    step("get after", gauge.get, {"n": "w"})
    for key in ("junk", 5, ["a"], ("a",), b"junk"):
        step(f"assign {key!r}", values.__setitem__, key, 1)
        step(f"delete {key!r}", values.__delitem__, key)
    step("delete", values.__delitem__, AB)
    step("delete again", values.__delitem__, AB)
    step("delete by bytes", values.__delitem__, b'{"a":"2"}')
    step("delete of none", values.__delitem__, {})
    step("delete of none again", values.__delitem__, "")
    step("left", lambda: list(values.items()))
    step("text after", text, registry)
    step("clear", values.clear)
    step("length", lambda: len(values))
    step("text of nothing", text, registry)
    step("inc", gauge.inc, AB)
    step("text of one", text, registry)


def the_rest_of_a_mapping():
    gauge, registry = _gauge()
    values = gauge.values
    step("pop", values.pop, {"a": "2"})
    step("pop unknown", values.pop, {"a": "2"})
    step("pop with default", values.pop, {"a": "2"}, "nothing")
    step("pop wrong", values.pop, "junk", "nothing")
    step("setdefault", values.setdefault, AB, 4)
    step("setdefault again", values.setdefault, AB, 5)
    step("popitem", values.popitem)
    step("update by pairs", values.update, [(AB, 1), ({}, 2)])
    step("update by a dict", values.update, {b'{"c":"d"}': 3})
    step("update by itself", values.update, gauge.values)
    step("items", lambda: list(values.items()))
    step("text", text, registry)
    step("popitem of all", lambda: [values.popitem() for _ in range(len(values))])
    step("popitem of nothing", values.popitem, words=False)
    step("reversed", lambda: list(reversed(values)), words=False)
    step("hash", lambda: hash(values), words=False)


def while_it_changes():
    gauge, _ = _gauge()
    step(
        "a series deleted after listing", lambda: [gauge.values.pop(k) for k in list(gauge.values)]
    )
    step("left", gauge.get_all)


def deleted_series_come_back_fresh():
    for kind in (Counter, Gauge):
        registry = Registry()
        metric = kind("m", "doc", registry=registry)
        metric.add({"a": "1"}, 5)
        metric.add({"a": "2"}, 5.5)
        del metric.values[{"a": "1"}]
        step(f"{kind.__name__} is gone", metric.get, {"a": "1"})
        step(f"{kind.__name__} inc", metric.inc, {"a": "1"})
        step(f"{kind.__name__} get_all", metric.get_all)
        step(f"{kind.__name__} text", text, registry)
    for kind in (Histogram, Summary):
        registry = Registry()
        metric = kind("m", "doc", registry=registry)
        metric.observe({"a": "1"}, 5)
        metric.observe({"a": "2"}, 5)
        del metric.values[{"a": "1"}]
        step(f"{kind.__name__} is gone", metric.get, {"a": "1"})
        step(f"{kind.__name__} length", lambda: len(metric.values))
        metric.observe({"a": "1"}, 7)
        step(f"{kind.__name__} get_all", metric.get_all)
        step(f"{kind.__name__} text", text, registry)
        metric.values.clear()
        step(f"{kind.__name__} cleared", text, registry)


def other_kinds():
    for kind in (Histogram, Summary):
        metric = kind("m", "doc", registry=Registry())
        metric.observe(AB, 5)
        metric.observe({}, 7)
        values = metric.values
        step(f"{kind.__name__} keys", lambda: list(values))
        step(f"{kind.__name__} items", lambda: list(values.items()))
        step(f"{kind.__name__} item", lambda: values[AB])
        step(f"{kind.__name__} by bytes", lambda: values[b'{"a":"b"}'])
        step(f"{kind.__name__} none", lambda: values[None])
        step(f"{kind.__name__} unknown", lambda: values[{"x": "y"}])
        step(f"{kind.__name__} contains", lambda: (AB in values, {"x": "y"} in values))
        step(f"{kind.__name__} an equal object", lambda: values[AB] == values[AB])
        step(f"{kind.__name__} pop", lambda: values.pop(AB))
        step(f"{kind.__name__} left", lambda: list(values))


def an_assigned_histogram():
    registry = Registry()
    metric = Histogram("h", "doc", registry=registry, buckets=(1, 2))
    buckets = Buckets(1, 2)
    buckets.observe(1.5)
    step("assign", metric.values.__setitem__, AB, buckets)
    step("get", metric.get, AB)
    step("observe", metric.observe, AB, 0.5)
    step("after", metric.get, AB)
    step("text", text, registry)


def wrong_values():
    unchecked = "values unchecked"
    for kind in (Counter, Gauge):
        metric = kind("metric", "doc", registry=Registry())
        for value in (None, "junk", True, [], object()):
            step(
                f"{kind.__name__} {type(value).__name__}",
                metric.values.__setitem__,
                AB,
                value,
                differs=unchecked,
                now=raises((TypeError, ValueError)),
            )
    for kind in (Histogram, Summary):
        metric = kind("metric", "doc", registry=Registry())
        for value in (None, "junk", 5):
            step(
                f"{kind.__name__} {type(value).__name__}",
                metric.values.__setitem__,
                AB,
                value,
                differs=unchecked,
                now=raises((TypeError, ValueError)),
            )
    counter = Counter("metric", "doc", registry=Registry())
    step(
        "negative counter",
        counter.values.__setitem__,
        AB,
        -1,
        differs="a negative or NaN counter",
        now=raises(ValueError),
    )


def names_are_checked_at_birth():
    born = "label names are checked when a series is born"
    gauge = Gauge("metric", "doc", {"env": "prod"}, Registry())
    for labels in ({"job": "x"}, {"__x": "x"}, {"a b": "x"}):
        step(f"{labels}", gauge.values.__setitem__, labels, 1, differs=born, now=raises(ValueError))
    step("nothing born", lambda: len(gauge.values), differs=born, now=returns(0))
    step("in the place of a constant label", gauge.values.__setitem__, {"env": "dev"}, 1)
