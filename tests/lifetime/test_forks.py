"""Forks in C, forks that begin before the first import, and forks inside of hooks."""

import os
import subprocess
import sys
from functools import cache

import pytest

from support.processes import python, running
from support.programs import run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

PROGRAM = """
import asyncio, ctypes, os, signal, sys, time
from aioprometheus import Counter, Registry, render, render_async

signal.alarm(60)  # a hang ends with a signal, in the children too
registry = Registry()
counter = Counter("c", "d", registry=registry)
counter.inc()

async def scrape():
    return (await render_async(registry, None))[0]

def child_is_well(child):
    if child == 0:
        code = 1
        try:
            signal.alarm(60)
            counter.inc()
            rendered = asyncio.run(scrape()), render(registry, None)[0]
            code = 5 if all(body.endswith(b"c 2\\n") for body in rendered) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5

def wait_until_alone():
    # Who waits for the lock of CPython is given a turn: in the child too, where it is not.
    while len(sys._current_frames()) > 1:
        time.sleep(0.001)

asyncio.run(scrape())  # now there are threads that a child does not have
"""


@pytest.mark.parametrize(
    "fork",
    ["ctypes.CDLL(None).fork", "ctypes.PyDLL(None).fork", "os.fork"],
    ids=["without the lock", "with the lock", "by Python"],
)
def test_a_fork_in_c_is_noticed(tmp_path, fork):
    before = "wait_until_alone()" if "PyDLL" in fork else ""
    program = f"""
        for _ in range(3):
            {before}
            child_is_well(({fork})())
            assert asyncio.run(scrape()).endswith(b"c 1\\n")
    """
    run(tmp_path, PROGRAM, program)


@cache
def _survives_half_of_the_hooks():
    """Whether the interpreter does. 3.13.0 ends, as its lock of imports was not taken before."""
    program = """if True:
        import ctypes, os
        child = ctypes.PyDLL(None).fork()
        if child == 0:
            ctypes.pythonapi.PyOS_AfterFork_Child()
            os._exit(0)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0)
    """
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.run([sys.executable, "-c", program], check=False, **quiet).returncode == 0


NOT_SURVIVED = "this interpreter does not survive the hooks of a fork without those before it"


def test_a_fork_in_c_whose_child_runs_the_hooks_of_python(tmp_path):
    """As servers do: those that come after, without those that come before."""
    if not _survives_half_of_the_hooks():
        pytest.skip(NOT_SURVIVED)
    program = """
        fork = ctypes.PyDLL(None).fork
        for _ in range(3):
            child = fork()
            if child == 0:
                ctypes.pythonapi.PyOS_AfterFork_Child()
            child_is_well(child)
            assert asyncio.run(scrape()).endswith(b"c 1\\n")
    """
    run(tmp_path, PROGRAM, program)


@pytest.mark.parametrize("hook", ["before", "after_in_parent", "after_in_child"])
def test_the_first_import_in_a_hook_of_a_fork(tmp_path, hook):
    """What is installed while a fork is under way has begun none, and ends none."""
    program = f"""
        # Some of these have hooks of their own.
        import asyncio, concurrent.futures, logging, os, signal

        signal.alarm(60)  # only a hang reaches it, in the children too

        def first_import():
            import aioprometheus

        os.register_at_fork({hook}=first_import)

        def use():
            from aioprometheus import Counter, Registry, render, render_async
            registry = Registry()
            # Each section waited a second, and there are more than a hundred.
            for number in range(100):
                Counter(f"c{{number}}", "d", registry=registry).inc()
            assert render(registry, None) == asyncio.run(render_async(registry, None))

        for _ in range(3):
            child = os.fork()
            if child == 0:
                signal.alarm(60)
                use()
                os._exit(5)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
            use()
    """
    run(tmp_path, program)


@pytest.mark.parametrize("hook", ["before", "after_in_parent", "after_in_child"])
@pytest.mark.parametrize("registered", ["before", "after"])
def test_a_hook_of_a_fork_awaits_a_scrape(tmp_path, hook, registered):
    hooked = f"""
        import asyncio, os
        os.register_at_fork({hook}=lambda: asyncio.run(scrape()))
    """
    fork = """
        child_is_well(os.fork())
        assert asyncio.run(scrape()).endswith(b"c 1\\n")
    """
    parts = (hooked, PROGRAM) if registered == "before" else (PROGRAM, hooked)
    run(tmp_path, *parts, fork)


def test_a_hook_of_a_fork_forks(tmp_path):
    program = """
        depth = 0

        def again():
            global depth
            if depth == 0:
                depth = 1
                child_is_well(os.fork())
                depth = 0

        os.register_at_fork(before=again)
        child_is_well(os.fork())
        assert asyncio.run(scrape()).endswith(b"c 1\\n")
    """
    run(tmp_path, "import os\n", PROGRAM, program)


def test_a_fork_does_not_wait_for_a_loop_that_waits_for_it(tmp_path):
    program = """
        import threading
        lock = threading.Lock()
        waits = threading.Event()

        class Loop(asyncio.SelectorEventLoop):
            def call_soon_threadsafe(self, *arguments, **options):
                if not lock.acquire(blocking=False):
                    waits.set()
                    lock.acquire()
                try:
                    return super().call_soon_threadsafe(*arguments, **options)
                finally:
                    lock.release()

        async def main():
            while True:
                await scrape()

        threading.Thread(target=Loop().run_until_complete, args=(main(),), daemon=True).start()
        with lock:
            waits.wait()
            # One that waits gives up after five seconds: the alarm would come before the last one.
            for _ in range(20):
                child = os.fork()
                if child == 0:
                    os._exit(0)
                os.waitpid(child, 0)
    """
    run(tmp_path, PROGRAM, program)


UWSGI = """
import asyncio, os
from aioprometheus import Counter, Registry, render_async

registry = Registry()
counter = Counter("requests_total", "d", registry=registry)
asyncio.run(render_async(registry, None))  # in the master, which forks the workers

def application(environ, start_response):
    counter.inc()
    body, headers = asyncio.run(render_async(registry, None))
    start_response("200 OK", [*headers.items(), ("X-Process", f"{os.getppid()} {os.getpid()}")])
    return [body]
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="pyuwsgi has no wheels for this version")
@pytest.mark.skipif(sys.platform != "linux", reason="pyuwsgi is installed on Linux alone")
@pytest.mark.parametrize(
    "options", [[], ["--enable-threads"], ["--py-call-osafterfork"], ["--lazy-apps"]]
)
def test_workers_of_uwsgi(tmp_path, options):
    if "--py-call-osafterfork" in options and not _survives_half_of_the_hooks():
        pytest.skip(NOT_SURVIVED)
    (tmp_path / "application.py").write_text(UWSGI)
    server = tmp_path / "server.py"
    server.write_text("import pyuwsgi\npyuwsgi.run()\n")
    arguments = ["--http-socket", "127.0.0.1:0", "--master", "--processes", "2", "--need-app"]
    arguments += ["--wsgi-file", "application.py", *options]
    with running(python(server, *arguments), tmp_path) as program:
        address = program.find(r"bound to TCP address (127\.0\.0\.1:\d+)")
        for _ in range(4):
            answer = program.get(f"http://{address}/")
            assert b"# TYPE requests_total counter\nrequests_total" in answer.body
            parent, child = answer.headers["X-Process"].split()
            assert int(parent) == program.process.pid != int(child)
