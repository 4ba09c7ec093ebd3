"""Mistakes in units and exemplars: the messages name the metric, and nothing changes."""

import math

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from support import text_grammar

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)
KINDS_WITH_UNIT = [Counter, Gauge, Summary, Histogram]
INF = math.inf


def everything(registry):
    """Return all that can be seen of a registry."""
    accepts = (None, OPENMETRICS, PROTOBUF)
    return [render(registry, accept, accept_encoding="")[0] for accept in accepts]


@pytest.mark.parametrize(
    ("kind", "name", "unit"),
    [
        (Counter, "a_seconds", "seconds"),
        (Counter, "a_seconds_total", "seconds"),
        (Gauge, "a_seconds", "seconds"),
        (Summary, "a_bytes_per_second", "bytes_per_second"),
        (Histogram, "a_b_c", "b_c"),
        (Histogram, "a:b_c", "c"),
        (Gauge, "a_total", "total"),
        (Gauge, "a_9", "9"),
    ],
)
def test_units_that_end_the_name(kind, name, unit):
    registry = Registry()
    kind(name, "d", registry=registry, unit=unit)
    body = render(registry, OPENMETRICS)[0].decode()
    shown = name.removesuffix("_total") if kind is Counter else name
    assert f"# UNIT {shown} {unit}\n" in body
    assert "UNIT" not in render(registry, None)[0].decode()


@pytest.mark.parametrize(
    ("kind", "name", "unit"),
    [
        (Counter, "a_total", "seconds"),
        (Counter, "a_total", "total"),
        (Counter, "a_total_seconds_x", "seconds"),
        (Counter, "seconds_total", "seconds"),
        (Gauge, "a_seconds_total", "seconds"),
        (Gauge, "aseconds", "seconds"),
        (Gauge, "seconds", "seconds"),
        (Gauge, "_seconds", "seconds"),
        (Summary, "a_Seconds", "seconds"),
        (Histogram, "a_seconds_sum", "seconds"),
    ],
)
def test_units_that_do_not_end_the_name(kind, name, unit):
    registry = Registry()
    with pytest.raises(ValueError, match=f"^{name}: ") as caught:
        kind(name, "d", registry=registry, unit=unit)
    assert f"'{unit}'" in str(caught.value)
    assert registry.get_all() == []


@pytest.mark.parametrize("unit", ["s\n", 's"', "s x", "\ud800", "s\\", "\N{PILE OF POO}"])
def test_units_that_no_name_can_end_with(unit):
    registry = Registry()
    with pytest.raises(ValueError, match="g_s"):
        Gauge("g_s", "d", registry=registry, unit=unit)
    assert registry.get_all() == []


@pytest.mark.parametrize("kind", [Info, Enum])
def test_types_without_units(kind):
    registry = Registry()
    options = {"states": ["on"]} if kind is Enum else {}
    with pytest.raises(ValueError, match="a_seconds"):
        kind("a_seconds", "d", registry=registry, unit="seconds", **options)
    assert registry.get_all() == []
    assert kind("a_seconds", "d", registry=registry, unit=None, **options) in registry.get_all()


@pytest.mark.parametrize("kind", KINDS_WITH_UNIT)
@pytest.mark.parametrize("unit", [1, b"s", ["s"]])
def test_units_that_are_not_text(kind, unit):
    with pytest.raises(TypeError, match=r"^a_s: "):
        kind("a_s", "d", registry=Registry(), unit=unit)


def counter_and_histogram():
    registry = Registry()
    counter = Counter("c_total", "d", registry=registry)
    histogram = Histogram("h", "d", registry=registry, buckets=[1])
    counter.inc({"l": "1"}, 2, exemplar={"trace": "1"})
    histogram.observe({"l": "1"}, 2, exemplar={"trace": "1"})
    return registry, (("c_total", counter.inc), ("h", histogram.observe))


@pytest.mark.parametrize(
    ("exemplar", "error"),
    [
        ({"a": "x" * 128}, ValueError),
        ({"a": "x" * 64, "b": "y" * 63}, ValueError),
        ({"a" * 129: ""}, ValueError),
        ({"a": "\N{PILE OF POO}" * 128}, ValueError),
        ({"a": "\ud800"}, ValueError),
        ({"a b": "1"}, ValueError),
        ({"a:b": "1"}, ValueError),
        ({"": "1"}, ValueError),
        ({"a\n": "1"}, ValueError),
        ({"\u00e9": "1"}, ValueError),
        ("trace", TypeError),
        (1, TypeError),
        (["trace"], TypeError),
        ([("trace", "1")], TypeError),
    ],
)
@pytest.mark.parametrize("labels", [{"l": "1"}, {"l": "2"}, None])
def test_exemplars_that_are_refused(exemplar, error, labels):
    registry, updates = counter_and_histogram()
    for name, update in updates:
        before = everything(registry)
        with pytest.raises(error, match=rf"\b{name}\b"):
            update(labels, 3, exemplar=exemplar)
        assert everything(registry) == before


@pytest.mark.parametrize("value", [None, "1", True, [1]])
def test_values_that_are_refused_beside_an_exemplar(value):
    registry, updates = counter_and_histogram()
    for _, update in updates:
        before = everything(registry)
        with pytest.raises(TypeError):
            update({"l": "1"}, value, exemplar={"trace": "2"})
        assert everything(registry) == before


