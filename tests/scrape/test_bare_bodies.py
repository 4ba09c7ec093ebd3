"""Renderings for a caller that passes on only the body of a scrape, without its headers."""

from __future__ import annotations

import asyncio
import random
import urllib.error
import urllib.request
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from aioprometheus import (
    Counter,
    Gauge,
    Histogram,
    Info,
    Registry,
    Summary,
    render,
    render_async,
)
from aioprometheus.collectors import Collector
from support import scrapes
from support.promtool import check_metrics
from support.pushgateway import pushgateway

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
OPENMETRICS = scrapes.ACCEPT["openmetrics"]
PROTOBUF = scrapes.ACCEPT["protobuf"]
#: Prometheus 3.4 and later, with native histograms and without.
PROMETHEUS_3 = (
    f"{OPENMETRICS};escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
NATIVE_3 = f"{PROTOBUF};q=0.7,{PROMETHEUS_3}"

#: Names that OpenMetrics splits, so that its families compete for them.
STEMS = ["", "_total", "_count", "_sum", "_bucket", "_created", "_count_total", "_total_total"]
VALUES: dict[type[Collector], float] = {Counter: 2, Gauge: float("nan"), Summary: -1, Histogram: 3}


class Yielding(Collector):
    """A collector of a class of its own, which 23.12.0 had as well."""

    def get_all(self) -> Any:
        return [({"l": 'a"b\\c\nd'}, 3), ({}, float("inf"))]


def metric(kind: type[Collector], name: str, registry: Registry, doc: str = "d\\o\nc") -> Any:
    made = kind(name, doc, {"c": 'a"b\\c\nd'}, registry)
    if kind in VALUES:
        update = made.set if kind is Gauge else made.add
        update({"l": "\n"}, VALUES[kind])
    return made


def everything_that_was() -> Registry:
    registry = Registry()
    for kind in (*VALUES, Yielding, Collector):
        for suffix in ("", "_total") if kind is Counter else ("",):
            metric(kind, f"{kind.__name__.lower()}_x{suffix}", registry)
    for kind in VALUES:
        kind(f"{kind.__name__.lower()}_without_series", "d", registry=registry)
    Histogram("below", "d", registry=registry, buckets=[-2, 0, 2]).observe(-1)
    Histogram("nan", "d", registry=registry).observe(float("nan"))
    return registry


def content_type(registry: Registry, accepts: Any, **options: Any) -> str:
    body, headers = render(registry, accepts, **options)
    assert asyncio.run(render_async(registry, accepts, **options)) == (body, headers)
    return headers["Content-Type"]


def test_openmetrics_of_what_was_is_text_as_well() -> None:
    registry = everything_that_was()
    body, headers = render(registry, OPENMETRICS)
    assert headers == {"Content-Type": OPEN}
    assert b"unknown" not in body
    for generation in ("2", "3"):
        status, said = check_metrics(generation, body)
        # A lint is harmless: it reports missing HELP and TYPE for names that end with `_total`.
        assert status in (0, 3), said
        assert "parse" not in said


def push(address: str, body: bytes) -> str:
    """What a Pushgateway, whose parser of text 0.0.4 is the strictest, says of a body."""
    put = urllib.request.Request(f"{address}/metrics/job/x", data=body, method="PUT")
    try:
        urllib.request.urlopen(put, timeout=60).close()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    return "taken"


def test_a_pushgateway_takes_any_openmetrics_as_text(tmp_path: Path) -> None:
    kinds = [(kind, f"a{stem}") for kind in VALUES for stem in STEMS]
    pairs = list(combinations(kinds, 2))
    taken = 0
    with pushgateway(tmp_path) as address:
        assert push(address, render(everything_that_was(), OPENMETRICS)[0]) == "taken"
        for chosen in random.Random(9).sample(pairs, 120):
            registry = Registry()
            try:
                for kind, name in chosen:
                    metric(kind, name, registry)
            except ValueError:
                continue  # These cannot be in one registry.
            taken += 1
            assert push(address, render(registry, OPENMETRICS)[0]) == "taken", chosen
        # It does check its input.
        assert "escape" in push(address, b'# HELP a \\"\na 1\n')
        assert "unknown" in push(address, b"# TYPE a unknown\na 1\n")
    assert taken > 50


@pytest.mark.parametrize("kind", [*VALUES, Yielding])
@pytest.mark.parametrize("accepts", [OPENMETRICS, PROMETHEUS_3, [OPENMETRICS, None], NATIVE_3])
def test_a_quote_in_a_help_is_answered_in_text(kind: type[Collector], accepts: Any) -> None:
    registry = everything_that_was()
    metric(kind, "quoted", registry, 'a "quoted" help')
    assert render(registry, accepts) == render(registry)
    assert content_type(registry, accepts) == TEXT
    # As in a program that passes on the headers.
    for asked in ("", [], [None], "identity"):
        assert content_type(registry, accepts, accept_encoding=asked) != TEXT
    # It is not exposed.
    assert content_type(registry, OPENMETRICS, names=["counter_x"]) == OPEN
    assert content_type(registry, OPENMETRICS, names=["quoted"]) == TEXT


def test_a_help_that_is_replaced() -> None:
    registry = Registry()
    gauge = metric(Gauge, "g", registry)
    gauge.doc = 'a "quoted" help'
    assert content_type(registry, OPENMETRICS) == TEXT
    gauge.doc = "one without"
    assert content_type(registry, OPENMETRICS) == OPEN


@pytest.mark.parametrize(
    ("accepts", "expected"),
    [
        (PROTOBUF, TEXT),
        (f"{PROTOBUF};q=0.7,text/plain;version=0.0.4;q=0.3", TEXT),
        (f"{PROTOBUF},{OPENMETRICS};q=0.8,text/plain;q=0.5", OPEN),
        (f"{PROTOBUF},text/plain;version=1.0.0;q=0.1", TEXT.replace("0.0.4", "1.0.0")),
        (f"{PROTOBUF},text/plain;version=0.0.4;q=0.3,{OPENMETRICS};q=0.2", TEXT),
        (NATIVE_3, f"{OPEN}; escaping=allow-utf-8"),
        ([PROTOBUF, OPENMETRICS], OPEN),
    ],
)
def test_protocol_buffers_are_for_native_histograms(accepts: Any, expected: str) -> None:
    registry = everything_that_was()
    assert content_type(registry, accepts) == expected
    render(registry, accepts)[0].decode()
    given = content_type(registry, accepts, accept_encoding="")
    assert given.startswith("application/vnd.google.protobuf")

    class Own(Histogram):
        def get_all(self) -> Any:
            return [({}, {5.0: 1, float("inf"): 1, "count": 1, "sum": 3})]

    # Its report has no native buckets.
    Own("own", "d", registry=registry, native=True)
    assert content_type(registry, accepts) == expected
    Histogram("native", "d", registry=registry, native=True).observe(2)
    assert content_type(registry, accepts) == given
    assert render(registry, accepts)[0] == render(registry, accepts, accept_encoding="")[0]
    # It is not rendered.
    assert content_type(registry, accepts, names=["gauge_x"]) == expected
    assert content_type(registry, accepts, names=["native_bucket"]) == given


def test_what_was_not_there_is_answered_as_asked() -> None:
    registry = Registry()
    Info("build", "d", registry=registry).info({"version": "1"})
    Counter("c_total", "d", registry=registry).inc(exemplar={"trace_id": "1"})
    body, headers = render(registry, OPENMETRICS)
    assert headers == {"Content-Type": OPEN}
    assert b"# TYPE build info\n" in body and b'# {trace_id="1"}' in body


@pytest.mark.usefixtures("utf8_names")
@pytest.mark.parametrize("scheme", ["underscores", "dots", "values", "allow-utf-8"])
def test_names_stay_those_that_were_asked_for(scheme: str) -> None:
    registry = Registry()
    Gauge("my.dotted", "d", registry=registry).set({"l.x": "v"}, 1)
    asked = f"{OPENMETRICS};escaping={scheme}"
    (line,) = (line for line in render(registry, asked)[0].splitlines() if line[:1] != b"#")
    Gauge("other", 'a "quoted" help', registry=registry)
    body, headers = render(registry, asked)
    assert headers == {"Content-Type": f"{TEXT}; escaping={scheme}"}
    assert line in body.splitlines()


@pytest.mark.parametrize("accepts", [None, OPENMETRICS, PROTOBUF])
def test_a_registry_is_read_once(accepts: str | None) -> None:
    reads = []

    class Reading(Registry):
        def get_all(self) -> Any:
            reads.append(1)
            return super().get_all()

    registry = Reading()
    metric(Yielding, "a", registry)
    for options in ({}, {"names": ["a"]}, {"accept_encoding": "gzip"}):
        reads.clear()
        render(registry, accepts, **options)
        assert len(reads) == 1


class FailingDoc(Gauge):
    @property
    def doc(self) -> str:
        raise RuntimeError("of the class")

    @doc.setter
    def doc(self, text: str) -> None:
        pass


@pytest.mark.parametrize("odd", [FailingDoc, lambda *_, registry: registry.collectors.update(a=5)])
@pytest.mark.parametrize("accepts", [OPENMETRICS, PROTOBUF, PROMETHEUS_3])
def test_what_cannot_be_rendered_costs_nothing_else(odd: Callable[..., Any], accepts: str) -> None:
    registry = Registry()
    odd("failing", "d", registry=registry)
    metric(Gauge, "good", registry)
    body, _ = render(registry, accepts)
    assert b"\ngood{" in body
