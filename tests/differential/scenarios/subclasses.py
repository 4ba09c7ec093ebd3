"""Subclasses written in Python: which override is called, with which arguments, in which order."""

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from aioprometheus.collectors import REGISTRY, Collector
from record import describe, returns, step, text

HOOKS = (
    "get",
    "get_all",
    "get_value",
    "set_value",
    "add",
    "set",
    "inc",
    "dec",
    "sub",
    "observe",
)
AB = {"a": "b"}


def _logging(kind, *hooks):
    """A subclass whose hooks write down how they were called, then do what they did."""
    log = []

    def hook(name):
        def call(self, *args, **kwargs):
            log.append((name, *map(describe, args), *map(describe, sorted(kwargs.items()))))
            return getattr(kind, name)(self, *args, **kwargs)

        return call

    names = [name for name in hooks if hasattr(kind, name)]
    return type("Logging", (kind,), {name: hook(name) for name in names}), log


def _taken(log):
    taken = list(log)
    log.clear()
    return taken


def _calls(metric, kind):
    if kind in (Counter, Gauge):
        yield "inc", lambda: metric.inc(AB)
        yield "inc nobody", lambda: metric.inc({})
        yield "inc None", lambda: metric.inc(None)
        yield "add", lambda: metric.add(AB, 2)
        yield "set", lambda: metric.set(AB, 5)
    if kind is Gauge:
        yield "dec", lambda: metric.dec(AB)
        yield "sub", lambda: metric.sub(AB, 2.5)
    if kind in (Summary, Histogram):
        yield "observe", lambda: metric.observe(AB, 2)
        yield "observe again", lambda: metric.observe(AB, 2.0)
        yield "add", lambda: metric.add({}, 3)
    else:
        yield "set_value", lambda: metric.set_value(AB, 7)
    yield "get", lambda: metric.get(AB)
    yield "get_value", lambda: metric.get_value(AB)
    yield "get unknown", lambda: metric.get({"x": "y"})
    yield "get_all", metric.get_all


def every_hook_at_once():
    for kind in (Collector, Counter, Gauge, Summary, Histogram):
        logging, log = _logging(kind, *HOOKS)
        registry = Registry()
        metric = logging("m", "doc", {"c": "d"}, registry)
        step(f"{kind.__name__} made", lambda: _taken(log))
        for name, call in _calls(metric, kind):
            step(f"{kind.__name__} {name}", call)
            step(f"{kind.__name__} {name} calls", lambda: _taken(log))
        if kind is not Collector:
            step(f"{kind.__name__} text", text, registry)
            step(f"{kind.__name__} text calls", lambda: _taken(log))


def one_hook_each():
    for kind in (Counter, Gauge, Summary, Histogram):
        for hook in HOOKS:
            if not hasattr(kind, hook):
                continue
            logging, log = _logging(kind, hook)
            registry = Registry()
            metric = logging("m", "doc", registry=registry)
            for name, call in _calls(metric, kind):
                step(f"{kind.__name__}.{hook} {name}", call)
            step(f"{kind.__name__}.{hook} text", text, registry)
            step(f"{kind.__name__}.{hook} calls", lambda: _taken(log))


def other_results():
    class Doubled(Gauge):
        def get_value(self, labels):
            return super().get_value(labels) * 2

    class Rounded(Gauge):
        def set_value(self, labels, value):
            super().set_value(labels, round(value))

    class Renamed(Counter):
        def set_value(self, labels, value):
            super().set_value({**labels, "extra": "1"}, value)

        def get_value(self, labels):
            return super().get_value(
                labels if isinstance(labels, bytes) else {**labels, "extra": "1"}
            )

    class Fixed(Counter):
        def get_all(self):
            return [({"fixed": "yes"}, 5), ({}, 2.5)]

    class Stepping(Counter):
        def add(self, labels, value):
            super().add(labels, value * 10)

    class Chosen(Gauge):
        def get(self, labels):
            return 42

    for kind in (Doubled, Rounded, Renamed, Fixed, Stepping, Chosen):
        registry = Registry()
        metric = kind("m", "doc", {"c": "d"}, registry)
        for call in (metric.inc, metric.inc):
            step(f"{kind.__name__} inc", call, AB)
        step(f"{kind.__name__} add", metric.add, AB, 0.5)
        step(f"{kind.__name__} get", metric.get, AB)
        step(f"{kind.__name__} get_all", metric.get_all)
        step(f"{kind.__name__} text", text, registry)


