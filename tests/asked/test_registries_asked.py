"""What is called before a scrape, parts of registries, and several of them in one page."""

import asyncio

import pytest

from aioprometheus import Gauge, Registry, Summary, render
from tests.support.asked import Collected, both, gauge, text, text_async


@pytest.fixture
def registry():
    return Registry()


def test_functions_before_a_scrape(registry):
    cpu = Gauge("cpu", "d", registry=registry)

    @registry.before_scrape
    def refresh():
        for number in range(3):
            cpu.set({"number": str(number)}, number)
        Gauge("born", "d", registry=registry).set(1)

    assert 'cpu{number="2"} 2\n' in text(registry)
    assert "\nborn 1\n" in text(registry)
    with pytest.raises(ValueError, match="already"):
        registry.before_scrape(refresh)
    with pytest.raises(TypeError, match="before_scrape takes a function"):
        registry.before_scrape(5)


def test_before_a_scrape_async_and_failing(registry, caplog):
    g = Gauge("g", "d", registry=registry)

    @registry.before_scrape
    async def refresh():
        await asyncio.sleep(0)
        g.inc()

    @registry.before_scrape
    def fail():
        raise ValueError("on purpose")

    assert "\ng 1\n" in text(registry)
    body = asyncio.run(text_async(registry))
    assert "\ng 2\n" in body
    assert 'fail"} 2\n' in body
    [record] = caplog.records
    assert "called before each scrape" in record.getMessage()
    assert "The metrics were exposed with the values that they had" in record.getMessage()


def test_several_registries_in_one_page(registry, caplog):
    other = Registry()
    shared = Gauge("shared", "d", registry=registry)
    shared.set(1)
    other.register(shared)
    Gauge("a", "d", registry=registry).set(1)
    Gauge("a", "d", registry=other).set(2)
    Gauge("b", "d", registry=other).set(3)
    other.register(Collected(gauge("c")))
    body = text([registry, other])
    assert body.count("\nshared 1\n") == 1
    assert "\na 1\n" in body
    assert "\na 2\n" not in body
    assert "\nb 3\n" in body
    assert "\nc 1\n" in body
    assert 'errors_total{collector="a"} 1' in body
    [record] = caplog.records
    assert "metric a was left out" in record.getMessage()
    assert "another metric of this name comes before it" in record.getMessage()
    assert "class" not in record.getMessage()
    assert 'errors_total{collector="a"} 2' in asyncio.run(text_async((registry, other)))
    with pytest.raises(Exception, match="registry must be a Registry"):
        render([registry, 5])
    with pytest.raises(Exception, match="registry must be a Registry"):
        render([])


def test_samples_of_a_name_in_two_registries(registry, caplog):
    other = Registry()
    Summary("a", "d", registry=registry).observe(1)
    Gauge("a_sum", "d", registry=other).set(2)
    assert "\na_sum 2\n" not in text([registry, other])
    [record] = caplog.records
    assert "metric a_sum was left out of the exposition: a comes before it" in record.getMessage()


@pytest.mark.parametrize("names", [[], ["other"]])
def test_the_counters_of_this_package_are_no_part_of_other_names(registry, names):
    class Failing(Gauge):
        def get_all(self):
            raise RuntimeError

    Failing("failing", "d", registry=registry)
    assert "aioprometheus_collector_errors_total" in text(registry)
    assert text(registry.restricted(names)).strip() == ""
    assert asyncio.run(text_async(registry.restricted(names))).strip() == ""


def test_restricted(registry):
    part = registry.restricted(["a", "h_count"])
    Gauge("a", "d", registry=registry).set(1)
    Gauge("b", "d", registry=registry).set(2)
    assert "\na 1\n" in both(part)
    assert "\nb 2\n" not in both(part)
    assert "a 1" not in text(part, names=["b"])
    assert text(registry.restricted([])).strip() == ""
    assert [metric.name for metric in part] == ["a"]
    with pytest.raises(TypeError, match="names must be a list of names"):
        registry.restricted("a")
