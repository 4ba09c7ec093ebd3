"""``Metrics``: what a test expects of a registry, and the words of what fails."""

import asyncio
import re
import threading
import unittest

import pytest

import aioprometheus
from aioprometheus import (
    Counter,
    GaugeFamily,
    GaugeHistogramFamily,
    Info,
    Registry,
    Summary,
)
from aioprometheus.testing import Metrics


def test_increases(metrics, requests, latency):
    get = {"method": "GET", "path": "/"}
    with metrics.increased("requests_total"):
        requests.inc(get)
    with metrics.increased("requests_total", {"method": "GET"}, by=1):
        requests.inc(get)
    with metrics.increased("requests_total", {"method": "GET", "env": "prod"}, by=2.5):
        requests.inc(get, 2.5)
    with metrics.increased(requests, {"path": "/"}, by=3):
        requests.inc(get, 2)
        requests.inc({"method": "PUT", "path": "/"})
    with metrics.increased("requests_total", {"method": "POST"}, by=1):
        requests.inc({"method": "POST"})
    with metrics.increased("requests_total", {"method": "NEW"}, by=0):
        pass
    with metrics.increased("latency_seconds_bucket", {"le": 1}, by=1):
        latency.observe(0.5)


def test_decreases_and_changes(metrics, queue, registry):
    with metrics.decreased("queue_size"):
        queue.dec()
    with metrics.decreased(queue, by=3):
        queue.sub(3)
    with metrics.changed("queue_size"):
        queue.set(7)
    with metrics.changed("queue_size", to=0):
        queue.set(0)
    with metrics.changed("queue_size", {"a": "b"}, to=0):
        queue.set({"a": "b"}, 0)
    with metrics.changed("queue_size", {"a": "b"}):
        queue.remove({"a": "b"})
    with metrics.changed("build_info"):
        Info("build", "d", registry=registry).info({"version": "1"})
    with metrics.changed("build", {"version": 2}, to=1):
        registry.get("build").info({"version": "2"})


def test_observations(metrics, latency, registry):
    with metrics.observed("latency_seconds"):
        latency.observe(0.5)
    with metrics.observed(latency, times=2, sum=0.8):
        latency.observe_many([0.1, 0.7])
    summary = Summary("size_bytes", "d", registry=registry)
    with metrics.observed("size_bytes", {"kind": "a"}, times=1, sum=7):
        summary.observe({"kind": "a"}, 7)
        summary.observe({"kind": "b"}, 8)
    with metrics.observed("latency_seconds", times=0), metrics.unchanged("latency_seconds"):
        summary.observe(1)


def test_observations_of_a_collector(metrics, registry):
    class Waits:
        count = 0

        def collect(self):
            waits = GaugeHistogramFamily("waits", "d", labels=[])
            self.count += 1
            waits.add_metric([], buckets=[("1", 1), ("+Inf", self.count)], gsum_value=self.count)
            yield waits

    registry.register(Waits())
    with metrics.observed("waits", times=1, sum=1):
        pass


def test_what_does_not_change(metrics, requests, queue, latency):
    with metrics.unchanged():
        requests.inc({"method": "GET", "path": "/"}, 0)
    with metrics.unchanged("queue_size"), metrics.unchanged(latency):
        requests.inc({"method": "GET", "path": "/"})
    with metrics.unchanged("requests_total", {"method": "PUT"}):
        requests.inc({"method": "GET", "path": "/"})
    with metrics.unchanged("latency_seconds"), metrics.unchanged("latency_seconds_count"):
        queue.inc()


def test_what_any_registry_may_have_later_is_known(metrics, registry):
    with metrics.unchanged("aioprometheus_collector_errors_total"):
        pass
    limited = Counter("limited", "d", max_series=1, registry=registry)
    with metrics.unchanged("aioprometheus_series_overflow_total"):
        limited.inc({"a": "1"})
    with metrics.increased("aioprometheus_series_overflow_total", {"metric": "limited"}, by=1):
        limited.inc({"a": "2"})


def test_floats_may_be_rounded(metrics, requests, queue):
    with metrics.increased("requests_total", by=0.3):
        requests.inc({"a": "b"}, 0.1)
        requests.inc({"a": "b"}, 0.2)
    queue.set(1e9)
    with metrics.increased("queue_size", by=0.1):
        queue.inc(0.1)
    queue.set(1e15)
    with pytest.raises(AssertionError), metrics.increased("queue_size", by=1e9):
        queue.inc(1e9 + 1)
    with pytest.raises(AssertionError), metrics.increased("queue_size", by=0):
        queue.inc(1)
    with metrics.increased("queue_size", by=pytest.approx(2, abs=1)):
        queue.inc(3)
    with pytest.raises(AssertionError), metrics.increased("queue_size", by=pytest.approx(2)):
        queue.inc(3)


def test_values(metrics, requests, queue):
    assert metrics.value("queue_size") == metrics.value(queue) == 5
    assert metrics.value("requests_total") == 7
    assert metrics.value("requests_total", {"method": "PUT"}) == 4
    assert metrics.value("requests_total", {"method": "x"}, default=0) == 0
    with pytest.raises(AssertionError) as caught:
        metrics.value("requests_total", {"method": "get"})
    assert str(caught.value).splitlines() == [
        'requests_total{method="get"} should have a value, but there is no such series',
        "Its series:",
        '  requests_total{env="prod",method="GET",path="/"} 3  (method is "GET", not "get")',
        '  requests_total{env="prod",method="PUT",path="/"} 4  (method is "PUT", not "get")',
    ]


