"""Tasks by their coroutines, and the default executor."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

from aioprometheus import render_async
from aioprometheus.runtime import EventLoopCollector
from tests.support.processes import wait_until
from tests.support.runtime import LoopInAThread, of_loops, of_tasks, samples_of

THREADS = "asyncio_executor_threads"
QUEUE = "asyncio_executor_queue_length"


async def serve():
    await asyncio.Event().wait()


class Worker:
    async def work(self):
        await asyncio.Event().wait()


async def end(*tasks):
    """Cancel tasks, and wait until they are done."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def settled():
    """Let the tasks that were made begin."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_tasks_by_coroutine(registry, use):
    collector = EventLoopCollector(registry)

    async def main():
        collector.watch()
        before = of_tasks(registry)
        tasks = [asyncio.create_task(serve()) for _ in range(3)]
        tasks.append(asyncio.create_task(Worker().work()))
        await settled()
        found = of_tasks(registry)
        assert found["serve"] == 3 and found["Worker.work"] == 1
        assert sum(found.values()) == sum(before.values()) + 4
        tasks.pop().cancel()
        await settled()
        assert "Worker.work" not in of_tasks(registry)
        samples = samples_of((await render_async(registry))[0].decode())
        key = "asyncio_tasks", (("coroutine", "serve"), ("thread", "MainThread"))
        assert samples[key] == 3
        await end(*tasks)

    use(main)


def test_tasks_of_a_loop_that_stands(registry):
    collector = EventLoopCollector(registry)
    with LoopInAThread(asyncio.new_event_loop(), "worker") as other:

        def begin():
            collector.watch()
            other.tasks = [other.loop.create_task(serve()) for _ in range(5)]

        other.call(begin)
        other.block()
        assert of_tasks(registry, "worker")["serve"] == 5
        other.go_on()

        other.run(end(*other.tasks))


def made(number):
    """A coroutine function of a name of its own."""

    async def function():
        await asyncio.Event().wait()

    function.__qualname__ = f"made{number:03}"
    return function


def test_names_are_bounded_and_stay(registry, use):
    collector = EventLoopCollector(registry, max_coroutines=3)

    async def main():
        collector.watch()
        tasks = [asyncio.create_task(made(number)()) for number in range(10)]
        tasks += [asyncio.create_task(made(7)()) for _ in range(5)]
        await settled()
        found = of_tasks(registry)
        assert len(found) == 4 and found["made007"] == 6 and "<other>" in found
        # Those that are shown stay, though others have more tasks now.
        tasks += [asyncio.create_task(made(9)()) for _ in range(50)]
        await settled()
        assert of_tasks(registry).keys() == found.keys()
        assert sum(of_tasks(registry).values()) == sum(found.values()) + 50
        # A name without tasks gives its place to another.
        for task in tasks[7:8] + tasks[10:15]:
            task.cancel()
        await settled()
        changed = of_tasks(registry)
        assert "made007" not in changed and changed["made009"] == 51
        await end(*tasks)

    use(main)


class Hostile:
    """Coroutines whose names are strange."""

    def __init__(self, name):
        self._coroutine = serve()
        self._coroutine.__qualname__ = name

    def task(self):
        return asyncio.create_task(self._coroutine)


class Text(str):
    """A str whose methods fail."""

    def __getitem__(self, key):
        raise ValueError("hostile")

    def __str__(self):
        raise ValueError("hostile")

    def __len__(self):
        raise ValueError("hostile")


def test_hostile_names(registry, use):
    collector = EventLoopCollector(registry)
    names = {
        'a"} 1\nb 2': 'a"} 1\nb 2',
        "\ud800": "\\ud800",
        "x" * 100_000: "x" * 200,
        Text("text"): "text",
        "": "",
    }

    async def main():
        collector.watch()
        tasks = [Hostile(name).task() for name in names]
        await settled()
        found = of_tasks(registry)
        assert all(found[label] == 1 for label in names.values())
        await end(*tasks)

    use(main)


def test_coroutines_that_are_not_functions(registry, use):
    collector = EventLoopCollector(registry)

    class Silent(asyncio.Task):
        def get_coro(self):
            raise SystemExit("hostile")

    class Wrapped(Coroutine):
        """A coroutine of a class, which has no name of its own."""

        def __init__(self):
            self._inner = serve()
            self.send, self.throw, self.close = (
                self._inner.send,
                self._inner.throw,
                self._inner.close,
            )

        def __await__(self):
            return self._inner.__await__()

        send = throw = close = None

    async def main():
        collector.watch()
        tasks = [Silent(serve()), asyncio.create_task(Wrapped())]
        await settled()
        found = of_tasks(registry)
        assert found["<unknown>"] == 1
        assert any(name.endswith("Wrapped") for name in found)
        await end(*tasks)

    use(main)


def test_the_default_executor(registry, use):
    collector = EventLoopCollector(registry)
    go_on = threading.Event()

    async def main():
        collector.watch()
        loop = asyncio.get_running_loop()
        assert of_loops(registry, THREADS) == of_loops(registry, QUEUE) == {"MainThread": 0}
        executor = ThreadPoolExecutor(2)
        loop.set_default_executor(executor)
        calls = [loop.run_in_executor(None, go_on.wait, 60) for _ in range(5)]
        wait_until(lambda: of_loops(registry, QUEUE)["MainThread"] == 3, "two calls run")
        assert of_loops(registry, THREADS) == {"MainThread": 2}
        go_on.set()
        await asyncio.gather(*calls)
        assert of_loops(registry, QUEUE) == {"MainThread": 0}
        await loop.shutdown_default_executor()

    use(main)
    assert of_loops(registry, THREADS) == {}


def test_the_executor_that_the_loop_makes_itself(registry, use):
    collector = EventLoopCollector(registry)

    async def main():
        collector.watch()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, int)
        assert of_loops(registry, THREADS) == {"MainThread": 1}
        await loop.shutdown_default_executor()

    use(main)


def test_tasks_that_come_and_go_meanwhile(registry, frequent_switches):
    collector = EventLoopCollector(registry)
    with LoopInAThread(asyncio.new_event_loop(), "worker") as other:
        ended = threading.Event()

        async def churn():
            collector.watch()
            while not ended.is_set():
                await asyncio.gather(*(asyncio.sleep(0) for _ in range(50)))

        future = asyncio.run_coroutine_threadsafe(churn(), other.loop)
        for _ in range(200):
            of_tasks(registry, "worker")
        ended.set()
        future.result(60)
    assert "aioprometheus_collector_errors_total" not in {
        name for name, _ in samples_of_page(registry)
    }


def samples_of_page(registry):
    """The samples of a registry after all that."""
    return asyncio.run(_page(registry))


async def _page(registry):
    return samples_of((await render_async(registry))[0].decode())
