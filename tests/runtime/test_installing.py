"""One call exposes all, once, whatever else has the names."""

import asyncio
import gc
import weakref

import prometheus_client
import pytest

from aioprometheus import (
    REGISTRY,
    Gauge,
    GaugeFamily,
    PrometheusClientCollector,
    Registry,
    render,
    render_async,
)
from aioprometheus.runtime import Installed, ProcessCollector, install
from tests.support.runtime import samples_of, scraped

ERRORS = "aioprometheus_collector_errors_total"


def names_of(registry):
    return {name for name, _ in scraped(registry)}


def help_of(registry, name):
    lines = render(registry)[0].decode().split("\n")
    (line,) = (line for line in lines if line.startswith(f"# HELP {name} "))
    return line


@pytest.fixture
def theirs():
    """A registry of prometheus_client with its own three collectors."""
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.ProcessCollector(registry=registry)
    prometheus_client.PlatformCollector(registry=registry)
    prometheus_client.GCCollector(registry=registry)
    return registry


def test_all_is_there(registry, theirs):
    installed = install(registry)
    expected = {name for name, _ in samples_of(prometheus_client.generate_latest(theirs).decode())}
    assert expected <= names_of(registry)
    assert isinstance(installed, Installed) and installed.registry is registry
    assert "ProcessCollector" in repr(installed)
    assert all(collector in registry for collector in installed.collectors)


def test_without_a_registry_it_is_the_default_one():
    installed = install()
    try:
        assert installed.registry is REGISTRY
        assert "python_info" in names_of(REGISTRY)
    finally:
        installed.uninstall()
    assert "python_info" not in names_of(REGISTRY)


def test_twice_is_once(registry):
    first = install(registry)
    second = install(registry)
    assert first.collectors == second.collectors
    assert "python_info" in names_of(registry)  # which asserts that no sample is there twice
    second.uninstall()
    first.uninstall()
    assert render(registry)[0] == b""


def test_what_was_removed_by_hand_stays_removed(registry):
    installed = install(registry)
    registry.unregister(installed.collectors[0])
    assert "process_cpu_seconds_total" not in names_of(registry)
    installed.uninstall()
    assert render(registry)[0] == b""


def test_several_registries_together_expose_it_once(registry):
    other = Registry()
    install(registry)
    install(other)
    body = render([registry, other])[0].decode()
    assert ("python_gc_collections_total", (("generation", "0"),)) in samples_of(body)
    assert ERRORS not in body


def test_a_view_installs_in_the_registry_behind_it(registry):
    view = registry.restricted(["python_info"])
    installed = install(view)
    install(view)
    assert installed.registry is registry
    assert names_of(view) == {"python_info"}
    installed.uninstall()


@pytest.mark.parametrize("is_first", [False, True])
def test_a_bridged_registry_wins(registry, theirs, is_first):
    bridge = PrometheusClientCollector(theirs)
    if is_first:
        registry.register(bridge)
    install(registry)
    alone = help_of(registry, "process_open_fds") if not is_first else None
    if not is_first:
        registry.register(bridge)
    there = help_of(registry, "process_open_fds")
    assert there == "# HELP process_open_fds Number of open file descriptors."
    assert there != alone
    assert ERRORS not in names_of(registry)
    registry.unregister(bridge)
    assert help_of(registry, "process_open_fds") == help_of_ours()


def help_of_ours():
    registry = Registry()
    ProcessCollector(registry=registry)
    return help_of(registry, "process_open_fds")


def test_a_metric_wins(registry):
    install(registry)
    Gauge("process_open_fds", "Ours", registry=registry).set(3)
    assert scraped(registry)["process_open_fds", ()] == 3
    assert "process_max_fds" in names_of(registry)
    assert ERRORS not in names_of(registry)
    registry.deregister("process_open_fds")
    assert scraped(registry)["process_open_fds", ()] > 3


def test_a_metric_of_another_registry_of_the_page_wins(registry):
    install(registry)
    other = Registry()
    Gauge("process_open_fds", "Ours", registry=other).set(3)
    body = render([registry, other])[0].decode()
    assert samples_of(body)["process_open_fds", ()] == 3
    assert ERRORS not in body


def test_a_collector_wins_under_an_event_loop_too(registry):
    class Other:
        async def collect(self):
            yield GaugeFamily("python_info", "Ours", 7)

    class Broken:
        def collect(self):
            raise ValueError("broken")

    install(registry)
    registry.register(Other())
    registry.register(Broken())
    samples = samples_of(asyncio.run(render_async(registry))[0].decode())
    assert samples["python_info", ()] == 7
    assert [name for name, _ in samples].count("python_info") == 1
    # Only what is broken failed.
    assert sum(value for (name, _), value in samples.items() if name == ERRORS) == 1
    assert ("process_open_fds", ()) in samples


def test_a_registry_that_fails_to_say_its_names_costs_nothing():
    class Strange(Registry):
        def __contains__(self, name):
            raise ValueError("strange")

    registry = Strange()
    ProcessCollector(registry=registry)
    assert "process_open_fds" in names_of(registry)


@pytest.mark.parametrize("is_first", [True, False])
def test_one_of_ours_beside_those_that_are_installed(registry, is_first):
    if is_first:
        ProcessCollector(registry=registry)
    install(registry)
    if not is_first:
        ProcessCollector(registry=registry)
    for _ in range(2):
        names = [name for name, _ in scraped(registry)]
        assert ERRORS not in names
        assert names.count("process_open_fds") == 1


def test_something_else_is_refused():
    with pytest.raises(Exception, match="registry must be a Registry, got"):
        install("registry")


def test_a_registry_is_not_kept_alive():
    registry = Registry()
    installed = install(registry)
    weak = weakref.ref(registry)
    del registry, installed
    gc.collect()
    assert weak() is None
