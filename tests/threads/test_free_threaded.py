"""Free-threaded Python: the package does not enable the lock, and threads update in parallel."""

import subprocess
import sys
import sysconfig
import threading

import pytest

from aioprometheus import Counter, Histogram, Registry, Summary, render

pytestmark = pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this interpreter has a lock"
)


def test_the_lock_stays_off():
    program = "import aioprometheus, aioprometheus._core, sys; print(sys._is_gil_enabled())"
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout.strip() == "False"


def test_threads_lose_nothing_while_others_render_and_bind():
    registry = Registry()
    counter = Counter("counter_total", "doc", registry=registry)
    histogram = Histogram("histogram", "doc", registry=registry, buckets=[1.0])
    summary = Summary("summary", "doc", registry=registry)
    shared = {"thread": "all", "text": "\u00e9\u00df"}
    rounds, running = 20_000, threading.Event()

    def update(thread):
        own = {"thread": str(thread), "text": "\u00e9\u00df" * 2}
        child = counter.labels(shared)
        for number in range(rounds):
            counter.inc(shared)
            child.inc()
            counter.inc(own)
            histogram.observe(own, number % 3)
            summary.observe(shared, 1)

    def scrape():
        while not running.is_set():
            render(registry, None)

    scraper = threading.Thread(target=scrape)
    updates = [threading.Thread(target=update, args=(thread,)) for thread in range(4)]
    scraper.start()
    for thread in updates:
        thread.start()
    for thread in updates:
        thread.join()
    running.set()
    scraper.join()
    assert counter.get(shared) == 4 * 2 * rounds
    assert summary.get(shared)["count"] == 4 * rounds
    for thread in range(4):
        own = {"thread": str(thread), "text": "\u00e9\u00df" * 2}
        assert counter.get(own) == rounds
        assert histogram.get(own)["count"] == rounds


def test_labels_that_another_thread_changes():
    counter = Counter("counter_total", "doc", registry=Registry())
    labels = {"a": "0"}
    rounds, running = 20_000, threading.Event()

    def change():
        number = 0
        while not running.is_set():
            number += 1
            labels["a"] = "\u00e9" * (number % 50)
            labels[f"b{number % 5}"] = str(number % 7)
            if number % 11 == 0:
                labels.clear()

    changer = threading.Thread(target=change)
    changer.start()
    for _ in range(rounds):
        counter.inc(labels)
    running.set()
    changer.join()
    assert sum(value for _, value in counter.get_all()) == rounds
