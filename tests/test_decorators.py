"""timer, inprogress and count_exceptions on every kind of callable."""

import asyncio
import gc
import inspect
import sys
import types
import warnings
from functools import partial
from unittest import mock

import pytest
from meters import Meters, fake_clock, nothing

from aioprometheus import (
    Counter,
    Gauge,
    Registry,
    Summary,
    count_exceptions,
    inprogress,
    timer,
)


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


# --- What the decorators take


@pytest.mark.parametrize(
    ("decorator", "message"),
    [
        (timer, "timer decorator expects a Histogram or Summary metric but got: None"),
        (inprogress, "inprogess decorator expects a Gauge metric but got: None"),
        (count_exceptions, "count_exceptions decorator expects a Counter metric but got: None"),
    ],
)
def test_wrong_metric(decorator, message):
    with pytest.raises(Exception, match=f"^{message}$") as caught:
        decorator(None)
    assert type(caught.value) is Exception


def test_a_metric_of_another_kind():
    counter = Counter("a", "doc", registry=Registry())
    for decorator in (timer, inprogress):
        with pytest.raises(Exception, match=r"metric but got: .*Counter"):
            decorator(metric=counter, labels=None)
    gauge = Gauge("a", "doc", registry=Registry())
    with pytest.raises(Exception, match=r"metric but got: .*Gauge"):
        count_exceptions(metric=gauge, labels=None)


@pytest.mark.parametrize("labels", [None, {}, {"a": "b"}])
def test_labels(labels):
    summary = Summary("a", "doc", registry=Registry())
    gauge = Gauge("a", "doc", registry=Registry())
    counter = Counter("a", "doc", registry=Registry())

    @timer(summary, labels)
    @inprogress(gauge, labels)
    @count_exceptions(counter, labels)
    def fail():
        assert gauge.get(labels) == 1
        raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert summary.get(labels)["count"] == 1
    assert gauge.get(labels) == 0
    assert counter.get(labels) == 1


def test_labels_that_change_during_the_call():
    labels = {"a": "before"}
    summary = Summary("a", "doc", registry=Registry())
    gauge = Gauge("a", "doc", registry=Registry())

    @timer(summary, labels)
    @inprogress(gauge, labels)
    def change():
        labels["a"] = "after"

    change()
    assert gauge.get_all() == [({"a": "before"}, 0)]
    assert [labels for labels, _ in summary.get_all()] == [{"a": "after"}]


# --- Kinds of callables


def plain(): ...


async def coroutine(): ...


def generator():
    yield


async def async_generator():
    yield


@types.coroutine
def generator_coroutine():
    yield


class Holder:
    @classmethod
    async def class_method(cls):
        return cls

    @staticmethod
    async def static_method():
        return "static"

    async def method(self):
        return self

    async def __call__(self):
        return "called"


FUNCTIONS = [plain, coroutine, generator, async_generator, generator_coroutine, Holder().method]
FUNCTIONS += [partial(function) for function in FUNCTIONS]
FUNCTIONS += [Holder(), partial(Holder().method), partial(partial(Holder()))]
if sys.version_info >= (3, 12):
    FUNCTIONS.append(inspect.markcoroutinefunction(lambda: coroutine()))
    FUNCTIONS.append(partial(FUNCTIONS[-1]))


@pytest.mark.parametrize("func", FUNCTIONS)
def test_wrapped_function_is_of_the_same_kind(meters, func):
    wrapped = meters(func)
    for kind in (
        inspect.iscoroutinefunction,
        inspect.isgeneratorfunction,
        inspect.isasyncgenfunction,
    ):
        assert kind(wrapped) == kind(func)
    assert wrapped.__wrapped__.__wrapped__.__wrapped__ is func
    assert inspect.signature(wrapped) == inspect.signature(func)
    assert getattr(wrapped, "__doc__", None) == func.__doc__
    if hasattr(func, "__name__"):
        assert (wrapped.__name__, wrapped.__qualname__) == (func.__name__, func.__qualname__)


def test_methods(meters):
    class Some:
        @meters
        @classmethod
        async def outer_class(cls, arg):
            return cls, arg

        @classmethod
        @meters
        async def inner_class(cls, arg):
            return cls, arg

        @meters
        @staticmethod
        def outer_static(arg):
            return arg

        @staticmethod
        @meters
        def inner_static(arg):
            return arg

        @meters
        def method(self, arg, key=None):
            return self, arg, key

    some = Some()
    for holder in (Some, some):
        assert asyncio.run(holder.outer_class(1)) == (Some, 1)
        assert asyncio.run(holder.inner_class(1)) == (Some, 1)
        assert holder.outer_static(1) == 1
        assert holder.inner_static(1) == 1
        assert inspect.iscoroutinefunction(holder.outer_class)
    assert some.method(1, key=2) == (some, 1, 2)
    assert meters(some.method)(1) == (some, 1, None)
    assert meters.totals[0] == 4 * 2 + 1 + 2  # the last two: once within the other


def test_plain_function(meters, clock):
    @meters
    def work(fail):
        assert meters.now == 1
        clock.sleep(2)
        if fail:
            raise LookupError
        return "result"

    assert work(False) == "result"
    with pytest.raises(LookupError):
        work(True)
    assert meters.totals == (2, 4, 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_is_not_counted(meters, clock, error):
    @meters
    def work():
        raise error

    with pytest.raises(error):
        work()
    assert meters.totals == (1, 0, 0)


def test_stop_iteration_of_a_plain_function_is_an_exception(meters, clock):
    with pytest.raises(StopIteration):
        meters(lambda: next(iter(())))()
    assert meters.totals == (1, 0, 1)


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
def test_cancellation_ends_the_span_and_is_no_exception(number):
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
            raise LookupError  # which it swallows
        assert meters.totals == (2, 6, 0)
        with pytest.raises(RuntimeError, match="cannot reuse"):
            await awaitable
        assert meters.totals == (2, 6, 0)

    asyncio.run(main())


# --- Errors of the metric


def test_error_of_the_gauge_comes_before_the_call():
    gauge = Gauge("a", "doc", registry=Registry())
    called = []
    with pytest.raises(ValueError, match="job"):
        inprogress(gauge, {"job": "is reserved"})(lambda: called.append(True))()
    assert called == []


def test_error_of_the_metric_is_raised(meters):
    summary = Summary("a", "doc", registry=Registry())
    with pytest.raises(ValueError, match="job"):
        timer(summary, {"job": "is reserved"})(plain)()


@pytest.mark.parametrize("make", [lambda f: f, lambda f: lambda: f().send(None)])
def test_error_of_the_metric_never_hides_that_of_the_function(caplog, make):
    async def fail():
        raise LookupError("mine")

    counter = Counter("a", "doc", registry=Registry())
    work = count_exceptions(counter, {"job": "is reserved"})(make(fail))
    with pytest.raises(LookupError, match="mine"):
        asyncio.run(work()) if make(fail) is fail else work()
    (record,) = caplog.records
    assert record.exc_info[0] is ValueError
