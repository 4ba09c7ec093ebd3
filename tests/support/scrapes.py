"""Scrapes in every format: their headers, and what independent parsers read in the answers.

prometheus_client's parser reads OpenMetrics except exemplars: it misreads quotes and braces
in their values, so they are read by the grammar of the specification.
"""

import re
from typing import NamedTuple

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from aioprometheus import render
from support import protobuf_reader, text_parser

#: The Accept header of each format, by the name of the format in these tests.
ACCEPT = {
    "text": "text/plain;version=0.0.4",
    "openmetrics": "application/openmetrics-text;version=1.0.0",
    "protobuf": (
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
    ),
}
FORMATS = list(ACCEPT)
CONTENT_TYPE = {
    "text": "text/plain; version=0.0.4; charset=utf-8",
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
    "protobuf": (
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
        " encoding=delimited"
    ),
}
#: The exposition of a registry without metrics in each format.
NOTHING = {"text": b"", "openmetrics": b"# EOF\n", "protobuf": b""}

_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
_LABELS = rf"\{{((?:{_LABEL}(?:,{_LABEL})*)?)\}}"
_LINE = re.compile(
    rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:{_LABELS})? [^ ]+(?: [0-9.]+)?"
    rf"(?: # {_LABELS} ([^ ]+) ([0-9.]+))?"
)


class Exemplar(NamedTuple):
    labels: dict[str, str]
    value: float
    time: float


def scrape(registry, kind, **options):
    """The body in a format, whose Content-Type is checked."""
    content, headers = render(registry, ACCEPT[kind], **{"accept_encoding": "", **options})
    assert headers["Content-Type"] == CONTENT_TYPE[kind]
    return content


def everything(registry):
    """The bodies in all formats: equal ones say that nothing has changed."""
    return [scrape(registry, kind) for kind in FORMATS]


def values(kind, content):
    """The values of all samples, by name and sorted labels; no sample may be there twice."""
    if kind == "text":
        return {key: float(value) for key, value in text_parser.values(content).items()}
    return _by_key((name, labels, value) for name, labels, value, _ in _samples(kind, content))


def exemplars(kind, content):
    """The exemplars, by the name and sorted labels of their sample."""
    samples = _open_exemplars(content) if kind == "openmetrics" else _protobuf_metrics(content)
    return _by_key((name, labels, one) for name, labels, _, one in samples if one)


def families(kind, content):
    """The names of the families, in their order."""
    if kind == "text":
        return [name for name, _ in text_parser.headers(content)]
    if kind == "openmetrics":
        return [family.name for family in text_string_to_metric_families(content.decode())]
    return [family["name"] for family in protobuf_reader.families(content)]


def _by_key(items):
    items = [((name, tuple(sorted(labels.items()))), item) for name, labels, item in items]
    found = dict(items)
    assert len(found) == len(items), "a sample is there twice"
    return found


def _samples(kind, content):
    if kind == "protobuf":
        yield from _protobuf_metrics(content)
        return
    for family in text_string_to_metric_families(content.decode()):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value, sample.exemplar


def _open_exemplars(content):
    for line in content.decode().split("\n")[:-1]:
        if line.startswith("# "):
            continue
        match = _LINE.fullmatch(line)
        assert match, line
        name, labels, own, value, time = match.groups()
        exemplar = None if own is None else Exemplar(_unescaped(own), float(value), float(time))
        yield name, _unescaped(labels or ""), None, exemplar


def _unescaped(labels):
    special = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
    return {
        label.partition("=")[0]: re.sub(
            r"\\.", lambda match: special[match[0]], label.partition("=")[2][1:-1]
        )
        for label in re.findall(_LABEL, labels)
    }


def _protobuf_metrics(content):
    for family in protobuf_reader.families(content):
        for metric in family.get("metric", []):
            for suffix, more, value, exemplar in _protobuf_samples(metric):
                labels = {**protobuf_reader.labels_of(metric), **more}
                yield family["name"] + suffix, labels, value, exemplar


def _protobuf_samples(metric):
    if "histogram" in metric:
        histogram = metric["histogram"]
        for bucket in histogram["bucket"]:
            bound = "+Inf" if bucket["upper_bound"] == float("inf") else str(bucket["upper_bound"])
            exemplar = _protobuf_exemplar(bucket)
            yield "_bucket", {"le": bound}, float(bucket["count"]), exemplar
        yield "_count", {}, float(histogram["count"]), None
        yield "_sum", {}, histogram["sum"], None
    elif "summary" in metric:
        summary = metric["summary"]
        for quantile in summary.get("quantile", []):
            yield "", {"quantile": str(quantile["quantile"])}, quantile["value"], None
        yield "_count", {}, float(summary["count"]), None
        yield "_sum", {}, summary["sum"], None
    else:
        (value,) = (metric[field] for field in ("counter", "gauge", "untyped") if field in metric)
        yield "", {}, value["value"], _protobuf_exemplar(value)


def _protobuf_exemplar(message):
    if "exemplar" not in message:
        return None
    exemplar = message["exemplar"]
    time = exemplar["time"]["seconds"] + exemplar["time"]["nanos"] / 1e9
    return Exemplar(protobuf_reader.labels_of(exemplar), exemplar["value"], time)
