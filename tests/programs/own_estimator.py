"""A summary whose class keeps a sliding window for each series instead of the estimator."""

from collections import deque

from aioprometheus import Registry, Summary, render


class Window:
    def __init__(self, size):
        self.values = deque(maxlen=size)
        self.count, self.sum = 0, 0.0

    def observe(self, value):
        self.values.append(value)
        self.count += 1
        self.sum += value

    def quantile(self, phi):
        ordered = sorted(self.values)
        return ordered[min(int(phi * len(ordered)), len(ordered) - 1)]


class WindowedSummary(Summary):
    """Quantiles of the last observations alone."""

    def __init__(self, *args, window=4, **kwargs):
        super().__init__(*args, **kwargs)
        self.window = window
        self.invariants = [(0.5, 0.05), (0.99, 0.001)]

    def add(self, labels, value):
        if type(value) not in (float, int):
            raise TypeError("only numbers")
        try:
            window = self.get_value(labels)
        except KeyError:
            window = Window(self.window)
            self.set_value(labels, window)
        window.observe(value)

    observe = add

    def get(self, labels):
        window = self.get_value(labels)
        quantiles = {phi: window.quantile(phi) for phi, _ in self.invariants}
        return {**quantiles, self.COUNT_KEY: window.count, self.SUM_KEY: window.sum}


registry = Registry()
latency = WindowedSummary("db_latency", "Time of queries", {"db": "main"}, registry)
for number in range(10):
    latency.observe({"table": "users" if number % 3 else "items"}, number / 2)
latency.add({}, 7)
print(render(registry, [])[0].decode())
print(latency.get({"table": "items"}), latency.get_value({"table": "items"}).count)
print(
    len(latency.values), list(latency.values), [type(v).__name__ for v in latency.values.values()]
)
print({"table": "users"} in latency.values, {"table": "none"} in latency.values)
try:
    latency.get({"table": "none"})
except KeyError as error:
    print("no such series:", error)
del latency.values[{"table": "items"}]
latency.values.clear()
print(latency.get_all(), render(registry, [])[0].decode())
