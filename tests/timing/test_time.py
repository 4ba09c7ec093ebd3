"""``time()`` of metrics and children, as a context manager."""

import asyncio
import gc

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from aioprometheus.timing import Timer
from support.meters import fake_clock


def make(kind, **options):
    return kind("seconds", "doc", registry=Registry(), **options)


def timed(metric, labels=None):
    """The count and the sum of a series."""
    found = metric.get(labels)
    return found["count"], found["sum"]


@pytest.fixture
def clock():
    with fake_clock() as clock:
        yield clock


@pytest.mark.parametrize("kind", [Histogram, Summary])
@pytest.mark.parametrize("labels", [None, {}, {"a": "b"}])
def test_a_block(kind, labels, clock):
    metric = make(kind)
    with metric.time(labels):
        clock.sleep(2)
    assert timed(metric, labels) == (1, 2)
    with metric.labels(labels).time():
        clock.sleep(3)
    assert timed(metric, labels) == (2, 5)


@pytest.mark.parametrize("kind", ["block", "call", "coroutine"])
def test_what_begins_by_one_clock_ends_by_it(kind):
    metric, clocks = make(Summary), []

    def work():
        clocks.append(fake_clock())
        clocks[-1].__enter__().sleep(1000.0)

    async def work_later():
        work()

    try:
        if kind == "block":
            with metric.labels(None).time():
                work()
        elif kind == "call":
            metric.time()(work)()
        else:
            asyncio.run(metric.time()(work_later)())
    finally:
        clocks[-1].__exit__(None, None, None)
    assert 0 <= timed(metric)[1] < 500


@pytest.mark.parametrize("decorated", [False, True])
def test_a_clock_that_a_test_takes_away_is_no_longer_asked(decorated):
    metric = make(Summary)
    timer = metric.labels(None).time()
    fake = fake_clock()
    clock = fake.__enter__()
    clock.return_value = -1e12
    if decorated:
        timer(lambda: fake.__exit__(None, None, None))()
    else:
        with timer:
            fake.__exit__(None, None, None)
    assert timed(metric)[1] > 1e11
    assert clock.call_count == 1


def test_a_gauge_is_set_to_the_last(clock):
    gauge = make(Gauge)
    for seconds in (3, 2):
        with gauge.time({"a": "b"}), gauge.time():
            clock.sleep(seconds)
        with gauge.labels(a="c").time():
            clock.sleep(seconds)
    assert gauge.get_all() == [({}, 2.0), ({"a": "b"}, 2.0), ({"a": "c"}, 2.0)]


@pytest.mark.parametrize("child", [False, True])
def test_async_with(clock, child):
    metric = make(Histogram)
    timer = metric.labels(a="b").time() if child else metric.time({"a": "b"})

    async def work():
        async with timer as inside:
            assert inside is timer
            clock.sleep(1)
            await asyncio.sleep(0)
            clock.sleep(1)
        with pytest.raises(LookupError):
            async with timer:
                clock.sleep(1)
                raise LookupError

    asyncio.run(work())
    assert timed(metric, {"a": "b"}) == (2, 3)


def test_seconds_during_and_after(clock):
    with make(Summary).time() as timer:
        assert (timer.seconds, timer.duration) == (0, None)
        clock.sleep(2)
        assert (timer.seconds, timer.duration) == (2, None)
        assert repr(timer) == "<Timer of seconds: 2.000 s so far>"
    clock.sleep(5)
    assert (timer.seconds, timer.duration) == (2, 2)
    assert repr(timer) == "<Timer of seconds: 2.000 s>"


def test_a_clock_that_goes_back(clock):
    metric = make(Summary)
    with metric.time() as timer:
        clock.sleep(-3)
    assert timer.seconds == 0 and timed(metric) == (1, 0)


