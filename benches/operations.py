"""The operations that `compare.py` times, on the client that is installed here; prints JSON.

python operations.py aioprometheus | prometheus_client
"""

import collections
import json
import sys
import timeit

SERIES = 100_000


def seconds(operation, number: int, repeat: int = 3) -> float:
    """The least time of one call of `operation`, which itself takes no arguments."""
    return min(timeit.repeat(operation, number=number, repeat=repeat)) / number


def loop(call: str, **names) -> float:
    """The least time of the expression `call`, measured in a loop of its own."""
    return min(timeit.repeat(call, globals=names, number=100_000, repeat=3)) / 100_000


def aioprometheus() -> dict[str, float]:
    from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render

    registry = Registry()
    counter = Counter("counter_total", "doc", registry=registry)
    gauge = Gauge("gauge", "doc", registry=registry)
    histogram = Histogram("histogram", "doc", registry=registry)
    summary = Summary("summary", "doc", registry=registry)
    labels = {"method": "GET", "path": "/api/users"}
    times = {
        "no-op": loop("queue.rotate(0)", queue=collections.deque()),
        "counter.inc(2 labels)": loop("counter.inc(labels)", counter=counter, labels=labels),
        "gauge.set(2 labels)": loop("gauge.set(labels, 5)", gauge=gauge, labels=labels),
        "histogram.observe(2 labels)": loop(
            "histogram.observe(labels, 0.3)", histogram=histogram, labels=labels
        ),
        "summary.observe(2 labels)": loop(
            "summary.observe(labels, 0.3)", summary=summary, labels=labels
        ),
    }
    many = Registry()
    births = Counter("births_total", "doc", registry=many)
    all_labels = [{"method": "GET", "path": f"/api/users/{number}"} for number in range(SERIES)]
    times["birth of a series"] = timeit.timeit(lambda: [*map(births.inc, all_labels)], number=1)
    times["birth of a series"] /= SERIES
    times["render 100,000 counter series"] = seconds(lambda: render(many, ()), 1)
    return times


def prometheus_client() -> dict[str, float]:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary
    from prometheus_client.exposition import generate_latest

    registry = CollectorRegistry()
    names = ["method", "path"]
    counter = Counter("counter_total", "doc", names, registry=registry)
    gauge = Gauge("gauge", "doc", names, registry=registry)
    histogram = Histogram("histogram", "doc", names, registry=registry)
    summary = Summary("summary", "doc", names, registry=registry)
    labels = ("GET", "/api/users")
    times = {
        "no-op": loop("queue.rotate(0)", queue=collections.deque()),
        "counter.inc(2 labels)": loop(
            "counter.labels(*labels).inc()", counter=counter, labels=labels
        ),
        "gauge.set(2 labels)": loop("gauge.labels(*labels).set(5)", gauge=gauge, labels=labels),
        "histogram.observe(2 labels)": loop(
            "histogram.labels(*labels).observe(0.3)", histogram=histogram, labels=labels
        ),
        "summary.observe(2 labels)": loop(
            "summary.labels(*labels).observe(0.3)", summary=summary, labels=labels
        ),
    }
    many = CollectorRegistry()
    births = Counter("births_total", "doc", names, registry=many)
    all_labels = [("GET", f"/api/users/{number}") for number in range(SERIES)]
    times["birth of a series"] = timeit.timeit(
        lambda: [births.labels(*labels).inc() for labels in all_labels], number=1
    )
    times["birth of a series"] /= SERIES
    times["render 100,000 counter series"] = seconds(lambda: generate_latest(many), 1, 1)
    return times


if __name__ == "__main__":
    operations = {"aioprometheus": aioprometheus, "prometheus_client": prometheus_client}
    print(json.dumps(operations[sys.argv[1]]()))
