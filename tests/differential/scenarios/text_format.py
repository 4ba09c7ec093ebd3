"""TextFormatter: lines, collectors, registries, timestamps, and overrides of its methods."""

from unittest import mock

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from aioprometheus.collectors import Collector
from aioprometheus.formats import base, text
from aioprometheus.formats.text import TextFormatter
from record import returns, step


def _registry():
    registry = Registry()
    const = {"app": "shop"}
    metrics = (
        Counter("c", "A counter", const, registry),
        Gauge("g", "A gauge", None, registry),
        Summary("s", "A summary", const, registry, ((0.5, 0.05), (0.9, 0.01))),
        Histogram("h", "A histogram", None, registry, (1, 2.5)),
    )
    for metric in metrics:
        update = getattr(metric, "observe", None) or metric.add
        update({}, 2)
        update({"z": "1", "a": "2"}, 2)
    return registry, metrics


def constants():
    step("content type", lambda: text.TEXT_CONTENT_TYPE)
    step("accepts", lambda: text.TEXT_ACCEPTS)
    step("formats", lambda: (text.HELP_FMT, text.TYPE_FMT, text.COMMENT_FMT))
    step("separators", lambda: (text.LABEL_SEPARATOR_FMT, text.LINE_SEPARATOR_FMT))
    step("infinities", lambda: (text.POS_INF, text.NEG_INF))


def made():
    step("plain", lambda: TextFormatter().timestamp)
    step("with", lambda: TextFormatter(True).timestamp)
    step("by keyword", lambda: TextFormatter(timestamp=True).timestamp)
    step("headers", TextFormatter().get_headers)
    step("headers are fresh", lambda: _changed(TextFormatter()))
    step("an IFormatter", lambda: issubclass(TextFormatter, base.IFormatter))
    step("IFormatter itself", base.IFormatter, words=False)
    step("abstract", lambda: base.IFormatter.__abstractmethods__)


def _changed(formatter):
    formatter.get_headers()["Content-Type"] = "junk"
    return formatter.get_headers()


def without_timestamps():
    registry, metrics = _registry()
    formatter = TextFormatter()
    for metric in metrics:
        step(f"{metric.name} lines", formatter.marshall_lines, metric)
        step(f"{metric.name} collector", formatter.marshall_collector, metric)
    step("registry", formatter.marshall, registry)
    step("empty registry", formatter.marshall, Registry())
    step("by keywords", lambda: formatter.marshall(registry=registry)[:20])
    step("collector by keyword", lambda: formatter.marshall_collector(collector=metrics[0]))
    step("lines by keyword", lambda: formatter.marshall_lines(collector=metrics[0]))
    for kind in (Counter, Gauge, Summary, Histogram):
        step(
            f"empty {kind.__name__}", formatter.marshall_lines, kind("e", "d", registry=Registry())
        )


def with_timestamps():
    registry, metrics = _registry()
    with mock.patch.object(TextFormatter, "_get_timestamp", return_value=1515044377268):
        formatter = TextFormatter(timestamp=True)
        for metric in metrics:
            step(f"{metric.name} lines", formatter.marshall_lines, metric)
            step(f"{metric.name} collector", formatter.marshall_collector, metric)
        step("registry", formatter.marshall, registry)
        step("switched off", setattr, formatter, "timestamp", False)
        step("registry without", formatter.marshall, registry)
        step("not asked for", TextFormatter().marshall, registry)
    formatter = TextFormatter(True)
    formatter._get_timestamp = lambda: 5
    step("of the instance", formatter.marshall, registry)


def the_clock():
    stamp = TextFormatter()._get_timestamp()
    step("milliseconds", lambda: (type(stamp).__name__, len(str(stamp))))


def mistakes():
    formatter = TextFormatter()
    plain = Collector("plain", "doc", registry=Registry())
    step("a plain collector", formatter.marshall_collector, plain)
    step("its lines", formatter.marshall_lines, plain)
    for thing in (None, "text", 5, Registry()):
        step(f"collector {type(thing).__name__}", formatter.marshall_collector, thing)
        step(f"lines {type(thing).__name__}", formatter.marshall_lines, thing)
    for thing in (None, "text", 5):
        step(f"registry {type(thing).__name__}", formatter.marshall, thing, words=False)


def something_like_a_registry():
    _, metrics = _registry()

    class Few:
        def get_all(self):
            return metrics[:2]

    step("two of four", TextFormatter().marshall, Few())


def private_hooks():
    class Loud(TextFormatter):
        def _format_line(self, name, labels, value, const_labels):
            return super()._format_line(name.upper(), labels, value, const_labels)

    class Short(TextFormatter):
        def marshall_collector(self, collector):
            return f"# {collector.name}"

    class Lines(TextFormatter):
        def marshall_lines(self, collector):
            return [f"# {collector.name}", "# end"]

    class Stamped(TextFormatter):
        def _get_timestamp(self):
            return 7

    registry, metrics = _registry()
    step("_format_line", Loud().marshall, registry)
    step("marshall_collector", Short().marshall, registry)
    step("marshall_lines", Lines().marshall, registry)
    step("marshall_lines in a collector", Lines().marshall_collector, metrics[0])
    step("_get_timestamp", Stamped(timestamp=True).marshall, registry)


def unify_labels():
    formatter = TextFormatter()
    rows = (
        ({}, {}),
        (None, None),
        ({"b": 1, "a": 2}, {}),
        ({"b": 1}, {"c": 2, "a": 3}),
        ({}, {"a": 1}),
        (None, {"a": 1}),
        ({"a": 1}, {"a": 2}),
    )
    for labels, const in rows:
        step(f"{labels} {const}", formatter._unify_labels, labels, const)
        ordered = formatter._unify_labels(labels, const, ordered=True)
        step(f"{labels} {const} ordered", lambda: ordered and list(ordered.items()))


def a_line():
    formatter = TextFormatter()
    rows = (
        ({}, 5, {}),
        ({"b": "1", "a": "2"}, 5.0, {}),
        ({"b": "1"}, float("inf"), {"a": "x"}),
        (None, float("nan"), {"a": "x"}),
    )
    for labels, value, const in rows:
        step(f"{labels} {value} {const}", formatter._format_line, "name", labels, value, const)


def families_in_order():
    registry = Registry()
    for name in ("b", "a", "a_b", "a1", "A"):
        Counter(name, "zz doc", registry=registry).inc({})
    step("text", TextFormatter().marshall, registry)


def escaped():
    gauge = Gauge("g", "a\\b\nc", {"c": 'd"'}, Registry())
    gauge.set({"e": "f\\\n"}, 5)
    step(
        "lines",
        TextFormatter().marshall_lines,
        gauge,
        differs="label values and HELP go out unescaped",
        now=returns([r"# HELP g a\\b\nc", "# TYPE g gauge", r'g{c="d\"",e="f\\\n"} 5']),
    )
