"""Enums: every way to change a state, refusals, and a comparison with prometheus_client."""

import enum

import prometheus_client
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics import exposition as openmetrics

from aioprometheus import Enum, Gauge, Registry, Sample
from aioprometheus.collectors import BoundEnum, MetricsTypes
from support.make import registry_of
from support.scrapes import FORMATS, everything, families, scrape, values

A = {"a": "x"}
STATES = ["starting", "running", "stopped"]


def _enum(name="task", states=STATES, **options):
    return Enum(name, "d", registry=Registry(), states=states, **options)


def test_kind_and_attributes():
    registry = Registry()
    task = Enum("task", "the doc", {"z": "1"}, registry, states=STATES)
    assert (task.name, task.doc, task.const_labels) == ("task", "the doc", {"z": "1"})
    assert task.kind is MetricsTypes.gauge is Enum.kind
    assert registry.get("task") is task
    assert list(task.states) == STATES
    assert task.labelnames is None
    assert task.unit is None


@pytest.mark.parametrize(
    ("call", "labels"),
    [
        (lambda task: task.state("running"), {}),
        (lambda task: task.state(None, "running"), {}),
        (lambda task: task.state({}, "running"), {}),
        (lambda task: task.state("", "running"), {}),
        (lambda task: task.state(A, "running"), A),
        (lambda task: task.state({"a": "x", "b": 5}, "running"), {"a": "x", "b": "5"}),
        (lambda task: task.labels(A).state("running"), A),
        (lambda task: task.labels(a="x").state("running"), A),
        (lambda task: task.labels().state("running"), {}),
        (lambda task: task.set_value(A, "running"), A),
        (lambda task: task.set_value(None, "running"), {}),
        (lambda task: task.labels(A).set_value("running"), A),
        (lambda task: task.values.__setitem__(A, "running"), A),
    ],
)
def test_all_ways_to_change_a_state(call, labels):
    task = _enum()
    task.state(labels, "stopped")
    call(task)
    assert task.get_all() == [(labels, "running")]
    assert task.get(labels) == task.get_value(labels) == task.values[labels] == "running"
    assert task.labels(labels).get() == task.labels(labels).get_value() == "running"
    assert task.samples == [
        Sample("task", {**labels, "task": state}, float(state == "running")) for state in STATES
    ]


def test_a_series_is_born_in_the_first_state():
    task = _enum()
    assert task.get_all() == task.samples == []
    with pytest.raises(KeyError):
        task.get()
    child = task.labels(A)
    assert task.get_all() == [(A, "starting")]
    assert child.get() == "starting"


def test_series_can_be_taken_away():
    task = _enum()
    child = task.labels(A)
    child.state("running")
    assert list(task.values) == [b'{"a":"x"}']
    del task.values[A]
    assert task.get_all() == []
    with pytest.raises(KeyError):
        child.get()
    child.state("stopped")
    assert task.get_all() == [(A, "stopped")]
    task.values.clear()
    assert len(task.values) == 0


class State(enum.Enum):
    ON = "on"
    OFF = "off"


class Number(enum.IntEnum):
    ZERO = 0
    ONE = 1


@pytest.mark.parametrize(
    ("states", "given_state", "told"),
    [
        (State, State.OFF, "off"),
        (State, "off", "off"),
        (list(State), State.OFF, "off"),
        (["on", "off"], State.OFF, "off"),
        (Number, Number.ONE, "1"),
        (Number, 1, "1"),
        ([1, 2], "2", "2"),
        ([True, False], False, "False"),
        (("on", "off"), "off", "off"),
        ({"on": 1, "off": 2}, "off", "off"),
        ((state for state in ("on", "off")), "off", "off"),
        (["only"], "only", "only"),
        (["", "x"], "", ""),
        (['"', "\\", "\n"], "\n", "\n"),
    ],
)
def test_states_are_text_as_label_values_are(states, given_state, told):
    task = _enum(states=states)
    task.state(given_state)
    assert task.get() == told
    for kind in FORMATS:
        shown = values(kind, scrape(registry_of(task), kind))
        current = {key: value for key, value in shown.items() if value}
        assert current == {("task", (("task", told),)): 1}
        assert len(shown) == len(task.states)


def test_states_are_a_copy():
    states = list(STATES)
    task = _enum(states=states)
    states.clear()
    task.state("running")
    assert list(task.states) == STATES


def test_its_names():
    task = _enum()
    task.state("running")
    registry = registry_of(task)
    for kind in FORMATS:
        assert families(kind, scrape(registry, kind)) == ["task"]
    assert b"# TYPE task gauge\n" in scrape(registry, "text")
    assert b"# TYPE task stateset\n" in scrape(registry, "openmetrics")


@pytest.mark.parametrize(
    ("states", "error"),
    [
        ([], ValueError),
        ((), ValueError),
        (iter([]), ValueError),
        (None, ValueError),
        (["a", "b", "a"], ValueError),
        ([1, "1"], ValueError),
        (["a", "\ud800"], ValueError),
        ("abc", TypeError),
        (5, TypeError),
    ],
)
def test_states_that_are_refused(states, error):
    registry = Registry()
    with pytest.raises(error, match="task"):
        Enum("task", "d", registry=registry, states=states)
    assert registry.get_all() == []
    # The name is not taken.
    Enum("task", "d", registry=registry, states=STATES)


