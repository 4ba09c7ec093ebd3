"""Metrics and registries for tests, and what they look like in the text format."""

from aioprometheus import Counter, Enum, Registry, render


def make(kind=Counter, registry=None, name="m", **options):
    """Make a metric, in a registry of its own unless one is given."""
    if issubclass(kind, Enum):
        options.setdefault("states", ["off", "on"])
    return kind(name, "d", registry=Registry() if registry is None else registry, **options)


def registry_of(*metrics):
    """Make a registry of metrics that have another one."""
    registry = Registry()
    for metric in metrics:
        registry.register(metric)
    return registry


def body_of(metric, accept=None):
    """Render a metric alone."""
    return render(registry_of(metric), accept)[0]


def text_of(metric, accept=None):
    """Render a metric alone, and decode it."""
    return body_of(metric, accept).decode()


def numbers(series):
    """Make a registry of one counter, whose series have the values 0, 1, 2 and so on."""
    counter = make(Counter, name="numbers_total")
    for number in range(series):
        counter.inc({"n": str(number)}, number)
    return registry_of(counter)
