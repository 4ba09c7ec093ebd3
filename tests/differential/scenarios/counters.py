"""Counters: every kind of update and read, with and without labels."""

import itertools

from aioprometheus import Counter, Registry
from record import raises, returns, step, text

NOBODY = (None, {}, "")
LABELS = {"path": "/", "method": "GET"}


def _counter(name="requests", **options):
    registry = Registry()
    return Counter(name, "doc", registry=registry, **options), registry


def without_labels():
    for labels in NOBODY:
        counter, registry = _counter()
        step(f"{labels!r} text before", text, registry)
        step(f"{labels!r} get before", counter.get, labels)
        step(f"{labels!r} get_value before", counter.get_value, labels)
        step(f"{labels!r} get_all before", counter.get_all)
        step(f"{labels!r} inc", counter.inc, labels)
        step(f"{labels!r} get", counter.get, labels)
        step(f"{labels!r} add", counter.add, labels, 2)
        step(f"{labels!r} add float", counter.add, labels, 0.5)
        step(f"{labels!r} get_value", counter.get_value, labels)
        step(f"{labels!r} set", counter.set, labels, 7)
        step(f"{labels!r} set_value", counter.set_value, labels, 8)
        step(f"{labels!r} inc once more", counter.inc, labels)
        step(f"{labels!r} get_all", counter.get_all)
        step(f"{labels!r} text", text, registry)
    counter, registry = _counter()
    for labels in NOBODY:
        counter.inc(labels)
    step("one series", counter.get_all)
    step("read by each", lambda: [counter.get(labels) for labels in NOBODY])


def with_labels():
    counter, registry = _counter(const_labels={"app": "shop"})
    step("get before", counter.get, LABELS)
    step("get_value before", counter.get_value, LABELS)
    step("inc", counter.inc, LABELS)
    step("get", counter.get, LABELS)
    step("other order", counter.get, {"method": "GET", "path": "/"})
    step("add", counter.add, LABELS, 5)
    step("add nothing", counter.add, LABELS, 0)
    step("add float nothing", counter.add, LABELS, 0.0)
    step("get after", counter.get, LABELS)
    step("set", counter.set, {"method": "PUT"}, 3)
    step("set_value", counter.set_value, {"path": "/x"}, 4.0)
    step("inc no labels", counter.inc, {})
    step("get_all", counter.get_all)
    step("text", text, registry)
    step(
        "const labels read",
        counter.get,
        {"app": "shop"},
        now=returns(1),
        differs="labels that say the same as none are the series without labels",
    )
    step("one label only", counter.get, {"path": "/"})


def by_keyword():
    counter, _ = _counter()
    step("inc", lambda: counter.inc(labels={"a": "b"}))
    step("add", lambda: counter.add(labels={"a": "b"}, value=2))
    step("set", lambda: counter.set(labels={"c": "d"}, value=3))
    step("set_value", lambda: counter.set_value(labels={"c": "e"}, value=4))
    step("get", lambda: counter.get(labels={"a": "b"}))
    step("get_value", lambda: counter.get_value(labels={"c": "d"}))
    step("unknown keyword", lambda: counter.inc(label={}), words=False)
    step("too many", lambda: counter.inc({}, 1, 2), words=False)
    step("get_all", counter.get_all)


def the_document_wins():
    counter, _ = _counter()
    document = "the document's API: no labels, and a lone number is the amount"
    step("inc()", lambda: counter.inc(), differs=document, now=returns(None))
    step("inc(3)", lambda: counter.inc(3), differs=document, now=returns(None))
    step("add(2)", lambda: counter.add(2), differs=document, now=returns(None))
    step("inc(l, 2)", lambda: counter.inc({"a": "b"}, 2), differs=document, now=returns(None))
    step(
        "inc(l, value=2)",
        lambda: counter.inc({"a": "b"}, value=2),
        differs=document,
        now=returns(None),
    )
    step("get()", lambda: counter.get(), differs=document, now=returns(6))
    step("get", counter.get_all, differs=document, now=returns([({}, 6), ({"a": "b"}, 4)]))


