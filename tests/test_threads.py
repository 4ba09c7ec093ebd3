"""Threads: nothing is lost, nothing is torn, and a scrape stops nobody."""

import os
import random
import sys
import threading
from contextlib import contextmanager, suppress

import pytest
import text_parser

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render

THREADS = 8
TIMES = 1_000_000 if os.environ.get("AIOPROMETHEUS_LONG_TESTS") else 100_000


@pytest.fixture(autouse=True)
def _frequent_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def _run(function, count=THREADS):
    """Run the function with 0, 1, ... in threads that start together; their errors are raised."""
    barrier, errors = threading.Barrier(count), []

    def body(number):
        try:
            barrier.wait()
            function(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@contextmanager
def _meanwhile(function):
    """Call the function over and over in another thread, at least once; its errors are raised."""
    done, errors, rounds = threading.Event(), [], []

    def body():
        try:
            while True:
                function()
                rounds.append(1)
                if done.is_set():
                    return
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    try:
        yield rounds
    finally:
        done.set()
        thread.join()
    if errors:
        raise errors[0]


def _whole(registry):
    """Render and check that no line is broken and no histogram is torn."""
    parsed = text_parser.values(render(registry, None)[0])
    for (name, labels), value in parsed.items():
        if name.endswith("_count") and (name[:-6] + "_sum", labels) in parsed:
            count, total = float(value), float(parsed[name[:-6] + "_sum", labels])
            # Only 2.0 is ever observed in these tests.
            assert total == 2 * count, (name, labels, count, total)
            for bound, expected in (("1.0", 0.0), ("5.0", count), ("+Inf", count)):
                with_bound = tuple(sorted((*labels, ("le", bound))))
                bucket = parsed.get((name[:-6] + "_bucket", with_bound))
                assert bucket is None or float(bucket) == expected, (name, labels, bound)
    return parsed


def _metrics(registry):
    return [
        Counter("c", "d", registry=registry),
        Gauge("g", "d", registry=registry),
        Summary("s", "d", registry=registry, quantiles={0.5: 0.05}),
        Histogram("h", "d", registry=registry, buckets=[1, 5]),
    ]


def test_one_series():
    registry = Registry()
    counter = Counter("c", "d", registry=registry)
    labels = {"method": "GET", "path": "/"}

    def work(number):
        for _ in range(TIMES):
            counter.inc(labels)

    seen = []

    def watch():
        parsed = _whole(registry)
        seen.append(int(parsed.get(("c", tuple(sorted(labels.items()))), "0")))

    with _meanwhile(watch):
        _run(work)
    assert counter.get(labels) == THREADS * TIMES
    assert seen == sorted(seen)


@pytest.mark.parametrize("step", [1, 0.5])
def test_one_series_up_and_down(step):
    registry = Registry()
    gauge = Gauge("g", "d", registry=registry)

    def work(number):
        for _ in range(TIMES):
            gauge.inc(step)
            gauge.dec({}, step)
            gauge.add(2 * step)
            gauge.sub(None, step)

    with _meanwhile(lambda: _whole(registry)):
        _run(work)
    assert gauge.get() == THREADS * TIMES * step


def test_a_hundred_series_that_are_born_meanwhile():
    registry = Registry()
    counter = Counter("c", "d", registry=registry)

    def work(number):
        order = list(range(100))
        random.Random(number).shuffle(order)
        for turn in range(1000):
            for index in order:
                if turn % 2:
                    counter.inc({"i": index, "j": "x"})
                else:
                    counter.inc({"j": "x", "i": str(index)})

    with _meanwhile(lambda: _whole(registry)):
        _run(work)
    assert len(counter.values) == 100
    assert {value for _, value in counter.get_all()} == {THREADS * 1000}


def test_observations():
    registry = Registry()
    _, _, summary, histogram = _metrics(registry)

    def work(number):
        labels = {"a": "x"}
        for index in range(TIMES // 2):
            histogram.observe(labels, 2)
            summary.observe(labels, 2)
            if index % 50 == 0:
                histogram.observe({"b": index % 500}, 2.0)
                summary.observe({"b": index % 500}, 2.0)

    with _meanwhile(lambda: _whole(registry)):
        _run(work)
    _whole(registry)
    total = THREADS * (TIMES // 2)
    assert histogram.get({"a": "x"}) == {
        1.0: 0, 5.0: total, float("inf"): total, "count": total, "sum": 2.0 * total
    }
    assert summary.get({"a": "x"}) == {0.5: 2.0, "count": total, "sum": 2.0 * total}
    for metric in (summary, histogram):
        assert sum(report["count"] for _, report in metric.get_all()) == total + THREADS * (
            len(range(0, TIMES // 2, 50))
        )


def test_readers_of_every_kind_see_whole_histograms():
    registry = Registry()
    _, _, summary, histogram = _metrics(registry)
    labels = {"a": "x"}
    for metric in (summary, histogram):
        metric.observe(labels, 2)

    def read():
        for report in (histogram.get(labels), summary.get(labels)):
            assert report["sum"] == 2 * report["count"]
        report = histogram.get_all()[0][1]
        assert report[5.0] == report[float("inf")] == report["count"]
        values = {sample.name: sample.value for sample in histogram.samples}
        assert values["h_sum"] == 2 * values["h_count"]
        assert values["h_bucket"] == values["h_count"]  # the last one of this name is +Inf

    def work(number):
        for _ in range(TIMES // 4):
            histogram.observe(labels, 2)
            summary.observe(labels, 2)

    with _meanwhile(read):
        _run(work, 4)
    assert histogram.get(labels)["count"] == 4 * (TIMES // 4) + 1


def test_deletions_and_clearing_meanwhile():
    registry = Registry()
    metrics = _metrics(registry)

    def work(number):
        for index in range(TIMES // 10):
            metric = metrics[(index + number) % 4]
            metric.add({"i": index % 20}, 2)
            if index % 3 == 0:
                with suppress(KeyError):
                    del metric.values[{"i": index % 7}]
            if index % 500 == 0:
                metric.values.clear()
            if index % 100 == 0:
                metric.get_all()
                list(metric.values)
                len(metric.samples)

    with _meanwhile(lambda: _whole(registry)):
        _run(work)
    for metric in metrics:
        metric.values.clear()
        metric.add({"i": 0}, 2)
    assert len(_whole(registry)) == 1 + 1 + 3 + 5


def test_items_and_values_while_series_are_deleted():
    counter = Counter("c", "d", registry=Registry())

    def work(number):
        for index in range(TIMES // 10):
            counter.inc({"i": index % 20})
            counter.values.pop({"i": (index + number) % 20}, None)

    def read():
        assert all(value >= 1 for _, value in counter.values.items())
        assert all(value >= 1 for value in counter.values.values())
        assert all(value >= 1 for _, value in counter.get_all())

    with _meanwhile(read):
        _run(work, 2)


def test_pop_with_a_default_never_raises():
    counter = Counter("c", "d", registry=Registry())
    labels, taken = {"a": "x"}, []

    def work(number):
        for _ in range(TIMES // 10):
            counter.inc(labels)
            taken.append(counter.values.pop(labels, 0))

    _run(work, 4)
    assert len(taken) == 4 * (TIMES // 10)
    assert all(type(value) is int for value in taken)


def test_registering_and_deregistering_meanwhile():
    registry = Registry()
    steady = Counter("steady", "d", registry=registry)

    def work(number):
        for index in range(TIMES // 100):
            name = f"m{number}_{index % 5}"
            Counter(name, "d", registry=registry).inc({"a": index})
            steady.inc()
            assert name in registry.collectors
            if index % 2:
                registry.deregister(name)
            else:
                del registry.collectors[name]

    with _meanwhile(lambda: _whole(registry)["steady", ()] if steady.values else None):
        _run(work)
    assert registry.get_all() == [steady]
    assert steady.get() == THREADS * (TIMES // 100)


def test_one_of_many_registers_a_name():
    registry, winners, refused = Registry(), [], []

    def work(number):
        for index in range(200):
            try:
                winners.append(Counter(f"m{index}", "d", registry=registry))
            except ValueError as error:
                refused.append(str(error))

    _run(work)
    assert len(winners) == 200 == len(registry.get_all())
    assert {id(one) for one in winners} == {id(one) for one in registry.get_all()}
    assert len(refused) == 200 * (THREADS - 1)


def test_one_of_a_summary_and_its_sum_registers():
    for _ in range(200):
        registry = Registry()
        kinds = [(Counter, "a_sum"), (Summary, "a")]

        def work(number, registry=registry, kinds=kinds):
            with suppress(ValueError):
                kinds[number][0](kinds[number][1], "d", registry=registry)

        _run(work, 2)
        assert len(registry.get_all()) == 1


def test_live_objects_meanwhile():
    registry = Registry()
    _, _, summary, histogram = _metrics(registry)
    for metric in (summary, histogram):
        metric.observe(2)
    live, estimator = histogram.values[None], summary.values[None]

    def read():
        counts = list(live.buckets.values())
        assert counts[1] == counts[2]
        assert estimator.query(0.5) == 2.0
        assert live.observations >= 1 and estimator._observations >= 1

    def work(number):
        for _ in range(TIMES // 10):
            (live.observe if number % 2 else histogram.observe)(2)
            summary.observe(2)

    with _meanwhile(read):
        _run(work, 4)
    assert live.observations == estimator._observations == 1 + 4 * (TIMES // 10)


def test_python_callbacks_in_every_thread():
    """Texts of labels are taken by Python code, which is interrupted at will."""
    counter = Counter("c", "d", registry=Registry())

    class Value:
        def __init__(self, number):
            self.number = number

        def __str__(self):
            counter.inc({"inner": self.number % 10})
            return str(self.number % 10)

    def work(number):
        for index in range(2000):
            counter.inc({"outer": Value(index)})

    _run(work)
    assert len(counter.values) == 20
    assert {value for _, value in counter.get_all()} == {THREADS * 200}


@pytest.fixture(scope="module")
def large():
    registry = Registry()
    counter = Counter("c", "d", registry=registry)
    for number in range(50_000):
        counter.inc({"number": number}, number + 0.1)
    return registry


def _ticks_during(call):
    """How often another thread counted during the call, that thread never being forced to.

    With this switch interval a thread that waits for the interpreter gets it only when another
    gives it up by itself. The counting thread gives it up when it has counted to 1000.
    """
    ticks, go = [], threading.Event()

    def count():
        go.wait()
        for number in range(1000):
            ticks.append(number)

    thread = threading.Thread(target=count)
    before = sys.getswitchinterval()
    try:
        thread.start()
        sys.setswitchinterval(1000)
        go.set()
        call()
        return len(ticks)
    finally:
        sys.setswitchinterval(before)
        thread.join()


def _spin():
    return sum(number * number for number in range(200_000))


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is no lock")
def test_rendering_releases_the_interpreter_lock(large):
    assert _ticks_during(_spin) == 0
    for _ in range(100):
        if _ticks_during(lambda: render(large, None)) == 1000:
            return
    pytest.fail("no thread ran during 100 renderings")


def test_increments_and_births_go_on_while_a_large_registry_is_rendered(large):
    counter = large.get("c")
    before = len(counter.values)

    def work(number):
        for index in range(2000):
            counter.inc({"thread": number, "index": index})
            counter.inc({"number": 7})

    with _meanwhile(lambda: render(large, None)) as rounds:
        _run(work, 4)
    assert rounds
    assert len(counter.values) == before + 8000
    assert counter.get({"number": 7}) == pytest.approx(7 + 0.1 + 8000)
    text_parser.values(render(large, None)[0])
