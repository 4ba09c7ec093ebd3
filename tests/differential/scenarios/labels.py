"""Labels: values of many types, names that are refused, and their order."""

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from record import raises, returns, step, text


def _series(value):
    registry = Registry()
    gauge = Gauge("g", "doc", registry=registry)
    gauge.set({"a": value}, 5)
    return gauge, registry


def text_values():
    values = (
        "",
        " ",
        "a b",
        "ünïcode",
        "🙂🏽",
        "日本語",
        "a,b=c{}",
        "a/b?c=d&e",
        "'",
        "\t",
        "\r",
        "a\x00b",
        "\x1b[0m",
        "\x7f",
        "\u2028",
        "\ufeff",
        "%s{0}",
        "null",
        "1",
        "1.0",
        "True",
        "x" * 5000,
    )
    for value in values:
        name = repr(value)[:20]
        gauge, registry = _series(value)
        step(f"{name} text", text, registry)
        step(f"{name} get", gauge.get, {"a": value})
        step(f"{name} get_all", gauge.get_all)
        step(f"{name} keys", lambda: list(gauge.values))


def escaped_values():
    unescaped = "label values and HELP go out unescaped"
    rows = (('say "hi"', r"say \"hi\""), ("a\\b", r"a\\b"), ("a\nb", r"a\nb"), ("\\n", r"\\n"))
    for value, escaped in rows:
        gauge, registry = _series(value)
        head = "# HELP g doc\n# TYPE g gauge\n"
        step(
            f"{value!r} text",
            text,
            registry,
            differs=unescaped,
            now=returns(f'{head}g{{a="{escaped}"}} 5\n'),
        )
        step(f"{value!r} get", gauge.get, {"a": value})
        step(f"{value!r} get_all", gauge.get_all)
        step(f"{value!r} keys", lambda: list(gauge.values))
    for doc, escaped in (("a\\b", r"a\\b"), ("a\nb", r"a\nb")):
        registry = Registry()
        Gauge("g", doc, registry=registry)
        step(
            f"doc {doc!r}",
            text,
            registry,
            differs=unescaped,
            now=returns(f"# HELP g {escaped}\n# TYPE g gauge\n"),
        )
    registry = Registry()
    Gauge("g", "doc", {"c": 'q"'}, registry).set({}, 1)
    step(
        "const label",
        lambda: text(registry).splitlines()[-1],
        differs=unescaped,
        now=returns(r'g{c="q\""} 1'),
    )


def no_utf8():
    gauge = Gauge("g", "doc", registry=Registry())
    refused = "what has no UTF-8 is refused with a ValueError at the update"
    for name in ("inc", "dec"):
        step(name, getattr(gauge, name), {"a": "\ud800"}, differs=refused, now=raises(ValueError))
    step("set", gauge.set, {"a": "x\udcffy"}, 1, differs=refused, now=raises(ValueError))
    step("nothing born", gauge.get_all)


def one_series_for_one_text():
    registry = Registry()
    gauge = Gauge("g", "doc", registry=registry)
    one = "label values 1 and '1' are two series with one text"
    for value in (1, "1"):
        gauge.inc({"a": value})
    step("get_all", gauge.get_all, differs=one, now=returns([({"a": "1"}, 2)]))
    step("text", lambda: text(registry).splitlines()[2:], differs=one, now=returns(['g{a="1"} 2']))
    step("keys", lambda: list(gauge.values), differs=one, now=returns([b'{"a":"1"}']))
    step("get by int", gauge.get, {"a": 1}, differs=one, now=returns(2))
    step("get by text", gauge.get, {"a": "1"}, differs=one, now=returns(2))


def order():
    for kind in (Counter, Gauge):
        registry = Registry()
        metric = kind("m", "doc", {"m": "const", "Z": "const"}, registry)
        metric.inc({"z": "1", "b": "2", "B": "3", "_": "4", "a1": "5", "a": "6", "le": "7"})
        metric.inc({"a": "6", "a1": "5", "_": "4", "B": "3", "b": "2", "z": "1", "le": "7"})
        metric.inc({"quantile": "x"})
        step(f"{kind.__name__} text", text, registry)
        step(f"{kind.__name__} get_all", metric.get_all)
        step(f"{kind.__name__} keys", lambda: list(metric.values))
    registry = Registry()
    Histogram("h", "doc", {"m": "const"}, registry, (1,)).observe(
        {"z": "1", "a": "2", "kf": "3"}, 1
    )
    Summary("s", "doc", {"m": "const"}, registry).observe({"z": "1", "a": "2", "r": "3"}, 1)
    step("le and quantile among them", text, registry)


