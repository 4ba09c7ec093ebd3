"""One timer whose blocks begin and end in the methods of other context managers."""

import asyncio
import contextlib
import gc
import inspect
import weakref

import pytest

from aioprometheus import Counter, Gauge, Registry, Summary
from support.meters import fake_clock


@pytest.fixture
def clock():
    with fake_clock() as clock:
        yield clock


class Stack(contextlib.ExitStack):
    """A subclass, as programs have."""


class Shared:
    """Calls the methods of the shared object."""

    def __init__(self, block):
        self.block = block

    def __enter__(self):
        return self.block.__enter__()

    def __exit__(self, *details):
        self.block.__exit__(*details)


class Returned(Shared):
    """Calls `__exit__` of what `__enter__` returned."""

    def __enter__(self):
        self.block = self.block.__enter__()
        return self.block


class AsyncShared(Shared):
    async def __aenter__(self):
        return await self.block.__aenter__()

    async def __aexit__(self, *details):
        await self.block.__aexit__(*details)


class AsyncReturned(AsyncShared):
    async def __aenter__(self):
        self.block = await self.block.__aenter__()
        return self.block


class Own:
    """A stack that is not that of the standard library."""

    def __init__(self):
        self.block = None

    def enter_context(self, block):
        self.block = block
        return block.__enter__()

    def __exit__(self, *details):
        self.block.__exit__(*details)


def on_stack(kind):
    def new(block):
        stack = kind()
        return (lambda: stack.enter_context(block)), stack.__exit__

    return new


def on_async_stack(block):
    stack = contextlib.AsyncExitStack()
    return (lambda: stack.enter_async_context(block)), stack.__aexit__


def on_mixed_stack(block):
    stack = contextlib.AsyncExitStack()

    async def enter():
        return stack.enter_context(block)

    return enter, stack.__aexit__


def in_wrapper(kind):
    def new(block):
        wrapper = kind(block)
        if hasattr(kind, "__aenter__"):
            return wrapper.__aenter__, wrapper.__aexit__
        return wrapper.__enter__, wrapper.__exit__

    return new


def in_functions(block):
    """As hooks that keep in a request what `__enter__` returned."""
    kept = []

    def begin():
        kept.append(block.__enter__())
        return kept[0]

    return begin, lambda *details: kept[0].__exit__(*details)


WAYS = {
    "ExitStack": on_stack(contextlib.ExitStack),
    "subclass of ExitStack": on_stack(Stack),
    "other stack": on_stack(Own),
    "AsyncExitStack": on_async_stack,
    "AsyncExitStack, entered without async": on_mixed_stack,
    "wrapper of the shared object": in_wrapper(Shared),
    "wrapper of what is returned": in_wrapper(Returned),
    "async wrapper of the shared object": in_wrapper(AsyncShared),
    "async wrapper of what is returned": in_wrapper(AsyncReturned),
    "functions with what is returned": in_functions,
}

ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


async def done(result):
    return await result if inspect.isawaitable(result) else result


@ways
@pytest.mark.parametrize("order", ["012", "021", "102", "120", "201", "210"])
def test_blocks_side_by_side(clock, way, order):
    """The clock goes on by 1, 10, 100, ... after each beginning and end."""
    metric = Gauge("seconds", "doc", registry=Registry())
    timer = metric.time()

    async def main():
        blocks = [way(timer) for _ in range(3)]
        for number, (begin, _) in enumerate(blocks):
            inside = await done(begin())
            inside.labels["number"] = number
            clock.sleep(10**number)
        for step, number in enumerate(order):
            await done(blocks[int(number)][1](None, None, None))
            clock.sleep(10 ** (3 + step))

    for _ in range(2):  # the timer can be used again
        metric.clear()
        asyncio.run(main())
        began = [0, 1, 11]
        for step, number in enumerate(order):
            end = [111, 1111, 11111][step]
            assert metric.get({"number": number}) == end - began[int(number)]
    with pytest.raises(RuntimeError, match="seconds: no block of this timer has begun"):
        timer.__exit__(None, None, None)


@ways
def test_blocks_that_begin_when_others_have_ended(clock, way):
    """The shared timer measures the third block itself, while the second one goes on."""
    metric = Gauge("seconds", "doc", registry=Registry())
    timer = metric.time()

    async def main():
        blocks = {name: way(timer) for name in "abcd"}
        for step in ("+a", "+b", "-a", "+c", "+d", "-c", "-b", "-d"):
            begin, end = blocks[step[1]]
            if step[0] == "+":
                inside = await done(begin())
                inside.labels["name"] = step[1]
            else:
                await done(end(None, None, None))
            clock.sleep(1)

    asyncio.run(main())
    assert {labels["name"]: value for labels, value in metric.get_all()} == dict(a=2, b=5, c=2, d=3)


