"""Functions that fail while a metric measures: the block or call goes on as without the metric."""

import asyncio
import gc
from unittest import mock

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry


class Stop(BaseException):
    """As the GreenletExit and the Timeout of gevent."""


FAILURES = [ValueError, asyncio.CancelledError, GeneratorExit, RecursionError]
INTERRUPTS = [KeyboardInterrupt, SystemExit, Stop]


def new(kind):
    return kind("metric", "doc", registry=Registry())


def decorators(error):
    def labels(call):
        raise error

    return (
        new(Histogram).time(labels),
        new(Gauge).time(labels),
        new(Counter).count_exceptions(labels=labels),
    )


def fails():
    raise KeyError("own")


async def fails_later():
    raise KeyError("own")


@pytest.mark.parametrize("error", FAILURES)
def test_labels_functions_that_fail(error, caplog):
    for decorate in decorators(error):
        assert decorate(lambda: 1)() == 1
        with pytest.raises(KeyError, match="own"):
            decorate(fails)()
        with pytest.raises(KeyError, match="own"):
            asyncio.run(decorate(fails_later)())
        with pytest.raises(KeyError, match="own"), decorate:
            fails()
        assert len([r for r in caplog.records if "the labels function" in r.message]) == 1
        caplog.clear()


@pytest.mark.parametrize("error", INTERRUPTS)
def test_interrupts_go_to_the_caller(error):
    for decorate in decorators(error):
        with pytest.raises(error):
            decorate(fails)()
        with pytest.raises(error), decorate:
            fails()


def test_a_class_whose_check_fails(caplog):
    class Meta(type):
        def __instancecheck__(cls, instance):
            raise RuntimeError("check")

    class Odd(Exception, metaclass=Meta):
        pass

    counter = new(Counter)
    for options in ({"types": Odd}, {"exclude": Odd}):
        with pytest.raises(KeyError, match="own"), counter.count_exceptions(**options):
            fails()
        with pytest.raises(KeyError, match="own"):
            counter.count_exceptions(**options)(fails)()
    assert counter.get_all() == []
    assert len(caplog.records) == 4


def run(coroutine):
    """Without an event loop, which reads the clock as well."""
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    return stop.value.value


def ways_to_time(owner):
    def block(func):
        with owner.time():
            return func()

    async def later(func):
        return func()

    return (
        block,
        lambda func: owner.time()(func)(),
        lambda func: run(owner.time()(later)(func)),
    )


def replaced(*answers):
    """Another function in the place of the clock, which gives or raises these answers."""
    return mock.patch("time.monotonic", side_effect=list(answers))


NO_TIMES = [None, "1", object(), ValueError("clock")]


@pytest.mark.parametrize("answer", NO_TIMES)
@pytest.mark.parametrize("child", [False, True])
def test_what_is_no_clock_at_the_beginning(child, answer, caplog):
    """The clock of the system is read then, also at the end."""
    histogram = new(Histogram)
    for way in ways_to_time(histogram.labels() if child else histogram):
        with replaced(answer):
            assert way(lambda: 1) == 1
    assert histogram.get()["count"] == 3
    assert histogram.get()["sum"] < 3600
    assert not caplog.records


@pytest.mark.parametrize("answer", NO_TIMES)
@pytest.mark.parametrize("child", [False, True])
def test_what_is_no_clock_at_the_end(child, answer, caplog):
    histogram = new(Histogram)
    for way in ways_to_time(histogram.labels() if child else histogram):
        with replaced(1.0, answer):
            assert way(lambda: 1) == 1
        with replaced(1.0, answer), pytest.raises(KeyError, match="own"):
            way(fails)
        assert len(caplog.records) == 2
        assert "time.monotonic" in caplog.text
        caplog.clear()
    assert not any(value["count"] for _, value in histogram.get_all())
    with replaced(1.0, 3.0), histogram.time():
        pass
    assert histogram.get()["sum"] == 2


@pytest.mark.parametrize("error", INTERRUPTS)
def test_interrupts_of_a_clock(error):
    histogram = new(Histogram)
    for way in ways_to_time(histogram):
        for answers in ([error], [1.0, error]):
            with replaced(*answers), pytest.raises(error):
                way(lambda: 1)


def test_a_future_that_nobody_finishes():
    gauge, histogram = new(Gauge), new(Histogram)
    tracked = gauge.track_inprogress()
    timed = histogram.time(error_label="error")

    async def main():
        loop = asyncio.get_running_loop()
        future = timed(tracked(loop.create_future))()
        kept = tracked(loop.create_future)()
        assert gauge.get() == 2
        del future
        gc.collect()
        assert gauge.get() == 1
        cycle = [tracked(loop.create_future)()]
        cycle.append(cycle)
        assert gauge.get() == 2
        del cycle
        gc.collect()
        assert gauge.get() == 1
        kept.set_result(1)
        await asyncio.sleep(0)
        assert gauge.get() == 0

    asyncio.run(main())
    gc.collect()
    assert gauge.get() == 0
    assert histogram.get({"error": "GeneratorExit"})["count"] == 1