def test_the_clock_of_the_interpreter():
    metric = make(Summary)
    with metric.time() as timer:
        before = timer.seconds
        assert 0 <= before <= timer.seconds
    assert timed(metric) == (1, timer.seconds)
    with metric.time() as timer, fake_clock() as clock:
        clock.return_value = 0.0
    assert timed(metric)[0] == 2


# --- Labels that are set inside


@pytest.mark.parametrize("child", [False, True])
def test_labels_that_are_set_inside(child):
    metric = make(Histogram)
    timer = metric.labels(method="GET").time() if child else metric.time({"method": "GET"})
    with timer as inside:
        inside.labels["status"] = 200
    with timer as inside:
        assert inside.labels == {"method": "GET"}
        inside.labels(status=404)
        inside.labels({"path": "/"})
    with timer:
        pass
    assert [labels for labels, _ in metric.get_all() if metric.get(labels)["count"]] == [
        *([{"method": "GET"}] if child else []),
        {"method": "GET", "status": "200"},
        {"method": "GET", "path": "/", "status": "404"},
        *([] if child else [{"method": "GET"}]),
    ]


def test_labels_that_are_replaced():
    metric = make(Summary)
    with metric.time({"a": "b"}) as timer:
        timer.labels = {"c": "d"}
    with metric.time({"a": "b"}) as timer:
        timer.labels = None
    with metric.time({"a": "b"}) as timer:
        with pytest.raises(TypeError, match="seconds: the labels of a timer are a dict, not 5"):
            timer.labels = 5
        del timer.labels["a"]
        timer.labels.update(e="f")
    assert [labels for labels, _ in metric.get_all()] == [{"c": "d"}, {}, {"e": "f"}]


def test_labels_by_position_as_in_prometheus_client():
    metric = make(Histogram, labelnames=["method", "status"])
    with metric.time() as timer:
        timer.labels("GET", 200)
        with pytest.raises(ValueError, match="seconds: 1 label values are given for"):
            timer.labels("GET")
        with pytest.raises(ValueError, match="seconds: 2 label values"):
            timer.labels("GET", 200, path="/")
    assert timed(metric, {"method": "GET", "status": "200"})[0] == 1
    with make(Histogram).time() as timer, pytest.raises(ValueError, match="by position need"):
        timer.labels("GET")


def test_labels_that_were_set_before_the_block():
    metric = make(Summary)
    timer = metric.time()
    timer.labels["a"] = "b"
    with timer:
        assert timer.labels == {"a": "b"}
    assert timer.labels == {"a": "b"}
    with timer:
        assert timer.labels == {}
    assert [labels for labels, _ in metric.get_all()] == [{"a": "b"}, {}]


def test_the_dict_is_read_at_the_end():
    metric, labels = make(Summary), {"a": "b"}
    with metric.time(labels):
        labels["a"] = "c"
    assert [labels for labels, _ in metric.get_all()] == [{"a": "c"}]


def test_labels_that_are_not_a_dict():
    for labels in (5, "GET", [("a", "b")], ValueError):
        with pytest.raises(TypeError, match="Only accepts dicts as keys") as caught:
            make(Histogram).time(labels)
        assert "seconds: the labels are a dict" in caught.value.__notes__[0]


@pytest.mark.parametrize("given", [None, {"a": "b"}, {"a": "b", "job": "c"}])
def test_labels_that_are_refused_at_the_end(given):
    metric = make(Histogram, labelnames=["a", "b"])
    with pytest.raises(ValueError, match="seconds: "), metric.time(given):
        pass
    assert metric.samples == []


def test_an_error_of_the_metric_never_hides_that_of_the_block(caplog):
    metric = make(Histogram, labelnames=["a"])
    with pytest.raises(LookupError, match="mine"), metric.time():
        raise LookupError("mine")
    (record,) = caplog.records
    assert record.exc_info[0] is ValueError and record.name == "aioprometheus.span"


# --- Errors


