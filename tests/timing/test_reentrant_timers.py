"""One timer for several blocks: within each other, and side by side."""

import asyncio
import contextlib
import gc
import threading

import pytest

from aioprometheus import Gauge, Histogram, Registry, Summary
from support.meters import fake_clock


def make(kind):
    return kind("seconds", "doc", registry=Registry())


def timed(metric):
    """The count and the sum of the series without labels."""
    found = metric.get()
    return found["count"], found["sum"]


@pytest.fixture
def clock():
    with fake_clock() as clock:
        yield clock


def test_blocks_within_each_other(clock):
    metric = make(Gauge)
    timer = metric.time()
    with timer as outer:
        clock.sleep(1)
        with timer as inner:
            inner.labels["level"] = "inner"
            clock.sleep(2)
            with timer as innermost:
                innermost.labels["level"] = "innermost"
                clock.sleep(3)
        clock.sleep(4)
    assert (outer.seconds, inner.seconds, innermost.seconds) == (10, 5, 3)
    assert metric.get_all() == [({"level": "innermost"}, 3), ({"level": "inner"}, 5), ({}, 10)]


def test_recursion(clock):
    metric = make(Summary)
    timer = metric.time()

    def work(depth):
        with timer:
            clock.sleep(1)
            if depth:
                work(depth - 1)

    work(4)
    assert timed(metric) == (5, 1 + 2 + 3 + 4 + 5)


def test_tasks_with_one_timer(clock):
    """They overlap, and do not end in the order in which they began."""
    metric = make(Gauge)
    timer = metric.time()
    steps = [asyncio.Event() for _ in range(3)]

    async def work(number):
        async with timer as inside:
            inside.labels["number"] = number
            await steps[number].wait()

    async def main():
        tasks = []
        for number in range(3):
            tasks.append(asyncio.create_task(work(number)))
            await asyncio.sleep(0)
            clock.sleep(1)
        for number in (1, 0, 2):
            steps[number].set()
            await tasks[number]
            clock.sleep(10)

    asyncio.run(main())
    assert metric.get_all() == [({"number": "1"}, 2), ({"number": "0"}, 13), ({"number": "2"}, 21)]


def test_generators_with_one_timer(clock):
    metric = make(Gauge)
    timer = metric.time()

    def work(number):
        with timer as inside:
            inside.labels["number"] = number
            yield

    first, second = work(1), work(2)
    next(first)
    clock.sleep(1)
    next(second)
    clock.sleep(1)
    first.close()
    clock.sleep(1)
    del second
    gc.collect()
    assert metric.get_all() == [({"number": "1"}, 2), ({"number": "2"}, 2)]


def test_threads_with_one_timer():
    metric = make(Summary)
    timer = metric.time()
    barrier = threading.Barrier(8)

    def work():
        for _ in range(20):
            with timer as inside:
                barrier.wait()
                assert inside.seconds >= 0

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert timed(metric)[0] == 160


def test_exit_stacks(clock):
    metric = make(Gauge)
    timer = metric.time()
    with contextlib.ExitStack() as stack:
        stack.enter_context(timer)
        clock.sleep(1)
        inner = stack.enter_context(timer)
        inner.labels["a"] = "b"
        clock.sleep(1)
    assert metric.get_all() == [({"a": "b"}, 1), ({}, 2)]


def test_an_end_without_a_beginning():
    timer = make(Histogram).time()
    with pytest.raises(RuntimeError, match="seconds: no block of this timer has begun"):
        timer.__exit__(None, None, None)
    with timer:
        pass
    with pytest.raises(RuntimeError):
        timer.__exit__(None, None, None)
