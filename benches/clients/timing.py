"""The sizes, timers and measurements of memory for all clients.

Python's garbage collector is off in all loops, as `timeit` does it. It would slow down the clients
that are written in Python more than others, and at random moments.
"""

import gc
import re
import statistics
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: Repeats of a loop. The shortest one counts, because disturbances only add time.
REPEATS = 5
#: Seconds after which a slow operation is not repeated again.
ENOUGH = 2.0
#: Label sets that are made together and used once: few enough for the cache of the processor.
BATCH = 1_000
#: The upper bounds of every histogram, which are the default of this package and of 23.12.0.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Sizes:
    """The sizes of the measurements in a round."""

    #: Calls of one loop.
    calls: int = 100_000
    #: Series of a metric that is born, rendered or weighed.
    series: int = 100_000
    #: Series of a histogram that is rendered.
    histograms: int = 10_000
    #: Values that a histogram observes at once.
    values: int = 1_000_000
    #: Lengths of the streams that a summary observes.
    streams: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    #: The longest stream for 23.12.0, whose summaries slow down with each observation.
    slow_stream: int = 100_000
    #: Numbers of series in one metric.
    growth: tuple[int, ...] = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
    #: Numbers of metrics in one registry.
    metrics: tuple[int, ...] = (1, 10, 100, 1_000, 10_000)
    #: Numbers of label names.
    names: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)


QUICK = Sizes(1_000, 1_000, 100, 1_000, (100, 1_000), 1_000, (10, 1_000), (1, 100), (1, 8))


def timer(statement: str, setup: str = "", **names: object) -> timeit.Timer:
    """A timer of `statement`, in which `names` are local variables."""
    local = [f"{name} = _{name}" for name in names]
    hidden = {f"_{name}": value for name, value in names.items()}
    return timeit.Timer(statement, "\n".join([*local, setup]), globals=hidden)


def loop(call: str, calls: int, **names: object) -> float:
    """The seconds of the statement `call`, in a loop of its own."""
    return min(timer(call, **names).repeat(REPEATS, calls)) / calls


def fresh(call: str, make: Callable[[str, str], object], calls: int, **names: object) -> float:
    """The seconds of `call` on `labels` of new strings, without the loop over them.

    `make` makes `labels` of a method and a path. They are made beforehand, a batch at a time. The
    strings are equal to those of earlier calls, but they are other objects.
    """

    def batch() -> list[object]:
        return [make("".join(["G", "ET"]), "".join(["/api", "/users"])) for _ in range(BATCH)]

    def seconds(body: str) -> float:
        run = timer(f"for labels in batch: {body}", "batch = make()", make=batch, **names)
        return statistics.median(run.repeat(max(calls // BATCH, 3), 1)) / BATCH

    return max(seconds(call) - seconds("pass"), 0.0)


def each(call: str, items: list, repeats: int = 1, **names: object) -> float:
    """The seconds of `call` for one `item` of `items`, which it takes one after the other."""
    run = timer(f"for item in items: {call}", items=items, **names)
    return min(run.repeat(repeats, 1)) / len(items)


def repeated(operation: Callable[[], object]) -> float:
    """The least seconds of `operation`, which is slow."""
    gc.collect()
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < ENOUGH:
        times.append(timeit.timeit(operation, number=1))
    return min(times)


def pairs(count: int) -> list[tuple[str, str]]:
    """The label values of `count` series: a method and a path, with all paths different."""
    return [("GET", f"/api/users/{number}") for number in range(count)]


def resident() -> int:
    """The resident memory of this process in bytes."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024


def growth(birth: Callable[[str, str], object], count: int) -> float | None:
    """The bytes by which the process grows with each of `count` series.

    `birth` makes a series of a method and a path. These are dropped after the call, so that only
    the memory that the client keeps counts. The result is None where the system does not report the
    memory of a process.
    """
    if not Path("/proc/self/status").exists():
        return None
    birth("".join(["G", "ET"]), "/first")
    before = resident()
    for number in range(count):
        birth("".join(["G", "ET"]), f"/api/users/{number}")
    return (resident() - before) / count
