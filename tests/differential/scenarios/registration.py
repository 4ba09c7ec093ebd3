"""The registry: registration, look-up and removal of metrics."""

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from aioprometheus.collectors import REGISTRY, Collector
from record import raises, returns, returns_text, step, text


def _names(registry):
    return [metric.name for metric in registry.get_all()]


def lifecycle():
    registry = Registry()
    step("empty", registry.get_all)
    step("text of nothing", text, registry)
    second = Counter("second", "doc", registry=Registry())
    first = Gauge("first", "doc", registry=Registry())
    step("register", registry.register, second)
    step("register another", registry.register, first)
    step("order", _names, registry)
    step("get is the object", lambda: registry.get("first") is first)
    step("text", text, registry)
    step("deregister", registry.deregister, "second")
    step("left", _names, registry)
    step("again", registry.register, second)
    step("at the end", _names, registry)
    step("clear", registry.clear)
    step("after clear", _names, registry)
    step("clear of nothing", registry.clear)
    step("by keyword", registry.register, collector=first)
    step("get by keyword", lambda: registry.get(name="first") is first)
    step("deregister by keyword", registry.deregister, name="first")


def mistakes():
    registry = Registry()
    metric = Counter("metric", "doc", registry=registry)
    step("twice the same object", registry.register, metric)
    for kind in (Counter, Gauge, Summary, Histogram, Collector):
        step(f"{kind.__name__} of that name", kind, "metric", "doc", registry=registry)
    step("other object of that name", registry.register, Gauge("metric", "d", registry=Registry()))
    step("still the first", lambda: registry.get("metric") is metric)
    for thing in (None, 5, "text", ["list"], b"bytes", {"a": 1}):
        step(f"register {thing!r}", registry.register, thing)
    step("register a class", lambda: registry.register(Counter), words=False)
    step("get unknown", registry.get, "unknown")
    step("deregister unknown", registry.deregister, "unknown")
    step("get None", registry.get, None)
    step("get of an unhashable", registry.get, [], words=False)
    step("no arguments", registry.register, words=False)
    step("arguments", Registry, 5, words=False)


def the_default_registry():
    metric = Counter("metric", "doc")
    other = Registry()
    step("into another", other.register, metric)
    metric.inc({"a": "b"})
    step("in both", lambda: text(REGISTRY) == text(other))
    step("text", text, other)
    step("leaves the default", REGISTRY.deregister, "metric")
    step("default", text, REGISTRY)
    step("other", text, other)
    step("a new one takes the name", lambda: Counter("metric", "doc").get_all())


def the_mapping():
    registry = Registry()
    step("at first", lambda: dict(registry.collectors))
    metric = Counter("metric", "doc", registry=registry)
    metric.inc({})
    step("keys", lambda: list(registry.collectors))
    step("item", lambda: registry.collectors["metric"] is metric)
    step("unknown item", lambda: registry.collectors["unknown"])
    step("length", lambda: len(registry.collectors))
    step("contains", lambda: ("metric" in registry.collectors, "x" in registry.collectors))
    step("get", lambda: registry.collectors.get("x"))
    other = Gauge("other", "doc", registry=Registry())
    other.set({}, 5)
    step("assign", registry.collectors.__setitem__, "other", other)
    step("is registered", _names, registry)
    step("is in the text", text, registry)
    step("is taken", Gauge, "other", "doc", registry=registry)
    step("alias", registry.collectors.__setitem__, "alias", other)
    step("by alias", lambda: registry.get("alias").name)
    step("all", _names, registry)
    once = "a series stands once in an exposition, and what is left out is counted"
    alone = returns_text(
        contains=["other 5", 'aioprometheus_collector_errors_total{collector="other"} 1'],
        lacks=[r"other 5\n# HELP other"],
    )
    step("text with the alias", text, registry, now=alone, differs=once)
    step("delete", registry.collectors.__delitem__, "alias")
    step("delete unknown", registry.collectors.__delitem__, "alias")
    step("pop", lambda: registry.collectors.pop("other") is other)
    step("pop unknown", lambda: registry.collectors.pop("other", "nothing"))
    step("left", _names, registry)
    step("values", lambda: [m.name for m in registry.collectors.values()])
    step("items", lambda: [(k, m.name) for k, m in registry.collectors.items()])
    step("update", registry.collectors.update, {"other": other})
    step("after update", _names, registry)
    step("setdefault", lambda: registry.collectors.setdefault("other", metric) is other)
    step("clear", registry.collectors.clear)
    step("after clear", _names, registry)
    step("assign the whole", setattr, registry, "collectors", {"metric": metric})
    step("after that", _names, registry)
    rest = returns_text(contains=["metric 1"], lacks=["other 5"])
    step("its text", text, registry, now=rest, differs=once)


def families_are_sorted():
    registry = Registry()
    for name in ("b", "a_b", "a", "ab", "B", "_a", "a:b", "a1", "z" * 50, "Z"):
        Gauge(name, "doc", registry=registry).set({}, 1)
    step("in order of making", _names, registry)
    step("in the text", text, registry)


def series_that_meet():
    registry = Registry()
    Summary("a", "doc", registry=registry)
    Histogram("h", "doc", registry=registry)
    for name in ("a_sum", "a_count", "h_bucket", "h_sum", "h_count"):
        step(
            name,
            lambda: Counter(name, "doc", registry=registry).name,
            differs="a summary a and a counter a_sum may live together",
            now=raises(ValueError, name),
        )
    step("a_bucket is free", lambda: Counter("a_bucket", "doc", registry=registry).name)
    step("a_total is free", lambda: Counter("a_total", "doc", registry=registry).name)
    registry = Registry()
    Counter("b_sum", "doc", registry=registry)
    step(
        "the other way round",
        lambda: Summary("b", "doc", registry=registry).name,
        differs="a summary a and a counter a_sum may live together",
        now=raises(ValueError, "b"),
    )


def one_fails():
    class Broken(Gauge):
        def get_all(self):
            raise RuntimeError("no values today")

    registry = Registry()
    Gauge("healthy", "doc", registry=registry).set({}, 5)
    Broken("broken", "doc", registry=registry)
    failed = (
        "# HELP aioprometheus_collector_errors_total",
        'aioprometheus_collector_errors_total{collector="broken"} ',
        "# HELP healthy doc",
        "healthy 5",
    )
    step(
        "text",
        lambda: text(registry).splitlines()[-2:],
        differs="one collector that fails loses the whole scrape",
        now=returns(["# TYPE healthy gauge", "healthy 5"]),
    )
    step(
        "next text",
        lambda: [part in text(registry) for part in failed],
        differs="one collector that fails is counted",
        now=returns([True] * 4),
    )


def a_plain_collector():
    registry = Registry()
    plain = Collector("plain", "doc", {"c": "d"}, registry)
    step("set_value", plain.set_value, {"a": "b"}, 5)
    step("get_value", plain.get_value, {"a": "b"})
    step("get", plain.get, {"a": "b"})
    step("get_all", plain.get_all)
    step(
        "text",
        text,
        registry,
        differs="a plain Collector renders as untyped",
        now=returns('# HELP plain doc\n# TYPE plain untyped\nplain{a="b",c="d"} 5\n'),
    )
