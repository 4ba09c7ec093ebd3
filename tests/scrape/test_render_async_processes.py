"""`render_async` at the end of the interpreter, around forks, and in loops that end early."""

import os
import sys

import pytest

from support.processes import python, running
from support.programs import run

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
LONG = bool(os.environ.get("AIOPROMETHEUS_LONG_TESTS"))
TURNS = 10 if LONG else 3
many_turns = pytest.mark.parametrize("turn", range(TURNS))

REGISTRY = """
import asyncio, atexit, os, signal, sys, threading
from aioprometheus import Counter, Registry, render, render_async

registry = Registry()
counter = Counter("c_total", "doc", registry=registry)
for number in range(SERIES):
    counter.inc({"n": str(number)})

async def scrape(**options):
    return await render_async(registry, None, accept_encoding="gzip", **options)
"""
LARGE = REGISTRY.replace("SERIES", "200_000")
SMALL = REGISTRY.replace("SERIES", "500")


@many_turns
@pytest.mark.parametrize(
    "end",
    [
        "pass",
        "sys.exit(0)",
        "tasks[0].cancel()",
        "os._exit(0)",
        "await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)",
    ],
)
def test_the_end_of_a_program_that_renders(tmp_path, turn, end):
    program = f"""
        async def main():
            tasks = [asyncio.ensure_future(scrape()) for _ in range(8)]
            for _ in range({turn} + 1):
                await asyncio.sleep(0)
            {end}

        asyncio.run(main())
    """
    assert run(tmp_path, LARGE, program) == ""


@many_turns
def test_the_end_while_loops_of_daemon_threads_render(tmp_path, turn):
    program = """
        began = threading.Barrier(4)

        def work():
            async def main():
                await scrape()
                began.wait()
                while True:
                    await scrape()
            asyncio.run(main())

        for _ in range(3):
            threading.Thread(target=work, daemon=True).start()
        began.wait()
    """
    assert run(tmp_path, LARGE, program) == ""


@pytest.mark.parametrize("turn", range(2 * TURNS))
def test_the_end_while_the_loop_of_a_daemon_thread_takes_results(tmp_path, turn):
    """Asyncio's debug mode makes that take long enough to be caught in it."""
    program = """
        import logging
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # of slow callbacks
        began = threading.Event()

        def work():
            async def main():
                tasks = [asyncio.ensure_future(scrape()) for _ in range(4_000)]
                await asyncio.sleep(0)
                began.set()
                await asyncio.wait(tasks)
            asyncio.run(main(), debug=True)

        threading.Thread(target=work, daemon=True).start()
        began.wait()
    """
    assert run(tmp_path, SMALL, program, options=["-X", "dev"]) == ""


@many_turns
def test_loops_of_threads_come_to_their_end(tmp_path, turn):
    program = """
        def work():
            async def main():
                for _ in range(3):
                    await scrape()
            asyncio.run(main())
            # In one piece: print() lets other threads in before the end of the line.
            sys.stdout.write("done" + os.linesep)

        for _ in range(3):
            threading.Thread(target=work).start()
    """
    assert run(tmp_path, LARGE, program) == "done\n" * 3


@pytest.mark.parametrize("series", ["500", "200_000"])
def test_a_loop_that_is_closed_before_the_end(tmp_path, series):
    """As with the executors of asyncio, nothing reports it."""
    program = """
        loop = asyncio.new_event_loop()
        tasks = [loop.create_task(scrape()) for _ in range(4)]

        async def begin():
            for _ in range(2):
                await asyncio.sleep(0)

        loop.run_until_complete(begin())
        for task in tasks:
            task._log_destroy_pending = False
        loop.close()
        del task, tasks
        # Those that nobody awaits have come to their end when these have, which come after them.
        async def others():
            await asyncio.gather(*(scrape() for _ in range(8)))
        asyncio.run(others())
    """
    assert run(tmp_path, REGISTRY.replace("SERIES", series), program) == ""


@pytest.mark.parametrize("registered", ["before", "after"])
def test_a_callback_at_exit_renders(tmp_path, registered):
    """Callbacks run in the reverse order of their registration, so this one late, or early."""
    callback = """
        import asyncio, atexit, signal
        def last():
            content, _ = asyncio.run(asyncio.wait_for(render_async(registry, None), 60))
            print(content == render(registry, None)[0])
        atexit.register(last)
    """
    parts = (callback, SMALL) if registered == "before" else (SMALL, callback)
    assert run(tmp_path, *parts) == "True\n"


