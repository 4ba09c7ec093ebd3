"""The end of the interpreter, and forks, while metrics call Python code or are rendered."""

import os
import subprocess
import sys

import pytest

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
TURNS = 50 if os.environ.get("AIOPROMETHEUS_LONG_TESTS") else 2

BUSY = """
import enum, threading, time, uuid
from aioprometheus import Counter, Gauge, Histogram, Registry, render

class Letter(enum.Enum):
    A = "a"

class Own(Gauge):
    def get_all(self):
        return [({"n": str(n)}, n) for n in range(5)]

registry = Registry()
own = Own("own", "doc", registry=registry)
counter = Counter("c_total", "doc", registry=registry)
histogram = Histogram("h", "doc", registry=registry)
histogram.observe({"a": "b"}, 1)
identity = uuid.uuid4()

def work():
    while True:
        CALL

for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.05)
"""


@pytest.mark.parametrize(
    "call",
    [
        "render(registry, None)",
        "counter.samples",
        "counter.inc({'x': Letter.A})",
        "counter.inc({'x': identity})",
        "histogram.values[{'a': 'b'}]",
        "counter.get_all()",
    ],
)
def test_daemon_threads_in_calls_of_python_code_end_with_the_process(call):
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", BUSY.replace("CALL", call)],
            capture_output=True,
            timeout=60,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")


CAUGHT = """
import asyncio, gc, hashlib, sys, threading, time
from aioprometheus import Counter, Gauge, Registry, render, render_async

class Late:
    \"\"\"Has the end let other threads run, which find then that they may not.\"\"\"

    def __del__(self, sleep=time.sleep):
        sleep(0.1)

class Own(Gauge):
    def get_all(self):
        wait()
        return [({"a": "x"}, 1)]

    def add(self, labels, value):
        wait()

class Finalized:
    def __init__(self):
        self.me = self

    def __del__(self):
        time.sleep(0.0003)

sys.modules["late"] = Late()
registry, own = Registry(), Registry()
counter = Counter("c", "d", registry=registry)
gauge = Own("own", "d", registry=own)
began = threading.Event()
lock = threading.Lock()
lock.acquire()
data = b"x" * 100_000

def forever(call):
    while True:
        call()

def wait():
    WAIT

def work():
    began.set()
    WORK

for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
began.wait()
time.sleep(0.02)
"""

UPDATE = "forever(lambda: (gauge.inc({'a': 'x'}), render(own, None)))"
BACKLOG = """
    async def main():
        tasks = [asyncio.ensure_future(render_async(registry, None)) for _ in range(400)]
        await asyncio.wait(tasks)
    for number in range(5_000):
        counter.inc({"n": str(number)})
    asyncio.run(main())
"""
LARGE = """
    for number in range(20_000):
        counter.inc({"n": str(number)})
    forever(lambda: render(registry, None))
"""
FINALIZERS = """
    gc.set_threshold(5)
    counter.inc({"n": "1"})
    forever(lambda: (Finalized(), counter.samples, counter.get_all()))
"""


@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize(
    ("wait", "work"),
    [
        ("forever(lambda: time.sleep(0.001))", UPDATE),
        ("time.sleep(0.0005)", UPDATE),
        ("sum(range(2_000))", UPDATE),
        ("lock.acquire(timeout=0.0007)", UPDATE),
        ("hashlib.sha256(data).digest()", UPDATE),
        ("pass", BACKLOG),
        ("pass", LARGE),
        ("pass", FINALIZERS),
    ],
    ids=["never", "sleep", "busy", "lock", "extension", "backlog", "large", "finalizers"],
)
def test_no_thread_that_comes_back_to_an_ended_interpreter_is_unwound(wait, work, turn):
    program = CAUGHT.replace("WAIT", wait).replace("WORK", work)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs_fork
def test_the_end_waits_for_nobody():
    """Calls that never come back cost no end any time.

    An earlier version waited for five seconds: twenty ends would take longer than the alarm allows.
    """
    program = """
import os, signal, sys, threading
from aioprometheus import Gauge, Registry, render

class Own(Gauge):
    def get_all(self):
        began.wait()
        threading.Event().wait()

    def add(self, labels, value):
        began.wait()
        while True:
            pass

signal.alarm(60)
for _ in range(20):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        began = threading.Barrier(3)
        registry = Registry()
        gauge = Own("own", "d", registry=registry)
        for work in (lambda: render(registry, None), gauge.inc):
            threading.Thread(target=work, daemon=True).start()
        began.wait()
        sys.exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=120, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_callbacks_at_exit_that_wait_for_a_daemon_thread_which_renders():
    """They run in the reverse order of their registration: this one late."""
    program = """
import atexit, threading

@atexit.register
def last():
    ending.set()
    thread.join()
    print(content.decode(), end="")

import asyncio
from aioprometheus import Counter, Gauge, Registry, render, render_async

class Own(Gauge):
    def get_all(self):
        return [({"a": "x"}, 1)]

registry = Registry()
counter = Counter("c", "d", registry=registry)
own = Own("own", "d", registry=registry)
ending = threading.Event()

def work():
    global content
    ending.wait()
    counter.inc({"n": "1"}, value=1)
    render(registry, None)
    content = asyncio.run(render_async(registry, None))[0]

thread = threading.Thread(target=work, daemon=True)
thread.start()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert 'c{n="1"} 1\n' in done.stdout and 'own{a="x"} 1\n' in done.stdout


AT_FORK = """
import os, sys
os.register_at_fork(**{sys.argv[1]: lambda: render(registry, None)})
from aioprometheus import Counter, Registry, render
registry = Registry()
counter = Counter("c_total", "doc", registry=registry)
counter.inc()
child = os.fork()
if child == 0:
    counter.inc()
    os._exit(render(registry, None)[0].endswith(b"c_total 2\\n") and 5)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) - 5)
"""


@needs_fork
@pytest.mark.parametrize("hook", ["before", "after_in_parent", "after_in_child"])
def test_a_hook_of_a_fork_may_render(hook):
    done = subprocess.run(
        [sys.executable, "-c", AT_FORK, hook], capture_output=True, timeout=60, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
