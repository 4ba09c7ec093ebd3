"""``track_inprogress()`` of gauges and their children."""

import asyncio
import contextlib
import gc
import signal
import sys
import threading
from unittest import mock

import pytest

from aioprometheus import Gauge, Histogram, Registry, inprogress
from aioprometheus.timing import InProgress


def make(kind=Gauge, **options):
    return kind("running", "doc", registry=Registry(), **options)


@pytest.fixture(params=["metric", "labels", "child", "override"])
def pair(request):
    """What makes trackers, and what reads the gauge."""
    gauge = make(Own if request.param == "override" else Gauge)
    labels = {"a": "b"} if request.param == "labels" else None
    if request.param == "child":
        return gauge.labels().track_inprogress, gauge.get
    return lambda: gauge.track_inprogress(labels), lambda: gauge.get(labels)


class Own(Gauge):
    """Counts the calls of its overrides."""

    calls = 0

    def inc(self, labels=None, value=1):
        self.calls += 1
        super().inc(labels, value)

    def dec(self, labels=None, value=1):
        self.calls += 1
        super().dec(labels, value)


def test_blocks(pair):
    track, now = pair
    tracker = track()
    assert isinstance(tracker, InProgress) and repr(tracker) == "<InProgress of running>"
    with tracker:
        assert now() == 1
        with tracker, track():
            assert now() == 3
        assert now() == 1
    assert now() == 0
    for error in (LookupError, KeyboardInterrupt, GeneratorExit):
        with pytest.raises(error), tracker:
            raise error
    assert now() == 0


def test_async_blocks_that_are_cancelled(pair):
    track, now = pair
    tracker = track()

    async def work():
        async with tracker:
            await asyncio.sleep(3600)

    async def main():
        tasks = [asyncio.create_task(work()) for _ in range(5)]
        await asyncio.sleep(0)
        assert now() == 5
        for count, task in enumerate(tasks):
            assert now() == 5 - count
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert now() == 0

    asyncio.run(main())


def steps(pair, kind):
    """A decorated callable of a kind, and a way to leave each of its calls before the end."""
    track, now = pair

    async def coroutine():
        assert now() >= 1
        await asyncio.sleep(0)

    def generator():
        assert now() >= 1
        yield

    async def async_generator():
        assert now() >= 1
        yield

    return track()({f.__name__: f for f in (coroutine, generator, async_generator)}[kind])


def first_step(call):
    step = call.__anext__() if hasattr(call, "__anext__") else call
    with contextlib.suppress(StopIteration):
        step.send(None)


@pytest.mark.parametrize("kind", ["coroutine", "generator", "async_generator"])
def test_calls_that_are_abandoned(pair, kind):
    work, (_, now) = steps(pair, kind), pair
    with pair[0]():
        pass  # the series is born
    call = work()
    assert now() == 0
    first_step(call)
    assert now() == 1
    del call
    gc.collect()
    assert now() == 0


@pytest.mark.parametrize("kind", ["generator", "async_generator"])
def test_calls_that_never_start(pair, kind):
    work, (_, now) = steps(pair, kind), pair
    with pair[0]():
        pass
    work()
    gc.collect()
    assert now() == 0


