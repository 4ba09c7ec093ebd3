"""Functions and collectors that a real Prometheus asks for, good ones beside bad ones."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import prometheus_client
import pytest

from aioprometheus import (
    CounterFamily,
    Gauge,
    GaugeFamily,
    PrometheusClientCollector,
    Registry,
)
from aioprometheus.service import Service
from support.prometheus_server import SERVERS, Target, prometheus, serving

#: Long enough that a busy machine does not make Prometheus give up.
SETTINGS = {"scrape_interval": "20s", "scrape_timeout": "20s"}


class Pool:
    async def collect(self) -> AsyncIterator[GaugeFamily | CounterFamily]:
        sizes = GaugeFamily("pool_size", "d")
        sizes.add_metric({"state": 'id"le\n'}, 8)
        yield sizes
        await asyncio.sleep(0)
        yield CounterFamily("pool_waits_total", "d", value=3)


class Hanging:
    def __init__(self) -> None:
        self.go = threading.Event()

    def collect(self) -> Iterator[GaugeFamily]:
        self.go.wait(60)
        yield GaugeFamily("never", "d", value=1)


@pytest.mark.parametrize("generation", SERVERS)
def test_what_is_asked_for_is_scraped(generation: str, tmp_path: Path) -> None:
    registry, theirs, hanging = Registry(), prometheus_client.CollectorRegistry(), Hanging()
    prometheus_client.Counter("their", "d", registry=theirs).inc(4)
    prometheus_client.Histogram("their_seconds", "d", registry=theirs).observe(0.3)
    Gauge("length", "d", registry=registry).set_function(lambda: 5)
    Gauge("raises", "d", registry=registry).set_function(lambda: 1 / 0)
    for collector in (Pool(), PrometheusClientCollector(theirs)):
        registry.register(collector)
    registry.register(hanging, timeout=0.1)
    try:
        with serving(Service(registry)) as url:
            target = Target("asked", url, SETTINGS)
            with prometheus(generation, tmp_path / "server", target) as server:
                server.wait_for_scrape("asked")
                assert server.value("length") == 5
                assert server.value('pool_size{state="id\\"le\\n"}') == 8
                assert server.value("pool_waits_total") == 3
                assert server.value("their_total") == 4
                assert server.value('their_seconds_bucket{le="0.5"}') == 1
                assert server.query("raises") == server.query("never") == []
                failed = server.query("aioprometheus_collector_errors_total")
                assert {labels["collector"] for labels, _ in failed} == {
                    "raises",
                    f"{__name__}.Hanging",
                }
                server.assert_nothing_was_dropped("asked")
    finally:
        hanging.go.set()
