"""Dashboards: Grafana's models, their panels, variables and identity."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest

from aioprometheus import GaugeFamily, InfoFamily, StateSetFamily, SummaryFamily
from aioprometheus import dashboard as package
from aioprometheus.dashboard import make_dashboard, to_json
from aioprometheus.families import Metric, NativeHistogram
from support import grafana
from support.known_families import counter, gauge, histogram, known_families

pytest.importorskip("grafana_foundation_sdk", reason="GRAFANA'S MODELS ARE NOT INSTALLED")

TARGETS = 'job=~"$job",instance=~"$instance"'


def made(*families: Metric, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json(make_dashboard(families, **options)))
    return found


def rows(dashboard: dict[str, Any]) -> list[str]:
    return [panel["title"] for panel in dashboard["panels"] if panel["type"] == "row"]


def panels(*families: Metric) -> dict[str, dict[str, Any]]:
    return {panel["title"]: panel for panel in grafana.panels(made(*families))}


def queries(panel: dict[str, Any]) -> list[str]:
    return [re.sub(r"\s+", " ", target["expr"]) for target in panel["targets"]]


def every_kind() -> list[Metric]:
    states, info = StateSetFamily("door_state", ""), InfoFamily("build_info", "")
    states.add_metric({}, {"open": True, "closed": False})
    info.add_metric({}, {"version": "1"})
    summary = SummaryFamily("wait_seconds", "")
    summary.add_metric({}, 1, 2, quantiles={0.5: 1})
    both = histogram("parse_seconds")
    both.add_sample("parse_seconds", {}, 1, native_histogram=NativeHistogram(1, 1, 3, 1e-9, 0))
    return [
        *known_families(),
        *(states, info, summary, both, histogram("load_seconds", "shop")),
        *(gauge("fill_ratio"), gauge("backup_timestamp_seconds"), counter("jobs_total", "shop")),
        counter("status_codes_counter", "path", "method", "status_code"),
        counter("http_client_requests_total", "method", "host", "status"),
    ]


def test_grafanas_models_read_it() -> None:
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()
    text = to_json(make_dashboard(every_kind()))
    assert to_json(Dashboard.from_json(json.loads(text))) == text


def test_the_same_families_give_the_same_text() -> None:
    text = to_json(make_dashboard(every_kind()))
    assert to_json(make_dashboard(reversed(every_kind()))) == text
    assert text.endswith("}\n")


def test_rows() -> None:
    assert rows(made(*every_kind())) == [
        *("HTTP requests", "HTTP client", "HTTP requests, four counters"),
        *("Event loop", "Process", "Others"),
    ]


def test_panels_have_numbers_and_names_of_their_own() -> None:
    dashboard = made(*every_kind())
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert numbers == list(range(1, len(numbers) + 1))
    for panel in grafana.panels(dashboard):
        names = [target["refId"] for target in panel["targets"]]
        assert names and len(set(names)) == len(names)
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_every_query_asks_for_the_chosen_targets() -> None:
    for panel in grafana.panels(made(*every_kind())):
        for target in panel["targets"]:
            known = set(re.findall(r"\$(\w+)", target["expr"]))
            assert {"job", "instance"} <= known <= {"job", "instance", "__rate_interval"}
            selectors = re.findall(r"\{[^{}]*\}", target["expr"])
            assert selectors and all(TARGETS in selector for selector in selectors), target["expr"]


def test_variables() -> None:
    source, job, instance = made(gauge("a"))["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == (
        *("datasource", "datasource", "prometheus"),
    )
    assert (job["name"], job["query"]) == ("job", "label_values(a, job)")
    assert instance["query"] == 'label_values(a{job=~"$job"}, instance)'
    for variable in (job, instance):
        assert variable["multi"] and variable["includeAll"] and variable["allValue"] == ".*"
        assert variable["current"]["value"] == ["$__all"]


def test_variables_are_of_a_metric_that_every_instance_has() -> None:
    _, job, _ = made(*every_kind())["templating"]["list"]
    assert job["query"] == "label_values(process_start_time_seconds, job)"
    named = Metric("a.b", "", "gauge")
    named.add_sample("a.b", {}, 1)
    _, job, instance = made(named)["templating"]["list"]
    assert job["query"] == 'label_values({"a.b"}, job)'
    assert instance["query"] == 'label_values({"a.b",job=~"$job"}, instance)'
    _, job, _ = made(histogram("a_seconds"))["templating"]["list"]
    assert job["query"] == "label_values(a_seconds_count, job)"


def test_title_and_identity() -> None:
    plain, titled, of_job = made(gauge("a")), made(gauge("a"), title="A"), made(gauge("a"), job="b")
    assert (plain["title"], titled["title"], of_job["title"]) == (
        *("Metrics", "A", "Metrics of b"),
    )
    assert of_job["templating"]["list"][1]["current"]["value"] == ["b"]
    names = [plain["uid"], titled["uid"], of_job["uid"]]
    assert len(set(names)) == 3
    assert all(re.fullmatch("[a-z0-9-]{8,40}", name) for name in names)
    assert made(gauge("other"))["uid"] == plain["uid"]


def test_interval() -> None:
    assert {panel["interval"] for panel in grafana.panels(made(*every_kind(), interval="30s"))} == {
        "30s"
    }
    assert all("interval" not in panel for panel in grafana.panels(made(*every_kind())))
    with pytest.raises(ValueError, match="'often' is not a time"):
        make_dashboard([gauge("a")], interval="often")


def test_nothing_to_show() -> None:
    with pytest.raises(ValueError, match="no family has a series"):
        make_dashboard([])


def test_counters() -> None:
    panel = panels(counter("jobs_total", "shop", "job"))["jobs_total per second"]
    rate = f"rate(jobs_total{{{TARGETS}}}[$__rate_interval])"
    # A server renames the label, since its targets have one of that name.
    assert queries(panel) == [f"topk(20, sum by (exported_job, shop) ({rate}))"]
    named = "exported_job={{exported_job}} shop={{shop}}"
    assert panel["targets"][0]["legendFormat"] == named
    assert panel["fieldConfig"]["defaults"]["unit"] == "cps"


def test_gauges() -> None:
    found = panels(gauge("fill_ratio", "queue"), gauge("backup_timestamp_seconds"))
    panel = found["fill_ratio"]
    assert queries(panel) == [f"topk(20, fill_ratio{{{TARGETS}}})"]
    assert panel["targets"][0]["legendFormat"] == "{{instance}} {{queue}}"
    defaults = panel["fieldConfig"]["defaults"]
    assert (defaults["unit"], defaults["custom"]["thresholdsStyle"]["mode"]) == (
        *("percentunit", "dashed"),
    )
    steps = [(step["value"], step["color"]) for step in defaults["thresholds"]["steps"]]
    assert steps == [(None, "green"), (0.8, "orange"), (0.9, "red")]
    panel = found["Time since backup_timestamp_seconds"]
    # One that never was is 0.
    assert queries(panel) == [f"topk(20, time() - (backup_timestamp_seconds{{{TARGETS}}} > 0))"]


def test_gauges_whose_low_values_are_bad() -> None:
    defaults = panels(gauge("disk_free_ratio"))["disk_free_ratio"]["fieldConfig"]["defaults"]
    steps = [(step["value"], step["color"]) for step in defaults["thresholds"]["steps"]]
    assert steps == [(None, "red"), (0.1, "orange"), (0.2, "green")]
    # Of many series, those that matter are the lowest.
    assert queries(panels(gauge("disk_free_bytes"))["disk_free_bytes"]) == [
        f"bottomk(20, disk_free_bytes{{{TARGETS}}})"
    ]


def test_histograms() -> None:
    found = panels(histogram("load_seconds", "shop"))
    rate = f"rate(load_seconds_bucket{{{TARGETS}}}[$__rate_interval])"
    quantiles = found["load_seconds quantiles"]
    assert queries(quantiles)[0] == f"histogram_quantile(0.5, sum by (le) ({rate}))"
    assert quantiles["targets"][2]["exemplar"] and quantiles["targets"][2]["legendFormat"] == "p99"
    heat = found["load_seconds heat map"]
    assert queries(heat) == [f"sum by (le) ({rate})"]
    assert (heat["type"], heat["targets"][0]["format"]) == ("heatmap", "heatmap")
    assert heat["options"]["yAxis"]["unit"] == "s"


def test_native_histograms() -> None:
    both = every_kind()[11]
    assert both.name == "parse_seconds"
    found = panels(both)
    rate = f"rate(parse_seconds{{{TARGETS}}}[$__rate_interval])"
    classic, native = queries(found["parse_seconds heat map"])
    assert (classic, native) == (
        f"sum by (le) (rate(parse_seconds_bucket{{{TARGETS}}}[$__rate_interval]))",
        f"sum({rate})",
    )
    targets = found["parse_seconds heat map"]["targets"]
    assert [target["format"] for target in targets] == ["heatmap", "time_series"]
    assert queries(found["parse_seconds quantiles"])[0].endswith(
        f" or histogram_quantile(0.5, sum({rate}))"
    )


def test_states_of_a_label_of_their_own() -> None:
    family = GaugeFamily("door_state", "", labels=["door", "job"])
    states = [("a", "open", 1), ("a", "shut", 0), ("b", "open", 1), ("b", "shut", 0)]
    for door, state, value in states:
        family.add_metric([door, state], value)
    panel = panels(family)["door_state"]
    assert panel["type"] == "state-timeline"
    legend = "{{instance}} door={{door}} exported_job={{exported_job}}"
    assert panel["targets"][0]["legendFormat"] == legend


def test_states_and_infos() -> None:
    found = panels(*every_kind())
    assert found["door_state"]["type"] == "state-timeline"
    assert found["door_state"]["targets"][0]["legendFormat"] == "{{instance}} {{door_state}}"
    info = found["build_info"]
    assert (info["type"], info["targets"][0]["format"], info["targets"][0]["instant"]) == (
        *("table", "table", True),
    )


def test_names_of_any_characters() -> None:
    family = Metric('a "b".c_total', "", "counter")
    family.add_sample('a "b".c_total', {"d e": "f"}, 1)
    [panel] = panels(family).values()
    name = '"a \\"b\\".c_total"'
    rate = f"rate({{{name},{TARGETS}}}[$__rate_interval])"
    assert queries(panel) == [f'topk(20, sum by ("d e") ({rate}))']


def test_requests_of_others() -> None:
    found = panels(
        counter("http_requests_total", "handler", "method"),
        histogram("http_request_duration_seconds", "method"),
    )
    assert "Requests per second by handler" in found and "Duration" in found
    assert not [title for title in found if "ailed" in title or "Duration by" in title]


def test_a_client_fails_by_errors_too() -> None:
    dashboard = made(*every_kind())
    [text] = [
        query
        for panel in grafana.panels(dashboard)
        if panel["title"] == "Failed" and "http_client" in panel["targets"][0]["expr"]
        for query in queries(panel)
    ]
    assert 'status=~"error|5.."' in text


def test_without_grafanas_models_there_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(package, "grafana", raising=False)
    monkeypatch.delitem(sys.modules, "aioprometheus.dashboard.grafana", raising=False)
    monkeypatch.setitem(sys.modules, "grafana_foundation_sdk", None)
    monkeypatch.setitem(sys.modules, "grafana_foundation_sdk.builders", None)
    with pytest.raises(ImportError) as raised:
        make_dashboard([gauge("a")])
    assert "pip install 'aioprometheus[dashboard]'" in raised.value.__notes__[0]
