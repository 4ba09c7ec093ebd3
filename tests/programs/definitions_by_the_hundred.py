"""Metrics of an inference server, which are defined in loops, kept in dicts, and wrapped."""

from collections import defaultdict

from aioprometheus import Counter, Gauge, Histogram, Registry, render

REGISTRY = Registry()
DEFINITIONS = {
    "generate": ("tokens_per_second", "throughput", "time_to_first_token_ms"),
    "embed": ("input_tokens_total_counter", "time_ms"),
}
KINDS = defaultdict(lambda: Gauge, {"counter": Counter, "ms": Histogram})


class Recorder:
    def __init__(self, prefix):
        self._metrics = {}
        for task, names in DEFINITIONS.items():
            for name in names:
                full = f"{prefix}:{task}_{name}"
                kind = KINDS[name.rpartition("_")[2]]
                self._metrics[task, name] = kind(full, f"{task}: {name}.", registry=REGISTRY)

    def record(self, task, name, op, kwargs):
        getattr(self._metrics[task, name], op)(**kwargs)


gauges = {
    f"worker_{n}": Gauge(name=f"worker_{n:03}_slots", doc=f"Slots of {n}", registry=REGISTRY)
    for n in range(120)
}
for n, gauge in enumerate(gauges.values()):
    if n % 40 == 0:
        gauge.set(labels={"model": "qwen", "format": "gguf"}, value=n)

recorder = Recorder("serve")
labels = {"model": "qwen", "node": "10.0.0.1:8000", "type": "LLM"}
recorder.record("generate", "throughput", "set", {"labels": labels, "value": 31.5})
recorder.record("generate", "tokens_per_second", "set", {"labels": labels, "value": 7})
recorder.record("generate", "time_to_first_token_ms", "observe", {"labels": labels, "value": 80})
recorder.record("embed", "input_tokens_total_counter", "add", {"labels": labels, "value": 512})
recorder.record("embed", "input_tokens_total_counter", "inc", {"labels": labels})
try:
    recorder.record("embed", "time_ms", "observe", {"labels": labels, "value": "80"})
except TypeError as error:
    print("refused:", error)
text = render(REGISTRY, ["*/*"])[0].decode()
print(len(REGISTRY.get_all()), text.count("# TYPE"))
print("\n".join(line for line in text.splitlines() if not line.startswith("#")))
