"""Every query of dashboards and rules, asked of a Prometheus that scraped the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aioprometheus.dashboard import make_dashboard, to_json
from aioprometheus.rules import Record, make_rules
from aioprometheus.service import Service
from support import grafana
from support.example_service import Example
from support.prometheus_server import SERVERS, Prometheus, Target, prometheus, serving

pytest.importorskip("grafana_foundation_sdk", reason="GRAFANA'S MODELS ARE NOT INSTALLED")

#: What Grafana would put into the queries, with a scrape a second.
VARIABLES = {"job": "(classic|shop)", "instance": ".*", "__rate_interval": "4s"}


@pytest.fixture(scope="module", params=[(one, kind) for one in SERVERS for kind in ("", "native")])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Example, Prometheus]]:
    """A service that works, and a Prometheus that scrapes it, with native histograms or not."""
    generation, native = request.param
    # Of protocol buffers, 2.42 calls all series of a gauge histogram by one name.
    broken = generation == "2" and native
    example = Example(native=bool(native), gauge_histogram=not broken)
    example.work()
    directory = tmp_path_factory.mktemp("dashboard") / "server"
    features = "native-histograms" if native else ""
    with serving(Service(example.registry)) as url:
        target = Target("shop", url)
        with prometheus(generation, directory, target, features=features) as server:
            server.wait_for_scrape("shop")
            yield example, server


def silent(panel: dict[str, Any], found: list[list[grafana.Series]]) -> list[str]:
    """The queries of a panel that say nothing."""
    said = [any(one.says_something for one in series) for series in found]
    if panel["type"] == "heatmap" and any(said):
        return []  # a server keeps classic buckets or native ones
    return [
        f"{panel['title']}: {target['expr']}"
        for target, says in zip(panel["targets"], said, strict=True)
        if not says
    ]


def test_no_panel_is_empty(service: tuple[Example, Prometheus]) -> None:
    example, server = service
    dashboard = json.loads(to_json(make_dashboard(example.families())))
    panels = list(grafana.panels(dashboard))
    assert len(panels) > 80
    assert {panel["type"] for panel in panels} == {
        *("heatmap", "stat", "state-timeline", "table", "timeseries"),
    }
    left = panels

    def complete() -> bool:
        nonlocal left
        example.work()
        left = [panel for panel in left if silent(panel, answers(server, panel))]
        return not left

    try:
        server.program.wait_for(complete, "all panels say something")
    except pytest.fail.Exception:
        raise AssertionError(
            "\n".join(text for panel in left for text in silent(panel, answers(server, panel)))
        ) from None


def answers(server: Prometheus, panel: dict[str, Any]) -> list[list[grafana.Series]]:
    return [grafana.ask(server, target, VARIABLES) for target in panel["targets"]]


def test_legends_tell_series_apart(service: tuple[Example, Prometheus]) -> None:
    example, server = service
    dashboard = json.loads(to_json(make_dashboard(example.families())))
    for panel in grafana.panels(dashboard):
        if panel["type"] != "timeseries":
            continue
        names = [
            grafana.legend(target, series)
            for target in panel["targets"]
            for series in grafana.ask(server, target, VARIABLES)
        ]
        assert len(set(names)) == len(names) <= 40, panel["title"]


def test_variables_have_values(service: tuple[Example, Prometheus]) -> None:
    example, server = service
    dashboard = json.loads(to_json(make_dashboard(example.families())))
    _, job, instance = dashboard["templating"]["list"]
    assert grafana.values_of(server, job, VARIABLES) == ["shop"]
    [address] = grafana.values_of(server, instance, VARIABLES)
    assert address.startswith("127.0.0.1:")


def test_rules_find_something(service: tuple[Example, Prometheus]) -> None:
    example, server = service
    rules = [
        rule
        for group in make_rules(example.families(), interval="4s", job="shop")
        for rule in group.rules
    ]
    records = [rule.expression for rule in rules if isinstance(rule, Record)]
    assert len(records) > 30 and len(records) < len(rules)
    for rule in rules:
        server.query(rule.expression)  # that of an alert finds nothing, and is no error
    left = records

    def complete() -> bool:
        nonlocal left
        example.work()
        left = [text for text in left if not server.query(text)]
        return not left

    server.program.wait_for(complete, "all rules find something")
