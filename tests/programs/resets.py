"""The ways in which programs reset their metrics, between reports and between tests."""

from aioprometheus import REGISTRY, Counter, Gauge, Histogram, Summary, render
from aioprometheus.collectors import MetricDict, get_registry

hits = Counter("hits_total", "Hits")
queue = Gauge("queue_length", "Jobs that wait")
sizes = Histogram("sizes", "Sizes", buckets=[1, 10])
times = Summary("times", "Seconds", invariants=[(0.5, 0.05)])


def work():
    hits.inc({"page": "index"})
    hits.add({"page": "about"}, 2)
    queue.set({}, 4)
    sizes.observe({}, 3)
    times.observe({"job": "x"} and {"step": "1"}, 0.5)


def flush():
    """Take what was counted since the last time."""
    old, hits.values = hits.values, MetricDict()
    return dict(old.items())


def shown():
    print(render(REGISTRY, [])[0].decode())


work()
print(flush(), flush())
work()
hits.values = MetricDict()
for metric in (queue, sizes, times):
    metric.values.clear()
shown()
work()
hits.set({"page": "index"}, 0)
del hits.values[{"page": "about"}]
queue.values.pop({})
shown()
kept = MetricDict()
kept[{"page": "index"}] = 7
hits.values = kept
hits.inc({"page": "index"})
print(hits.get_all(), len(queue.values))
for name in list(get_registry().collectors):
    REGISTRY.deregister(name)
shown()
hits = Counter("hits_total", "Hits, made again")
hits.inc({})
REGISTRY.clear()
print(REGISTRY.get_all(), hits.get({}))
