"""Renderings beside other threads, which register metrics and do not wait."""

import sys
import threading
from contextlib import suppress

import pytest
import text_parser
from many_threads import meanwhile, run, whole

from aioprometheus import Counter, Registry, Summary, render

pytestmark = pytest.mark.usefixtures("frequent_switches")

THREADS = 8
TIMES = 100_000


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

    with meanwhile(lambda: whole(registry)["steady", ()] if steady.values else None):
        run(work)
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

    run(work)
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

        run(work, 2)
        assert len(registry.get_all()) == 1


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

    with meanwhile(lambda: render(large, None)) as rounds:
        run(work, 4)
    assert rounds
    assert len(counter.values) == before + 8000
    assert counter.get({"number": 7}) == pytest.approx(7 + 0.1 + 8000)
    text_parser.values(render(large, None)[0])
