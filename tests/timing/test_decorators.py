"""timer, inprogress and count_exceptions on every kind of callable."""

import asyncio
import inspect
import sys
import types
from functools import partial

import pytest

from aioprometheus import (
    Counter,
    Gauge,
    Registry,
    Summary,
    count_exceptions,
    inprogress,
    timer,
)
from support.meters import Meters, fake_clock


@pytest.fixture
def meters():
    return Meters()


@pytest.fixture
def clock():
    with fake_clock() as clock:
        yield clock


# --- Arguments of the decorators


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


def test_getfullargspec_does_not_look_behind_decorators(meters):
    """What it tells of them is documented."""

    @meters
    def bake(cake, *, minutes=30):
        return cake

    assert list(inspect.signature(bake).parameters) == ["cake", "minutes"]
    told = inspect.getfullargspec(bake)
    assert (told.args, told.varargs, told.varkw) == ([], "args", "kwds")


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
    assert meters.totals[0] == 4 * 2 + 1 + 2  # the last two calls, one within the other


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
def test_what_is_not_an_exception_is_not_counted(meters, clock, error):
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
