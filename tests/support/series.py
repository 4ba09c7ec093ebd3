"""A metric of every kind, and an update that gives birth to a series of it."""

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary
from aioprometheus.collectors import Collector

UPDATES = {
    Counter: lambda metric, labels: metric.inc(labels),
    Gauge: lambda metric, labels: metric.set(labels, 5),
    Histogram: lambda metric, labels: metric.observe(labels, 5),
    Summary: lambda metric, labels: metric.observe(labels, 5),
    Info: lambda metric, labels: metric.info(labels, {"fact": "x"}),
    Enum: lambda metric, labels: metric.state(labels, "on"),
    Collector: lambda metric, labels: metric.set_value(labels, 5),
}


def make(kind, **options):
    if kind is Enum:
        options["states"] = ["off", "on"]
    return kind("removed", "doc", registry=Registry(), **options)


def labels_of(metric):
    return [labels for labels, _ in metric.get_all()]
