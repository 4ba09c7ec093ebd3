"""What registries add to their metrics, scraped by a real Prometheus and read by promtool."""

from __future__ import annotations

from pathlib import Path

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Registry, write_to_textfile
from aioprometheus.service import Service
from support import promtool
from support.prometheus_server import SERVERS, Target, TextService, prometheus, serving

#: Long enough that a busy machine does not make Prometheus give up.
SETTINGS = {"scrape_interval": "20s", "scrape_timeout": "20s"}


def _registry() -> Registry:
    registry = Registry(
        prefix="app_",
        const_labels={"env": 'p"rod\n'},
        target_info={"service_name": "shop", "z": "\\"},
    )
    Counter("done_total", "d", registry=registry, namespace="jobs", initial=0)
    Counter("seen_total", "d", registry=registry).inc({"kind": "a"}, 3)
    Gauge("size", "d", {"env": "own"}, registry, initial=-1.5)
    Histogram("seconds", "d", registry=registry, subsystem="jobs", buckets=[1], initial=0)
    Enum("mode", "d", registry=registry, states=["on", "off"], label="state", initial="off")
    Enum("power", "d", registry=registry, states=["on", "off"], initial="on")
    return registry


@pytest.mark.parametrize("service", [Service, TextService])
@pytest.mark.parametrize("generation", SERVERS)
def test_they_are_scraped(generation: str, service: type[Service], tmp_path: Path) -> None:
    with (
        serving(service(_registry())) as url,
        prometheus(generation, tmp_path / "server", Target("app", url, SETTINGS)) as server,
    ):
        server.wait_for_scrape("app")
        env = 'env="p\\"rod\\n"'
        assert server.value(f"app_jobs_done_total{{{env}}}") == 0
        assert server.value(f'app_seen_total{{{env},kind="a"}}') == 3
        assert server.value('app_size{env="own"}') == -1.5
        assert server.value(f'app_jobs_seconds_bucket{{{env},le="+Inf"}}') == 0
        assert server.value(f'app_mode{{{env},state="off"}}') == 1
        assert server.value(f'app_mode{{{env},state="on"}}') == 0
        assert server.value(f'app_power{{{env},app_power="on"}}') == 1
        assert server.value('target_info{service_name="shop",z="\\\\"}') == 1
        assert server.query('{__name__=~"target_info|.*target.*",env!=""}') == []
        server.assert_nothing_was_dropped("app")


@pytest.mark.parametrize("generation", promtool.TOOLS)
def test_promtool_reads_a_file(generation: str, tmp_path: Path) -> None:
    file = tmp_path / "app.prom"
    write_to_textfile(file, _registry())
    status, said = promtool.check_metrics(generation, file.read_bytes())
    assert status in (0, 3), said  # 3: it has advice on names
    assert "error while linting" not in said