def test_a_counter_that_refuses_an_amount_keeps_its_exemplar():
    registry, ((_, inc), _) = counter_and_histogram()
    before = everything(registry)
    for value in (-1, math.nan, -INF):
        with pytest.raises(ValueError):
            inc({"l": "1"}, value, exemplar={"trace": "2"})
    with pytest.raises(ValueError):
        inc({"job": "1"}, 1, exemplar={"trace": "2"})
    assert everything(registry) == before


def test_exemplar_labels_are_texts_as_labels_are():
    registry = Registry()
    Counter("c_total", "d", registry=registry).inc(exemplar={"b": 1, "a": 2.5})
    body = render(registry, OPENMETRICS)[0].decode()
    assert '\nc_total 1 # {a="2.5",b="1"} 1.0 ' in body


def test_a_lone_amount_takes_an_exemplar():
    registry = Registry()
    counter = Counter("c_total", "d", registry=registry)
    histogram = Histogram("h", "d", registry=registry, buckets=[1])
    counter.inc(2, exemplar={"t": "1"})
    histogram.observe(0.5, exemplar={"t": "2"})
    body = render(registry, OPENMETRICS)[0].decode()
    assert '\nc_total 2 # {t="1"} 2.0 ' in body
    assert '\nh_bucket{le="1.0"} 1 # {t="2"} 0.5 ' in body


@pytest.mark.parametrize(
    ("kind", "method"), [(Gauge, "set"), (Gauge, "inc"), (Summary, "observe"), (Counter, "set")]
)
def test_updates_that_take_no_exemplar(kind, method):
    metric = kind("a", "d", registry=Registry())
    with pytest.raises(TypeError, match="exemplar"):
        getattr(metric, method)(None, 1, exemplar={"t": "1"})


def test_enums_and_infos_in_text():
    registry = Registry()
    info = Info("app", "d", {"c": "1"}, registry)
    info.info({"version": "1"})
    info.info({"l": "x"}, {"version": 2, "arch": 'a"'})
    enum = Enum("state", "d", {"c": "1"}, registry, states=["on", "off"])
    enum.state("off")
    enum.state({"l": "x"}, "on")
    families = text_grammar.parse(render(registry, None)[0])
    assert [(family.name, family.kind) for family in families] == [
        ("app_info", "gauge"),
        ("state", "gauge"),
    ]
    assert [sample for family in families for sample in family.samples] == [
        ("app_info", {"c": "1", "version": "1"}, "1.0"),
        ("app_info", {"arch": 'a"', "c": "1", "l": "x", "version": "2"}, "1.0"),
        ("state", {"c": "1", "state": "on"}, "0.0"),
        ("state", {"c": "1", "state": "off"}, "1.0"),
        ("state", {"c": "1", "l": "x", "state": "on"}, "1.0"),
        ("state", {"c": "1", "l": "x", "state": "off"}, "0.0"),
    ]
    assert [sample.name for sample in info.samples] == ["app_info"] * 2
    assert [sample.value for sample in enum.samples] == [0.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize("states", [[], (), None, "on", ["on", "on"], ["\ud800"], 3])
def test_states_that_are_refused(states):
    registry = Registry()
    with pytest.raises((ValueError, TypeError), match="state_of_it"):
        Enum("state_of_it", "d", registry=registry, states=states)
    assert registry.get_all() == []


@pytest.mark.parametrize("state", ["off", "", "ON", None, "on\n", 1])
def test_a_state_that_there_is_not(state):
    registry = Registry()
    enum = Enum("e", "d", registry=registry, states=["on"])
    before = everything(registry)
    with pytest.raises(ValueError, match=r"^e: "):
        enum.state(state)
    with pytest.raises(ValueError, match=r"^e: "):
        enum.state({"l": "1"}, state)
    assert everything(registry) == before


@pytest.mark.parametrize("facts", [3, "version", None, ["version"]])
def test_facts_that_are_not_a_dict(facts):
    registry = Registry()
    info = Info("i", "d", registry=registry)
    before = everything(registry)
    with pytest.raises(TypeError, match=r"^i: "):
        info.info({"l": "1"}, facts)
    assert everything(registry) == before


@pytest.mark.parametrize("name", ["l", "c", "job", "__a", "", "a b"])
def test_facts_that_are_not_labels(name):
    registry = Registry()
    info = Info("i", "d", {"c": "1"}, registry)
    before = everything(registry)
    with pytest.raises(ValueError):
        info.info({"l": "1"}, {name: "1"})
    assert everything(registry) == before


def test_the_label_of_an_enum_is_its_own():
    registry = Registry()
    enum = Enum("e", "d", registry=registry, states=["on"])
    with pytest.raises(ValueError):
        enum.state({"e": "1"}, "on")
    with pytest.raises(ValueError):
        Enum("f", "d", {"f": "1"}, registry, states=["on"])
    with pytest.raises(ValueError):
        Enum("f", "d", registry=registry, labelnames=["f"], states=["on"])
    assert registry.get_all() == [enum]


@pytest.mark.parametrize("name", ["a:b", "a_b:", ":"])
def test_an_enum_whose_label_is_escaped_to_that_of_a_series(name):
    registry = Registry()
    other = name.replace(":", "_")
    enum = Enum(name, "d", registry=registry, states=["on"])
    # Its label must not have the colon of its name. Two labels of one name would fail the scrape.
    with pytest.raises(ValueError, match=other):
        enum.state({other: "1"}, "on")
    assert len(text_grammar.parse(render(registry, None)[0])) == 1
