"""What somebody who is called at night sees: numbers of now, few lines, axes that hold, words."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from aioprometheus.dashboard import make_dashboard, to_json
from aioprometheus.families import Metric
from support import grafana
from support.known_families import counter, gauge, histogram, known_families

pytest.importorskip("grafana_foundation_sdk", reason="GRAFANA'S MODELS ARE NOT INSTALLED")


def panels(*families: Metric) -> list[dict[str, Any]]:
    return list(grafana.panels(json.loads(to_json(make_dashboard(families)))))


def named(title: str, *families: Metric) -> dict[str, Any]:
    [panel] = (panel for panel in panels(*families) if panel["title"] == title)
    return panel


def clients() -> list[Metric]:
    labels = ("method", "host", "status")
    return [
        counter("http_client_requests_total", *labels),
        histogram("http_client_request_duration_seconds", *labels),
    ]


def test_websockets_come_before_what_is_of_the_service_itself() -> None:
    families = (
        *(gauge("websocket_connections_open", "path"), counter("a_total"), gauge("a_load")),
        *(histogram("websocket_duration_seconds", "path"), *known_families()),
        *(counter("shop_websocket_messages_total", "path"), counter("websocket_frames_total")),
        gauge("mywebsocket_connections_open"),
    )
    dashboard = json.loads(to_json(make_dashboard(families)))
    assert [panel["title"] for panel in dashboard["panels"] if panel["type"] == "row"] == [
        *("HTTP requests", "Websockets (shop)", "Websockets", "Event loop", "Process", "A"),
        "Others",
    ]
    titles = [panel["title"] for panel in grafana.panels(dashboard)]
    assert len(set(titles) - {"In progress"}) == len(titles) - 2, "a family is in one row"
    assert "websocket_frames_total per second" in titles


def test_numbers_are_those_of_now() -> None:
    found = [panel for panel in panels(*known_families()) if panel["type"] == "stat"]
    assert [panel["title"] for panel in found] == [
        *("Requests per second", "Failed", "Duration, p99", "In progress"),
    ]
    for panel in found:
        [target] = panel["targets"]
        # Over the time that is shown, the last number would be that of an hour ago, if there has
        # been none since then.
        assert target["instant"] and not target.get("range")
        assert panel["options"]["reduceOptions"]["calcs"] == ["last"]
        [nothing] = panel["fieldConfig"]["defaults"]["mappings"]
        assert nothing["options"]["match"] == "null+nan"
        assert nothing["options"]["result"]["text"] == "no requests"


@pytest.mark.parametrize("families", [known_families(), clients()])
def test_lines_by_path_or_host_are_few(families: list[Metric]) -> None:
    which = "host" if "client" in families[0].name else "path"
    for panel in panels(*families):
        for target in panel["targets"]:
            if panel["type"] == "timeseries" and f"{{{{{which}}}}}" in target["legendFormat"]:
                assert target["expr"].startswith("topk(20, "), panel["title"]


def test_lines_of_instances_are_few() -> None:
    families = (gauge("load"), gauge("heat_celsius"), gauge("asyncio_executor_threads", "thread"))
    for panel in panels(*known_families(), *families):
        for target in panel["targets"]:
            if panel["type"] == "timeseries" and "{{instance}}" in target.get("legendFormat", ""):
                assert re.match(r"(top|bottom)k\(20, ", target["expr"]), panel["title"]


def test_lines_by_labels_stay_few() -> None:
    title = "jobs_total per second"
    [target] = named(title, counter("jobs_total", "shop"))["targets"]
    assert target["expr"].startswith("topk(20, sum by (shop) (")
    [target] = named(title, counter("jobs_total"))["targets"]
    assert target["expr"].startswith("sum(rate(")
    [target] = named("a_seconds observations per second", histogram("a_seconds", "b"))["targets"]
    assert target["expr"].startswith("topk(20, sum by (b) (")


def test_youngest_processes_are_shown() -> None:
    [target] = named("Uptime", *known_families())["targets"]
    assert target["expr"].startswith("bottomk(20, time() - process_start_time_seconds")


def test_paths_without_failures_are_not_in_the_legend() -> None:
    together, each = named("Part of requests that failed", *known_families())["targets"]
    assert (together["legendFormat"], each["legendFormat"]) == ("all", "{{path}}")
    assert each["expr"].endswith(" > 0)") and ">" not in together["expr"]


@pytest.mark.parametrize("families", [known_families(), clients()])
def test_colours_of_statuses(families: list[Metric]) -> None:
    panel = named("Requests per second by status", *families)

    def color(status: str) -> str:
        [found] = [
            override["properties"]
            for override in panel["fieldConfig"]["overrides"]
            if override["matcher"]["id"] == "byRegexp"
            and re.search(override["matcher"]["options"].strip("/"), status)
        ]
        [one] = found
        assert (one["id"], one["value"]["mode"]) == ("color", "shades")
        return str(one["value"]["fixedColor"])

    assert [color(status) for status in ("200", "404", "503", "5xx", "error")] == [
        *("green", "orange", "red", "red", "red"),
    ]


def test_grafana_finds_the_lists_that_it_walks() -> None:
    dashboard = json.loads(to_json(make_dashboard(known_families())))
    assert dashboard["annotations"]["list"] == []
    assert all(isinstance(panel["targets"], list) for panel in grafana.panels(dashboard))


def test_what_has_failed_is_said() -> None:
    answers = "Answers with a status of 500 to 599"
    panel = named("Part of requests that failed", *known_families())
    assert panel["description"] == f"{answers}."
    panel = named("Part of requests that failed", *clients())
    assert panel["description"] == f"{answers}, and requests without an answer."


def test_every_panel_of_requests_and_the_process_is_described() -> None:
    more = (
        *(gauge("asyncio_executor_threads", "thread"), counter("http_client_errors_total", "host")),
        *(counter("status_codes_counter", "path"), counter("requests_total_counter", "path")),
        *(histogram("http_request_size_bytes", "path"), *clients()),
    )
    for panel in panels(*known_families(), *more):
        assert panel.get("description"), panel["title"]


def test_axes_begin_at_zero_unless_values_are_below() -> None:
    families = (
        *known_families(),
        *(histogram("load_seconds"), gauge("disk_free_bytes"), gauge("clock_offset_seconds")),
    )
    for panel in panels(*families):
        if panel["type"] == "timeseries":
            defaults = panel["fieldConfig"]["defaults"]
            assert defaults["custom"]["axisSoftMin"] == 0, panel["title"]
            assert "min" not in defaults, "a negative value would be cut off"


def test_legends_name_labels_if_there_are_several() -> None:
    [one] = named("a", gauge("a", "shop"))["targets"]
    [two] = named("a", gauge("a", "shop", "paid"))["targets"]
    assert one["legendFormat"] == "{{instance}} {{shop}}"
    assert two["legendFormat"] == "{{instance}} paid={{paid}} shop={{shop}}"


def test_rates_have_the_units_of_their_gauges() -> None:
    panel = named("read_bytes_total per second", counter("read_bytes_total"))
    assert panel["fieldConfig"]["defaults"]["unit"] == "binBps"
    panel = named("busy_seconds_total per second", counter("busy_seconds_total"))
    assert panel["fieldConfig"]["defaults"]["unit"] == "percentunit"
    assert "100 % is a second in each second" in panel["description"]
