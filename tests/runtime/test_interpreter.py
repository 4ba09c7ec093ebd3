"""The collectors of the interpreter, beside those of prometheus_client."""

import gc
import platform
from types import SimpleNamespace

import prometheus_client
import pytest

from aioprometheus import Registry, render
from aioprometheus.runtime import GCCollector, PlatformCollector
from tests.support.runtime import samples_of, scraped


def theirs(collector):
    registry = prometheus_client.CollectorRegistry()
    collector(registry=registry)
    return samples_of(prometheus_client.generate_latest(registry).decode())


def ours(collector):
    registry = Registry()
    collector(registry=registry)
    return scraped(registry)


def test_the_platform():
    assert ours(PlatformCollector) == theirs(prometheus_client.PlatformCollector)


def test_another_platform():
    other = SimpleNamespace(
        python_version=lambda: "3.99.0a1",
        python_version_tuple=lambda: ("3", "99", "0a1"),
        python_implementation=lambda: 'Snake"Py',
        system=platform.system,
    )
    registry = Registry()
    PlatformCollector(registry, platform=other)
    their_registry = prometheus_client.CollectorRegistry()
    prometheus_client.PlatformCollector(registry=their_registry, platform=other)
    expected = samples_of(prometheus_client.generate_latest(their_registry).decode())
    assert scraped(registry) == expected


def test_the_garbage_collector():
    gc.disable()
    try:
        gc.collect()
        expected = theirs(prometheus_client.GCCollector)
        assert ours(GCCollector) == expected
        assert {name for name, _ in expected} == {
            "python_gc_objects_collected_total",
            "python_gc_objects_uncollectable_total",
            "python_gc_collections_total",
        }
    finally:
        gc.enable()


def test_collections_are_counted():
    key = "python_gc_collections_total", (("generation", "2"),)
    before = ours(GCCollector)[key]
    gc.collect()
    assert ours(GCCollector)[key] > before


@pytest.mark.parametrize("stats", [lambda: None, lambda: SimpleNamespace(total_gc_time=0), list])
def test_another_interpreter_has_no_such_counts(monkeypatch, stats):
    monkeypatch.setattr(gc, "get_stats", stats)
    assert ours(GCCollector) == {}
    monkeypatch.delattr(gc, "get_stats")
    assert ours(GCCollector) == {}


def test_names_select():
    registry = Registry()
    GCCollector(registry)
    PlatformCollector(registry)
    body, _ = render(registry, names=["python_gc_collections_total"])
    assert {name for name, _ in samples_of(body.decode())} == {"python_gc_collections_total"}