def test_changes_without_an_expectation(metrics, requests):
    with metrics.changes() as changes:
        assert not changes
        requests.inc({"method": "PUT", "path": "/"}, 2)
    assert str(changes) == 'requests_total{env="prod",method="PUT",path="/"} 4 -> 6 (+2)'
    with metrics.increased("requests_total") as changes:
        requests.inc()
    assert [change.is_new for change in changes] == [True]
    assert metrics.snapshot().get_sample_value("requests_total", {"env": "prod"}) == 1


def test_an_exception_in_the_block_hides_no_mistake(metrics, requests):
    with pytest.raises(KeyError), metrics.increased("requests_total"):
        requests.inc()
        raise KeyError("x")
    expected = pytest.raises(AssertionError, match="but it stayed 8")
    with expected as caught, pytest.raises(KeyError), metrics.increased("requests_total"):
        raise KeyError("x")
    assert str(caught.value).endswith("\nThe block raised KeyError: 'x'")
    assert isinstance(caught.value.__cause__, KeyError)


class Interrupted(BaseException):
    pass


@pytest.mark.parametrize(
    "error", [AssertionError("own"), unittest.SkipTest("own"), Interrupted("own")], ids=repr
)
def test_the_results_of_tests_go_through(metrics, error):
    with pytest.raises(type(error), match=r"^own$"), metrics.increased("queue_size"):
        raise error


def test_nested_expectations_report_the_innermost(metrics, requests, queue):
    expected = pytest.raises(AssertionError, match="queue_size should have increased")
    with expected, metrics.increased("requests_total"), metrics.increased("queue_size"):
        pass


def test_an_expectation_can_be_used_again(metrics, requests):
    expectation = metrics.increased("requests_total", by=1)
    for _ in range(2):
        with expectation as changes:
            requests.inc()
        assert len(changes) == 1


def test_what_makes_no_sense_is_refused_at_once(metrics, requests):
    with pytest.raises(ValueError, match=re.escape("that is decreased(..., by=2)")):
        metrics.increased("x", by=-2)
    with pytest.raises(ValueError, match=re.escape("that is increased(..., by=2)")):
        metrics.decreased("x", by=-2)
    with pytest.raises(TypeError, match="labels are a dict"):
        metrics.increased("x", "GET")
    with pytest.raises(TypeError, match=r"by its name, or itself.*BoundCounter"):
        metrics.unchanged(requests.labels({"method": "GET"}))
    with pytest.raises(TypeError, match="Metrics takes a Registry, not dict"):
        Metrics({})


def test_increments_of_threads_are_counted(metrics, requests):
    def work():
        for _ in range(1000):
            requests.inc({"method": "GET", "path": "/"})

    with metrics.increased("requests_total", {"method": "GET"}, by=8000):
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def test_blocks_in_threads_do_not_disturb_each_other(metrics, registry):
    failures = []

    def work(number):
        counter = Counter(f"of_{number}_total", "d", registry=registry)
        try:
            for amount in range(20):
                with metrics.increased(counter, by=amount):
                    counter.inc(amount)
        except AssertionError as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


class Awaited:
    value = 0

    async def collect(self):
        self.value += 1
        return [GaugeFamily("awaited", "d", self.value)]


def test_async_with(use, metrics, registry, requests):
    registry.register(Awaited())

    async def scenario():
        async with metrics.increased("awaited", by=1) as changes:
            requests.inc({"method": "GET", "path": "/"})
        assert [change.name for change in changes] == ["awaited", "requests_total"]
        with pytest.raises(AssertionError, match="requests_total should have increased"):
            async with metrics.increased("requests_total"):
                pass
        asked = registry.get_sample_value
        with pytest.raises(asyncio.CancelledError):
            async with metrics.increased("requests_total"):
                raise asyncio.CancelledError
        return asked

    assert use(scenario)("awaited") == 6


def test_several_registries(registry, requests):
    other = Registry()
    counter = Counter("other_total", "d", registry=other)
    metrics = Metrics([registry, other])
    with metrics.increased("other_total", by=1), metrics.increased(requests, by=1):
        counter.inc()
        requests.inc()
    with Metrics(registry.restricted(["requests_total"])).unchanged():
        Counter("more_total", "d", registry=registry).inc()


def test_the_default_registry_is_that_of_the_moment(monkeypatch):
    metrics, registry = Metrics(), Registry()
    assert metrics.registry is aioprometheus.REGISTRY
    assert repr(metrics).startswith("<Metrics of <Registry")
    monkeypatch.setattr("aioprometheus.testing.metrics.get_registry", lambda: registry)
    assert metrics.registry is registry


class TestUnittest(unittest.TestCase):
    def test_it_works_with_unittest(self):
        registry = Registry()
        counter = Counter("done_total", "d", registry=registry)
        metrics = Metrics(registry)
        with metrics.increased("done_total", by=1):
            counter.inc()
        with self.assertRaises(self.failureException), metrics.unchanged():
            counter.inc()
