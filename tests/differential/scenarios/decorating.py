"""timer, inprogress and count_exceptions on functions, coroutine functions and methods."""

import asyncio
import contextlib
import inspect

from aioprometheus import (
    Counter,
    Gauge,
    Histogram,
    Registry,
    Summary,
    count_exceptions,
    inprogress,
    timer,
)
from record import returns, step

LABELS = {"route": "/"}


class _Named(Counter):
    def __repr__(self):
        return "a counter"


class _NamedGauge(Gauge):
    def __repr__(self):
        return "a gauge"


def _metric(kind, **options):
    return kind("m", "doc", registry=Registry(), **options)


def _decorators():
    for kind in (Histogram, Summary):
        metric = _metric(kind)
        yield f"timer {kind.__name__}", timer, metric, lambda m, ls: m.get(ls)["count"]
    yield "inprogress", inprogress, _metric(Gauge), lambda m, ls: m.get(ls)
    yield "count_exceptions", count_exceptions, _metric(Counter), lambda m, ls: m.get(ls)


def functions():
    for name, decorate, metric, read in _decorators():

        @decorate(metric, LABELS)
        def add(a, b=2, *rest, **options):
            """Adds up."""
            return a + b + sum(rest) + sum(options.values())

        step(f"{name} result", add, 1)
        step(f"{name} all arguments", add, 1, 2, 3, c=4)
        step(f"{name} wrong arguments", add, words=False)
        step(f"{name} metric", lambda: read(metric, LABELS))
        step(f"{name} metadata", lambda: (add.__name__, add.__doc__, add.__qualname__))
        step(f"{name} signature", lambda: str(inspect.signature(add)))
        step(f"{name} wrapped", lambda: add.__wrapped__.__name__)
        step(f"{name} is no coroutine function", lambda: inspect.iscoroutinefunction(add))


def coroutine_functions():
    for name, decorate, metric, read in _decorators():

        @decorate(metric, labels=LABELS)
        async def add(a, b=2):
            """Adds up, later."""
            await asyncio.sleep(0)
            return a + b

        step(f"{name} result", lambda: asyncio.run(add(1)))
        step(f"{name} keyword", lambda: asyncio.run(add(1, b=5)))
        step(f"{name} metric", lambda: read(metric, LABELS))
        step(f"{name} metadata", lambda: (add.__name__, add.__doc__))
        step(f"{name} wrong arguments", lambda: asyncio.run(add()), words=False)
        counted = {"timer": 3, "inprogress": 0}.get(name.split()[0])
        if counted is None:
            step(f"{name} metric after wrong arguments", lambda: read(metric, LABELS))
        else:
            step(
                f"{name} metric after wrong arguments",
                lambda: read(metric, LABELS),
                differs="a call that fails at once is timed and ends like any other",
                now=returns(counted),
            )
        step(f"{name} is a coroutine function", lambda: inspect.iscoroutinefunction(add))


def methods():
    for name, decorate, metric, read in _decorators():

        class Service:
            @decorate(metric)
            def plain(self, a):
                return (type(self).__name__, a)

            @decorate(metric)
            async def later(self, a):
                return (type(self).__name__, a)

            @classmethod
            @decorate(metric)
            def of_class(cls):
                return cls.__name__

            @staticmethod
            @decorate(metric)
            def of_none():
                return "none"

        service = Service()
        step(f"{name} method", service.plain, 1)
        step(f"{name} coroutine method", lambda: asyncio.run(service.later(2)))
        step(f"{name} class method", service.of_class)
        step(f"{name} static method", Service.of_none)
        step(f"{name} metric", lambda: read(metric, None))


def exceptions():
    for name, decorate, metric, read in _decorators():

        @decorate(metric)
        def fail(error):
            raise error

        @decorate(metric)
        async def fail_later(error):
            await asyncio.sleep(0)
            raise error

        for error in (ValueError("wrong"), KeyError("key")):
            step(f"{name} {error!r}", fail, error)
            step(f"{name} {error!r} later", lambda: asyncio.run(fail_later(error)))
        step(f"{name} metric", lambda: read(metric, None))
        with contextlib.suppress(SystemExit):
            fail(SystemExit(3))
        step(f"{name} metric after SystemExit", lambda: read(metric, None))


def cancelled():
    for name, decorate, metric, read in _decorators():

        @decorate(metric)
        async def forever():
            await asyncio.Event().wait()

        async def cancel():
            task = asyncio.ensure_future(forever())
            await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                return "cancelled"

        step(f"{name}", lambda: asyncio.run(cancel()))
        step(f"{name} metric", lambda: read(metric, None))


