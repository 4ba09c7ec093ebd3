"""A histogram that sets its bounds after construction, and one with values of its own class."""

from aioprometheus import Histogram, Registry, render
from aioprometheus.histogram import exponentialBuckets

LATENCY = exponentialBuckets(0.001, 4, 6)


class LatencyHistogram(Histogram):
    def __init__(self, name, doc, **options):
        super().__init__(name, doc, **options)
        self.upper_bounds = LATENCY


class Decayed:
    """What histograms ask of a value: buckets, observations, sum, and observe."""

    def __init__(self, *bounds):
        self.buckets = dict.fromkeys((*bounds, float("inf")), 0)
        self.observations, self.sum = 0, 0.0

    def observe(self, value):
        for bound in self.buckets:
            self.buckets[bound] += value <= bound
        self.observations += 1
        self.sum += value

    def halve(self):
        self.buckets = {bound: count // 2 for bound, count in self.buckets.items()}
        self.observations //= 2
        self.sum /= 2


class DecayingHistogram(Histogram):
    def observe(self, labels, value):
        try:
            decayed = self.get_value(labels)
        except KeyError:
            decayed = Decayed(*self.upper_bounds)
            self.set_value(labels, decayed)
        decayed.observe(value)

    def decay(self):
        for decayed in self.values.values():
            decayed.halve()


registry = Registry()
latency = LatencyHistogram("latency", "Seconds", registry=registry)
sizes = DecayingHistogram("sizes", "Bytes", registry=registry, buckets=[10.0, 100.0])
for number in range(8):
    latency.observe({"path": "/"}, number / 100)
    sizes.observe({"kind": "in" if number % 2 else "out"}, number * 30)
print(render(registry, [])[0].decode())
sizes.decay()
print(*sizes.get({"kind": "in"}).items(), *sizes.get({"kind": "out"}).items())
print(latency.upper_bounds == LATENCY, latency.get({"path": "/"})["count"])
