"""Registries: names that clash, the live mapping, and metrics that fail."""

import asyncio
import logging
from unittest import mock

import pytest

from aioprometheus import REGISTRY, Counter, Gauge, Histogram, Registry, Summary, render
from aioprometheus.collectors import Collector, get_registry
from aioprometheus.formats.text import TextFormatter
from support import text_parser

ERRORS = "aioprometheus_collector_errors_total"
KINDS = [Counter, Gauge, Summary, Histogram]


@pytest.fixture
def default():
    """The default registry, left as it was found."""
    before = dict(REGISTRY.collectors)
    REGISTRY.clear()
    yield REGISTRY
    REGISTRY.clear()
    for collector in before.values():
        REGISTRY.register(collector)


def _names(registry):
    return [collector.name for collector in registry.get_all()]


def test_the_default_registry(default):
    counter = Counter("c", "d")
    assert default is get_registry()
    assert default.get("c") is counter
    with pytest.raises(ValueError) as caught:
        Gauge("c", "d")
    assert str(caught.value) == "A collector for c is already registered"
    assert default.get("c") is counter
    assert Counter("c", "d", registry=Registry()) is not counter
    assert Counter("e", "d", registry=None) is default.get("e")


def test_a_metric_of_the_default_registry_in_another(default):
    registry = Registry()
    counter = Counter("c", "d", labelnames=["a"])
    registry.register(counter)
    counter.inc({"a": "x"})
    assert render(registry, None) == render(default, None)
    assert registry.get("c") is default.get("c") is counter
    default.deregister("c")
    counter.inc({"a": "x"})
    assert render(registry, None)[0].endswith(b'\nc{a="x"} 2\n')
    assert render(default, None)[0] == b""


def test_collect_and_a_registry_of_two():
    first, second, both = Registry(), Registry(), Registry()
    metrics = [Counter("a", "d", registry=first), Gauge("b", "d", registry=second)]
    for source in (first, second):
        for metric in source.collect():
            both.register(metric)
    assert list(both.collect()) == both.get_all() == metrics
    metrics[0].inc(3)
    metrics[1].set(2)
    assert text_parser.values(render(both, None)[0]) == {("a", ()): "3", ("b", ()): "2"}
    assert render(first, None)[0] + render(second, None)[0] == render(both, None)[0]


def test_collect_while_the_registry_changes():
    registry = Registry()
    for name in "abc":
        Counter(name, "d", registry=registry)
    for number, _ in enumerate(registry.collect()):
        Counter(f"new{number}", "d", registry=registry)
        registry.collectors.pop("b", None)
    assert len(registry.get_all()) >= 3


@pytest.mark.parametrize("collector", [None, 1, "c", object(), Counter, {}, Registry()])
def test_what_is_not_a_collector(collector):
    registry = Registry()
    with pytest.raises(TypeError) as caught:
        registry.register(collector)
    assert str(caught.value) == f"Invalid collector type: {collector}"
    assert registry.get_all() == []


@pytest.mark.parametrize("registry", [1, "x", object(), {}])
def test_what_is_not_a_registry(registry):
    with pytest.raises((TypeError, AttributeError)):
        Counter("c", "d", registry=registry)


def test_get_deregister_clear():
    registry = Registry()
    counters = [Counter(name, "d", registry=registry) for name in ("b", "a", "c")]
    assert registry.get_all() == counters
    assert registry.get_all() is not registry.get_all()
    assert registry.deregister("a") is None
    assert _names(registry) == ["b", "c"]
    for call in (registry.get, registry.deregister):
        with pytest.raises(KeyError) as caught:
            call("a")
        assert caught.value.args == ("a",)
    registry.register(counters[1])
    assert _names(registry) == ["b", "c", "a"]
    registry.clear()
    assert registry.get_all() == list(registry.collect()) == []
    assert render(registry, None)[0] == b""
    registry.register(counters[0])


def test_the_same_metric_twice():
    registry = Registry()
    counter = Counter("c", "d", registry=registry)
    with pytest.raises(ValueError) as caught:
        registry.register(counter)
    assert str(caught.value) == "A collector for c is already registered"


CLASHES = [
    *((Summary, f"a{suffix}") for suffix in ("_sum", "_count")),
    *((Histogram, f"a{suffix}") for suffix in ("_sum", "_count", "_bucket")),
]
LIVE_TOGETHER = [
    *((Summary, name) for name in ("a_bucket", "a_total", "a_sum_", "a__sum", "b_sum", "aa_sum")),
    *((Histogram, name) for name in ("a_total", "a_max", "b_bucket", "a_sums")),
    *(
        (kind, f"a{suffix}")
        for kind in (Counter, Gauge)
        for suffix in ("_sum", "_count", "_bucket")
    ),
]


