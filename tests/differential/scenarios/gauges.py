"""Gauges: every kind of update and read, with and without labels."""

from aioprometheus import Gauge, Registry
from record import raises, returns, step, text

NOBODY = (None, {}, "")
LABELS = {"queue": "mail", "host": "a"}


def _gauge(**options):
    registry = Registry()
    return Gauge("level", "doc", registry=registry, **options), registry


def without_labels():
    for labels in NOBODY:
        gauge, registry = _gauge()
        step(f"{labels!r} get before", gauge.get, labels)
        step(f"{labels!r} dec", gauge.dec, labels)
        step(f"{labels!r} get", gauge.get, labels)
        step(f"{labels!r} inc", gauge.inc, labels)
        step(f"{labels!r} add", gauge.add, labels, 2.5)
        step(f"{labels!r} sub", gauge.sub, labels, 5)
        step(f"{labels!r} get_value", gauge.get_value, labels)
        step(f"{labels!r} get_all", gauge.get_all)
        step(f"{labels!r} text", text, registry)
        step(f"{labels!r} set", gauge.set, labels, -7)
        step(f"{labels!r} set_value", gauge.set_value, labels, -8.0)
        step(f"{labels!r} inc of a float", gauge.inc, labels)
        step(f"{labels!r} text after", text, registry)


def with_labels():
    gauge, registry = _gauge(const_labels={"app": "shop"})
    for name in ("get", "get_value"):
        step(f"{name} before", getattr(gauge, name), LABELS)
    step("sub", gauge.sub, LABELS, 3)
    step("sub negative", gauge.sub, LABELS, -5)
    step("add negative", gauge.add, LABELS, -1)
    step("dec", gauge.dec, LABELS)
    step("inc", gauge.inc, {"host": "a", "queue": "mail"})
    step("get", gauge.get, LABELS)
    step("set other", gauge.set, {"queue": "other"}, 1.0)
    step("sub float", gauge.sub, {"queue": "other"}, 0.25)
    step("sub zero", gauge.sub, {"queue": "zero"}, 0)
    step("sub float zero", gauge.sub, {"queue": "fzero"}, 0.0)
    step("add float zero", gauge.add, {"queue": "fzero2"}, 0.0)
    step("dec of nothing", gauge.dec, {"queue": "dec"})
    step("get_all", gauge.get_all)
    step("text", text, registry)


def by_keyword():
    gauge, _ = _gauge()
    for name in ("add", "sub", "set", "set_value"):
        step(name, lambda: getattr(gauge, name)(labels={"a": name}, value=2))
    for name in ("inc", "dec", "get", "get_value"):
        step(name, lambda: getattr(gauge, name)(labels={"a": "set"}))
    step("get_all", gauge.get_all)


def special_values():
    inf, nan = float("inf"), float("nan")
    for value in (inf, -inf, nan, -0.0, 0.0, 5e-324, 1.7976931348623157e308):
        gauge, registry = _gauge()
        step(f"set {value!r}", gauge.set, {}, value)
        step(f"get {value!r}", gauge.get, {})
        step(f"text {value!r}", text, registry)
        step(f"inc {value!r}", gauge.inc, {})
        step(f"text after inc {value!r}", text, registry)
        step(f"add to nothing {value!r}", gauge.add, {"a": "b"}, value)
        step(f"sub from it {value!r}", gauge.sub, {"a": "b"}, value)
        step(f"result {value!r}", gauge.get_all)


def the_document_wins():
    gauge, _ = _gauge()
    document = "the document's API: no labels, and a lone number is the amount"
    for name, arguments in (
        ("inc", ()),
        ("inc", (3,)),
        ("dec", ()),
        ("dec", (2,)),
        ("add", (5,)),
        ("sub", (1.5,)),
        ("set", (5,)),
    ):
        step(
            f"{name}{arguments}",
            lambda: getattr(gauge, name)(*arguments),
            differs=document,
            now=returns(None),
        )
    step("inc by", lambda: gauge.inc({"a": "b"}, 2), differs=document, now=returns(None))
    step("dec by", lambda: gauge.dec({"a": "b"}, value=3), differs=document, now=returns(None))
    step("get()", lambda: gauge.get(), differs=document, now=returns(5))
    step("get", gauge.get_all, differs=document, now=returns([({}, 5), ({"a": "b"}, -1)]))


def wrong_values():
    gauge, _ = _gauge()
    gauge.set({"a": "b"}, 5)
    unchecked = "values unchecked"
    for value in (None, "5", b"5", [], {}, object()):
        kind = type(value).__name__
        step(f"add {kind}", gauge.add, {"a": "b"}, value, words=False)
        step(f"sub {kind}", gauge.sub, {"a": "b"}, value, words=False)
    for value in (None, "junk", b"5", True, [], {}, object(), 1j):
        kind = type(value).__name__
        for name in ("set", "set_value"):
            step(
                f"{name} {kind}",
                getattr(gauge, name),
                {"a": "o"},
                value,
                differs=unchecked,
                now=raises((TypeError, ValueError)),
            )
    for name in ("add", "sub"):
        step(
            f"{name} True",
            getattr(gauge, name),
            {"a": "b"},
            True,
            differs=unchecked,
            now=raises((TypeError, ValueError)),
        )
    step(
        "nothing changed",
        lambda: [pair for pair in gauge.get_all()],
        differs=unchecked,
        now=returns([({"a": "b"}, 5)]),
    )


def wrong_labels():
    gauge, _ = _gauge()
    for labels in (["a"], ("a",), "junk", b"junk", object(), 5.5):
        kind = type(labels).__name__
        step(f"dec {kind}", lambda: gauge.add(labels, 1))
        step(f"sub {kind}", lambda: gauge.sub(labels, 1))
        step(
            f"set {kind}",
            lambda: gauge.set(labels, 1),
            differs="set refuses such labels as inc does, where an AttributeError came by accident",
            now=raises(TypeError, "Only accepts dicts as keys"),
        )
        step(f"get {kind}", lambda: gauge.get(labels))
    step("nothing born", gauge.get_all)
