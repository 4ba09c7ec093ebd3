"""timer, inprogress and count_exceptions on callables that return something to await."""

import asyncio
import gc
import inspect
import types
import warnings
from functools import partial
from unittest import mock

import pytest

from support.meters import Meters, fake_clock, nothing


async def coroutine(): ...


@pytest.fixture
def meters():
    return Meters()


@pytest.fixture
def clock():
    with fake_clock() as clock:
        yield clock


class Awaitable:
    """An awaitable object that is neither a coroutine nor a Future."""

    def __init__(self, coroutine):
        self.coroutine = coroutine
        self.note = "kept"

    def __await__(self):
        return self.coroutine.__await__()

    def __len__(self):
        return 3

    async def __aenter__(self):
        return await self

    async def __aexit__(self, *exc_info):
        return True


async def finish(meters, clock, fail):
    """What the coroutines below do: a second before and two after they were suspended."""
    assert meters.now == 1
    clock.sleep(1)
    await nothing()
    clock.sleep(2)
    if fail:
        raise LookupError
    return "result"


def returners(meters, clock):
    """Functions of each kind that return something to await."""

    async def coroutine(fail):
        return await finish(meters, clock, fail)

    class Callable:
        async def __call__(self, fail):
            return await finish(meters, clock, fail)

    @types.coroutine
    def generator_coroutine(fail):
        return (yield from finish(meters, clock, fail).__await__())

    yield coroutine
    yield partial(coroutine)
    yield Callable()
    yield Callable().__call__
    yield generator_coroutine
    yield lambda fail: generator_coroutine(fail)
    yield lambda fail: finish(meters, clock, fail)
    yield lambda fail: asyncio.ensure_future(finish(meters, clock, fail))
    yield lambda fail: asyncio.gather(finish(meters, clock, fail))
    yield lambda fail: Awaitable(finish(meters, clock, fail))


@pytest.mark.parametrize("number", range(10))
def test_awaitables_are_covered_to_their_end(meters, clock, number):
    work = meters(list(returners(meters, clock))[number])

    async def main():
        assert await work(False) in ("result", ["result"])
        with pytest.raises(LookupError):
            await work(True)

    asyncio.run(main())
    assert meters.totals == (2, 6, 1)


@pytest.mark.parametrize("number", range(10))
def test_cancellation_ends_the_span_and_is_not_an_exception(number):
    meters, clock = Meters(), mock.Mock()

    async def finish_never(*_):
        await asyncio.Event().wait()

    async def main():
        with mock.patch(f"{__name__}.finish", finish_never):
            work = meters(list(returners(meters, clock))[number])
            task = asyncio.ensure_future(outer(work))
            await nothing()
            await nothing()
            assert meters.now == 1
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await nothing()

    async def outer(work):
        await work(False)

    asyncio.run(main())
    assert (meters.totals[0], meters.totals[2]) == (1, 0)


def test_time_of_the_call_is_added_to_that_of_its_awaitable(meters, clock):
    @meters
    def work():
        assert meters.now == 1
        clock.sleep(4)
        return finish(meters, clock, False)

    async def main():
        coroutine = work()
        assert meters.now == 0
        clock.sleep(100)  # nothing runs
        await coroutine

    asyncio.run(main())
    assert meters.totals == (1, 7, 0)


def test_a_future_stays_that_future(meters, clock):
    async def main():
        future = asyncio.get_running_loop().create_future()
        assert meters(lambda: future)() is future
        assert meters.now == 1
        clock.sleep(5)
        future.set_result(7)
        await nothing()
        assert await future == 7
        assert meters.totals == (1, 5, 0)
        assert meters(lambda: future)() is future  # done already
        assert meters.totals == (2, 5, 0)
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(LookupError())
        assert meters(lambda: failed)() is failed
        assert meters.totals == (3, 5, 1)
        with pytest.raises(LookupError):
            await failed

    asyncio.run(main())


def test_exception_of_a_task_that_nobody_awaits_is_still_reported(meters):
    reported = []

    async def fail():
        raise LookupError

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(context["message"]))
        meters(lambda: asyncio.ensure_future(fail()))()
        for _ in range(5):
            await nothing()
        gc.collect()

    asyncio.run(main())
    assert meters.totals[::2] == (1, 1)
    assert reported == ["Task exception was never retrieved"]


def test_a_returned_coroutine_is_one(meters):
    async def inner():
        return 7

    returned = meters(lambda: inner())()
    assert inspect.iscoroutine(returned)
    assert returned.__qualname__ == inner.__qualname__
    assert asyncio.run(returned) == 7
    with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
        asyncio.run(returned)
    assert meters.totals[0] == 1


@pytest.mark.parametrize("func", [coroutine, lambda: coroutine()])
def test_a_coroutine_that_never_runs(meters, func):
    meters(func)().close()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        meters(func)()
        gc.collect()
    assert [str(w.message) for w in caught] == ["coroutine 'coroutine' was never awaited"]
    assert meters.totals == (0, 0, 0)


def test_an_awaitable_object_keeps_its_ways(meters, clock):
    inner = []

    def make():
        inner.append(Awaitable(finish(meters, clock, False)))
        return inner[-1]

    async def main():
        awaitable = meters(make)()
        assert isinstance(awaitable, Awaitable)
        assert (len(awaitable), awaitable.note) == (3, "kept")
        assert not hasattr(type(awaitable), "__aiter__")
        awaitable.note = "changed"
        assert inner[-1].note == "changed"
        del awaitable.note
        assert not hasattr(inner[-1], "note")
        assert await awaitable == "result"
        assert meters.totals == (1, 3, 0)
        async with meters(make)() as result:
            assert result == "result"
            raise LookupError  # which the coroutine catches
        assert meters.totals == (2, 6, 0)
        with pytest.raises(RuntimeError, match="cannot reuse"):
            await awaitable
        assert meters.totals == (2, 6, 0)

    asyncio.run(main())
