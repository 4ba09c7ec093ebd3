"""Registries of random metrics that report series twice, and a server's view of expositions."""

from __future__ import annotations

import contextlib
import random
import re
from collections import Counter as Count
from collections.abc import Iterator
from typing import Any

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, names
from aioprometheus.collectors import Collector
from aioprometheus.formats.openmetrics import OpenMetricsFormatter
from aioprometheus.formats.protobuf import ProtobufFormatter
from aioprometheus.formats.text import TextFormatter
from support import protobuf_model

#: A series as a server sees it: a name and the labels that have a value.
Series = tuple[str, frozenset[tuple[str, str]]]

FORMATTERS = [TextFormatter, OpenMetricsFormatter, ProtobufFormatter]
ESCAPINGS = ["underscores", "dots", "values", "allow-utf-8"]

LEGACY = ["m", "m_total", "m_sum", "m_count", "m_bucket", "m_info", "m_created", "other"]
UTF8 = ["a.b", "a_b", "a_dot_b", "U__a_2e_b", "a.b_sum"]
LABELS = ["a", "b", "c", "a_b", "le", "quantile"]
UTF8_LABELS = ["a.b", "a/b", "a_dot_b", "\u00e9", "_"]
VALUES: list[Any] = ["", "x", 'y"\\\n}', "1", 1, None]
OPTIONS: dict[Any, dict[str, Any]] = {
    Enum: {"states": ["x", "1"]},
    Histogram: {"buckets": [1, 2]},
    Summary: {"quantiles": {0.5: 0.1, 1: 0}},
}


def draw_labels(choose: random.Random, pool: list[str]) -> dict[str, Any]:
    return {
        choose.choice(pool): choose.choice(VALUES) for _ in range(choose.choice([0, 1, 1, 2, 2, 3]))
    }


def draw_value(choose: random.Random, kind: Any, pool: list[str]) -> Any:
    """What ``get_all`` of a class of the user's may say of a series."""
    if kind is Info:
        return draw_labels(choose, pool)
    if kind is Enum:
        return choose.choice(["x", "1"])
    if kind in (Summary, Histogram):
        nan = float("nan")
        bounds = {choose.choice([0.5, 1.0, nan, float("nan")]): 1.0 for _ in range(3)}
        return {**bounds, "count": 2, "sum": 1.5}
    return choose.choice([0, 1.5, 3])


def overridden(choose: random.Random, kind: Any, pool: list[str], other_name: str) -> Any:
    """A subclass that says itself what its series are, and perhaps what it is called."""
    said = [
        (draw_labels(choose, pool), draw_value(choose, kind, pool))
        for _ in range(choose.randrange(6))
    ]
    members: dict[str, Any] = {"get_all": lambda self: said}
    if choose.random() < 0.3:
        members["name"] = property(lambda self: other_name, lambda self, name: None)
    return type("Own", (kind,), members)


def update(choose: random.Random, metric: Any, pool: list[str]) -> None:
    """Do something to a metric; what is refused changes nothing."""
    labels = draw_labels(choose, pool)
    action = choose.randrange(12)
    if action == 0:
        metric.values.pop(labels, None)
    elif action == 1:
        metric.labels(labels)
    elif action == 2 and choose.random() < 0.2:
        metric.values.clear()
    elif action == 3 and choose.random() < 0.2:
        metric.const_labels = draw_labels(choose, pool)
    elif isinstance(metric, Info):
        metric.info(labels, draw_labels(choose, pool))
    elif isinstance(metric, Enum):
        metric.state(labels, choose.choice(["x", "1"]))
    elif isinstance(metric, (Summary, Histogram)):
        metric.observe(labels, choose.choice([0, 1.5, 3]))
    else:
        metric.set_value(labels, choose.choice([0, 1.5, 3]))


def make_registry(choose: random.Random, utf8: bool | None = None) -> Registry:
    """Make a registry of some metrics, and do to it what a program may do."""
    registry = Registry()
    if utf8 is None:
        utf8 = choose.random() < 0.5
    known, pool = (LEGACY + UTF8, LABELS + UTF8_LABELS) if utf8 else (LEGACY, LABELS)
    names.allow_utf8(utf8)
    try:
        for _ in range(choose.randrange(1, 6)):
            kind = choose.choice([Counter, Gauge, Summary, Histogram, Info, Enum, Collector])
            name = choose.choice(known)
            made: Any = kind
            if kind is Collector or choose.random() < 0.4:
                made = overridden(choose, kind, pool, choose.choice(known))
            constant = draw_labels(choose, pool) if choose.random() < 0.4 else {}
            into = registry if choose.random() < 0.9 else Registry()
            try:
                metric = made(name, "d", constant, registry=into, **OPTIONS.get(kind, {}))
            except ValueError:
                continue
            if into is not registry:
                registry.collectors[f"direct {name}"] = metric
            for _ in range(choose.randrange(10)):
                with contextlib.suppress(ValueError):
                    update(choose, metric, pool)
    finally:
        names.allow_utf8(False)
    return registry


#: A name in quotes, or a label and its value, or the end of the braces.
PART = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|([^"={},]+))(?:="((?:[^"\\]|\\.)*)")?([,}])', re.DOTALL)
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def plain(text: str) -> str:
    return re.sub(r'\\[\\"n]', lambda found: ESCAPES[found[0]], text)


def series_of_line(line: str) -> Series:
    """Read the name and the labels of a line in one of the text formats."""
    name = re.match(r"[^ {]*", line)[0]  # type: ignore[index]
    labels: list[tuple[str, str]] = []
    at = len(name)
    if line[at] == "{":
        at += 1
        while line[at] != " ":
            if line[at] == "}":
                at += 1
                continue
            part = PART.match(line, at)
            assert part, line[at:]
            quoted, bare, value, _ = part.groups()
            word = plain(quoted) if bare is None else bare
            if value is None:
                assert name == ""
                name = word
            else:
                labels.append((word, plain(value)))
            at = part.end()
    assert len(dict(labels)) == len(labels), f"a label is there twice: {line}"
    return name, frozenset(label for label in labels if label[1])


def series_of_text(body: bytes) -> Iterator[Series]:
    for line in body.decode().split("\n"):
        if line and not line.startswith("#"):
            yield series_of_line(line)


def series_of_messages(body: bytes) -> Iterator[Series]:
    """Read what a server makes of protocol buffers."""
    for family in protobuf_model.parse(body):
        for one in family.metric:
            pairs = protobuf_model.pairs(one)
            assert len(dict(pairs)) == len(pairs), f"a label is there twice: {pairs}"
            labels = frozenset(label for label in pairs if label[1])
            name = family.name
            if one.HasField("summary"):
                for quantile in one.summary.quantile:
                    yield name, labels | {("quantile", repr(quantile.quantile))}
            if one.HasField("histogram"):
                for bucket in one.histogram.bucket:
                    yield f"{name}_bucket", labels | {("le", repr(bucket.upper_bound))}
            if one.HasField("summary") or one.HasField("histogram"):
                yield f"{name}_count", labels
                yield f"{name}_sum", labels
            else:
                yield name, labels


def repeated(formatter: type[Any], escaping: str, registry: Registry) -> list[Series]:
    """Return the series that an exposition of the registry says twice."""
    made = type("Escaping", (formatter,), {"escaping": escaping})()
    if formatter is OpenMetricsFormatter:
        made.created = True
    body = made.marshall(registry)
    read = series_of_messages if formatter is ProtobufFormatter else series_of_text
    return [series for series, count in Count(read(body)).items() if count > 1]
