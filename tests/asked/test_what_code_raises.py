"""Exceptions of any class, in any code that a scrape asks: it costs what that code would expose."""

import asyncio
import contextlib
import threading

import pytest

from aioprometheus import Gauge, GaugeFamily, Registry, render, render_async
from tests.support.asked import text, text_async


class Timeout(BaseException):
    """As those of gevent."""


class Unprintable(BaseException):
    def __repr__(self):
        raise SystemExit(3)


ERRORS = [
    ValueError,
    StopIteration,
    StopAsyncIteration,
    SystemExit,
    GeneratorExit,
    asyncio.CancelledError,
    Timeout,
    Unprintable,
]


class Closing:
    """An async iterator whose end fails."""

    def __init__(self, error):
        self.error = error

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration

    async def aclose(self):
        raise self.error


def collector(registry, error):
    class Bad:
        def collect(self):
            yield GaugeFamily("bad", "d", value=1)
            raise error

    registry.register(Bad())


def async_collector(registry, error):
    class Bad:
        async def collect(self):
            raise error

    registry.register(Bad())


def async_generator(registry, error):
    class Bad:
        async def collect(self):
            yield GaugeFamily("bad", "d", value=1)
            raise error

    registry.register(Bad())


def async_end(registry, error):
    class Bad:
        def collect(self):
            return Closing(error)

    registry.register(Bad())


def attribute(registry, error):
    class Bad(GaugeFamily):
        @property
        def unit(self):
            raise error

        @unit.setter
        def unit(self, _):
            pass

    class Collector:
        def collect(self):
            yield Bad("bad", "d", value=1)

    registry.register(Collector())


def function(registry, error):
    def bad():
        raise error

    Gauge("bad", "d", registry=registry).set_function(bad)


def async_function(registry, error):
    async def bad():
        raise error

    Gauge("bad", "d", registry=registry).set_function(bad)


def two_async_functions(registry, error):
    async def bad():
        raise error

    async def good():
        return 1

    gauge = Gauge("bad", "d", registry=registry)
    gauge.set_function({"a": "1"}, good)
    gauge.set_function({"a": "2"}, bad)


def before(registry, error):
    @registry.before_scrape
    def bad():
        raise error


def async_before(registry, error):
    @registry.before_scrape
    async def bad():
        raise error


def override(registry, error):
    class Bad(Gauge):
        def get_all(self):
            raise error

    Bad("bad", "d", registry=registry)


def async_override(registry, error):
    class Bad(Gauge):
        async def get_all(self):
            raise error

    Bad("bad", "d", registry=registry)


MAKERS = [
    collector,
    async_collector,
    async_generator,
    async_end,
    attribute,
    function,
    async_function,
    two_async_functions,
    before,
    async_before,
    async_override,
]


def on_trio(registry):
    trio = pytest.importorskip("trio")
    return trio.run(render_async, registry)[0].decode()


def on_asyncio(registry):
    return asyncio.run(text_async(registry))


def on_a_thread(registry):
    bodies = []
    thread = threading.Thread(target=lambda: bodies.append(text(registry)))
    thread.start()
    thread.join()
    return bodies[0]


SCRAPES = [text, on_asyncio, on_trio, on_a_thread]


def served(registry, scrape, caplog):
    """Scrape twice, and check that only what failed is missing."""
    for number in (1, 2):
        body = scrape(registry)
        assert "\ngood 1\n" in body
        assert "\nbad" not in body
        assert f"}} {number}\n" in body
    [record] = caplog.records
    assert record.getMessage()


@pytest.fixture
def registry():
    registry = Registry()
    Gauge("good", "d", registry=registry).set(1)
    return registry


CALLS = [(make, error) for make in MAKERS for error in ERRORS]
# What else a method of a metric raises may come from outside.
CALLS += [(override, error) for error in (ValueError, GeneratorExit, asyncio.CancelledError)]


@pytest.mark.parametrize("scrape", SCRAPES)
@pytest.mark.parametrize(("make", "error"), CALLS)
def test_it_costs_its_own_part(registry, make, error, scrape, caplog):
    make(registry, error())
    served(registry, scrape, caplog)


@pytest.mark.parametrize("make", [collector, attribute, function, before])
def test_an_interrupt_on_a_thread_of_a_scrape(registry, make, caplog):
    make(registry, KeyboardInterrupt())
    served(registry, on_asyncio, caplog)


@pytest.mark.parametrize("make", MAKERS)
def test_an_interrupt_in_a_scrape_on_another_thread(registry, make, caplog):
    make(registry, KeyboardInterrupt())
    served(registry, on_a_thread, caplog)


