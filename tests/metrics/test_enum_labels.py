"""Enums whose states stand in a label of another name: `Enum(label=...)`."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from aioprometheus import Enum, Registry, Sample, names, render
from support.make import make, text_of
from support.scrapes import FORMATS, scrape, values


def _enum(**options):
    return make(Enum, name="task", **{"label": "state", **options})


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format(format_):
    registry = Registry(const_labels={"z": "1"})
    task = _enum(registry=registry, labelnames=["a"])
    task.labels("x").state("on")
    found = values(format_, scrape(registry, format_))
    both = ("a", "x"), ("z", "1")
    assert found == {
        ("task", (both[0], ("state", "off"), both[1])): 0,
        ("task", (both[0], ("state", "on"), both[1])): 1,
    }


def test_the_label_is_sorted_in():
    task = _enum()
    task.state({"a": "x", "z": "y"}, "on")
    assert 'task{a="x",state="on",z="y"} 1.0\n' in text_of(task)
    assert (task.label, _enum(label=None).label, _enum(label="task").label) == (
        "state",
        "task",
        "task",
    )


def test_samples():
    task = _enum()
    task.state({"a": "x"}, "on")
    assert task.samples == [
        Sample("task", {"a": "x", "state": "off"}, 0.0),
        Sample("task", {"a": "x", "state": "on"}, 1.0),
    ]


def test_openmetrics_gets_a_gauge():
    """OpenMetrics 1.0: the label of a state set has the name of its family."""
    for label, kind in [("state", "gauge"), ("task", "stateset"), (None, "stateset")]:
        registry = Registry()
        _enum(registry=registry, label=label).state("on")
        (family,) = text_string_to_metric_families(scrape(registry, "openmetrics").decode())
        assert (family.name, family.type) == ("task", kind)
        assert {sample.value for sample in family.samples} == {0, 1}


@pytest.mark.parametrize(
    "call",
    [
        lambda task: task.state({"state": "x"}, "on"),
        lambda task: task.labels(state="x"),
        lambda task: task.set_value({"state": "x"}, "on"),
    ],
)
def test_the_label_is_reserved(call):
    task = _enum()
    with pytest.raises(ValueError, match="Invalid label name: state") as caught:
        call(task)
    assert "task: the label name 'state' is reserved: an enum gives its states to this label" in (
        "\n".join(caught.value.__notes__)
    )
    assert task.get_all() == []


def test_clashes_with_other_labels():
    registry = Registry()
    for options in ({"labelnames": ["state"]}, {"const_labels": {"state": "x"}}):
        with pytest.raises(ValueError, match="Invalid label name: state"):
            _enum(registry=registry, **options)
    assert len(registry) == 0
    # The name of the metric is free for others then.
    _enum(registry=registry, labelnames=["task"]).state({"task": "x"}, "on")
    assert b'task{state="on",task="x"} 1.0\n' in render(registry)[0]


@pytest.mark.parametrize(
    ("label", "error", "words"),
    [
        ("job", ValueError, "Invalid label name: job"),
        ("__a", ValueError, "Invalid label prefix: __a"),
        ("a b", ValueError, "Invalid label name: a b"),
        ("a:b", ValueError, "Invalid label name: a:b"),
        ("", ValueError, "Invalid label name: "),
        ("\ud800", ValueError, "surrogates"),
        (5, TypeError, "task: the label must be a str, not int"),
        (["a"], TypeError, "task: the label must be a str, not list"),
    ],
)
def test_labels_that_cannot_be(label, error, words):
    registry = Registry()
    with pytest.raises(error, match=words):
        _enum(registry=registry, label=label)
    assert len(registry) == 0


def test_names_that_are_no_labels():
    """With a label of another name, an enum may have them."""
    for name in ("job", "a:b"):
        registry = Registry()
        make(Enum, registry, name, label="state", initial="on")
        assert f'{name}{{state="on"}} 1.0\n'.encode() in render(registry)[0]
        found = values("openmetrics", scrape(registry, "openmetrics"))
        assert found[name, (("state", "on"),)] == 1
    with pytest.raises(ValueError, match="Invalid label name: job"):
        make(Enum, name="job")


def test_names_of_utf8():
    names.allow_utf8()
    try:
        registry = Registry()
        _enum(registry=registry, label="the.state", initial="on")
        with pytest.raises(ValueError, match="would both be called 'the_state'"):
            registry.get("task").state({"the_state": "x"}, "on")
    finally:
        names.allow_utf8(False)
    assert b'task{the_state="on"} 1.0\n' in render(registry)[0]
    accept = "text/plain;version=1.0.0;escaping=allow-utf-8"
    content = render(registry, accept, accept_encoding="")[0]
    assert b'task{"the.state"="on"} 1.0\n' in content


def test_a_class_that_reports_its_states():
    class Reporting(Enum):
        def get_all(self):
            return [({"a": "x"}, "on"), ({"a": "y", "state": "mine"}, "off")]

    registry = Registry()
    make(Reporting, registry, "task", label="state")
    for format_ in FORMATS:
        found = values(format_, scrape(registry, format_))
        assert found["task", (("a", "x"), ("state", "on"))] == 1
        assert found["task", (("a", "y"), ("state", "off"))] == 1
    assert Sample("task", {"a": "x", "state": "on"}, 1.0) in registry.get("task").samples


def test_values_replaced_keep_the_label():
    task = _enum()
    task.state("on")
    task.values = {}
    task.state({"a": "x"}, "on")
    assert 'task{a="x",state="on"} 1.0\n' in text_of(task)