def test_an_enum_without_states():
    """prometheus_client refuses it with the same words."""
    for make in (Enum, prometheus_client.Enum):
        with pytest.raises(ValueError, match=r"^No states provided for Enum metric: nothing$"):
            make("nothing", "d", registry=Registry())


def test_states_that_fail():
    def states():
        yield "a"
        raise RuntimeError("of the states")

    registry = Registry()
    with pytest.raises(RuntimeError, match="of the states"):
        Enum("task", "d", registry=registry, states=states())
    assert registry.get_all() == []


@pytest.mark.parametrize("state", ["", "Running", "running ", None, 5, True, object(), ["running"]])
def test_states_that_there_are_not(state):
    task = _enum()
    task.state(A, "running")
    before = everything(registry_of(task))
    for update in (
        lambda: task.state(A, state),
        lambda: task.labels(A).state(state),
        lambda: task.values.__setitem__(A, state),
        lambda: task.state({"new": "1"}, state),
        lambda: task.state(state),
    ):
        with pytest.raises(ValueError, match="task"):
            update()
    assert everything(registry_of(task)) == before


def test_a_state_without_utf_8_is_none():
    with pytest.raises(ValueError, match="task"):
        _enum().state("\ud800")


@pytest.mark.parametrize(
    "make",
    [
        lambda registry: Enum("task", "d", {"task": "1"}, registry, states=STATES),
        lambda registry: Enum("task", "d", registry=registry, labelnames=["task"], states=STATES),
    ],
)
def test_its_own_label_cannot_be_another(make):
    registry = Registry()
    with pytest.raises(ValueError, match="task"):
        make(registry)
    assert registry.get_all() == []


def test_its_own_label_is_none_of_a_series():
    task = _enum()
    for update in (
        lambda: task.state({"task": "x"}, "running"),
        lambda: task.labels({"task": "x"}),
        lambda: task.labels(task="x"),
    ):
        with pytest.raises(ValueError, match="task"):
            update()
    assert task.get_all() == []


def test_labels_are_told_before_states():
    task = _enum(const_labels={"z": "1"})
    for labels in ({"a b": "1"}, {"__a": "1"}, {"task": "1"}, {"a": "\ud800"}):
        with pytest.raises(ValueError) as of_labels:
            task.state(labels, "running")
        with pytest.raises(ValueError) as of_both:
            task.state(labels, "nothing")
        assert str(of_both.value) == str(of_labels.value)
    assert task.get_all() == []


def test_declared_labels():
    task = _enum(labelnames=["path", "method"])
    task.labels("/", "GET").state("running")
    assert task.get_all() == [({"path": "/", "method": "GET"}, "running")]
    for wrong in ({}, {"path": "/"}, {"path": "/", "method": "GET", "more": "1"}):
        with pytest.raises(ValueError, match="labelnames"):
            task.state(wrong, "running")
    with pytest.raises(ValueError, match="labelnames"):
        task.state("running")
    assert len(task.values) == 1


@pytest.mark.parametrize("arguments", [(), (A, "running", "running")])
def test_the_number_of_arguments(arguments):
    with pytest.raises(TypeError):
        _enum().state(*arguments)


@pytest.mark.parametrize("name", ["inc", "set", "add", "observe", "info"])
def test_enums_do_nothing_else(name):
    assert not hasattr(_enum(), name)
    assert not hasattr(_enum().labels(), name)


def test_it_has_no_unit():
    with pytest.raises(ValueError, match="task_seconds"):
        _enum("task_seconds", unit="seconds")


def test_the_class_of_a_child():
    assert type(_enum().labels(A)) is BoundEnum
    with pytest.raises(TypeError):
        BoundEnum()


def test_names_that_are_taken():
    registry = Registry()
    Enum("task", "d", registry=registry, states=STATES)
    for make in (
        lambda: Enum("task", "d", registry=registry, states=STATES),
        lambda: Gauge("task", "d", registry=registry),
    ):
        with pytest.raises(ValueError, match="task"):
            make()


label_names = st.sampled_from(["a", "b", "u", "_", "B", "le", "quantile"])
texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\\n {},='), max_size=10
)


@settings(deadline=None)
@given(
    st.data(),
    st.lists(label_names, unique=True, max_size=3),
    st.lists(texts, min_size=1, max_size=5, unique=True),
    texts,
)
def test_both_formats_are_those_of_prometheus_client(data, names, states, doc):
    theirs_registry = prometheus_client.CollectorRegistry()
    theirs = prometheus_client.Enum("task", doc, names, registry=theirs_registry, states=states)
    registry = Registry()
    ours = Enum("task", doc, registry=registry, labelnames=names, states=states)
    for _ in range(data.draw(st.integers(1, 5))):
        labels = {name: data.draw(texts) for name in names}
        state = data.draw(st.sampled_from(states))
        (theirs.labels(**labels) if names else theirs).state(state)
        ours.state(labels, state)
    assert scrape(registry, "text") == prometheus_client.generate_latest(theirs_registry)
    assert scrape(registry, "openmetrics") == openmetrics.generate_latest(theirs_registry)
    judged = values("text", scrape(registry, "text"))
    assert judged == values("protobuf", scrape(registry, "protobuf"))