@pytest.mark.parametrize("make", [*MAKERS, override])
def test_an_interrupt_in_the_main_thread_ends_the_scrape(registry, make):
    make(registry, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        render(registry)


def test_the_cancellation_of_a_scrape_is_none_of_its_code(registry):
    async def main():
        begun = asyncio.Event()

        async def bad():
            begun.set()
            await asyncio.Event().wait()

        Gauge("bad", "d", registry=registry).set_function(bad)
        scrape = asyncio.ensure_future(render_async(registry))
        await begun.wait()
        scrape.cancel()
        with pytest.raises(asyncio.CancelledError):
            await scrape

    asyncio.run(main())


@pytest.mark.parametrize("group", [False, True])
def test_the_cancellation_of_a_scrape_under_trio(registry, group):
    trio = pytest.importorskip("trio")

    async def main():
        async def bad():
            if not group:
                await trio.sleep_forever()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                await trio.sleep_forever()

        Gauge("bad", "d", registry=registry).set_function(bad)
        with trio.move_on_after(0.01) as scope:
            await render_async(registry)
        return scope.cancelled_caught

    assert trio.run(main)


def test_a_scrape_under_another_loop_may_be_closed_and_thrown_into(registry):
    class Trap:
        def __await__(self):
            yield "trap"

    async def bad():
        await Trap()

    Gauge("bad", "d", registry=registry).set_function(bad)
    for end in (lambda it: it.close(), lambda it: it.throw(Timeout)):
        scrape = render_async(registry)
        assert scrape.send(None) == "trap"
        with contextlib.suppress(Timeout):
            end(scrape)
        with pytest.raises(RuntimeError, match="cannot reuse"):
            scrape.send(None)


@pytest.mark.parametrize("scrape", SCRAPES)
def test_an_awaitable_that_leads_to_another_for_ever(registry, scrape, caplog):
    async def bad():
        return bad()

    class Itself:
        def __await__(self):
            return iter(())

        def __aiter__(self):
            return self

    async def later():
        return Itself()

    Gauge("bad", "d", registry=registry).set_function(bad)
    served(registry, scrape, caplog)
    assert "was awaited 100 times" in caplog.text
    Gauge("bad_too", "d", registry=registry).set_function(later)
    assert "\ngood 1\n" in scrape(registry)


@pytest.mark.parametrize("scrape", SCRAPES)
def test_what_leads_to_a_value_in_a_few_steps(registry, scrape):
    async def steps(count):
        return steps(count - 1) if count else 5

    Gauge("nested", "d", registry=registry).set_function(lambda: steps(20))
    assert "\nnested 5\n" in scrape(registry)


@pytest.mark.parametrize("scrape", SCRAPES)
def test_objects_that_cannot_say_what_they_are(registry, scrape, caplog):
    class Proxy:
        def __getattr__(self, name):
            raise RuntimeError("working outside of context")

        def __call__(self):
            raise ValueError

    class Odd:
        def collect(self):
            raise ValueError

        def __call__(self):
            raise ValueError

    Odd.__qualname__, Odd.__module__ = "O\ud800", "\ud800m"
    odd = Odd()
    odd.__qualname__ = "f\ud800"
    registry.before_scrape(Proxy())
    registry.before_scrape(odd)
    registry.register(odd)
    body = scrape(registry)
    assert "\ngood 1\n" in body
    assert "Proxy" in body
    assert "\\\\ud800m.f\\\\ud800" in body
    assert "\\\\ud800m.O\\\\ud800" in body


@pytest.mark.parametrize("scrape", SCRAPES)
def test_a_metric_of_no_name_in_utf_8(registry, scrape, caplog):
    class Odd(Gauge):
        name = "odd\ud800"

        async def get_all(self):
            raise ValueError

    odd = Gauge("odd", "d", registry=registry)
    odd.set_function(lambda: 1 / 0)
    odd.__class__ = Odd
    assert "\ngood 1\n" in scrape(registry)


def test_a_function_that_has_every_attribute(registry):
    class Everything:
        def __getattr__(self, name):
            return self

        def __call__(self):
            return []

    gauge = Gauge("bad", "d", registry=registry)
    gauge.get_all = Everything()
    assert "\ngood 1\n" in text(registry)


@pytest.mark.parametrize("scrape", SCRAPES)
def test_an_object_whose_class_raises(registry, scrape, caplog):
    class Meta(type):
        def __getattr__(cls, name):
            raise SystemExit(name)

    class Bad(metaclass=Meta):
        pass

    Gauge("bad", "d", registry=registry).set_function(Bad)
    served(registry, scrape, caplog)
