"""timer, inprogress and count_exceptions on generators and async generators."""

import asyncio
import gc
import inspect
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial

import pytest

from support.meters import Meters, fake_clock, nothing


@pytest.fixture
def meters():
    return Meters()


@pytest.fixture
def clock():
    with fake_clock() as clock:
        yield clock


def count_to(n, meters, clock):
    for i in range(n):
        assert meters.now == 1
        clock.sleep(1)
        yield i
    return "result"


@pytest.mark.parametrize("kind", [lambda f: f, partial, lambda f: lambda *args: f(*args)])
def test_generator_from_its_first_step_to_its_end(meters, clock, kind):
    generator = meters(kind(count_to))(2, meters, clock)
    assert inspect.isgenerator(generator)
    clock.sleep(100)
    assert meters.totals == (0, 0, 0)
    assert next(generator) == 0
    assert meters.now == 1
    clock.sleep(10)
    assert next(generator) == 1
    with pytest.raises(StopIteration) as caught:
        next(generator)
    assert caught.value.value == "result"
    assert meters.totals == (1, 12, 0)


@pytest.mark.parametrize("kind", [lambda f: f, lambda f: lambda: f()])
def test_generator_send_and_throw(meters, kind):
    def echo():
        got = yield "first"
        while True:
            try:
                got = yield got
            except LookupError as error:
                got = error

    generator = meters(kind(echo))()
    assert next(generator) == "first"
    assert generator.send(7) == 7
    error = LookupError()
    assert generator.throw(error) is error
    with pytest.raises(ZeroDivisionError):
        generator.throw(ZeroDivisionError())
    assert meters.totals[::2] == (1, 1)
    with pytest.raises(StopIteration):
        next(generator)


def test_generator_close_and_garbage(meters, clock):
    closed = []

    @meters
    def work():
        try:
            yield from count_to(9, meters, clock)
        finally:
            closed.append(True)

    generator = work()
    next(generator)
    generator.close()
    assert meters.totals == (1, 1, 0)
    generator = work()
    next(generator)
    del generator
    gc.collect()
    assert meters.totals == (2, 2, 0)
    assert len(closed) == 2
    work().close()  # never started
    assert meters.totals == (2, 2, 0)


def test_generator_as_a_context_manager(meters, clock):
    @contextmanager
    @meters
    def managed():
        clock.sleep(1)
        yield 7
        clock.sleep(1)

    with managed() as value:
        assert value == 7
        clock.sleep(1)
    assert meters.totals == (1, 3, 0)
    with pytest.raises(StopIteration), managed():
        raise StopIteration
    assert meters.totals == (2, 4, 1)


def test_generator_that_turns_stop_iteration_into_an_error(meters):
    @meters
    def work():
        yield next(iter(()))

    with pytest.raises(RuntimeError, match="generator raised StopIteration"):
        list(work())
    assert meters.totals[::2] == (1, 1)


async def acount_to(n, meters, clock):
    for i in range(n):
        assert meters.now == 1
        clock.sleep(1)
        await nothing()
        yield i


@pytest.mark.parametrize("kind", [lambda f: f, partial, lambda f: lambda *args: f(*args)])
def test_async_generator_from_its_first_step_to_its_end(meters, clock, kind):
    async def main():
        generator = meters(kind(acount_to))(2, meters, clock)
        assert inspect.isasyncgen(generator)
        clock.sleep(100)
        assert meters.totals == (0, 0, 0)
        assert await generator.__anext__() == 0
        clock.sleep(10)
        assert [i async for i in generator] == [1]

    asyncio.run(main())
    assert meters.totals == (1, 12, 0)


@pytest.mark.parametrize("kind", [lambda f: f, lambda f: lambda: f()])
def test_async_generator_send_and_throw(meters, kind):
    async def echo():
        got = yield "first"
        while True:
            try:
                await nothing()
                got = yield got
            except LookupError as error:
                got = error

    async def main():
        generator = meters(kind(echo))()
        assert await generator.asend(None) == "first"
        assert await generator.asend(7) == 7
        error = LookupError()
        assert await generator.athrow(error) is error
        with pytest.raises(RuntimeError, match="async generator raised StopAsyncIteration"):
            await generator.athrow(StopAsyncIteration())
        with pytest.raises(StopAsyncIteration):
            await generator.__anext__()

    asyncio.run(main())
    assert meters.totals[::2] == (1, 1)


def test_async_generator_close(meters, clock):
    closed = []

    @meters
    async def work():
        try:
            clock.sleep(1)
            yield
        finally:
            await nothing()
            closed.append(True)

    async def main():
        generator = work()
        await generator.__anext__()
        await generator.aclose()
        assert meters.totals == (1, 1, 0)
        await work().aclose()  # never started
        assert meters.totals == (1, 1, 0)
        generator = work()
        await generator.__anext__()
        del generator
        gc.collect()
        for _ in range(20):  # asyncio closes it in a task
            await nothing()
        assert meters.totals == (2, 2, 0)
        for _ in range(20):
            abandoned.append(work())
            await abandoned[-1].__anext__()

    abandoned = []
    asyncio.run(main())  # closes all generators that are left at once
    assert (meters.totals[0], meters.totals[2]) == (22, 0)
    assert len(closed) == 22


def test_async_generator_that_ignores_being_closed(meters):
    @meters
    async def work():
        with suppress(GeneratorExit):
            yield 1
        yield 2

    async def main():
        generator = work()
        await generator.__anext__()
        with pytest.raises(RuntimeError, match="async generator ignored GeneratorExit"):
            await generator.aclose()
        with suppress(StopAsyncIteration):
            await generator.__anext__()

    asyncio.run(main())
    assert meters.totals[::2] == (1, 0)


def test_async_generator_as_a_context_manager(meters, clock):
    @asynccontextmanager
    @meters
    async def managed():
        yield 7

    async def main():
        async with managed():
            clock.sleep(1)
        with pytest.raises(LookupError):
            async with managed():
                raise LookupError

    asyncio.run(main())
    assert meters.totals == (2, 1, 1)
