"""Equality of metrics, and their hashes, which are new here."""

import copy
import pickle
import weakref
from unittest import mock

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from record import raises, returns, step

KINDS = (Counter, Gauge, Summary, Histogram)


def _update(metric, labels, value):
    (getattr(metric, "observe", None) or metric.add)(labels, value)


def metrics():
    for kind in KINDS:
        name = kind.__name__
        one, two = (kind("m", "doc", registry=Registry()) for _ in range(2))
        step(f"{name} itself", lambda: one == one)
        step(f"{name} both empty", lambda: (one == two, one != two))
        _update(one, {"a": "b"}, 5)
        step(f"{name} one updated", lambda: (one == two, one != two))
        step(f"{name} itself updated", lambda: one == one)
        step(f"{name} other name", lambda: one == kind("n", "doc", registry=Registry()))
        step(f"{name} other doc", lambda: two == kind("m", "other", registry=Registry()))
        const = kind("m", "doc", {"c": "d"}, Registry())
        step(f"{name} other const labels", lambda: two == const)
        for thing in (None, 5, "m", object(), {}):
            step(f"{name} and {type(thing).__name__}", lambda: (two == thing, thing == two))


def same_values():
    for kind in (Counter, Gauge):
        name = kind.__name__
        one, two = (kind("m", "doc", registry=Registry()) for _ in range(2))
        for metric in (one, two):
            metric.set({"a": "b"}, 5)
        step(f"{name} same", lambda: one == two)
        two.set({"a": "b"}, 5.0)
        step(f"{name} int and float", lambda: one == two)
        two.set({"c": "d"}, 1)
        step(f"{name} one more", lambda: (one == two, two == one))
        one.set({"c": "d"}, 1)
        step(f"{name} same again", lambda: one == two)
        two.values.clear()
        one.values.clear()
        one.set({"x": "1"}, 1)
        one.set({"x": "2"}, 2)
        two.set({"x": "2"}, 2)
        two.set({"x": "1"}, 1)
        step(f"{name} other order", lambda: one == two)
        step(f"{name} values", lambda: one.values == two.values)


def kinds():
    made = [kind("m", "doc", registry=Registry()) for kind in KINDS]
    step("each and each", lambda: [a == b for a in made for b in made])

    class Special(Gauge):
        pass

    plain, special = (kind("m", "doc", registry=Registry()) for kind in (Gauge, Special))
    step("a subclass", lambda: (plain == special, special == plain, special == special))


def in_containers():
    one, two = (Counter("m", "doc", registry=Registry()) for _ in range(2))
    step("in a list", lambda: (one in [two], [one, two].index(two), [two].count(one)))


def hashes():
    for kind in KINDS:
        one, two = (kind("m", "doc", registry=Registry()) for _ in range(2))
        step(
            f"{kind.__name__}",
            lambda: hash(one) == hash(two) or one != two,
            differs="__eq__ without __hash__",
            now=returns(True),
        )
        step(
            f"{kind.__name__} in a set",
            lambda: one in {one},
            differs="__eq__ without __hash__",
            now=returns(True),
        )


def copies():
    for kind in KINDS:
        metric = kind("m", "doc", registry=Registry())
        refused = "metrics can be pickled and deep-copied"
        step(
            f"{kind.__name__} pickle",
            lambda: type(pickle.dumps(metric)).__name__,
            differs=refused,
            now=raises(TypeError),
        )
        step(
            f"{kind.__name__} deepcopy",
            lambda: copy.deepcopy(metric).name,
            differs=refused,
            now=raises(TypeError),
        )


def references_and_patches():
    fast = "an update of the exact types asks no other method"
    for kind in KINDS:
        metric = kind("m", "doc", registry=Registry())
        step(f"{kind.__name__} weak reference", lambda: weakref.ref(metric)() is metric)
        with mock.patch.object(metric, "add", return_value="patched"):
            step(f"{kind.__name__} patched", metric.add, {}, 1)
        with mock.patch.object(kind, "add", return_value="patched"):
            step(f"{kind.__name__} patched class", metric.add, {}, 1)
        step(f"{kind.__name__} as before", metric.add, {}, 1)
        with mock.patch.object(metric, "get", return_value="patched"):
            step(f"{kind.__name__} get", metric.get, {})
            step(f"{kind.__name__} get_all", metric.get_all)
    counter = Counter("m", "doc", registry=Registry())
    with mock.patch.object(counter, "add") as add:
        step("inc calls add", counter.inc, {"a": "b"})
        step(
            "called with",
            lambda: [tuple(call.args) for call in add.call_args_list],
            differs=fast,
            now=returns([]),
        )
    with mock.patch.object(Counter, "add") as add:
        step("inc calls add of the class", counter.inc, {"a": "b"})
        step(
            "class called with",
            lambda: [tuple(call.args) for call in add.call_args_list],
            differs=fast,
            now=returns([]),
        )
    with mock.patch.object(counter, "get_all", return_value=[({"a": "b"}, 7)]):
        registry = Registry()
        registry.register(counter)
        from record import text

        step("get_all in the text", text, registry)
    gauge = Gauge("m", "doc", registry=Registry())
    with mock.patch.object(gauge, "set_value") as set_value:
        step("set calls set_value", gauge.set, {"a": "b"}, 5)
        step(
            "set called with",
            lambda: [tuple(call.args) for call in set_value.call_args_list],
            differs=fast,
            now=returns([]),
        )
