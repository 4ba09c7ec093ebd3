"""`render_async`: it returns the same as `render`, and the event loop goes on."""

import asyncio
import gc
import logging
import sys
import threading
import weakref
from unittest import mock

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, render, render_async, renderer
from aioprometheus.formats.base import IFormatter
from support.many_threads import meanwhile, run
from support.scrapes import ACCEPT, FORMATS, values

ENCODINGS = [None, "", "gzip", "zstd", "identity"]
#: The limit that only a hang reaches, in seconds.
DEADLINE = 120


def _registry(series):
    registry = Registry()
    counter = Counter("numbers_total", "doc", registry=registry)
    histogram = Histogram("h", "doc", registry=registry)
    for number in range(series):
        counter.inc({"n": str(number)}, number)
    for number in range(series // 20):
        histogram.observe({"n": str(number)}, number)
    return registry


@pytest.fixture(scope="module")
def large():
    return _registry(300_000)


@pytest.fixture(scope="module")
def small():
    return _registry(500)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("names", [None, (), ["h"], ["h_bucket", "nothing"], {"nothing"}])
def test_it_gives_what_render_gives(small, use, kind, encoding, names):
    options = {"accept_encoding": encoding, "names": names}

    async def scenario():
        return await render_async(small, ACCEPT[kind], **options)

    assert use(scenario) == render(small, ACCEPT[kind], **options)


@pytest.mark.parametrize("accepts", [None, "", "text/plain", ["a", ACCEPT["text"]], (), set()])
def test_it_takes_the_headers_that_render_takes(small, accepts):
    assert asyncio.run(render_async(small, accepts)) == render(small, accepts)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_large_registry(large, use, encoding):
    async def scenario():
        return await render_async(large, None, accept_encoding=encoding)

    assert use(scenario) == render(large, None, accept_encoding=encoding)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("nope", None), {}),
        ((None, None), {}),
        ((Registry(), 5), {}),
        ((Registry(), {"a": "b"}), {}),
        ((Registry(), b"x"), {}),
        ((Registry(), None), {"names": "h"}),
        ((Registry(), None), {"accept_encoding": 5}),
    ],
)
def test_mistakes_are_told_as_render_tells_them(arguments, options):
    with pytest.raises(Exception) as of_render:
        render(*arguments, **options)
    with pytest.raises(type(of_render.value)) as caught:
        asyncio.run(render_async(*arguments, **options))
    assert str(caught.value) == str(of_render.value)


def test_one_that_is_never_awaited():
    render_async(Registry(), None).close()


@pytest.mark.parametrize("kind", FORMATS)
def test_many_at_once(small, use, kind):
    async def scenario():
        expected = render(small, ACCEPT[kind])
        bodies = await asyncio.gather(*(render_async(small, ACCEPT[kind]) for _ in range(300)))
        assert bodies == [expected] * 300

    use(scenario)


def test_in_debug_mode(small, use):
    async def scenario():
        return await render_async(small, None)

    assert use(scenario, debug=True) == render(small, None)


def test_cancelled_ones(large, use):
    async def scenario():
        expected = render(large, None)
        tasks = [asyncio.ensure_future(render_async(large, None)) for _ in range(20)]
        tasks[0].cancel()  # before it has begun
        await asyncio.sleep(0)
        for task in tasks[1::2]:
            task.cancel()
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for number, (task, result) in enumerate(zip(tasks, results, strict=True)):
            if number == 0 or number % 2:
                assert task.cancelled()
                assert isinstance(result, asyncio.CancelledError)
            else:
                assert result == expected
        assert await render_async(large, None) == expected

    use(scenario)


def test_cancelled_in_the_end(small, use):
    async def scenario():
        task = asyncio.ensure_future(render_async(small, None))
        while not task.done():
            await asyncio.sleep(0)
        assert not task.cancel()
        assert task.result() == render(small, None)

    use(scenario)


@pytest.mark.parametrize("timeout", [0, 1e-9, 1e-4, 1e-3])
def test_timeouts(large, use, timeout):
    async def scenario():
        for _ in range(5):
            try:
                await asyncio.wait_for(render_async(large, None), timeout)
            except asyncio.TimeoutError:
                continue
            assert timeout >= 1e-4
        assert await asyncio.wait_for(render_async(large, None), DEADLINE) == render(large, None)

    use(scenario)


