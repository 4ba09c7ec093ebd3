"""Constructors of metrics, with right arguments and every kind of wrong ones."""

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from aioprometheus.collectors import REGISTRY, Collector, MetricsTypes, get_registry
from record import raises, step, text

KINDS = (Collector, Counter, Gauge, Summary, Histogram)


def _show(metric):
    kind = (metric.kind.name, metric.kind.value)
    return (metric.name, metric.doc, metric.const_labels, kind, len(metric.values))


def arguments():
    for kind in KINDS:
        name = kind.__name__
        step(f"{name} two", lambda: _show(kind("two", "doc", registry=Registry())))
        step(
            f"{name} positional",
            lambda: _show(kind("positional", "doc", {"b": "c"}, Registry())),
        )
        step(
            f"{name} keywords",
            lambda: _show(
                kind(registry=Registry(), const_labels={"b": "c"}, doc="d", name="keywords")
            ),
        )
        step(f"{name} none", lambda: _show(kind("none", "doc", None, Registry())))
        step(f"{name} empty const labels", lambda: _show(kind("empty", "doc", {}, Registry())))


def default_registry():
    for kind in KINDS:
        name = f"in_default_{kind.__name__}"
        metric = kind(name, "doc")
        step(f"{name} is there", lambda: REGISTRY.get(name) is metric)
        step(f"{name} again", kind, name, "doc")
        step(f"{name} None", lambda: _show(kind(f"{name}_none", "doc", registry=None)))
    step("get_registry", lambda: get_registry() is REGISTRY)
    step("names", lambda: [metric.name for metric in REGISTRY.get_all()])


def missing_arguments():
    for kind in KINDS:
        name = kind.__name__
        step(f"{name} without all", kind)
        step(f"{name} without name", kind, doc="doc")
        step(f"{name} without doc", kind, "name")
        step(f"{name} without doc, by keyword", kind, name="name")
        step(f"{name} unknown keyword", kind, "name", "doc", words=False, labels={})
        step(f"{name} too many", kind, "name", "doc", {}, Registry(), (), 5, words=False)
        step(f"{name} twice the name", kind, "name", "doc", words=False, **{"name": "name"})
    step("nothing was registered", lambda: len(REGISTRY.get_all()))


def names():
    good = ("a", "A9_", "_x", ":a:b", "a" * 300, "job", "__x")
    for name in good:
        step(f"good {name}", lambda: Counter(name, "doc", registry=Registry()).name)
    bad = ("", " ", "1a", "a b", "a-b", "a.b", "é", "a\nb", "\na", "a\n\n", " a", "a ", "a\x00")
    for name in bad:
        for kind in KINDS:
            step(f"{kind.__name__} {name!r}", kind, name, "doc", registry=Registry())
    step(
        "trailing newline",
        lambda: Counter("newline\n", "doc", registry=Registry()).name,
        differs="a name with a trailing newline passes",
        now=raises(ValueError, "Invalid metric name: newline\n"),
    )
    for name in (None, 5, 1.5, b"bytes", ["a"], object):
        step(f"of type {type(name).__name__}", Counter, name, "doc", words=False)
    step("nothing was registered", lambda: len(REGISTRY.get_all()))


def docs():
    for doc in ("", "plain", "  spaces  ", "ünïcode 🙂", 'with "quotes"', "tab\there", "a" * 2000):
        registry = Registry()
        metric = step(f"make {doc[:12]!r}", Counter, "documented", doc, registry=registry)
        step(f"attribute {doc[:12]!r}", lambda: metric.doc)
        step(f"text {doc[:12]!r}", text, registry)


def docs_of_other_types():
    for doc in (None, 5, 2.5, True):
        registry = Registry()
        metric = step(f"make {doc!r}", lambda: Counter("odd", doc, registry=registry))
        step(f"attribute {doc!r}", lambda: metric.doc)
        step(f"text {doc!r}", text, registry)


