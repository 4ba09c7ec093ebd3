"""A module whose parts look for a metric by name, and make it if it does not exist."""

from aioprometheus import REGISTRY, Counter, Gauge, Histogram, Registry, render


def get_or_create(kind, name, doc, registry=REGISTRY, **options):
    try:
        return registry.get(name)
    except KeyError:
        return kind(name, doc, registry=registry, **options)


def create_or_get(kind, name, doc, registry=REGISTRY):
    try:
        return kind(name, doc, registry=registry)
    except ValueError as error:
        print("kept:", error)
        return registry.get(name)


class Plugin:
    def __init__(self, name):
        self.name = name
        self.calls = get_or_create(Counter, "plugin_calls", "Calls of plugins")
        self.busy = create_or_get(Gauge, "plugin_busy", "Calls under way")
        self.sizes = get_or_create(Histogram, "plugin_sizes", "Sizes", buckets=[1.0, 10.0])

    def call(self, size):
        labels = {"plugin": self.name}
        self.calls.inc(labels)
        self.busy.inc(labels)
        self.sizes.observe(labels, size)


plugins = [Plugin("mail"), Plugin("chat"), Plugin("mail")]
for size, plugin in enumerate(plugins):
    plugin.call(size * 4)
print(plugins[0].calls is plugins[2].calls, plugins[0].calls == plugins[1].calls)
print("plugin_calls" in REGISTRY.collectors, sorted(REGISTRY.collectors))
print(render(REGISTRY, [])[0].decode())

own = Registry()
create_or_get(Gauge, "plugin_busy", "Those of another registry", own).set({}, 3)
create_or_get(Counter, "plugin_busy", "A kind that is ignored", own)
own.deregister("plugin_busy")
print(render(own, [])[0].decode() or "nothing", len(own.get_all()))
