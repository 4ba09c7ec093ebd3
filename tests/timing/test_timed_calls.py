"""``time()`` of metrics and children, as a decorator of callables of every kind."""

import asyncio
import contextlib
import copy
import functools
import inspect
import pickle
import types
import weakref

import pytest

from aioprometheus import Histogram, Registry, timer
from support.meters import fake_clock


def make(kind=Histogram, **options):
    return kind("seconds", "doc", registry=Registry(), **options)


def timed(metric, labels=None):
    found = metric.get(labels)
    return found["count"], found["sum"]


@pytest.fixture
def clock():
    with fake_clock() as clock:
        yield clock


@pytest.fixture(params=["metric", "child", "labels", "function", "override", "decorator"])
def pair(request):
    """A decorator of one of the kinds, and what reads its count and sum."""
    metric = make(Own if request.param == "override" else Histogram)
    labels = {"a": "b"} if request.param in ("labels", "function", "decorator") else None
    decorate = {
        "child": metric.labels().time,
        "function": lambda: metric.time(lambda call: labels),
        "decorator": lambda: timer(metric, labels),
    }.get(request.param, lambda: metric.time(labels))
    return decorate(), lambda: timed(metric, labels)


class Own(Histogram):
    def observe(self, labels, value):
        super().observe(labels, value)


def run(steps):
    """Run a coroutine, generator or async generator to its end."""
    if inspect.isasyncgen(steps):

        async def exhaust():
            return [item async for item in steps]

        return asyncio.run(exhaust())
    if inspect.isawaitable(steps):

        async def wait():
            return await steps

        return asyncio.run(wait())
    return list(steps)


def test_every_kind(pair, clock):
    decorate, measured = pair

    @decorate
    def plain():
        clock.sleep(1)
        return "plain"

    @decorate
    async def coroutine():
        clock.sleep(1)
        await asyncio.sleep(0)
        clock.sleep(1)
        return "coroutine"

    @decorate
    def generator():
        clock.sleep(1)
        yield "generator"
        clock.sleep(1)

    @decorate
    async def async_generator():
        clock.sleep(1)
        yield "async generator"
        clock.sleep(1)

    @decorate
    def awaitable():
        clock.sleep(1)

        async def run():
            clock.sleep(1)
            return "awaitable"

        return run()

    @decorate
    @contextlib.contextmanager
    def manager():
        clock.sleep(1)
        yield "manager"
        clock.sleep(1)

    @decorate
    def future():
        clock.sleep(1)
        return asyncio.ensure_future(asyncio.sleep(0, "future"))

    assert plain() == "plain"
    assert measured() == (1, 1)
    assert run(coroutine()) == "coroutine"
    assert measured() == (2, 3)
    assert run(generator()) == ["generator"]
    assert measured() == (3, 5)
    assert run(async_generator()) == ["async generator"]
    assert measured() == (4, 7)
    call = awaitable()
    clock.sleep(5)
    assert run(call) == "awaitable"
    assert measured() == (5, 9)
    with manager() as inside:
        clock.sleep(1)
        assert inside == "manager"
    assert measured() == (6, 12)

    async def wait():
        result = await future()
        await asyncio.sleep(0)
        return result

    assert asyncio.run(wait()) == "future"
    assert measured() == (7, 13)


def test_calls_that_raise(pair, clock):
    decorate, measured = pair

    @decorate
    def plain():
        clock.sleep(1)
        raise LookupError

    @decorate
    async def coroutine():
        clock.sleep(1)
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            plain()
        with pytest.raises(LookupError):
            run(coroutine())
    assert measured() == (4, 4)


def test_cancellation_at_each_await(pair, clock):
    decorate, measured = pair

    @decorate
    async def work():
        for _ in range(4):
            await asyncio.sleep(0)
            clock.sleep(1)

    async def main():
        for steps in range(1, 5):
            task = asyncio.create_task(work())
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        task = asyncio.create_task(work())
        task.cancel()  # before its first step
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert measured() == (4, 0 + 1 + 2 + 3)


def test_recursion_and_overlapping_tasks(pair, clock):
    decorate, measured = pair

    @decorate
    def work(depth):
        clock.sleep(1)
        return work(depth - 1) if depth else None

    work(3)
    assert measured() == (4, 4 + 3 + 2 + 1)

    @decorate
    async def wait(event):
        await event.wait()

    async def main():
        first, second = asyncio.Event(), asyncio.Event()
        tasks = [asyncio.create_task(wait(event)) for event in (first, second)]
        await asyncio.sleep(0)
        clock.sleep(1)
        first.set()
        await tasks[0]
        clock.sleep(1)
        second.set()
        await tasks[1]

    asyncio.run(main())
    assert measured() == (6, 10 + 1 + 2)


# --- What a decorated callable is


def module_level(number, *, flag=False) -> int:
    """Documented."""
    return number


module_level = make().labels().time()(module_level)


def test_it_is_a_function():
    assert isinstance(module_level, types.FunctionType)
    assert str(inspect.signature(module_level)) == "(number, *, flag=False) -> int"
    assert module_level.__name__ == module_level.__qualname__ == "module_level"
    assert (module_level.__module__, module_level.__doc__) == (__name__, "Documented.")
    assert module_level.__annotations__ == {"return": int}
    assert pickle.loads(pickle.dumps(module_level)) is module_level
    assert copy.copy(module_level) is copy.deepcopy(module_level) is module_level
    assert weakref.ref(module_level)() is module_level
    assert module_level.__wrapped__(5) == module_level(5) == 5


def test_it_is_of_the_same_kind():
    decorate = make().labels().time()

    @decorate
    async def coroutine(): ...

    @decorate
    def generator():
        yield

    @decorate
    async def async_generator():
        yield

    assert inspect.iscoroutinefunction(coroutine)
    assert inspect.isgeneratorfunction(generator)
    assert inspect.isasyncgenfunction(async_generator)


def test_methods_and_frameworks():
    metric = make()

    class Holder:
        @metric.time({"a": "method"})
        def method(self, number):
            return self, number

        @classmethod
        @metric.time({"a": "class"})
        def class_method(cls):
            return cls

        @metric.time({"a": "static"})
        @staticmethod
        def static_method():
            return 5

        @property
        @metric.time({"a": "property"})
        def value(self):
            return 6

        @functools.cached_property
        @metric.time({"a": "cached"})
        def cached(self):
            return 7

    holder = Holder()
    assert holder.method(1) == (holder, 1) and Holder.class_method() is Holder
    assert (holder.static_method(), holder.value, holder.cached, holder.cached) == (5, 6, 7, 7)
    dispatched = functools.singledispatch(metric.time({"a": "any"})(lambda value: "any"))
    dispatched.register(int, metric.time({"a": "int"})(lambda value: "int"))
    assert (dispatched("x"), dispatched(5)) == ("any", "int")
    cached = functools.lru_cache(metric.time({"a": "lru"})(lambda value: value))
    assert cached(5) == cached(5) == 5
    partial = metric.time({"a": "partial"})(functools.partial(int, "5"))
    assert partial() == 5
    assert all(found["count"] == 1 for _, found in metric.get_all())
    assert len(metric.get_all()) == 9
