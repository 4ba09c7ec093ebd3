"""Infos: every way to set facts, refusals, and a comparison with prometheus_client."""

import enum

import prometheus_client
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics import exposition as openmetrics

from aioprometheus import Gauge, Info, Registry, Sample
from aioprometheus.collectors import BoundInfo, MetricsTypes
from support.make import registry_of
from support.scrapes import FORMATS, everything, families, scrape, values

A = {"a": "x"}
FACTS = {"version": "1.2", "build": "7"}


def _info(name="target", **options):
    return Info(name, "d", registry=Registry(), **options)


def test_kind_and_attributes():
    registry = Registry()
    info = Info("target", "the doc", {"z": "1"}, registry)
    assert (info.name, info.doc, info.const_labels) == ("target", "the doc", {"z": "1"})
    assert info.kind is MetricsTypes.gauge is Info.kind
    assert registry.get("target") is info
    assert info.labelnames is None
    assert info.unit is None
    assert _info(labelnames=["a"]).labelnames == ("a",)


@pytest.mark.parametrize(
    ("call", "labels"),
    [
        (lambda info: info.info(FACTS), {}),
        (lambda info: info.info(None, FACTS), {}),
        (lambda info: info.info({}, FACTS), {}),
        (lambda info: info.info("", FACTS), {}),
        (lambda info: info.info(A, FACTS), A),
        (lambda info: info.info({"a": "x", "b": 5}, FACTS), {"a": "x", "b": "5"}),
        (lambda info: info.labels(A).info(FACTS), A),
        (lambda info: info.labels(a="x").info(FACTS), A),
        (lambda info: info.labels().info(FACTS), {}),
        (lambda info: info.set_value(A, FACTS), A),
        (lambda info: info.set_value(None, FACTS), {}),
        (lambda info: info.labels(A).set_value(FACTS), A),
        (lambda info: info.values.__setitem__(A, FACTS), A),
    ],
)
def test_all_ways_to_tell_facts(call, labels):
    info = _info()
    info.info(labels, {"old": "1"})
    call(info)
    assert info.get_all() == [(labels, FACTS)]
    assert info.get(labels) == info.get_value(labels) == info.values[labels] == FACTS
    assert info.labels(labels).get() == info.labels(labels).get_value() == FACTS
    shown = {"target_info": {**labels, **FACTS}}
    assert info.samples == [Sample(name, shown[name], 1.0) for name in shown]


def test_declared_labels():
    info = _info(labelnames=["path", "method"])
    info.labels("/", "GET").info(FACTS)
    info.info({"method": "PUT", "path": "/"}, {"version": "2"})
    assert info.get_all() == [
        ({"path": "/", "method": "GET"}, FACTS),
        ({"method": "PUT", "path": "/"}, {"version": "2"}),
    ]
    before = everything(registry_of(info))
    for wrong in ({}, {"path": "/"}, {"path": "/", "method": "GET", "more": "1"}):
        with pytest.raises(ValueError, match="labelnames"):
            info.info(wrong, FACTS)
    with pytest.raises(ValueError, match="labelnames"):
        info.info(FACTS)
    assert everything(registry_of(info)) == before


class Word(enum.Enum):
    YES = "yes"


def test_facts_are_text_as_label_values_are():
    info = _info()
    info.info({"int": 1, "float": 2.5, "bool": True, "none": None, "enum": Word.YES, "empty": ""})
    expected = {"int": "1", "float": "2.5", "bool": "True", "none": "None", "enum": "yes"}
    assert info.get() == {**expected, "empty": ""}


def test_facts_are_copies_in_the_order_in_which_they_were_told():
    info, facts = _info(), {"z": "1", "b": "2", "a": "3"}
    info.info(facts)
    facts.clear()
    told = info.get()
    assert list(told) == ["z", "b", "a"]
    told.clear()
    info.get_all()[0][1].clear()
    assert info.get() == {"z": "1", "b": "2", "a": "3"}


def test_no_facts():
    info = _info()
    assert info.get_all() == info.samples == []
    with pytest.raises(KeyError):
        info.get()
    child = info.labels(A)
    assert info.get_all() == [(A, {})]
    assert child.get() == {}
    info.info({})
    for kind in FORMATS:
        assert values(kind, scrape(registry_of(info), kind)) == {
            ("target_info", (("a", "x"),)): 1,
            ("target_info", ()): 1,
        }


def test_series_can_be_taken_away():
    info = _info()
    child = info.labels(A)
    child.info(FACTS)
    assert list(info.values) == [b'{"a":"x"}']
    assert A in info.values
    del info.values[A]
    assert info.get_all() == []
    with pytest.raises(KeyError):
        child.get()
    child.info({"version": "2"})
    assert info.get_all() == [(A, {"version": "2"})]
    info.values.clear()
    assert len(info.values) == 0


@pytest.mark.parametrize("name", ["target", "target_info"])
def test_its_names(name):
    info = _info(name)
    info.info(FACTS)
    registry = registry_of(info)
    assert registry.get(name) is info
    for kind, family in zip(FORMATS, ["target_info", "target", "target_info"], strict=True):
        content = scrape(registry, kind)
        assert families(kind, content) == [family]
        assert [key[0] for key in values(kind, content)] == ["target_info"]
    assert b"# TYPE target_info gauge\n" in scrape(registry, "text")
    assert b"# TYPE target info\n" in scrape(registry, "openmetrics")
    assert info.samples[0].name == "target_info"


