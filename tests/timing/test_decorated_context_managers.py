"""timer, inprogress and count_exceptions on context managers made of generator functions."""

import asyncio
import contextlib
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import pytest

from support.meters import Meters, fake_clock


@pytest.fixture
def meters():
    return Meters()


@pytest.fixture
def clock():
    with fake_clock() as clock:
        yield clock


@contextmanager
def block(value=None):
    """A block."""
    yield value


@asynccontextmanager
async def async_block(value=None):
    yield value


async def enter(manager):
    """Enter a manager of either kind, in a program that can do both."""
    if hasattr(manager, "__aenter__"):
        return await manager.__aenter__()
    return manager.__enter__()


async def leave(manager, error=None):
    details = (None, None, None) if error is None else (type(error), error, error.__traceback__)
    if hasattr(manager, "__aexit__"):
        return await manager.__aexit__(*details)
    return manager.__exit__(*details)


BOTH = pytest.mark.parametrize("func", [block, async_block, partial(block), partial(async_block)])


@BOTH
def test_the_block_is_covered(meters, clock, func):
    async def main():
        manager = meters(func)("value")
        clock.sleep(100)  # it is never entered
        assert meters.now == 0
        assert await enter(manager) == "value"
        assert meters.now == 1
        clock.sleep(5)
        await leave(manager)

    asyncio.run(main())
    assert meters.totals == (1, 5, 0)


@BOTH
def test_an_exception_in_the_block(meters, clock, func):
    async def main():
        manager = meters(func)()
        await enter(manager)
        clock.sleep(5)
        error = LookupError("lost")
        assert not await leave(manager, error)
        assert error.__cause__ is None

    asyncio.run(main())
    assert meters.totals == (1, 5, 1)


@pytest.mark.parametrize("error", [StopIteration(7), StopAsyncIteration(7), RuntimeError("x")])
@BOTH
def test_exceptions_that_generators_are_told_apart_by(meters, func, error):
    async def main():
        manager = meters(func)()
        await enter(manager)
        assert not await leave(manager, error)

    asyncio.run(main())
    assert meters.totals[0] == 1


def test_an_exception_that_the_block_swallows(meters):
    @meters
    @contextmanager
    def quiet():
        with contextlib.suppress(LookupError):
            yield

    with quiet():
        raise LookupError
    assert (meters.totals[0], meters.totals[2]) == (1, 0)


def test_one_that_is_never_entered_changes_nothing(meters):
    meters(block)()
    meters(async_block)()
    assert meters.totals == (0, 0, 0)


def test_as_a_decorator(meters, clock):
    manager = meters(block)()

    @manager
    def work():
        assert meters.now == 1
        clock.sleep(3)
        return "done"

    for turn in (1, 2):
        assert work() == "done"
        assert meters.totals == (turn, turn * 3, 0)


def test_as_a_decorator_of_a_coroutine_function(meters, clock):
    manager = meters(async_block)()

    @manager
    async def work():
        assert meters.now == 1
        clock.sleep(3)
        return "done"

    for turn in (1, 2):
        assert asyncio.run(work()) == "done"
        assert meters.totals == (turn, turn * 3, 0)


def test_it_stays_what_it_was(meters):
    assert type(meters(block)()) is type(block())
    assert type(meters(async_block)()) is type(async_block())
    assert meters(block).__doc__ == "A block."
    assert isinstance(meters(block)(), contextlib.ContextDecorator)


def test_on_an_exit_stack(meters, clock):
    with contextlib.ExitStack() as stack:
        assert stack.enter_context(meters(block)(1)) == 1
        clock.sleep(2)
    assert meters.totals == (1, 2, 0)


def test_methods(meters, clock):
    class Store:
        @meters
        @contextmanager
        def session(self):
            yield self

        @classmethod
        @meters
        @contextmanager
        def shared(cls):
            yield cls

        @meters
        @staticmethod
        @contextmanager
        def alone():
            yield "alone"

    store = Store()
    for manager, value in (
        (store.session(), store),
        (store.shared(), Store),
        (store.alone(), "alone"),
    ):
        with manager as found:
            assert found is value
            clock.sleep(1)
    assert meters.totals == (3, 3, 0)


def test_a_function_that_hands_one_out(meters, clock):
    @meters
    def session():
        clock.sleep(1)  # the time of the call is included
        return block("session")

    with session() as value:
        assert value == "session"
        clock.sleep(2)
    assert meters.totals == (1, 3, 0)


def test_other_context_managers_are_covered_until_the_call_returns(meters, clock):
    """What a function opens and returns is a value, of which a `with` may be made later."""

    @meters
    def open_it():
        clock.sleep(1)
        return contextlib.nullcontext("it")

    with open_it() as value:
        assert value == "it"
        clock.sleep(100)
    assert meters.totals == (1, 1, 0)