def _writers():
    for kind, names in (
        (Counter, ("inc", "add", "set", "set_value")),
        (Gauge, ("inc", "dec", "add", "sub", "set", "set_value")),
        (Summary, ("add", "observe")),
        (Histogram, ("add", "observe")),
    ):
        for name in names:
            metric = kind("metric", "doc", registry=Registry())
            arguments = () if name in ("inc", "dec") else (1,)
            yield kind, f"{kind.__name__}.{name}", metric, getattr(metric, name), arguments


def reserved_names():
    for kind, name, metric, write, arguments in _writers():
        for labels in (
            {"job": "x"},
            {"__x": "x"},
            {"__": "x"},
            {"__name__": "x"},
            {"le": "1"},
            {"a": "b", "job": "x"},
            {"job": "x", "__x": "y"},
            {"__x": "y", "job": "x"},
            {"_x": "y"},
            {"Job": "x"},
            {"jobs": "x"},
        ):
            step(f"{name} {labels}", write, labels, *arguments)
        step(f"{name} born", lambda: [labels for labels, _ in metric.get_all()])
        if kind is Summary:
            step(
                f"{name} quantile",
                write,
                {"quantile": "1"},
                *arguments,
                differs="quantile is reserved on summaries",
                now=raises(ValueError, "quantile"),
            )
            continue
        step(f"{name} quantile", write, {"quantile": "1"}, *arguments)


def reserved_names_when_reading():
    for _kind, name, metric, _write, _arguments in _writers():
        for labels in ({"job": "x"}, {"__x": "x"}, {"le": "x"}):
            step(f"{name} get {labels}", metric.get, labels)
            step(f"{name} get_value {labels}", metric.get_value, labels)


def illegal_names():
    for _kind, name, metric, write, arguments in _writers():
        for label in ("a b", "", "1a", "a:b", "é", "a-b", "a\n", 'a"', " a"):
            step(
                f"{name} {label!r}",
                write,
                {label: "x"},
                *arguments,
                differs="label names unchecked",
                now=raises(ValueError, "metric"),
            )
        step(
            f"{name} born",
            lambda: len(metric.get_all()),
            differs="label names unchecked",
            now=returns(0),
        )
        for label in (1, None, 1.5, b"a"):
            step(
                f"{name} {label!r}",
                write,
                {label: "x"},
                *arguments,
                differs="label names unchecked",
                now=raises((TypeError, ValueError)),
            )


def a_sample_label_like_a_const_label():
    for kind, name, metric, _write, arguments in _writers():
        metric = kind("twice", "doc", {"env": "prod"}, Registry())
        write = getattr(metric, name.split(".")[1])
        step(name, write, {"env": "dev"}, *arguments)


def labels_before_the_value():
    gauge = Gauge("g", "doc", registry=Registry())
    counter = Counter("c", "doc", registry=Registry())
    for value in (None, "junk", float("nan"), -1):
        step(f"gauge set {value!r}", gauge.set, {"job": "x"}, value)
        step(f"gauge set_value {value!r}", gauge.set_value, {"__x": "x"}, value)
        step(f"counter set {value!r}", counter.set, {"job": "x"}, value)
        step(f"counter set_value {value!r}", counter.set_value, {"__x": "x"}, value)
    step("gauge add nan", gauge.add, {"job": "x"}, float("nan"))
    step("counter add nan", counter.add, {"job": "x"}, float("nan"))
    first = "label names are checked before the value is, by every method"
    for value in (None, "junk"):
        step(
            f"gauge add {value!r}",
            gauge.add,
            {"job": "x"},
            value,
            differs=first,
            now=raises(ValueError, "Invalid label name: job"),
        )
        step(
            f"gauge sub {value!r}",
            gauge.sub,
            {"job": "x"},
            value,
            differs=first,
            now=raises(ValueError, "Invalid label name: job"),
        )
    for value in (None, "junk", -1):
        step(
            f"counter add {value!r}",
            counter.add,
            {"job": "x"},
            value,
            differs=first,
            now=raises(ValueError, "Invalid label name: job"),
        )
    for kind in (Summary, Histogram):
        metric = kind("m", "doc", registry=Registry())
        for value in (None, "junk", True):
            step(
                f"{kind.__name__} {value!r}",
                metric.observe,
                {"job": "x"},
                value,
                differs=first,
                now=raises(ValueError, "Invalid label name: job"),
            )
    step("nothing born", lambda: (gauge.get_all(), counter.get_all()))


def the_dict_is_the_callers():
    registry = Registry()
    gauge = Gauge("g", "doc", registry=registry)
    labels = {"b": "1", "a": "2"}
    gauge.set(labels, 5)
    labels["a"] = "changed"
    step("get_all", gauge.get_all)
    step("text", text, registry)
    found = gauge.get_all()
    found[0][0]["a"] = "changed too"
    step("get_all again", gauge.get_all)
    step("labels untouched", lambda: labels)