@pytest.mark.parametrize("other", [Counter, Gauge])
@pytest.mark.parametrize(("kind", "name"), CLASHES)
@pytest.mark.parametrize("late", [False, True])
def test_clashes(kind, name, other, late):
    order = [(kind, "a"), (other, name)]
    for (first, first_name), (second, second_name) in (order, order[::-1]):
        registry, elsewhere = Registry(), Registry()
        kept = first(first_name, "d", registry=registry)
        with pytest.raises(ValueError) as caught:
            if late:
                registry.register(second(second_name, "d", registry=elsewhere))
            else:
                second(second_name, "d", registry=registry)
        assert "a" in str(caught.value) and name in str(caught.value)
        assert registry.get_all() == [kept]
        registry.deregister(first_name)
        second(second_name, "d", registry=registry)


@pytest.mark.parametrize("other", KINDS)
@pytest.mark.parametrize(("kind", "name"), LIVE_TOGETHER)
def test_no_clash(kind, name, other):
    if (kind in (Counter, Gauge)) and other in (Summary, Histogram):
        other = Counter
    for order in ([(kind, "a"), (other, name)], [(other, name), (kind, "a")]):
        registry = Registry()
        for one, its_name in order:
            one(its_name, "d", registry=registry).add({}, 1)
        text_parser.values(render(registry, None)[0])


def test_collectors_is_a_live_mapping():
    registry = Registry()
    collectors = registry.collectors
    assert len(collectors) == 0 and not collectors and collectors == {}
    counter = Counter("c", "d", registry=registry)
    gauge = Gauge("g", "d", registry=Registry())
    assert dict(collectors) == {"c": counter} == collectors
    assert "c" in collectors and "x" not in collectors
    assert collectors.get("x") is None and collectors.get("c") is counter
    collectors["g"] = gauge
    gauge.set(2)
    assert registry.get("g") is gauge and registry.get_all() == [counter, gauge]
    assert list(registry.collect()) == [counter, gauge]
    assert render(registry, None)[0].endswith(b"\ng 2\n")
    with pytest.raises(ValueError, match="already registered") as caught:
        Gauge("g", "d", registry=registry)
    assert str(caught.value) == "A collector for g is already registered"
    assert list(collectors) == list(collectors.keys()) == ["c", "g"]
    assert list(collectors.items()) == [("c", counter), ("g", gauge)]
    del collectors["c"]
    assert _names(registry) == ["g"]
    with pytest.raises(KeyError):
        registry.get("c")
    assert collectors.pop("g") is gauge
    assert collectors.setdefault("c", counter) is counter
    collectors.update({"g": gauge})
    assert _names(registry) == ["c", "g"]
    collectors.clear()
    assert registry.get_all() == [] and render(registry, None)[0] == b""
    counter_again = Counter("c", "d", registry=registry)
    assert collectors["c"] is counter_again


class Failing(Gauge):
    error = RuntimeError("no series today")

    def get_all(self):
        raise self.error


def _errors(content):
    """The counts of failures by metric."""
    return {
        dict(labels)["collector"]: int(value)
        for (name, labels), value in text_parser.values(content).items()
        if name == ERRORS
    }


@pytest.fixture
def scrape():
    registry = Registry()
    Counter("a", "d", registry=registry).inc(1)
    Counter("z", "d", registry=registry).inc(2)
    return registry, lambda: render(registry, None)[0]


def test_no_errors_no_counter(scrape):
    _, content = scrape
    for _ in range(2):
        assert (
            content() == b"# HELP a d\n# TYPE a counter\na 1\n# HELP z d\n# TYPE z counter\nz 2\n"
        )


def test_one_failing_collector_leaves_the_others(scrape, caplog):
    registry, content = scrape
    Failing("my_failing", "d", registry=registry)
    caplog.set_level(logging.DEBUG)
    counts = []
    for _ in range(4):
        text = content()
        parsed = text_parser.values(text)
        assert parsed["a", ()] == "1" and parsed["z", ()] == "2"
        assert not any(name.startswith("my_failing") for name, _ in parsed)
        counts.append(_errors(text).get("my_failing", 0))
        names = [name for name, _ in text_parser.headers(text)]
        assert names == sorted(names) and "my_failing" not in names
    assert [later - counts[0] for later in counts] == [0, 1, 2, 3]
    assert counts[0] in (0, 1)
    assert (ERRORS, "counter") in text_parser.headers(content())
    logged = [one for one in caplog.records if "my_failing" in one.getMessage()]
    assert len(logged) == 1 and logged[0].levelno >= logging.WARNING
    assert logged[0].name.startswith("aioprometheus")
    assert "no series today" in logged[0].getMessage() + str(logged[0].exc_info)


