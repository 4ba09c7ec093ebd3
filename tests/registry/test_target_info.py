"""`target_info`: what a registry says of the process itself, as prometheus_client has it."""

import gc
import weakref

import prometheus_client
import pytest

from aioprometheus import Counter, Gauge, Histogram, Info, Registry, render
from support.scrapes import FORMATS, families, scrape, values

INFO = {"service_name": "shop", "version": 2}
TEXT = {"service_name": "shop", "version": "2"}
LINE = b'target_info{service_name="shop",version="2"} 1.0\n'


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("way", ["argument", "method"])
def test_it_is_exposed_in_every_format(format_, way):
    registry = Registry(target_info=INFO) if way == "argument" else Registry()
    if way == "method":
        registry.set_target_info(INFO)
    assert registry.get_target_info() == TEXT
    key = ("target_info", tuple(sorted(TEXT.items())))
    assert values(format_, scrape(registry, format_)) == {key: 1.0}


def test_it_looks_as_that_of_prometheus_client():
    ours, theirs = Registry(target_info=INFO), prometheus_client.CollectorRegistry()
    theirs.set_target_info(TEXT)
    assert render(ours)[0] == prometheus_client.generate_latest(theirs)
    open_theirs = prometheus_client.openmetrics.exposition.generate_latest(theirs)
    # An int and a float are one number.
    assert scrape(ours, "openmetrics").split() == open_theirs.split()


def test_it_comes_first_in_openmetrics():
    """As the specification says; the text format is sorted by name."""
    registry = Registry(target_info=INFO)
    Gauge("a", "d", registry=registry).set(1)
    Gauge("z", "d", registry=registry).set(1)
    assert families("openmetrics", scrape(registry, "openmetrics")) == ["target", "a", "z"]
    assert families("text", scrape(registry, "text")) == ["a", "target_info", "z"]
    # Only an info of this name: not a gauge.
    registry = Registry()
    for name in ("target", "a"):
        Gauge(name, "d", registry=registry).set(1)
    assert families("openmetrics", scrape(registry, "openmetrics")) == ["a", "target"]


def test_neither_prefix_nor_const_labels_are_given_to_it():
    registry = Registry(prefix="app_", const_labels={"env": "prod"}, target_info=INFO)
    Counter("c", "d", registry=registry).inc()
    assert LINE in render(registry)[0] and b'app_c{env="prod"} 1\n' in render(registry)[0]


def test_it_can_be_replaced_and_removed():
    registry = Registry(target_info={"a": "x"})
    registry.set_target_info({"b": "y"})
    assert registry.get_target_info() == {"b": "y"}
    assert render(registry)[0].endswith(b'\ntarget_info{b="y"} 1.0\n')
    for nothing in (None, {}):
        registry.set_target_info({"a": "x"})
        assert len(registry) == 1
        registry.set_target_info(nothing)
        registry.set_target_info(nothing)
        assert registry.get_target_info() is None
        assert render(registry)[0] == b"" and len(registry) == 0


def test_without_it_nothing_is_there():
    for registry in (Registry(), Registry(target_info=None), Registry(target_info={})):
        assert registry.get_target_info() is None and registry.get_all() == []


@pytest.mark.parametrize(
    ("make", "is_taken"),
    [
        (lambda registry: Counter("target_info", "d", registry=registry), True),
        (lambda registry: Info("target", "d", registry=registry), True),
        (lambda registry: Info("target_info", "d", registry=registry), True),
        (lambda registry: Gauge("target", "d", registry=registry), True),
        (lambda registry: Histogram("target_info", "d", registry=registry), True),
        (lambda registry: Gauge("targets", "d", registry=registry), False),
    ],
)
def test_another_metric_of_this_name(make, is_taken):
    registry = Registry(target_info=INFO)
    if not is_taken:
        make(registry)
        return
    with pytest.raises(ValueError):
        make(registry)
    assert render(registry)[0].endswith(LINE)
    registry.set_target_info(None)
    metric = make(registry)
    with pytest.raises(ValueError):
        registry.set_target_info(INFO)
    assert registry.get_all() == [metric] and registry.get_target_info() is None
    registry.unregister(metric)
    registry.set_target_info(INFO)
    assert registry.get_target_info() == TEXT


@pytest.mark.parametrize(
    ("labels", "error", "words"),
    [
        ("x", TypeError, "must be a dict of labels"),
        (5, TypeError, "must be a dict of labels"),
        ([("a", "b")], TypeError, "must be a dict of labels"),
        ({"job": "x"}, ValueError, "Invalid label name: job"),
        ({"a b": "x"}, ValueError, "Invalid label name: a b"),
        ({5: "x"}, ValueError, "Invalid label name"),
        ({"a": "\ud800"}, ValueError, "UTF-8"),
    ],
)
def test_labels_that_are_refused_change_nothing(labels, error, words):
    registry = Registry(target_info=INFO)
    with pytest.raises(error, match=words):
        registry.set_target_info(labels)
    assert registry.get_target_info() == TEXT
    registry = Registry()
    with pytest.raises(error, match=words):
        registry.set_target_info(labels)
    assert len(registry) == 0


def test_it_is_a_metric_like_any_other():
    registry = Registry(target_info=INFO)
    (metric,) = registry
    assert isinstance(metric, Info) and metric.name == "target"
    assert render(registry, names=["target_info"])[0] == render(registry)[0]
    assert render(registry, names=["other"])[0] == b""
    both = Registry()
    for one in registry:
        both.register(one)
    assert render(both) == render(registry)
    assert both.get_target_info() is None  # it was made elsewhere


@pytest.mark.parametrize(
    "remove",
    [
        lambda registry: registry.clear(),
        lambda registry: registry.deregister("target"),
        lambda registry: registry.unregister(registry.get("target")),
        lambda registry: registry.collectors.clear(),
    ],
)
def test_it_is_gone_when_it_was_removed(remove):
    registry = Registry(target_info=INFO)
    remove(registry)
    assert registry.get_target_info() is None and render(registry)[0] == b""
    registry.set_target_info({"a": "x"})
    assert registry.get_target_info() == {"a": "x"} and len(registry) == 1


def test_the_dict_is_copied():
    given = {"a": "x"}
    registry = Registry(target_info=given)
    given["a"] = "y"
    registry.get_target_info()["a"] = "z"
    assert registry.get_target_info() == {"a": "x"}


def test_a_registry_with_it_is_collected_as_garbage():
    registry = Registry(target_info=INFO)
    registry.own = registry
    seen = weakref.ref(registry)
    del registry
    gc.collect()
    assert seen() is None
