"""Programs in a file of their own, which end without a word of their own about errors."""

import subprocess
import sys
import textwrap

DEADLINE = 120  # seconds; only a hang reaches it

#: The start of a program: threads that update, bear series and render until the program ends.
BUSY_THREADS = """
import os, signal, sys, threading
from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render

registry = Registry()
kinds = (Counter, Gauge, Histogram, Summary)
metrics = [kind(kind.__name__, "d", registry=registry) for kind in kinds]
for index in range(2000):
    for metric in metrics:
        metric.add({"index": index}, 1)
stop = threading.Event()
started = threading.Barrier(5)

def update(number):
    index = 0
    while not stop.is_set():
        index += 1
        for metric in metrics:
            metric.add({"thread": number}, 1)
            metric.add({"born": index % 5000}, 1)
        if index == 10:
            started.wait()

def scrape():
    render(registry, None)
    started.wait()
    while not stop.is_set():
        render(registry, None)

threads = [threading.Thread(target=update, args=(number,), daemon=True) for number in range(2)]
threads += [threading.Thread(target=scrape, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
started.wait()
"""


def run(tmp_path, *parts, options=()):
    """Run a program; it must end with 0 and print nothing but what it prints."""
    path = tmp_path / "program.py"
    path.write_text("".join(textwrap.dedent(part) for part in parts))
    # Python 3.12 deprecates a fork of a process with threads, which is tested here.
    quiet = ["-W", "error", "-W", "ignore:This process:DeprecationWarning"]
    done = subprocess.run(
        [sys.executable, *quiet, *options, str(path)],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), (done.returncode, done.stderr, done.stdout)
    return done.stdout
