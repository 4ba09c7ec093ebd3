"""Metrics at the top of a module, with their own registry, common labels and a namespace."""

from enum import Enum

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from aioprometheus.formats import text

NAMESPACE = "myapp"
metrics = Registry()
COMMON = {"version": "1.2.3", "env": "test"}


class State(str, Enum):
    OK = "ok"
    FAILED = "failed"


def _name(*parts):
    return "_".join((NAMESPACE, *parts))


jobs = Counter(_name("jobs", "total"), "Jobs by state.", const_labels=COMMON, registry=metrics)
depth = Gauge(_name("queue", "depth"), "Depth of the queue.", COMMON, metrics)
seconds = Histogram(_name("job", "seconds"), "Seconds.", COMMON, metrics, [0.1, 1.0, 10.0])
bytes_in = Summary(_name("bytes", "in"), "Bytes.", COMMON, metrics)


class Job:
    def __init__(self, queue):
        self.labels = {"queue": queue}

    def run(self, took):
        depth.inc(self.labels)
        try:
            seconds.add(self.labels, took)
            bytes_in.add(self.labels, 1024)
        finally:
            depth.dec(self.labels)
            state = State.OK if took < 5 else State.FAILED
            jobs.inc({**self.labels, "state": state.value})


for queue, took in (("mail", 0.05), ("mail", 3), ("video", 20.0)):
    Job(queue).run(took)
# The environment of one job overrides that of all jobs.
jobs.inc({"queue": "mail", "env": "canary"})

for collector in sorted(metrics.get_all(), key=lambda collector: collector.name):
    print(text.TextFormatter().marshall_collector(collector))
print(render(metrics, [])[0] == text.TextFormatter().marshall(metrics))
print(jobs.kind, depth.kind, seconds.kind, bytes_in.kind, jobs.const_labels == COMMON)
