"""The times of single calls while another thread renders: their distribution and the longest.

    python benches/pauses.py [--series N] [--calls N] [--rounds N] [--quick]

Increments and births of a counter with a million series are timed call by call on one thread, once
alone and once while another thread renders that registry again and again. Every birth is timed
while a counter grows from nothing. While that many series are removed, another thread records how
long it waits for the interpreter. The no-op in the same loop shows the cost of the clock, the
interpreter and the machine. Nothing is subtracted. The spread of the ratios shows whether the
machine has other load.
"""

import argparse
import gc
import itertools
import multiprocessing
import platform
import random
import statistics
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter_ns

import table
from environments import ensure_floor

from aioprometheus import Counter, Gauge, Registry, render

#: Label sets that are made together, before any of them is timed.
BATCH = 10_000
#: Calls of the no-op for each other call, so that both last for as many scrapes.
NOOP_TURNS = 10
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}
#: The quantile whose ratio is printed.
COMPARED = "p99.9"
KINDS = ("no-op", "increment", "birth")
#: The limits above which births are counted, in nanoseconds.
LIMITS = {"> 10 us": 10_000, "> 100 us": 100_000, "> 1 ms": 1_000_000}

Labels = dict[str, str]
Call = Callable[[Labels], object]
#: The figures of each kind of call alone and during scrapes, and the nanoseconds of each scrape.
Round = tuple[list[list[int]], list[list[int]], list[int]]


def label_sets(first: int, count: int) -> list[Labels]:
    """A batch of label sets that is different for each number."""
    return [{"method": "GET", "path": f"/api/users/{n}"} for n in range(first, first + count)]


def record(call: Call, arguments: Sequence[Labels], times: array, start: int = 0) -> None:
    """Write the nanoseconds of the call on each argument to `times`, from `start` on."""
    now = perf_counter_ns
    for index, labels in enumerate(arguments, start):
        before = now()
        call(labels)
        times[index] = now() - before


def duration(nanoseconds: float) -> str:
    return table.duration(nanoseconds / 1e9)


def timed(call: Call, arguments: Sequence[Labels]) -> array:
    """The nanoseconds of the call on each argument."""
    times = array("q", bytes(8 * len(arguments)))
    record(call, arguments, times)
    return times


@contextmanager
def scrapes(registry: Registry) -> Iterator[list[int]]:
    """Render in another thread during the block. Each scrape adds its time to the yielded list."""
    stop, started, durations = threading.Event(), threading.Event(), []

    def run() -> None:
        while not stop.is_set():
            started.set()
            before = perf_counter_ns()
            render(registry, ())
            durations.append(perf_counter_ns() - before)

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    try:
        yield durations
    finally:
        stop.set()
        thread.join()


def figures(times: array) -> list[int]:
    """The quantiles and the maximum, in nanoseconds."""
    ordered = sorted(times)
    last = len(ordered) - 1
    places = [min(int(rank * len(ordered)), last) for rank in QUANTILES.values()]
    return [*(ordered[place] for place in places), ordered[-1]]


def one_round(series: int, calls: int) -> Round:
    """The figures of each kind of call with and without scrapes, on a new registry."""
    from bench_floor import NoOp

    noop = NoOp().inc
    registry = Registry()
    counter = Counter("requests_total", "doc", registry=registry)
    existing = label_sets(0, series)
    for labels in existing:
        counter.inc(labels)
    random.Random(1).shuffle(existing)
    asked = list(itertools.islice(itertools.cycle(existing), calls))
    first, second = label_sets(series, calls), label_sets(series + calls, calls)

    gc.collect()
    gc.disable()
    alone = [timed(noop, asked * NOOP_TURNS), timed(counter.inc, asked), timed(counter.inc, first)]
    with scrapes(registry) as durations:
        beside = [
            timed(noop, asked * NOOP_TURNS),
            timed(counter.inc, asked),
            timed(counter.inc, second),
        ]
    return [*map(figures, alone)], [*map(figures, beside)], durations


