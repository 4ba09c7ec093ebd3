"""Metrics that are removed from a registry by themselves: `unregister`."""

import prometheus_client
import pytest

from aioprometheus import REGISTRY, Counter, Gauge, Registry, render


def test_a_metric_is_removed():
    registry = Registry()
    first, second = (Counter(name, "d", registry=registry, initial=1) for name in "ab")
    assert registry.unregister(first) is None
    assert registry.get_all() == [second]
    assert render(registry)[0] == b"# HELP b d\n# TYPE b counter\nb 1\n"
    # It lives on, and can be registered again, also elsewhere.
    first.inc()
    registry.register(first)
    assert first.get() == 2 and registry.get_all() == [second, first]


def test_its_name_is_free_again():
    registry = Registry(prefix="app_")
    registry.unregister(Counter("a", "d", registry=registry))
    assert Gauge("a", "d", registry=registry).name == "app_a"


def test_other_registries_keep_it():
    one, other = Registry(), Registry()
    metric = Counter("a", "d", registry=one)
    other.register(metric)
    one.unregister(metric)
    assert one.get_all() == [] and other.get_all() == [metric]


def test_the_default_registry():
    metric = Counter("unregistered_total", "d")
    REGISTRY.unregister(metric)
    assert "unregistered_total" not in REGISTRY


def test_the_name_can_be_changed_then():
    registry = Registry()
    metric = Counter("a", "d", registry=registry)
    with pytest.raises(ValueError, match="is registered"):
        metric.name = "b"
    registry.unregister(metric)
    metric.name = "b"
    registry.register(metric)
    registry.unregister(metric)
    assert len(registry) == 0


def test_an_equal_metric_is_another_one():
    registry = Registry()
    metric = Counter("a", "d", registry=registry)
    equal = Counter("a", "d", registry=Registry())
    assert metric == equal
    with pytest.raises(KeyError) as caught:
        registry.unregister(equal)
    assert "a: this metric is not registered in this registry" in caught.value.args[0]
    assert "under this name it has another metric" in caught.value.args[0]
    assert registry.get_all() == [metric]


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        ("a", "deregister(name) takes a name"),
        (None, "None is not registered"),
        (5, "the int 5 is not registered in this registry; it has 1 metric, a"),
        (Counter, "is not registered"),
        ([], "is not registered"),
        (Registry(), "is not registered"),
        (prometheus_client.Counter("x", "d", registry=None), "is not registered"),
    ],
    ids=str,
)
def test_what_is_not_there(thing, words):
    registry = Registry()
    Counter("a", "d", registry=registry)
    with pytest.raises(KeyError) as caught:
        registry.unregister(thing)
    assert words in caught.value.args[0]
    assert len(registry) == 1
    with pytest.raises(KeyError, match=r"not registered|takes a name"):
        Registry().unregister(thing)


def test_twice():
    registry = Registry()
    metric = Counter("a", "d", registry=registry)
    registry.unregister(metric)
    with pytest.raises(KeyError, match="not registered in this registry; it is empty"):
        registry.unregister(metric)


def test_one_that_stands_under_several_names():
    registry = Registry()
    metric = Counter("a", "d", registry=registry)
    registry.collectors["b"] = registry.collectors["c"] = metric
    registry.collectors["d"] = thing = object()
    registry.unregister(metric)
    assert list(registry.collectors) == ["d"]
    registry.unregister(thing)
    assert len(registry.collectors) == 0


def test_a_class_that_overrides_deregister():
    removed = []

    class Shop(Registry):
        def deregister(self, name):
            removed.append(name)
            super().deregister(name)

    shop = Shop()
    shop.unregister(Counter("a", "d", registry=shop))
    assert removed == ["a"] and len(shop) == 0


def test_while_it_is_rendered():
    """A scrape that is under way has the metric, or has it not."""
    registry = Registry()

    class Leaving(Gauge):
        def get_all(self):
            registry.unregister(self)
            return [({}, 1)]

    Leaving("a", "d", registry=registry)
    Gauge("b", "d", registry=registry, initial=1)
    assert b"\nb 1\n" in render(registry)[0]
    assert render(registry)[0] == b"# HELP b d\n# TYPE b gauge\nb 1\n"
