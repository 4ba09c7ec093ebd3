"""Renderings beside other threads, which register metrics and do not wait."""

import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from aioprometheus import Counter, Registry, Summary, render
from support import text_parser
from support.many_threads import meanwhile, run, whole

pytestmark = pytest.mark.usefixtures("frequent_switches")

THREADS = 8
TIMES = 100_000
DEADLINE = 60  # seconds; only a hang reaches it


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


@contextmanager
def _waiting_thread():
    """A thread that waits for the interpreter and is never given it by force; gives its event.

    With this switch interval, another thread gets the interpreter only when this one gives it up
    by itself.
    """
    ran, go = threading.Event(), threading.Event()

    def work():
        go.wait()
        ran.set()

    thread = threading.Thread(target=work)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        thread.start()
        go.set()
        yield ran
    finally:
        sys.setswitchinterval(before)
        go.set()
        thread.join()


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is no lock")
def test_rendering_releases_the_interpreter_lock(large):
    # The bytes of the next one need not grow, for which the interpreter is given up, too.
    render(large, None)
    with _waiting_thread() as ran:
        sum(number * number for number in range(200_000))
        assert not ran.is_set()
        # However late the system lets the thread run: nothing else here gives up the interpreter.
        give_up = time.monotonic() + DEADLINE
        while not ran.is_set():
            assert time.monotonic() < give_up, "no thread ran during the renderings"
            render(large, None)


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