def wrong_values():
    counter, registry = _counter()
    counter.add({"a": "b"}, 5)
    decrease = "a negative or NaN counter"
    step("add negative", counter.add, {"a": "b"}, -1)
    step("add negative float", counter.add, {"a": "b"}, -0.5)
    step("add negative to nothing", counter.add, {"a": "c"}, -1)
    step("add -inf", counter.add, {"a": "b"}, float("-inf"))
    step("add -0.0", counter.add, {"a": "z"}, -0.0)
    for value in (None, "5", b"5", [], {}, object()):
        step(f"add {type(value).__name__}", counter.add, {"a": "b"}, value, words=False)
    step("nothing changed", counter.get_all)
    step(
        "add nan",
        counter.add,
        {"a": "n"},
        float("nan"),
        differs=decrease,
        now=raises(ValueError, "requests"),
    )
    step(
        "add True",
        counter.add,
        {"a": "t"},
        True,
        differs="not bool",
        now=raises((TypeError, ValueError), "requests"),
    )
    for value in (-1, -0.5, float("nan"), float("-inf")):
        step(
            f"set {value}", counter.set, {"a": "n"}, value, differs=decrease, now=raises(ValueError)
        )
        step(
            f"set_value {value}",
            counter.set_value,
            {"a": "n"},
            value,
            differs=decrease,
            now=raises(ValueError),
        )
    for value in (None, "junk", b"5", True, [], object()):
        step(
            f"set {type(value).__name__}",
            counter.set,
            {"a": "o"},
            value,
            differs="values unchecked",
            now=raises((TypeError, ValueError)),
        )
        step(
            f"set_value {type(value).__name__}",
            counter.set_value,
            {"a": "o"},
            value,
            differs="values unchecked",
            now=raises((TypeError, ValueError)),
        )
    step(
        "no series was born of it",
        lambda: [labels for labels, _ in counter.get_all()],
        differs="a refused value changes nothing",
        now=returns([{"a": "b"}, {"a": "z"}]),
    )
    step("text of the good one", lambda: 'requests{a="b"} 5' in text(registry))


def wrong_labels():
    counter, _ = _counter()
    for labels in (["a"], ("a",), "junk", b"junk", object(), {"a"}):
        kind = f"{type(labels).__name__}"
        step(f"inc {kind}", counter.inc, labels)
        step(f"add {kind}", counter.add, labels, 1)
        step(
            f"set {kind}",
            counter.set,
            labels,
            1,
            differs="set refuses such labels as inc does, where an AttributeError came by accident",
            now=raises(TypeError, "Only accepts dicts as keys"),
        )
        step(f"get {kind}", counter.get, labels)
        step(f"get_value {kind}", counter.get_value, labels)
    for labels in ([], (), b"", set()):
        step(f"inc of an empty {type(labels).__name__}", lambda: counter.get_value(labels))
    step("nothing born", counter.get_all)


def keys_of_the_store():
    counter, _ = _counter()
    counter.add({"b": "c", "a": "d"}, 5)
    counter.add({}, 6)
    for key in (b'{"a":"d","b":"c"}', b'{"b":"c","a":"d"}', b'{"a":"x"}', "__EMPTY__", b"{}"):
        step(f"get {key!r}", counter.get, key)
        step(f"get_value {key!r}", counter.get_value, key)


def order_of_first_use():
    counter, registry = _counter()
    for a, b in itertools.product("zya", "210"):
        counter.inc({"a": a, "b": b})
    counter.inc({})
    counter.inc({"b": "2", "a": "z"})
    step("get_all", counter.get_all)
    step("text", text, registry)
    del counter.values[{"a": "z", "b": "2"}]
    counter.inc({"a": "z", "b": "2"})
    step("deleted and born again", counter.get_all)
    step("text after", text, registry)
