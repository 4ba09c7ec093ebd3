"""An ``async def get_all``, and overrides beside functions."""

import asyncio
import threading
import warnings

import pytest

from aioprometheus import Counter, Gauge, Registry
from tests.support.asked import both, text, text_async
from tests.support.loops import run


@pytest.fixture
def registry():
    return Registry()


def test_an_async_override(registry):
    class Later(Gauge):
        async def get_all(self):
            await asyncio.sleep(0)
            return [({"a": "b"}, 4)]

    class Streamed(Counter):
        async def get_all(self):
            yield {"a": "b"}, 5

    Later("later", "d", registry=registry)
    Streamed("streamed_total", "d", registry=registry)
    body = both(registry)
    assert 'later{a="b"} 4\n' in body
    assert 'streamed_total{a="b"} 5\n' in body


def test_a_metric_that_cannot_say_what_it_is(registry):
    class Broken(Gauge):
        broken = False

        @property
        def name(self):
            if self.broken:
                raise ValueError("no name")
            return "broken"

        @name.setter
        def name(self, name):
            pass

        async def get_all(self):
            return []

    Broken("broken", "d", registry=registry).set_function(lambda: 1)
    Gauge("good", "d", registry=registry).set(1)
    Broken.broken = True
    assert "\ngood 1\n" in both(registry)


def test_an_override_and_a_function(registry):
    class Doubled(Gauge):
        async def get_all(self):
            return [(labels, 2 * value) for labels, value in super().get_all()]

    doubled = Doubled("doubled", "d", registry=registry)
    doubled.set_function(lambda: 2)
    both(registry)
    assert "\ndoubled 4\n" in both(registry)


def test_overrides_stay_on_the_thread_of_the_loop(registry):
    class Noting(Gauge):
        def set_value(self, labels, value):
            threads.append(threading.get_ident())
            super().set_value(labels, value)

        @property
        def doc(self):
            threads.append(threading.get_ident())
            return "d"

        @doc.setter
        def doc(self, doc):
            pass

        async def get_all(self):
            return [({}, 1)]

    threads = []
    noting = Noting("noting", "d", registry=registry)
    noting.set_function(lambda: 2)
    asyncio.run(text_async(registry))
    assert set(threads) == {threading.get_ident()}


def test_a_warning_that_is_an_error(registry):
    Gauge("good", "d", registry=registry).set(1)

    async def later():
        return 1

    Gauge("later", "d", registry=registry).set_function(later)

    async def main():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert "\ngood 1\n" in text(registry)

    run(main())


def test_tasks_that_a_function_leaves_are_cancelled(registry):
    async def later():
        tasks.append(asyncio.ensure_future(asyncio.sleep(60)))
        return 1

    tasks = []
    Gauge("later", "d", registry=registry).set_function(later)
    assert "\nlater 1\n" in text(registry)
    assert tasks[0].cancelled()
