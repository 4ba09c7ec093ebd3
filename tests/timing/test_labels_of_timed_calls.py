"""Labels of timed calls, what becomes of their errors, and the decorators of 23.12.0."""

import asyncio
import contextlib
import inspect

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, inprogress, timer
from aioprometheus import count_exceptions as old_count_exceptions
from support.meters import fake_clock


def make(kind=Histogram, **options):
    return kind("seconds", "doc", registry=Registry(), **options)


@pytest.fixture
def clock():
    with fake_clock() as clock:
        yield clock


class Own(Histogram):
    def observe(self, labels, value):
        super().observe(labels, value)


def run(steps):
    """Run a coroutine or generator to its end."""
    if inspect.isawaitable(steps):

        async def wait():
            return await steps

        return asyncio.run(wait())
    return list(steps)


def test_labels_of_the_arguments_and_the_result(clock):
    metric = make()
    seen = []

    def labels(call):
        seen.append(call)
        status = call.result if call.error is None else type(call.error).__name__
        return {"region": call.arguments["region"], "status": status}

    @metric.time(labels)
    def plain(number, region="eu"):
        clock.sleep(number)
        if number > 1:
            raise LookupError
        return 200

    @metric.time(labels)
    async def coroutine(region):
        await asyncio.sleep(0)
        return 201

    @metric.time(labels)
    def generator(region):
        yield 1
        return 202

    @metric.time(labels)
    def awaitable(region):
        return asyncio.sleep(0, 203)

    @metric.time(labels)
    def future(region):
        return asyncio.ensure_future(asyncio.sleep(0, 204))

    async def wait():
        await future("us")
        await asyncio.sleep(0)

    plain(1)
    with pytest.raises(LookupError):
        plain(2, region="us")
    run(coroutine("us"))
    run(generator("us"))
    run(awaitable("us"))
    asyncio.run(wait())
    assert [(found["region"], found["status"]) for found, _ in metric.get_all()] == [
        *(("eu", "200"), ("us", "LookupError"), ("us", "201"), ("us", "202")),
        *(("us", "203"), ("us", "204")),
    ]
    assert (seen[0].args, seen[0].kwargs, seen[0].seconds) == ((1,), {}, 1)
    assert (seen[1].args, seen[1].kwargs, seen[1].seconds) == ((2,), {"region": "us"}, 2)
    assert repr(seen[0]) == "<Call with (1,) and {}: returned 200>"
    assert "raised LookupError()" in repr(seen[1])


def test_a_function_for_a_block():
    metric = make()
    with metric.time(lambda call: {"error": str(call.error)}) as inside:
        inside.labels["more"] = "yes"
    with pytest.raises(LookupError), metric.time(lambda call: {"error": repr(call.error)}):
        raise LookupError
    with metric.time(lambda call: None):
        pass
    assert [found for found, _ in metric.get_all()] == [
        *({"error": "None", "more": "yes"}, {"error": "LookupError()"}, {}),
    ]


@pytest.mark.parametrize(
    "labels",
    [lambda call: call.missing, lambda call: 5, lambda call: {"job": "x"}, lambda: {}],
)
def test_a_function_that_fails_costs_the_observation_alone(labels, caplog):
    metric = make()
    work = metric.time(labels)(lambda: "result")

    @metric.time(labels)
    async def fail():
        raise LookupError("mine")

    for _ in range(3):
        assert work() == "result"
        with pytest.raises(LookupError, match="mine"):
            run(fail())
    first, second = caplog.records  # one for each
    assert first.name == second.name == "aioprometheus.timing"
    assert first.getMessage().startswith("seconds: the labels function ")
    assert metric.samples == []


def test_labels_that_are_refused():
    metric = make(labelnames=["a", "error"])
    for labels, words in (
        (None, "missing label 'a', 'error'"),
        ({"a": "1"}, "missing label 'error'"),
        ({"a": "1", "error": "", "b": "2"}, "unknown label 'b'"),
    ):
        decorate = metric.time(labels)
        with pytest.raises(ValueError, match=f"seconds: {words}") as caught:
            decorate(len)
        assert "time({'a': ..., 'error': ...})" in caught.value.__notes__[0]
    work = metric.time({"a": "1"}, error_label="error")(len)
    assert work("four") == 4 and metric.samples != []


def test_errors_that_are_skipped_and_labelled():
    metric = make(Summary)

    @metric.time({"a": "skip"}, errors="skip")
    async def skipped(fails):
        if fails:
            raise LookupError

    @metric.time({"a": "label"}, error_label="error")
    def labelled(fails):
        if fails:
            raise LookupError

    for fails in (True, False):
        with contextlib.suppress(LookupError):
            run(skipped(fails))
        with contextlib.suppress(LookupError):
            labelled(fails)
    counts = [(labels, found["count"]) for labels, found in metric.get_all()]
    assert counts == [
        ({"a": "label", "error": "LookupError"}, 1),
        ({"a": "skip"}, 1),
        ({"a": "label", "error": ""}, 1),
    ]


# --- The decorators of 23.12.0


def test_children_of_old_decorators():
    registry = Registry()
    seconds = Histogram("seconds", "doc", registry=registry).labels(a="b")
    running = Gauge("running", "doc", registry=registry).labels(a="b")
    errors = Counter("errors", "doc", registry=registry).labels(a="b")

    @timer(seconds)
    @inprogress(running)
    @old_count_exceptions(errors)
    def fail():
        assert running.get() == 1
        raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert (seconds.get()["count"], running.get(), errors.get()) == (1, 0, 1)
    for decorate, child in (
        (timer, seconds),
        (inprogress, running),
        (old_count_exceptions, errors),
    ):
        with pytest.raises(ValueError, match="a child has its labels already"):
            decorate(child, {"a": "c"})
    with pytest.raises(Exception, match="timer decorator expects a Histogram") as caught:
        timer(errors)
    assert "child of another kind" in caught.value.__notes__[0]


def test_children_of_classes_with_overrides():
    metric = make(Own)
    child = metric.labels(a="b")
    timer(child)(len)("four")
    child.time()(len)("four")
    assert metric.get({"a": "b"})["count"] == 2
