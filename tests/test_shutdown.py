"""The end of the interpreter, and forks, while metrics call Python code or are rendered."""

import os
import subprocess
import sys

import pytest

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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.parametrize("hook", ["before", "after_in_parent", "after_in_child"])
def test_a_hook_of_a_fork_may_render(hook):
    done = subprocess.run(
        [sys.executable, "-c", AT_FORK, hook], capture_output=True, timeout=60, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