def test_a_shield_keeps_it_going(large, use):
    async def scenario():
        task = asyncio.ensure_future(render_async(large, None))
        outer = asyncio.shield(task)
        await asyncio.sleep(0)
        outer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await outer
        assert await task == render(large, None)

    use(scenario)


def test_registries_that_go_away_meanwhile(use):
    async def scenario():
        registry = _registry(20_000)
        expected = render(registry, None)
        task = asyncio.ensure_future(render_async(registry, None))
        await asyncio.sleep(0)
        registry.clear()
        del registry
        gc.collect()
        assert await task == expected

    use(scenario)


@pytest.mark.parametrize("cancel", [False, True])
def test_it_keeps_nothing_alive(use, cancel):
    class Own(Registry):
        pass

    async def scenario():
        registry = Own()
        gauge = Gauge("g", "doc", registry=registry)
        gauge.itself = gauge, registry
        gauge.set(1)
        gone = weakref.ref(gauge), weakref.ref(registry)
        task = asyncio.ensure_future(render_async(registry, None))
        await asyncio.sleep(0)
        if cancel:
            task.cancel()
        await asyncio.wait([task])
        del task, gauge, registry
        gc.collect()
        assert [reference() for reference in gone] == [None, None]

    use(scenario)


def _resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_pages_that_nobody_takes_are_given_back(use):
    registry = _registry(20_000)

    async def scenario(times):
        for _ in range(times):
            task = asyncio.ensure_future(render_async(registry, None))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            await render_async(registry, None)

    use(lambda: scenario(20))
    before = _resident()
    use(lambda: scenario(200))
    gc.collect()
    # 200 expositions are more than 100 MB.
    assert _resident() - before < 30_000_000


def test_methods_of_the_users_classes_run_on_the_thread_of_the_loop(use, caplog):
    threads = []

    class Own(Gauge):
        def get_all(self):
            threads.append(threading.get_ident())
            return [({"a": "x"}, 5)]

    class Failing(Gauge):
        def get_all(self):
            threads.append(threading.get_ident())
            raise RuntimeError("of the class")

    for kind in FORMATS:
        registry = Registry()
        Own("own", "doc", registry=registry)
        Failing("failing", "doc", registry=registry)

        async def scenario(registry=registry, kind=kind):
            return await render_async(registry, ACCEPT[kind], accept_encoding="")

        with caplog.at_level(logging.CRITICAL):
            content, _ = use(scenario)
        assert values(kind, content) == {
            ("own", (("a", "x"),)): 5,
            ("aioprometheus_collector_errors_total", (("collector", "failing"),)): 1,
        }
    assert set(threads) == {threading.get_ident()}


def test_a_formatter_of_another_package_runs_on_a_worker_thread():
    threads = []

    class Own(IFormatter):
        def get_headers(self):
            return {"Content-Type": "application/x-own"}

        def marshall(self, registry):
            threads.append(threading.get_ident())
            return b"own"

        def __getattr__(self, name):
            raise AttributeError(name)

        marshall_collector = marshall_lines = None

    Own.__abstractmethods__ = frozenset()
    with mock.patch.object(renderer, "negotiate", lambda accepts: Own):
        answer = asyncio.run(render_async(Registry(), None, accept_encoding="gzip"))
        assert answer == render(Registry(), None, accept_encoding="gzip")
    assert answer[0] == b"own"
    assert answer[1]["Content-Type"] == "application/x-own"
    assert "Content-Encoding" not in answer[1]
    assert threads[0] != threading.get_ident()


def test_loops_in_several_threads(small):
    expected = render(small, None)

    def work(number):
        async def scenario():
            for _ in range(10):
                bodies = await asyncio.gather(*(render_async(small, None) for _ in range(5)))
                assert bodies == [expected] * 5

        for _ in range(3):
            asyncio.run(asyncio.wait_for(scenario(), DEADLINE))

    run(work, 4)


def test_updates_go_on_meanwhile(use):
    registry = Registry()
    counter = Counter("c_total", "doc", registry=registry)
    turns = iter(range(10**9))

    def update():
        for _ in range(100):
            number = next(turns)
            counter.inc({"n": str(number % 1_000)})

    async def scenario():
        last = 0
        for _ in range(20):
            content, _ = await render_async(registry, None)
            total = sum(values("text", content).values())
            assert total >= last
            last = total

    with meanwhile(update):
        use(scenario)
    assert sum(value for _, value in counter.get_all()) == next(turns)
