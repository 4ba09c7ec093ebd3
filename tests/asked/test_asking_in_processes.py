"""What a scrape asks for, at the end of a process, after a fork, and on several event loops."""

import asyncio
import os
import subprocess
import sys
import textwrap

import pytest

from aioprometheus import Gauge, Registry, render_async
from tests.support import many_threads
from tests.support.loops import DEADLINE


def _run(program):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_process_ends_while_a_function_hangs():
    program = """
        import asyncio, threading
        from aioprometheus import Gauge, Registry, render_async

        registry = Registry()
        gauge = Gauge("slow", "d", registry=Registry())
        gauge.set_function(threading.Event().wait)
        registry.register(gauge, timeout=0.05)
        asyncio.run(render_async(registry))
        print("ended")
    """
    done = _run(program)
    assert done.stdout == "ended\n"
    assert "slow failed at a scrape" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_after_a_fork():
    """The child has none of the threads of its parent, and asks all the same."""
    program = """
        import asyncio, os, threading, warnings
        from aioprometheus import Gauge, Registry, render_async

        warnings.simplefilter("ignore")
        registry = Registry()
        gauge = Gauge("pid", "d", registry=registry)
        gauge.set_function(os.getpid)
        hanging = Gauge("slow", "d", registry=Registry())
        hanging.set_function(lambda: threading.Event().wait() if os.getpid() == parent else 1)
        registry.register(hanging, timeout=0.05)
        parent = os.getpid()

        def scrape():
            return asyncio.run(render_async(registry))[0].decode()

        assert f"pid {parent}" in scrape()
        child = os.fork()
        if child == 0:
            body = scrape()
            os._exit(0 if f"pid {os.getpid()}" in body and "slow 1" in body else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert f"pid {parent}" in scrape()
    """
    _run(program)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_function_that_forks():
    program = """
        import asyncio, os, warnings
        from aioprometheus import Gauge, Registry, render_async

        warnings.simplefilter("ignore")

        def function():
            child = os.fork()
            if child == 0:
                os._exit(7)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

        registry = Registry()
        Gauge("a", "d", registry=registry).set_function(function)
        Gauge("b", "d", registry=registry).set_function(function)
        for _ in range(20):
            body = asyncio.run(render_async(registry))[0]
            assert b"a 7" in body and b"b 7" in body, body
    """
    _run(program)


def test_event_loops_on_several_threads():
    registry = Registry()

    async def later():
        await asyncio.sleep(0)
        return 2

    Gauge("plain", "d", registry=registry).set_function(lambda: 1)
    Gauge("later", "d", registry=registry).set_function(later)

    async def main():
        for _ in range(30):
            body, _ = await render_async(registry)
            assert b"\nplain 1\n" in body
            assert b"\nlater 2\n" in body

    many_threads.run(lambda _: asyncio.run(main()), 4)


def test_under_trio():
    trio = pytest.importorskip("trio")
    registry = Registry()

    async def later():
        await trio.sleep(0)
        return 2

    class Collector:
        async def collect(self):
            await trio.sleep(0)
            yield Gauge("collected", "d", registry=Registry())

    Gauge("plain", "d", registry=registry).set_function(lambda: 1)
    Gauge("later", "d", registry=registry).set_function(later)
    registry.register(Collector())

    async def main():
        return await render_async(registry)

    body, _ = trio.run(main)
    assert b"\nplain 1\n" in body
    assert b"\nlater 2\n" in body
    assert b"# TYPE collected gauge" in body