def test_two_failing_collectors_and_one_that_recovers(scrape, caplog):
    registry, content = scrape
    Failing("one", "d", registry=registry)
    Failing("two", "d", registry=registry)
    content()
    before = _errors(content())
    registry.deregister("one")
    content()
    after = _errors(content())
    assert after["one"] - before["one"] in (0, 1)
    assert after["two"] - before["two"] == 2
    assert sum("one" in record.getMessage() for record in caplog.records) == 1
    assert sum("two" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        KeyError("x"),
        TypeError(),
        StopIteration(),
        AssertionError(),
        OSError(5, "x"),
        GeneratorExit(),
        asyncio.CancelledError(),
    ],
    ids=repr,
)
def test_errors_of_any_type(scrape, error):
    registry, content = scrape
    Failing("failing", "d", registry=registry).error = error
    content()
    assert _errors(content()).keys() == {"failing"}
    assert text_parser.values(content())["a", ()] == "1"


@pytest.mark.parametrize("kind", KINDS)
def test_a_patched_instance_that_fails(scrape, kind):
    registry, content = scrape
    metric = kind("patched", "d", registry=registry)
    metric.add({}, 1)
    whole = content()
    with mock.patch.object(metric, "get_all", side_effect=RuntimeError("no")):
        assert text_parser.values(content())["a", ()] == "1"
        content()
    text = content()
    assert _errors(text) == {"patched": 2}
    lines = text.splitlines(keepends=True)
    assert b"".join(line for line in lines if ERRORS.encode() not in line) == whole


@pytest.mark.parametrize(
    "series",
    [
        None,
        5,
        [5],
        [()],
        [(5, 5)],
        [({}, None)],
        [({}, "no number")],
        [({}, "5\ninjected 5")],
        [({"a": object}, object())],
        [({"a b": "x"}, 5)],
        [({'a="1",b': "x"}, 5)],
        [({5: "x"}, 5)],
    ],
    ids=range(12),
)
@pytest.mark.parametrize("kind", [Counter, Summary, Histogram])
def test_a_get_all_that_gives_nonsense(scrape, kind, series):
    """Either it is served as something that parses, or it costs its own family only."""
    registry, content = scrape

    class Nonsense(kind):
        def get_all(self):
            return series

    Nonsense("nonsense", "d", registry=registry)
    parsed = text_parser.values(content())
    assert parsed["a", ()] == "1" and parsed["z", ()] == "2"


def test_a_failing_name_is_escaped(scrape):
    registry, content = scrape
    failing = Failing("failing", "d", registry=registry)
    failing.doc = 'a "doc" \\ of\nlines'
    content()
    assert _errors(content()).keys() == {"failing"}


def test_a_plain_collector_is_untyped():
    registry = Registry()
    plain = Collector("plain", "d", {"z": "1"}, registry)
    assert render(registry, None)[0] == b"# HELP plain d\n# TYPE plain untyped\n"
    plain.set_value({"a": "x"}, 3)
    plain.set_value(None, 2.5)
    assert plain.get({"a": "x"}) == 3
    assert render(registry, None)[0] == (
        b'# HELP plain d\n# TYPE plain untyped\nplain{a="x",z="1"} 3\nplain{z="1"} 2.5\n'
    )
    for call in (TextFormatter().marshall_collector, TextFormatter().marshall_lines):
        with pytest.raises(TypeError, match=r"^Not a valid object format$"):
            call(plain)


def test_a_subclass_of_collector_is_untyped():
    class Derived(Collector):
        def get_all(self):
            return [({"a": 'q"'}, 5), ({}, 1.5)]

    registry = Registry()
    Derived("derived", "d", registry=registry)
    assert render(registry, None)[0] == (
        b'# HELP derived d\n# TYPE derived untyped\nderived{a="q\\""} 5\nderived 1.5\n'
    )


@pytest.mark.parametrize("derived", [False, True])
@pytest.mark.parametrize("name", ["a b", "a\nb 5", "", None, 5, "new_name"], ids=repr)
def test_a_name_that_is_changed_later(scrape, derived, name):
    """Refused, without effect, or rendered: never a lost scrape."""
    registry, content = scrape
    metric = (type("Derived", (Gauge,), {}) if derived else Gauge)("m", "d", registry=registry)
    metric.add({}, 1)
    try:
        metric.name = name
    except (AttributeError, TypeError, ValueError):
        assert metric.name == "m"
    parsed = text_parser.values(content())
    assert parsed["a", ()] == "1" and parsed["z", ()] == "2"
