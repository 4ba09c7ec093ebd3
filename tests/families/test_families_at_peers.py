"""Families of collectors, as promtool judges them and as Prometheus stores them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aioprometheus import Registry, _core, families, render
from aioprometheus.service import Service
from support.family_makers import made_by
from support.prometheus_server import SERVERS, Target, TextService, prometheus, serving
from support.promtool import TOOLS, check_metrics


class Collector:
    """Yields a family of each type; one sample has a time of its own, of this minute."""

    def collect(self) -> Iterator[Any]:
        queue = families.GaugeFamily("queue_length", "Jobs that wait", labels=["queue"])
        queue.add_metric(["a"], 3, timestamp=time.time() - 20)
        queue.add_metric(["b"], 4)
        yield queue
        hits = families.CounterMetricFamily("hits", "Hits", labels=["path"])
        hits.add_metric(["/"], 17, created=time.time() - 60, exemplar={"trace_id": "x"})
        yield hits
        waiting = families.GaugeHistogramFamily("waiting", "Waiting")
        waiting.add_metric({"queue": "a"}, [(1, 3), ("+Inf", 5)], 12.5)
        waiting.add_metric({"queue": "b"}, [(1, 0), ("+Inf", 1)], 2.5)
        yield waiting
        sizes = families.HistogramFamily("sizes", "Sizes")
        sizes.add_metric({}, [(1, 3, ({"trace_id": "y"}, 0.5)), ("+Inf", 5)], 12.5)
        yield sizes
        latency = families.SummaryFamily("latency", "Latency")
        latency.add_metric({}, 3, 1.5, quantiles={0.5: 0.25})
        yield latency
        yield families.InfoFamily("build", "Build", {"version": "1"})
        yield families.StateSetFamily("state", "State", {"up": True, "down": False})
        other = families.Metric("free", "Free", "untyped")
        other.add_sample("free", {}, 1)
        other.add_sample("free_max", {}, 2)
        yield other


def registry() -> Registry:
    registry = Registry()
    registry.register(Collector())
    return registry


EXPECTED = {
    'queue_length{queue="b"}': 4,
    'hits_total{path="/"}': 17,
    'sizes_bucket{le=~"1|1.0"}': 3,
    'sizes_bucket{le="+Inf"}': 5,
    "sizes_count": 5,
    "sizes_sum": 12.5,
    'latency{quantile="0.5"}': 0.25,
    "latency_count": 3,
    "latency_sum": 1.5,
    'build_info{version="1"}': 1,
    'state{state="up"}': 1,
    'state{state="down"}': 0,
    "free": 1,
    "free_max": 2,
    'waiting_bucket{queue="a",le=~"1|1.0"}': 3,
    'waiting_bucket{queue="b",le="+Inf"}': 1,
}
GAUGE_HISTOGRAM = {'waiting_gcount{queue="a"}': 5, 'waiting_gsum{queue="b"}': 2.5}


@pytest.mark.parametrize("generation", TOOLS)
def test_promtool_reads_every_family(generation: str) -> None:
    content, _ = render(registry())
    status, told = check_metrics(generation, content)
    assert status in (0, 3), told
    assert "error while linting" not in told and "parsing" not in told
    status, told = check_metrics(generation, _core.encode("text", list(made_by(families))))
    assert status in (0, 3), told


@pytest.mark.parametrize("generation", SERVERS)
def test_prometheus_stores_every_family(generation: str, tmp_path: Path) -> None:
    with (
        serving(Service(registry())) as openmetrics,
        serving(TextService(registry())) as text,
        prometheus(
            generation, tmp_path / "server", Target("open", openmetrics), Target("text", text)
        ) as server,
    ):
        for job in ("open", "text"):
            server.wait_for_scrape(job)
            for series, value in {**EXPECTED, **GAUGE_HISTOGRAM}.items():
                name, brace, labels = series.partition("{")
                selector = f'{name}{{job="{job}"{"," + labels if brace else "}"}'
                assert server.value(selector) == value, selector
            # A sample of an older time is stored with that time.
            age = server.value(f'time() - timestamp(queue_length{{job="{job}",queue="a"}})')
            assert 19 <= age < 300


@pytest.mark.parametrize("generation", SERVERS)
def test_prometheus_stores_every_family_of_protocol_buffers(
    generation: str, tmp_path: Path
) -> None:
    features = "native-histograms"
    with (
        serving(Service(registry())) as url,
        prometheus(
            generation, tmp_path / "server", Target("protobuf", url), features=features
        ) as server,
    ):
        server.wait_for_scrape("protobuf")
        for series, value in EXPECTED.items():
            if generation == "2":
                # 2.42 to 2.44 give all series of a gauge histogram the name of the family.
                series = series.replace("waiting_bucket{", "waiting{")
            assert server.value(series) == value, series