def other_histograms_and_summaries():
    class Fixed(Histogram):
        def get(self, labels):
            return {1.0: 2, float("inf"): 3, "count": 3, "sum": 4.5}

    class FixedSummary(Summary):
        def get_all(self):
            return [({"a": "b"}, {0.5: 1.5, "count": 2, "sum": 3})]

    class Milli(Summary):
        def add(self, labels, value):
            super().add(labels, value / 1000)

    for kind in (Fixed, FixedSummary, Milli):
        registry = Registry()
        metric = kind("m", "doc", {"c": "d"}, registry)
        step(f"{kind.__name__} observe", metric.observe, AB, 2)
        step(f"{kind.__name__} add", metric.add, {"a": "c"}, 2)
        step(f"{kind.__name__} get_all", metric.get_all)
        step(f"{kind.__name__} text", text, registry)


def constructors_of_their_own():
    class Prefixed(Counter):
        def __init__(self, name, *, unit):
            super().__init__(f"shop_{name}", f"In {unit}", registry=Registry())
            self.unit = unit

    step("prefixed", lambda: Prefixed("orders", unit="pieces"))
    metric = Prefixed("orders", unit="pieces")
    step("its attributes", lambda: (metric.name, metric.doc, metric.unit, metric.kind))
    step("its inc", metric.inc, AB)
    step("its values", metric.get_all)


def kinds_of_their_own():
    class Custom(Collector):
        def get_all(self):
            return [({"a": "b"}, 5), ({}, 2.5)]

    registry = Registry()
    Custom("custom", "doc", {"c": "d"}, registry)
    step(
        "text",
        text,
        registry,
        differs="a plain Collector renders as untyped",
        now=returns(
            '# HELP custom doc\n# TYPE custom untyped\ncustom{a="b",c="d"} 5\ncustom{c="d"} 2.5\n'
        ),
    )


def registries():
    log = []

    class Logging(Registry):
        def register(self, collector):
            log.append(("register", collector.name))
            super().register(collector)

        def deregister(self, name):
            log.append(("deregister", name))
            super().deregister(name)

        def get(self, name):
            log.append(("get", name))
            return super().get(name)

        def get_all(self):
            log.append(("get_all",))
            return super().get_all()

    registry = Logging()
    for kind in (Counter, Gauge, Summary, Histogram):
        kind(f"m_{kind.__name__}", "doc", registry=registry)
        step(f"{kind.__name__} calls", lambda: _taken(log))
    step("default is not touched", lambda: len(REGISTRY.get_all()))
    step("text", text, registry)
    step("text calls", lambda: _taken(log))
    step("get", lambda: registry.get("m_Gauge").name)
    step("get unknown", registry.get, "unknown")
    step("get calls", lambda: _taken(log))
    step("clear", registry.clear)
    step("clear calls", lambda: _taken(log))


def registries_with_prefixes():
    class Renaming(Registry):
        def register(self, collector):
            collector.name = f"app_{collector.name}"
            super().register(collector)

    class Sorted(Registry):
        def get_all(self):
            return sorted(super().get_all(), key=lambda metric: metric.doc)

    class Filtered(Registry):
        def get_all(self):
            return [m for m in super().get_all() if m.name != "hidden"]

    for kind in (Renaming, Sorted, Filtered):
        registry = kind()
        for name in ("seen", "hidden"):
            Gauge(name, f"doc of {name}", registry=registry).set(AB, 5)
        step(f"{kind.__name__} names", lambda: [m.name for m in registry.get_all()])
        step(f"{kind.__name__} keys", lambda: list(registry.collectors))
        step(f"{kind.__name__} text", text, registry)