@pytest.mark.parametrize(
    "other",
    [
        lambda registry: Gauge("target_info", "d", registry=registry),
        lambda registry: Info("target_info", "d", registry=registry),
        lambda registry: Info("target", "d", registry=registry),
        lambda registry: Gauge("target", "d", registry=registry),
    ],
)
def test_names_that_are_taken(other):
    registry = Registry()
    info = Info("target", "d", registry=registry)
    info.info(FACTS)
    before = everything(registry)
    with pytest.raises(ValueError, match="target"):
        other(registry)
    assert everything(registry) == before


@pytest.mark.parametrize("own", [None, {}, {"b": "y"}])
@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"b": "1", "z": "2"}, ValueError),  # as a const label
        ({"a b": "1"}, ValueError),
        ({"": "1"}, ValueError),
        ({"a:b": "1"}, ValueError),
        ({"\u00e9": "1"}, ValueError),
        ({"__a": "1"}, ValueError),
        ({"job": "1"}, ValueError),
        ({1: "1"}, ValueError),
        ({"ok": "1", "a": "\ud800"}, ValueError),
        (None, TypeError),
        ("version", TypeError),
        (5, TypeError),
        ([("version", "1")], TypeError),
        ({"version"}, TypeError),
    ],
)
def test_what_is_refused_changes_nothing(own, facts, error):
    info = _info(const_labels={"z": "1"})
    info.info(own, FACTS)
    before = everything(registry_of(info))
    with pytest.raises(error):
        info.info(own, facts)
    with pytest.raises(error):
        info.labels(own).info(facts)
    with pytest.raises(error):
        info.values[own] = facts
    with pytest.raises(error):
        info.info({"new": "1"}, facts)
    assert everything(registry_of(info)) == before


def test_a_fact_called_as_a_label_is_refused():
    info = _info()
    for update in (
        lambda: info.info(A, {"a": "1"}),
        lambda: info.labels(A).info({"version": "1", "a": "1"}),
    ):
        with pytest.raises(ValueError, match=r"target.*'a'"):
            update()
    assert info.get_all() in ([], [(A, {})])
    # For other series it is an ordinary fact.
    info.info({"a": "1"})
    assert info.get() == {"a": "1"}


def test_labels_are_told_before_facts():
    info = _info(const_labels={"z": "1"})
    for labels in ({"a b": "1"}, {"job": "1"}, {"__a": "1"}, {"a": "\ud800"}):
        with pytest.raises(ValueError) as of_labels:
            info.info(labels, FACTS)
        with pytest.raises(ValueError) as of_both:
            info.info(labels, 5)
        assert str(of_both.value) == str(of_labels.value)
    assert info.get_all() == []


@pytest.mark.parametrize("arguments", [(), (A, FACTS, FACTS)])
def test_the_number_of_arguments(arguments):
    with pytest.raises(TypeError):
        _info().info(*arguments)


@pytest.mark.parametrize("name", ["inc", "set", "add", "observe", "state"])
def test_infos_do_nothing_else(name):
    assert not hasattr(_info(), name)
    assert not hasattr(_info().labels(), name)


def test_it_has_no_unit():
    with pytest.raises(ValueError, match="target_seconds"):
        _info("target_seconds", unit="seconds")


def test_the_class_of_a_child():
    assert type(_info().labels(A)) is BoundInfo
    with pytest.raises(TypeError):
        BoundInfo()


@pytest.mark.parametrize("name", ["a b", "", "1", "a-b", "a\n"])
def test_bad_names(name):
    with pytest.raises(ValueError, match="Invalid metric name"):
        _info(name)


label_names = st.sampled_from(["a", "b", "c", "_", "B", "le", "quantile"])
texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\\n {},='), max_size=10
)


@settings(deadline=None)
@given(st.data(), st.lists(label_names, unique=True, max_size=3), texts)
def test_both_formats_are_those_of_prometheus_client(data, names, doc):
    theirs_registry = prometheus_client.CollectorRegistry()
    theirs = prometheus_client.Info("target", doc, names, registry=theirs_registry)
    registry = Registry()
    ours = Info("target", doc, registry=registry, labelnames=names)
    fact_names = label_names.filter(lambda name: name not in names)
    for _ in range(data.draw(st.integers(1, 5))):
        labels = {name: data.draw(texts) for name in names}
        facts = data.draw(st.dictionaries(fact_names, texts, max_size=3))
        (theirs.labels(**labels) if names else theirs).info(facts)
        ours.info(labels, facts)
    assert scrape(registry, "text") == prometheus_client.generate_latest(theirs_registry)
    assert scrape(registry, "openmetrics") == openmetrics.generate_latest(theirs_registry)
    judged = values("openmetrics", scrape(registry, "openmetrics"))
    assert judged == values("text", scrape(registry, "text"))
    assert judged == values("protobuf", scrape(registry, "protobuf"))
