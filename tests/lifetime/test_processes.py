"""Forks, spawned processes and shutdown, each in a program of its own."""

import os

import pytest

from support.programs import BUSY_THREADS, run

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
ROUNDS = 200 if os.environ.get("AIOPROMETHEUS_LONG_TESTS") else 50

FORKS = """
for turn in range({rounds}):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(60)  # a hang ends with a signal, and so not with 0
            before = {{name: metric.get({{"thread": 0}}) for name, metric in zip("cg", metrics)}}
            for metric in metrics:
                metric.add({{"thread": 0}}, 1)
                metric.add({{"child": turn}}, 1)
                metric.add({{"child": turn}}, 1)
                metric.values.pop({{"index": 5}})
            assert before == {{
                name: metric.get({{"thread": 0}}) - 1 for name, metric in zip("cg", metrics)
            }}
            assert metrics[0].get({{"child": turn}}) == 2
            assert metrics[2].get({{"child": turn}})["count"] == 2
            Counter("new", "d", registry=registry).inc()
            body = render(registry, None)[0]
            assert b'Counter{{child="%d"}} 2\\n' % turn in body
            assert b"new 1\\n" in body and b'{{index="5"}}' not in body
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert status == 0, (turn, status)
stop.set()
for thread in threads:
    thread.join()
"""

FORK_AND_EXIT = """
for turn in range(10):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        metrics[0].inc()
        thread = threading.Thread(target=render, args=(registry, None))
        thread.start()
        thread.join()
        sys.exit(0)  # with everything that the interpreter does at its end
    _, status = os.waitpid(child, 0)
    assert status == 0, (turn, status)
stop.set()
for thread in threads:
    thread.join()
"""

MULTIPROCESSING = """
import multiprocessing
from aioprometheus import REGISTRY, Counter, Histogram, render

counter = Counter("c", "d")
histogram = Histogram("h", "d")

def work(number):
    before = counter.get({"a": "x"}) if counter.values else 0
    counter.inc({"a": "x"}, number)
    histogram.observe(number)
    body = render(REGISTRY, None)[0]
    assert b'c{a="x"} %d\\n' % (before + number) in body, body
    return before

if __name__ == "__main__":
    counter.inc({"a": "x"}, 100)
    context = multiprocessing.get_context("METHOD")
    with context.Pool(2) as pool:
        print(sorted(set(pool.map(work, range(5), chunksize=5))), counter.get({"a": "x"}))
        pool.close()
        pool.join()
"""


@needs_fork
def test_fork_beside_busy_threads(tmp_path):
    run(tmp_path, BUSY_THREADS, FORKS.format(rounds=ROUNDS))


@needs_fork
def test_a_forked_child_that_ends_as_programs_do(tmp_path):
    run(tmp_path, BUSY_THREADS, FORK_AND_EXIT)


@needs_fork
def test_multiprocessing_fork(tmp_path):
    printed = run(tmp_path, MULTIPROCESSING.replace("METHOD", "fork"))
    assert printed == "[100, 101, 103, 106] 100\n"


def test_multiprocessing_spawn(tmp_path):
    printed = run(tmp_path, MULTIPROCESSING.replace("METHOD", "spawn"))
    assert printed == "[0, 1, 3, 6] 100\n"


@pytest.mark.parametrize("turn", range(20))
def test_the_end_of_a_program_whose_daemon_threads_are_busy(tmp_path, turn):
    run(tmp_path, BUSY_THREADS)


@pytest.mark.parametrize("turn", range(5))
def test_exit_while_an_executor_renders(tmp_path, turn):
    run(
        tmp_path,
        BUSY_THREADS,
        """
        from concurrent.futures import ThreadPoolExecutor
        executor = ThreadPoolExecutor(2)
        futures = [executor.submit(render, registry, None) for _ in range(20)]
        sys.exit(0)
        """,
    )


@pytest.mark.parametrize("turn", range(3))
def test_exit_of_an_event_loop_while_an_executor_renders(tmp_path, turn):
    run(
        tmp_path,
        BUSY_THREADS,
        """
        import asyncio

        async def main():
            loop = asyncio.get_running_loop()
            for _ in range(5):
                loop.run_in_executor(None, render, registry, None)
            metrics[0].inc()

        asyncio.run(main())
        """,
    )


def test_metrics_that_are_used_at_the_very_end(tmp_path):
    printed = run(
        tmp_path,
        """
        import atexit, sys, weakref
        from aioprometheus import REGISTRY, Counter, Gauge, render

        counter = Counter("c", "d")

        class AtEnd:
            def __del__(self):
                counter.inc({"a": "del"})

        counter.at_end = AtEnd()
        sys.modules["kept"] = AtEnd()
        weakref.finalize(counter, print, "finalized")

        @atexit.register
        def last():
            counter.inc({"a": "atexit"})
            print(render(REGISTRY, None)[0].decode(), end="")
        """,
    )
    assert 'c{a="atexit"} 1\n' in printed and "finalized" in printed


@pytest.mark.parametrize(
    "use", ["metric.inc({'a': 1.5})", "metric.values", "metric.get_all()", "render(registry, None)"]
)
def test_signal_handlers_and_finalisers_come_while_something_is_imported(tmp_path, use):
    """An import at the first use runs Python code, which may come back to the same place."""
    printed = run(
        tmp_path,
        f"""
        import signal, sys
        from aioprometheus import Counter, Registry, render

        signal.alarm(30)  # a deadlock ends with a signal
        registry = Registry()
        metric = Counter("c", "d", registry=registry)
        metric.inc()

        class Finder:
            def find_spec(self, name, path=None, target=None):
                {use}  # as a signal handler or a finaliser does at this moment

        sys.meta_path.insert(0, Finder())
        {use}
        print(metric.get())
        """,
    )
    assert printed == "1\n"


def test_del_and_signals_that_update_the_metric_that_is_updated(tmp_path):
    printed = run(
        tmp_path,
        """
        import gc, signal, sys
        from aioprometheus import Counter, Histogram, Registry, render

        registry = Registry()
        counter = Counter("c", "d", registry=registry)
        histogram = Histogram("h", "d", registry=registry)

        class Cyclic:
            def __init__(self):
                self.me = self

            def __del__(self):
                counter.inc({"a": "x"})
                histogram.observe({"a": "x"}, 1)
                counter.get_all()

        def handler(*_):
            counter.inc({"a": "x"})
            counter.inc({"signal": 1})
            render(registry, None)

        for metric in (counter, histogram):
            metric.add({"new": 0}, 1)
            len(metric.values), len(metric.samples)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        gc.set_threshold(10)
        for index in range(20000):
            Cyclic()
            counter.inc({"a": "x"})
            histogram.observe({"a": "x"}, 1)
            counter.inc({"new": index % 100})
            if index % 1000 == 0:
                counter.get_all()
                len(counter.samples)
                render(registry, None)
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.collect()
        print(counter.get({"a": "x"}) >= 40000, histogram.get({"a": "x"})["count"])
        """,
    )
    assert printed == "True 40000\n"