def beside_scrapes(series: int, calls: int, rounds: int) -> None:
    """Print the distributions with and without scrapes."""
    # A process for each round, because a round could reuse the memory that another one has freed.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        results: list[Round] = pool.starmap(one_round, [(series, calls)] * rounds, chunksize=1)

    rows = [["", *QUANTILES, "max"]]
    ratios = [["", "median", "least", "most"]]
    rank = list(QUANTILES).index(COMPARED)
    for kind, name in enumerate(KINDS):
        for when, title in enumerate((f"{name}, alone", f"{name}, during scrapes")):
            columns = zip(*(result[when][kind] for result in results), strict=True)
            rows.append([title, *(duration(statistics.median(column)) for column in columns)])
        times_as_long = [
            during[kind][rank] / max(alone[kind][rank], 1) for alone, during, _ in results
        ]
        spread = statistics.median(times_as_long), min(times_as_long), max(times_as_long)
        ratios.append([name, *map(table.ratio, spread)])
    scraped = [nanoseconds for _, _, durations in results for nanoseconds in durations]
    scrape = duration(statistics.median(scraped))
    print(f"{calls:,} calls of each, {NOOP_TURNS} times as many of the no-op, {series:,} series;")
    print(f"medians of {rounds} rounds, {len(scraped)} scrapes of {scrape}")
    print(table.render(rows))
    print(f"\nduring scrapes / alone, at {COMPARED}")
    print(table.render(ratios))


def growing(series: int, noop: Call, noops: int) -> None:
    """Print the times of births in a growing counter."""
    counter = Counter("births_total", "doc", registry=Registry())
    births = array("q", bytes(8 * series))
    gc.disable()
    for first in range(0, series, BATCH):
        record(counter.inc, label_sets(first, min(BATCH, series - first)), births, first)
    machine = array("q", bytes(8 * noops))
    for first in range(0, noops, BATCH):
        record(noop, label_sets(first, min(BATCH, noops - first)), machine, first)
    gc.enable()

    rows = [["", "calls", *LIMITS, "worst", "of all time"]]
    for title, times in (("birth", births), ("no-op", machine)):
        counts = [f"{sum(time > limit for time in times):,}" for limit in LIMITS.values()]
        worst = max(times)
        share = f"{100 * worst / sum(times):.1f} %"
        rows.append([title, f"{len(times):,}", *counts, duration(worst), share])
    print(f"\nbirths while a counter grows from 0 to {series:,} series")
    print(table.render(rows))
    slowest = sorted(range(series), key=births.__getitem__, reverse=True)[:5]
    worst = ", ".join(f"{duration(births[n])} at {n:,}" for n in slowest)
    print(f"the longest: {worst}")


def longest_wait(work: Callable[[], object]) -> tuple[int, int]:
    """The longest time that another thread waits for the interpreter during the work, and how long
    that takes, in nanoseconds.
    """
    stop, started, longest = threading.Event(), threading.Event(), [0]

    def run() -> None:
        last = perf_counter_ns()
        while not stop.is_set():
            started.set()
            now = perf_counter_ns()
            longest[0] = max(longest[0], now - last)
            last = now

    interval = sys.getswitchinterval()
    # So that the other thread asks for the interpreter at once.
    sys.setswitchinterval(1e-5)
    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    before = perf_counter_ns()
    try:
        work()
    finally:
        took = perf_counter_ns() - before
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)
    return longest[0], took


def removals(series: int) -> None:
    """Print how long other threads wait while many series are removed."""

    def metric() -> Gauge:
        gauge = Gauge("jobs", "doc", registry=Registry())
        for first in range(0, series, BATCH):
            for labels in label_sets(first, min(BATCH, series - first)):
                gauge.set(labels, 1)
        return gauge

    def replacing(gauge: Gauge) -> Callable[[], object]:
        block = gauge.replacing()
        new = block.__enter__()
        for labels in label_sets(series // 2, series):
            new.set(labels, 1)
        return lambda: block.__exit__(None, None, None)

    ways: dict[str, Callable[[Gauge], Callable[[], object]]] = {
        "nothing": lambda gauge: lambda: time.sleep(0.1),
        "clear": lambda gauge: gauge.clear,
        "the end of replacing": replacing,
        "remove_matching": lambda gauge: lambda: gauge.remove_matching({"method": "GET"}),
    }
    rows = [["", "longest wait", "in all"]]
    for name, way in ways.items():
        wait, took = longest_wait(way(metric()))
        rows.append([name, duration(wait), duration(took)])
    print(f"\nother threads, while {series:,} series are removed")
    print(table.render(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=400_000, help="timed calls of each kind")
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take the median of")
    parser.add_argument("--quick", action="store_true", help="small sizes: whether it runs")
    options = parser.parse_args()
    series = 5_000 if options.quick else options.series
    calls = 2_000 if options.quick else options.calls

    ensure_floor()
    from bench_floor import NoOp

    noop = NoOp().inc
    print(f"{platform.python_implementation()} {platform.python_version()}\n")
    beside_scrapes(series, calls, 1 if options.quick else options.rounds)
    growing(series, noop, min(calls, 200_000))
    removals(series)


if __name__ == "__main__":
    main()