def in_progress():
    gauge = _metric(Gauge)

    @inprogress(gauge, LABELS)
    def inside():
        return gauge.get(LABELS)

    @inprogress(gauge, LABELS)
    async def inside_later():
        await asyncio.sleep(0)
        return gauge.get(LABELS)

    async def three():
        return await asyncio.gather(*(inside_later() for _ in range(3)))

    step("inside", inside)
    step("after", lambda: gauge.get(LABELS))
    step("inside a coroutine", lambda: asyncio.run(inside_later()))
    step("three at once", lambda: asyncio.run(three()))
    step("after all", lambda: gauge.get(LABELS))


def nested():
    gauge, counter, histogram = _metric(Gauge), _metric(Counter), _metric(Histogram)

    @timer(histogram)
    @inprogress(gauge)
    @count_exceptions(counter)
    async def work(fail):
        if fail:
            raise ValueError("no")
        return gauge.get({})

    step("works", lambda: asyncio.run(work(False)))
    step("fails", lambda: asyncio.run(work(True)))
    step("metrics", lambda: (gauge.get({}), counter.get({}), histogram.get({})["count"]))


def wrong_metrics():
    counter = _metric(_Named)
    gauge = _metric(_NamedGauge)
    for thing in (None, "text", 5, counter, gauge):
        name = repr(thing)
        step(f"timer {name}", timer, thing)
        if thing is not gauge:
            step(f"inprogress {name}", inprogress, thing)
        if thing is not counter:
            step(f"count_exceptions {name}", count_exceptions, thing)
    step("nothing", timer, words=False)
    step("by keyword", lambda: callable(timer(metric=_metric(Summary), labels=None)))
    step("by keyword too", lambda: callable(inprogress(metric=gauge, labels=LABELS)))
    step("and the third", lambda: callable(count_exceptions(metric=counter, labels=LABELS)))


def wrong_labels():
    gauge = _metric(Gauge)
    called = []

    @inprogress(gauge, {"job": "x"})
    def work():
        called.append(1)

    step("reserved", work)
    step("called", lambda: called)


def generators():
    changed = "decorators time generators as zero"
    gauge, counter = _metric(Gauge), _metric(Counter)

    @inprogress(gauge)
    def values():
        yield gauge.get({})

    @count_exceptions(counter)
    def failing():
        yield 1
        raise ValueError("late")

    step("inside a generator", lambda: list(values()), differs=changed, now=returns([1]))
    step("after it", lambda: gauge.get({}))
    step("it fails late", lambda: list(failing()))
    step("counted", lambda: counter.get({}), differs=changed, now=returns(1))

    async def collect(source):
        return [item async for item in source]

    @inprogress(gauge)
    async def later():
        yield gauge.get({})

    step(
        "inside an async generator",
        lambda: asyncio.run(collect(later())),
        differs=changed,
        now=returns([1]),
    )
    step("after that", lambda: gauge.get({}))
    step("is one still", lambda: inspect.isasyncgen(later()))


def awaitables():
    changed = "decorators time callables that return awaitables as zero"
    gauge, counter = _metric(Gauge), _metric(Counter)

    async def work():
        await asyncio.sleep(0)
        return gauge.get({})

    async def failing():
        await asyncio.sleep(0)
        raise ValueError("late")

    step(
        "inside",
        lambda: asyncio.run(inprogress(gauge)(lambda: work())()),
        differs=changed,
        now=returns(1),
    )
    step("after", lambda: gauge.get({}))
    step("fails", lambda: asyncio.run(count_exceptions(counter)(lambda: failing())()))
    step("counted", lambda: counter.get({}), differs=changed, now=returns(1))

    async def a_future():
        future = asyncio.get_running_loop().create_future()
        result = inprogress(gauge)(lambda: future)()
        future.set_result("done")
        return isinstance(result, asyncio.Future), await result

    step("a Future is still one", lambda: asyncio.run(a_future()))


def no_time_is_negative():
    histogram = _metric(Histogram)
    timer(histogram, LABELS)(lambda: None)()
    step("sum", lambda: 0 <= histogram.get(LABELS)["sum"] < 1)
    step("unused", lambda: count_exceptions(_metric(Counter))(lambda: 1)())
    step("job", lambda: timer(_metric(Histogram), {"job": "x"})(lambda: 1)())
    step("a wrong value", lambda: timer(_metric(Histogram), "junk")(lambda: 1)())
