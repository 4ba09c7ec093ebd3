"""Each thing that fails is logged once, up to a bound."""

import asyncio
import itertools

import prometheus_client
import pytest

from aioprometheus import Gauge, GaugeFamily, PrometheusClientCollector, Registry
from tests.support.asked import text, text_async

SCRAPES = [text, lambda registry: asyncio.run(text_async(registry))]


@pytest.fixture
def registry():
    return Registry()


def bad(name, value="x"):
    family = GaugeFamily(name, "d")
    family.add_metric({}, value)
    return family


def failing(error):
    class Failing:
        def describe(self):
            return []

        def collect(self):
            raise error

    return Failing()


def logged(registry, scrape, caplog, *words):
    """Scrape often, and check that each of these words is in one entry, with no other."""
    for _ in range(3):
        scrape(registry)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == len(words)
    for word in words:
        assert sum(word in message for message in messages) == 1


@pytest.mark.parametrize("scrape", SCRAPES)
def test_two_families_of_a_collector(registry, scrape, caplog):
    class Bad:
        def collect(self):
            yield bad("bad_one")
            yield bad("bad_two")
            yield "junk"

    registry.register(Bad())
    logged(registry, scrape, caplog, "the family bad_one of the", "the family bad_two of", "junk")


@pytest.mark.parametrize("scrape", SCRAPES)
def test_two_collectors_of_a_class(registry, scrape, caplog):
    for words in ("database A", "database B"):
        theirs = prometheus_client.CollectorRegistry()
        theirs.register(failing(ValueError(words)))
        registry.register(PrometheusClientCollector(theirs))
    logged(registry, scrape, caplog, "database A", "database B")
    assert "(number 2 of this name)" in caplog.text


@pytest.mark.parametrize("scrape", SCRAPES)
def test_two_collectors_in_a_registry_of_prometheus_client(registry, scrape, caplog):
    theirs = prometheus_client.CollectorRegistry()
    for words in ("database A", "database B"):
        theirs.register(failing(ValueError(words)))
    registry.register(PrometheusClientCollector(theirs))
    logged(registry, scrape, caplog, "database A", "database B")


@pytest.mark.parametrize("scrape", SCRAPES)
def test_two_functions_of_a_name(registry, scrape, caplog):
    def make(words):
        def refresh():
            raise ValueError(words)

        return refresh

    registry.before_scrape(make("database A"))
    registry.before_scrape(make("database B"))
    logged(registry, scrape, caplog, "database A", "database B")


@pytest.mark.parametrize("scrape", SCRAPES)
def test_failures_of_other_classes(registry, scrape, caplog):
    errors = itertools.cycle([ValueError("one"), KeyError("two")])

    def function():
        raise next(errors)

    class Failing(Gauge):
        def get_all(self):
            raise next(errors)

    Gauge("bad", "d", registry=registry).set_function(function)
    logged(registry, scrape, caplog, "one", "two")


@pytest.mark.parametrize("scrape", SCRAPES)
def test_texts_that_vary_are_no_other_failures(registry, scrape, caplog):
    numbers = itertools.count()

    def function():
        raise ValueError(f"after {next(numbers)} seconds")

    Gauge("bad", "d", registry=registry).set_function(function)
    logged(registry, scrape, caplog, "after 0 seconds")


@pytest.mark.parametrize("scrape", SCRAPES)
def test_names_without_end(registry, scrape, caplog):
    numbers = itertools.count()

    class Bad:
        def collect(self):
            for _ in range(20):
                yield bad(f"bad_{next(numbers)}_{'x' * 1000}")

    registry.register(Bad())
    for _ in range(3):
        body = scrape(registry)
    assert 'Bad"} 60' in body
    assert len(caplog.records) == 10
    assert all(len(record.getMessage()) < 3000 for record in caplog.records)


@pytest.mark.parametrize("scrape", SCRAPES)
def test_an_exception_that_cannot_be_shown(registry, scrape, caplog, capsys):
    class Odd(Exception):
        def __repr__(self):
            raise ValueError("repr")

        __str__ = __repr__

    class Failing(Gauge):
        def get_all(self):
            raise Odd

    registry.register(failing(Odd()))
    Failing("bad", "d", registry=registry)
    logged(registry, scrape, caplog, "the collector", "metric bad raised Odd, whose __repr__")
    assert "Logging error" not in capsys.readouterr().err
