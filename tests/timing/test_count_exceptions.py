"""``count_exceptions()`` of counters and their children."""

import asyncio

import pytest

from aioprometheus import Counter, Gauge, Registry
from aioprometheus.timing import ExceptionCounter


def make(kind=Counter, **options):
    return kind("errors_total", "doc", registry=Registry(), **options)


def count(counter, labels=None):
    try:
        return counter.get(labels)
    except KeyError:
        return 0


def fail(block, error):
    with pytest.raises(type(error) if isinstance(error, BaseException) else error), block:
        raise error


@pytest.mark.parametrize("child", [False, True])
def test_blocks(child):
    counter = make()
    owner = counter.labels() if child else counter
    with owner.count_exceptions():
        pass
    assert count(counter) == 0
    for error in (LookupError, ValueError("x")):
        fail(owner.count_exceptions(), error)
    for error in (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError):
        fail(owner.count_exceptions(), error)
    assert count(counter) == 2


@pytest.mark.parametrize(
    ("types", "exclude", "counted"),
    [
        (LookupError, (), {KeyError, LookupError}),
        ((KeyError, OSError), (), {KeyError, OSError}),
        (Exception, LookupError, {OSError}),
        (BaseException, (KeyError, OSError), {LookupError, KeyboardInterrupt}),
        ((), (), set()),
    ],
)
def test_types(types, exclude, counted):
    for counter in (make(), make(Own)):
        for owner in (counter, counter.labels()):
            for error in (KeyError, LookupError, OSError, KeyboardInterrupt):
                before = count(counter)
                fail(owner.count_exceptions(types, exclude=exclude), error)
                assert count(counter) - before == (error in counted)


class Own(Counter):
    def inc(self, labels=None, value=1):
        super().inc(labels, value)


def test_labels():
    counter = make()
    fail(counter.count_exceptions(labels={"a": "b"}), LookupError)
    fail(counter.labels(a="b").count_exceptions(), LookupError)
    labels = {"a": "c"}
    block = counter.count_exceptions(OSError, labels=labels)
    labels["a"] = "d"
    fail(block, OSError)
    assert counter.get_all() == [({"a": "b"}, 2), ({"a": "d"}, 1)]


def test_a_function_that_finds_labels():
    counter = make()

    def labels(call):
        return {"type": type(call.error).__name__, "user": call.arguments.get("user", "")}

    fail(counter.count_exceptions(labels=labels), LookupError)

    @counter.count_exceptions(labels=labels)
    async def work(user, more=5):
        raise OSError

    with pytest.raises(OSError):
        asyncio.run(work("me"))
    assert counter.get_all() == [
        ({"type": "LookupError", "user": ""}, 1),
        ({"type": "OSError", "user": "me"}, 1),
    ]


def test_a_function_that_fails(caplog):
    block = make().count_exceptions(labels=lambda call: call.missing)
    for _ in range(3):
        fail(block, LookupError)
    (record,) = caplog.records
    assert record.name == "aioprometheus.timing" and record.exc_info[0] is AttributeError
    assert record.getMessage().startswith("errors_total: the labels function ")


def test_an_error_of_the_counter_never_hides_that_of_the_block(caplog):
    class Broken(Counter):
        def inc(self, labels=None, value=1):
            raise OSError("broken")

    fail(make(Broken).count_exceptions(), LookupError("mine"))
    fail(make(Broken).labels().count_exceptions(), LookupError("mine"))
    assert [record.exc_info[0] for record in caplog.records] == [OSError, OSError]


def test_async_blocks_and_one_object_for_several():
    counter = make()
    block = counter.count_exceptions()

    async def work():
        async with block:
            await asyncio.sleep(0)
            raise LookupError

    async def main():
        return await asyncio.gather(*(work() for _ in range(5)), return_exceptions=True)

    assert all(isinstance(error, LookupError) for error in asyncio.run(main()))
    with block, pytest.raises(LookupError), block:
        raise LookupError
    assert count(counter) == 6
    assert isinstance(block, ExceptionCounter)


def test_decorated_calls_of_every_kind():
    counter = make()
    decorate = counter.count_exceptions(LookupError)

    @decorate
    def plain():
        raise LookupError

    @decorate
    async def coroutine():
        raise LookupError

    @decorate
    def generator():
        yield 1
        raise LookupError

    @decorate
    async def async_generator():
        yield 1
        raise LookupError

    async def exhaust():
        async for _ in async_generator():
            pass

    for call in (
        plain,
        lambda: asyncio.run(coroutine()),
        lambda: list(generator()),
        lambda: asyncio.run(exhaust()),
        decorate(lambda: asyncio.run(coroutine())),
    ):
        with pytest.raises(LookupError):
            call()
    assert count(counter) == 6


@pytest.mark.parametrize("types", [5, "ValueError", ValueError(), int, (ValueError, 5), [OSError]])
def test_what_is_not_a_class_of_exceptions(types):
    counter = make()
    words = "must be a class of exceptions, or a tuple of them, not "
    with pytest.raises(TypeError, match=f"errors_total: types {words}"):
        counter.count_exceptions(types)
    with pytest.raises(TypeError, match=f"exclude {words}"):
        counter.labels().count_exceptions(exclude=types)


def test_labels_in_the_place_of_the_types():
    with pytest.raises(TypeError, match="give labels by name"):
        make().count_exceptions({"a": "b"})


def test_labels_that_are_refused():
    counter = make(labelnames=["a"])
    with pytest.raises(ValueError, match="errors_total: missing label 'a'") as caught:
        counter.count_exceptions()
    assert "count_exceptions(labels={'a': ...})" in caught.value.__notes__[0]
    with pytest.raises(ValueError, match="unknown label 'b'"):
        counter.count_exceptions(labels={"a": "1", "b": "2"})
    with pytest.raises(TypeError, match="Only accepts dicts as keys"):
        counter.count_exceptions(labels="GET")
    assert counter.samples == [] and not hasattr(make(Gauge), "count_exceptions")