def test_ctrl_c(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        LARGE
        + """
async def main():
    await scrape()
    print("began", flush=True)
    while True:
        await asyncio.gather(*(scrape() for _ in range(8)))

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""
    )
    with running(python(program), tmp_path) as process:
        process.find("(began)")
        assert process.stop() == 0
        assert process.stdout == "began\ninterrupted\n"
        assert process.stderr == ""


CHILD = """
def child_is_well(child):
    if child:
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0, status
        return
    signal.alarm(60)  # a hang ends with a signal, and so not with 0
    counter.inc({"child": "1"})
    for _ in range(2):
        assert asyncio.run(render_async(registry, None)) == render(registry, None)
"""


@needs_fork
@pytest.mark.parametrize("end", ["sys.exit(0)", "os._exit(0)"])
def test_the_child_of_a_process_that_has_rendered(tmp_path, end):
    program = f"""
        for _ in range(3):
            asyncio.run(scrape())
            child = os.fork()
            child_is_well(child)
            if not child:
                grandchild = os.fork()
                child_is_well(grandchild)
                {end}
        asyncio.run(scrape())
        print("parent")
    """
    assert run(tmp_path, SMALL, CHILD, program) == "parent\n"


@needs_fork
@many_turns
def test_forks_while_the_parent_renders(tmp_path, turn):
    program = f"""
        stop = threading.Event()
        began = threading.Barrier(3)

        def work():
            async def main():
                await scrape()
                began.wait()
                while not stop.is_set():
                    await asyncio.gather(*(scrape() for _ in range(6)))
            asyncio.run(main())

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        began.wait()
        for _ in range({500 if LONG else 10}):
            child = os.fork()
            child_is_well(child)
            if not child:
                os._exit(0)
        stop.set()
        for thread in threads:
            thread.join()
    """
    assert run(tmp_path, SMALL, CHILD, program) == ""


@needs_fork
def test_a_fork_inside_the_loop_that_renders(tmp_path):
    program = """
        import gc

        async def main():
            tasks = [asyncio.ensure_future(scrape()) for _ in range(6)]
            await asyncio.sleep(0)
            child = os.fork()
            if not child:
                for task in tasks:
                    task.cancel()
                del task
                tasks.clear()
                gc.collect()
                child_is_well(0)
                os._exit(0)
            bodies = await asyncio.gather(*tasks)
            assert bodies == [bodies[0]] * 6
            _, status = os.waitpid(child, 0)
            assert status == 0, status

        asyncio.run(main())
    """
    assert run(tmp_path, LARGE, CHILD, program) == ""


@needs_fork
def test_a_pool_of_processes(tmp_path):
    program = """
        import multiprocessing

        def work(number):
            signal.alarm(60)
            return asyncio.run(scrape())[0] == render(registry, None, accept_encoding="gzip")[0]

        asyncio.run(scrape())
        context = multiprocessing.get_context("fork")
        with context.Pool(2) as pool:
            print(pool.map(work, range(4)))
            pool.close()
            pool.join()
    """
    assert run(tmp_path, SMALL, program) == "[True, True, True, True]\n"


def test_nothing_is_left_open(tmp_path):
    program = """
        import gc, warnings
        for _ in range(20):
            asyncio.run(scrape())
        async def cancelled():
            task = asyncio.ensure_future(scrape())
            await asyncio.sleep(0)
            task.cancel()
        for _ in range(20):
            asyncio.run(cancelled())
        gc.collect()
    """
    assert run(tmp_path, SMALL, program, options=["-X", "dev"]) == ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_number_of_threads_is_bounded(tmp_path):
    program = """
        async def main():
            await asyncio.gather(*(scrape() for _ in range(200)))
            print(len(os.listdir("/proc/self/task")) <= 8)
        asyncio.run(main())
    """
    assert run(tmp_path, SMALL, program) == "True\n"


def test_signals_arrive_meanwhile(tmp_path):
    program = """
        arrived = []

        async def main():
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR1, arrived.append, 1)
            rendering = asyncio.gather(*(scrape() for _ in range(8)))
            await asyncio.sleep(0)
            os.kill(os.getpid(), signal.SIGUSR1)
            while not arrived:
                assert not rendering.done(), "the signal waited for the renderings"
                await asyncio.sleep(0)
            await rendering
        asyncio.run(main())
    """
    assert run(tmp_path, LARGE, program) == ""


def test_no_scrape_imports_a_module(tmp_path):
    """A fork meanwhile would leave the lock of that module held in the child."""
    program = """
        import asyncio, sys
        from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render, render_async

        registry = Registry()
        for kind in (Counter, Gauge, Histogram, Summary):
            class Derived(kind):
                def get_all(self):
                    return super().get_all()
            kind("m_" + kind.__name__, "d", registry=registry).add({"a": "x"}, 1)
            Derived("d_" + kind.__name__, "d", registry=registry).add({"a": "x"}, 1)
        Histogram("native", "d", registry=registry, native=True).observe(3, exemplar={"a": "x"})

        def scrape(accept, encoding):
            body, headers = render(registry, accept, accept_encoding=encoding)
            rendered = asyncio.run(render_async(registry, accept, accept_encoding=encoding))
            assert rendered == (body, headers)
            for metric in registry.collect():
                metric.samples, metric.get_all(), list(metric.values.items())
            print(headers["Content-Type"].partition(";")[0], headers["Content-Encoding"])

        before = set(sys.modules)
        scrape(None, "gzip")
        scrape("application/openmetrics-text; version=1.0.0", "zstd")
        scrape(
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
            " encoding=delimited",
            "gzip",
        )
        print(sorted(set(sys.modules) - before))
    """
    assert run(tmp_path, program).splitlines() == [
        "text/plain gzip",
        "application/openmetrics-text zstd",
        "application/vnd.google.protobuf gzip",
        "[]",
    ]