def const_labels():
    reserved = ({"job": "x"}, {"__x": "x"}, {"__": "x"}, {"a": "b", "job": "x", "__x": "y"})
    for labels in reserved:
        for kind in KINDS:
            step(f"{kind.__name__} {labels}", kind, "reserved", "doc", labels, Registry())
    step("le on histogram", Histogram, "reserved", "doc", {"le": "1"}, Registry())
    step("le on counter", lambda: Counter("c", "doc", {"le": "1"}, Registry()).const_labels)
    step("quantile on gauge", lambda: Gauge("g", "doc", {"quantile": "1"}, Registry()).const_labels)
    step(
        "quantile on summary",
        lambda: Summary("s", "doc", {"quantile": "1"}, Registry()).const_labels,
        differs="quantile is reserved on summaries as le is on histograms",
        now=raises(ValueError, "quantile"),
    )
    for name in ("a b", "", "1a", "a:b", "é", "a-b", "a\n"):
        step(
            f"name {name!r}",
            lambda: Counter("named", "doc", {name: "x"}, Registry()).const_labels,
            differs="label names unchecked",
            now=raises(ValueError, "named"),
        )
    for wrong in (["a"], "a"):
        step(
            type(wrong).__name__,
            lambda: Counter("wrong", "doc", wrong, Registry()),
            differs="a TypeError that names the metric, where an AttributeError came by accident",
            now=raises(TypeError, "wrong", "const_labels must be a dict"),
        )
    registry = Registry()
    step("the failed one", Counter, "free", "doc", {"job": "x"}, registry)
    step("its name is free", lambda: _show(Counter("free", "doc", {"a": "x"}, registry)))


def wrong_registries():
    for registry in ("registry", 5, object()):
        step(f"{type(registry).__name__}", Counter, "lost", "doc", None, registry, words=False)
    step("a class", Counter, "lost", "doc", None, Registry, words=False)

    class Duck:
        def __init__(self):
            self.got = []

        def register(self, metric):
            self.got.append(metric.name)

    duck = Duck()
    step("something with register", lambda: _show(Gauge("quack", "doc", registry=duck)))
    step("it was given the metric", lambda: duck.got)


def the_fifth_argument():
    registry = Registry()
    step("buckets", lambda: Histogram("h", "doc", None, registry, (1.0, 2.0)).upper_bounds)
    step(
        "invariants",
        lambda: Summary("s", "doc", None, registry, ((0.5, 0.1),)).invariants,
    )
    step("buckets by name", lambda: Histogram("h2", "d", registry=registry, buckets=[1.0]).name)
    step(
        "invariants by name",
        lambda: Summary("s2", "d", registry=registry, invariants=[(0.5, 0.1)]).invariants,
    )
    step("default buckets", lambda: Histogram("h3", "d", registry=registry).upper_bounds)
    step("default invariants", lambda: Summary("s3", "d", registry=registry).invariants)


def class_attributes():
    step("types", lambda: list(MetricsTypes))
    step("kinds", lambda: [kind.kind for kind in KINDS])
    step("buckets", lambda: Histogram.DEFAULT_BUCKETS)
    step("invariants", lambda: Summary.DEFAULT_INVARIANTS)
    for kind in (Summary, Histogram):
        step(f"{kind.__name__} keys", lambda: (kind.REPR_STR, kind.SUM_KEY, kind.COUNT_KEY))
    step("are collectors", lambda: [issubclass(kind, Collector) for kind in KINDS])


def attributes_can_be_changed():
    registry = Registry()
    metric = Gauge("before", "doc", {"a": "b"}, registry)
    metric.set({}, 5)
    step("doc", setattr, metric, "doc", "other")
    step("text with the other doc", text, registry)
    step("an attribute of its own", setattr, metric, "note", "kept")
    step("is kept", lambda: metric.note)
    step("no such attribute", lambda: metric.absent, words=False)