def test_errors_that_are_skipped(clock):
    metric = make(Histogram)
    for timer in (metric.time(errors="skip"), metric.labels().time(errors="skip")):
        with timer:
            clock.sleep(1)
        with pytest.raises(KeyboardInterrupt), timer:
            raise KeyboardInterrupt
    assert timed(metric) == (2, 2)


def test_errors_that_are_labelled():
    metric = make(Histogram, labelnames=["a", "error"])
    for timer in (
        metric.time({"a": "b"}, error_label="error"),
        metric.labels("b", "").time(error_label="error"),
    ):
        with timer:
            pass
        for error in (LookupError, asyncio.CancelledError):
            with pytest.raises(error), timer:
                raise error
    counts = {labels["error"]: found["count"] for labels, found in metric.get_all()}
    assert counts == {"": 2, "LookupError": 2, "CancelledError": 2}


@pytest.mark.parametrize("errors", ["ignore", 5, True])
def test_another_word_for_errors(errors):
    for owner in (make(Histogram), make(Summary).labels()):
        with pytest.raises(ValueError, match="seconds: errors is 'observe' or 'skip', not"):
            owner.time(errors=errors)


def test_what_is_raised_goes_on():
    error = LookupError()
    with pytest.raises(LookupError) as caught, make(Summary).time():
        raise error
    assert caught.value is error


# --- Metrics that come and go, and their subclasses


def test_a_series_that_was_removed_meanwhile(clock):
    metric = make(Histogram)
    child = metric.labels(a="b")
    for timer in (child.time(), metric.time({"a": "b"})):
        with timer:
            clock.sleep(1)
            metric.values.clear()
        assert timed(metric, {"a": "b"}) == (1, 1)


def test_a_metric_that_went_away():
    child = make(Histogram).labels(a="b")
    gc.collect()
    with child.time() as timer:
        timer.labels["c"] = "d"
    with child.time():
        pass
    assert child.get()["count"] == 1


class Own(Histogram):
    def __init__(self, *args, **kwds):
        self.calls = []
        super().__init__(*args, **kwds)

    def observe(self, labels, value):
        self.calls.append((dict(labels or {}), value))


class OwnGauge(Gauge):
    def __init__(self, *args, **kwds):
        self.calls = []
        super().__init__(*args, **kwds)

    def set(self, labels, value):
        self.calls.append((dict(labels or {}), value))


@pytest.mark.parametrize("kind", [Own, OwnGauge])
def test_overrides_are_called(kind, clock):
    metric = make(kind)
    with metric.time():
        clock.sleep(1)
    with metric.time({"a": "b"}):
        clock.sleep(2)
    with metric.labels(a="c").time() as timer:
        clock.sleep(3)
        timer.labels["d"] = "e"
    assert metric.calls == [({}, 1), ({"a": "b"}, 2), ({"a": "c", "d": "e"}, 3)]


def test_a_method_that_was_patched(clock):
    from unittest import mock

    metric = make(Summary)
    with mock.patch.object(metric, "observe") as observe, metric.time({"a": "b"}):
        clock.sleep(1)
    observe.assert_called_once_with({"a": "b"}, 1.0)


class Named(Histogram):
    """Written for 23.12.0, with names of its own."""

    time = "a time"


def test_names_of_a_subclass_stay():
    assert make(Named).time == "a time"
    metric = make(Histogram)
    metric.time = 5
    assert metric.time == 5


# --- The object


def test_timers_are_not_copied():
    import copy
    import pickle

    for action in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=r"seconds: .*make one with time\(\)"):
            action(make(Histogram).time())


def test_timers_take_part_in_garbage_collection():
    import weakref

    class Labels(dict):
        pass

    labels = Labels(a="b")
    labels["timer"] = make(Histogram).time(labels)
    seen = weakref.ref(labels)
    del labels
    gc.collect()
    assert seen() is None


def test_the_class():
    assert isinstance(make(Histogram).time(), Timer)
    assert Timer.__module__ == "aioprometheus.timing"
    with pytest.raises(TypeError):
        Timer()
    assert not hasattr(make(Counter), "time")