@ways
def test_blocks_within_each_other(clock, way):
    metric = Gauge("seconds", "doc", registry=Registry())
    timer = metric.time()

    async def walk(depth):
        begin, end = way(timer)
        inside = await done(begin())
        inside.labels["depth"] = depth
        clock.sleep(1)
        if depth:
            await walk(depth - 1)
        await done(end(None, None, None))

    asyncio.run(walk(3))
    found = {labels["depth"]: value for labels, value in metric.get_all()}
    assert found == {"0": 1, "1": 2, "2": 3, "3": 4}


def test_methods_that_enter_by_themselves(clock):
    """Two calls of one method of one object have a block each, whatever the name of the method."""
    metric = Gauge("seconds", "doc", registry=Registry())
    timer = metric.time()

    class Pool:
        async def __aenter__(self):
            with timer as inside:
                inside.labels["number"] = len(numbers)
                numbers.append(number := asyncio.Event())
                await number.wait()

        async def __aexit__(self, *details):
            pass

    numbers = []

    async def main():
        pool = Pool()
        tasks = []
        for _ in range(3):
            tasks.append(asyncio.ensure_future(pool.__aenter__()))
            await asyncio.sleep(0)
            clock.sleep(1)
        for number in (1, 0, 2):
            numbers[number].set()
            await tasks[number]
            clock.sleep(10)

    asyncio.run(main())
    assert metric.get_all() == [({"number": "1"}, 2), ({"number": "0"}, 13), ({"number": "2"}, 21)]


def test_a_block_ends_once():
    metric = Summary("seconds", "doc", registry=Registry())
    timer = metric.time()
    with timer:
        inner = timer.__enter__()
        inner.__exit__(None, None, None)
        assert metric.get()["count"] == 1
        with pytest.raises(RuntimeError, match="seconds: no block of this timer has begun"):
            inner.__exit__(None, None, None)
        with timer:
            pass
    assert metric.get()["count"] == 3


def test_a_block_of_a_block(clock):
    """What `__enter__` returned can be entered again as well."""
    metric = Gauge("seconds", "doc", registry=Registry())
    timer = metric.time()
    with timer, timer as inner:
        clock.sleep(1)
        with inner as innermost:
            innermost.labels["number"] = 3
            clock.sleep(1)
        clock.sleep(1)
        inner.labels["number"] = 2
    assert metric.get_all() == [({"number": "3"}, 1), ({"number": "2"}, 3), ({}, 3)]


def test_blocks_that_never_end_are_collected():
    metric = Summary("seconds", "doc", registry=Registry())

    class Label(str):
        pass

    timer = metric.time()
    timer.__enter__()
    beside = timer.__enter__()
    beside.labels["label"] = label = Label("x")
    gone = weakref.ref(label)
    del timer, beside, label
    gc.collect()
    assert gone() is None


def test_ended_blocks_are_forgotten():
    metric = Summary("seconds", "doc", registry=Registry())
    timer = metric.time()
    timer.__enter__()
    for _ in range(3):
        beside = timer.__enter__()
        assert beside is not timer
        assert any(found is beside for found in gc.get_referents(timer))
        beside.__exit__(None, None, None)
        assert not any(found is beside for found in gc.get_referents(timer))
    timer.__exit__(None, None, None)
    assert metric.get()["count"] == 4


def test_the_error_of_the_block_wins():
    for shared in (
        Summary("seconds", "doc", registry=Registry()).time(),
        Gauge("running", "doc", registry=Registry()).track_inprogress(),
    ):
        assert shared.__exit__(LookupError, LookupError(), None) is None
        with pytest.raises(RuntimeError, match="no block of this t"):
            shared.__exit__(None, None, None)


@ways
def test_trackers_and_counters_of_exceptions(way):
    gauge = Gauge("running", "doc", registry=Registry())
    counter = Counter("errors_total", "doc", registry=Registry())

    async def main():
        for shared in (gauge.track_inprogress(), counter.count_exceptions()):
            blocks = [way(shared) for _ in range(3)]
            for begin, _ in blocks:
                assert await done(begin()) is shared
            for number in (1, 0, 2):
                error = LookupError()
                assert gauge.get_all() in ([], [({}, 3 - (1, 0, 2).index(number))], [({}, 0)])
                await done(blocks[number][1](LookupError, error, None))

    asyncio.run(main())
    assert (gauge.get(), counter.get()) == (0, 3)