def test_a_generator_that_another_thread_abandons(pair):
    work, (_, now) = steps(pair, "generator"), pair
    calls = [work() for _ in range(20)]
    assert list(map(next, calls)) == [None] * 20
    assert now() == 20
    threads = [threading.Thread(target=calls.pop) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert now() == 0


def test_plain_calls(pair):
    track, now = pair

    @track()
    def work(depth):
        assert now() == 4 - depth
        if not depth:
            raise LookupError
        work(depth - 1)

    with pytest.raises(LookupError):
        work(3)
    assert now() == 0


def test_a_future_counts_until_it_is_done(pair):
    track, now = pair

    async def main():
        loop = asyncio.get_running_loop()
        work = track()(lambda future: future)
        future = loop.create_future()
        assert work(future) is future and now() == 1
        future.set_result(5)
        await asyncio.sleep(0)
        assert now() == 0
        assert await work(future) == 5
        await asyncio.sleep(0)
        assert now() == 0

    asyncio.run(main())


# --- Series that go away


def test_a_series_that_was_removed_meanwhile():
    gauge = make()
    for track in (gauge.labels(a="b").track_inprogress, lambda: gauge.track_inprogress({"a": "b"})):
        with track():
            gauge.values.clear()
        assert gauge.samples == []
        with track():
            del gauge.values[{"a": "b"}]
            with track():
                assert gauge.get({"a": "b"}) == 1
            assert gauge.get({"a": "b"}) == 0
        assert gauge.get({"a": "b"}) == 0


def test_blocks_that_end_in_another_order_after_a_removal():
    """Each takes back from the series that it added to."""
    gauge = make()
    tracker = gauge.track_inprogress()

    def work():
        with tracker:
            yield

    before, after = work(), work()
    next(before)
    gauge.values.clear()
    next(after)
    before.close()
    assert gauge.get() == 1
    after.close()
    assert gauge.get() == 0


def test_the_dict_is_read_when_a_block_begins():
    gauge, labels = make(), {"a": "b"}
    for one in (gauge, make(Own)):
        tracker = one.track_inprogress(labels)
        labels["a"] = "c"
        with tracker:
            labels["a"] = "d"
        assert one.get_all() == [({"a": "c"}, 0)]


def test_a_value_of_the_users_own():
    class Other(Gauge):
        def get(self, labels=None):
            return 5

    gauge = make(Other)
    with gauge.track_inprogress():
        pass
    assert gauge.get_value() == 0


# --- Overrides


def test_overrides_are_called():
    gauge = make(Own)
    with gauge.track_inprogress({"a": "b"}), gauge.labels(a="b").track_inprogress():
        assert gauge.get({"a": "b"}) == 2
    assert gauge.calls == 4 and gauge.get({"a": "b"}) == 0


def test_methods_that_were_patched():
    gauge = make()
    tracker = gauge.track_inprogress({"a": "b"})
    with mock.patch.object(gauge, "inc") as inc, mock.patch.object(gauge, "dec") as dec, tracker:
        pass
    inc.assert_called_once_with({"a": "b"})
    dec.assert_called_once_with({"a": "b"})


def test_an_override_that_raises(caplog):
    class Broken(Gauge):
        def dec(self, labels=None, value=1):
            raise OSError("broken")

    tracker = make(Broken).track_inprogress()
    with pytest.raises(OSError, match="broken"), tracker:
        pass
    with pytest.raises(LookupError, match="mine"), tracker:
        raise LookupError("mine")
    (record,) = caplog.records
    assert record.exc_info[0] is OSError


# --- Mistakes


@pytest.mark.parametrize("make_tracker", [Gauge.track_inprogress, inprogress])
def test_labels_that_are_refused(make_tracker):
    gauge = make(labelnames=["a"])
    with pytest.raises(ValueError, match="running: missing label 'a'"):
        make_tracker(gauge)
    with pytest.raises(ValueError, match="running: unknown label 'b'"):
        make_tracker(gauge, {"a": "1", "b": "2"})
    with pytest.raises(TypeError, match="Only accepts dicts as keys"):
        make_tracker(gauge, "GET")
    assert gauge.samples == []
    make_tracker(gauge, {"a": "1"})(lambda: None)()
    assert gauge.get({"a": "1"}) == 0


def test_an_end_without_a_beginning():
    with pytest.raises(RuntimeError, match="running: no block of this tracker has begun"):
        make().track_inprogress().__exit__(None, None, None)
    assert not hasattr(make(Histogram), "track_inprogress")


@pytest.mark.skipif(
    sys.version_info >= (3, 14),
    reason="from 3.14 on, a signal handler may run between __enter__ and the block",
)
def test_an_interrupt_at_any_place_leaves_nothing_behind():
    """A signal handler raises at random places of blocks and decorated calls."""
    gauge = make()
    with gauge.track_inprogress():
        pass
    work = gauge.track_inprogress()(lambda: None)

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(200):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005)
                while True:
                    with gauge.track_inprogress():
                        pass
                    work()
            except KeyboardInterrupt:
                pass
            assert gauge.get() == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
