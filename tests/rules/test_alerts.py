"""Alerts: promtool says when they fire, with which labels and words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aioprometheus.rules import Alert, make_rules, to_yaml
from support.known_families import known_families
from support.promtool import TOOLS, try_rules

TARGET = 'job="shop",instance="a"'
GROUPS = make_rules(known_families())
ALERTS = {one.name: one for group in GROUPS for one in group.rules if isinstance(one, Alert)}

#: Series for half an hour, by a minute: their names and labels, and their values.
Series = dict[str, str]


def requests(ok: str, failed: str = "0x30") -> Series:
    return {
        f'http_requests_total{{{TARGET},method="GET",path="/a",status="{status}"}}': values
        for status, values in (("200", ok), ("500", failed))
    }


def buckets(name: str, labels: str, *values: str) -> Series:
    bounds = ("0.1", "1.0", "10.0", "+Inf")
    return {
        f'{name}_bucket{{{TARGET},{labels},le="{bound}"}}': value
        for bound, value in zip(bounds, values, strict=True)
    }


def durations(*values: str) -> Series:
    labels = 'method="GET",path="/a",status="200"'
    return buckets("http_request_duration_seconds", labels, *values)


def lags(*values: str) -> Series:
    return buckets("asyncio_loop_lag_seconds", 'thread="MainThread"', *values)


def of_target(**values: str) -> Series:
    return {f"{name}{{{TARGET}}}": value for name, value in values.items()}


def pending(values: str) -> Series:
    return {f'asyncio_loop_pending_lag_seconds{{{TARGET},thread="MainThread"}}': values}


def running(get: int, post: int) -> Series:
    return {
        f'http_requests_in_progress{{{TARGET},method="{method}"}}': f"{number}x30"
        for method, number in (("GET", get), ("POST", post))
    }


#: Alerts that fire: when, for which series, with which labels, and what they say.
FIRING: list[tuple[str, str, Series, dict[str, str], str]] = [
    (
        "HttpErrorRatioHigh",
        "15m",
        requests("0+90x30", "0+10x30"),
        {"job": "shop"},
        "10% of the requests of shop fail",
    ),
    (
        # A restart within the five minutes.
        "HttpErrorRatioHigh",
        "15m",
        requests("0+90x12 0+90x17", "0+10x12 0+10x17"),
        {"job": "shop"},
        "10% of the requests of shop fail",
    ),
    (
        "HttpSlow",
        "25m",
        requests("0+100x30") | durations("0x30", "0+50x30", "0+100x30", "0+100x30"),
        {"job": "shop", "path": "/a"},
        "1 % of the requests of shop with the path /a take longer than 9.82s",
    ),
    (
        "HttpSaturated",
        "10m",
        running(60, 60),
        {"job": "shop", "instance": "a"},
        "120 requests of shop are in progress at once in a",
    ),
    (
        "ProcessRestarts",
        "12m",
        of_target(process_start_time_seconds="0x3 60x3 120x3 180x30"),
        {"job": "shop", "instance": "a"},
        "a of shop has started anew 3 times in 15 minutes",
    ),
    (
        "ProcessFileDescriptorsNearLimit",
        "15m",
        of_target(process_open_fds="900x30", process_max_fds="1000x30"),
        {"job": "shop", "instance": "a"},
        "a of shop uses 90% of its file descriptors",
    ),
    (
        "EventLoopStuck",
        "3m",
        pending("6+60x10"),
        {"job": "shop", "instance": "a"},
        "The event loop of a of shop has done nothing for 3m 6s",
    ),
    (
        "EventLoopLags",
        "25m",
        lags("0x30", "0+100x30", "0+100x30", "0+100x30"),
        {"job": "shop", "instance": "a"},
        "The event loop of a of shop is 991ms late",
    ),
]

#: Alerts that do not fire, and for which series.
SILENT: list[tuple[str, str, Series]] = [
    ("HttpErrorRatioHigh", "15m", requests("0+90x30")),
    ("HttpErrorRatioHigh", "15m", requests("0+90x30", "0+4x30")),
    # One request a minute, and it fails: too few to say anything.
    ("HttpErrorRatioHigh", "15m", requests("0x30", "0+1x30")),
    ("HttpErrorRatioHigh", "3m", requests("0+90x30", "0+10x30")),
    # No requests any more: the part of them that fails is no number.
    ("HttpErrorRatioHigh", "25m", requests("0+90x5 450x25", "0+10x5 50x25")),
    # The failures have ended.
    ("HttpErrorRatioHigh", "22m", requests("0+90x30", "0+10x12 120x18")),
    # A restart.
    ("HttpErrorRatioHigh", "15m", requests("0+90x12 0+90x17", "0+4x12 0+4x17")),
    # The service has gone.
    ("HttpErrorRatioHigh", "25m", requests("0+90x8 stale", "0+10x8 stale")),
    ("HttpSlow", "25m", requests("0+100x30") | durations(*["0+100x30"] * 4)),
    (
        "HttpSlow",
        "25m",
        requests("0+1x30") | durations("0x30", "0x30", "0+1x30", "0+1x30"),
    ),
    # No requests any more.
    (
        "HttpSlow",
        "25m",
        requests("0+100x5 500x25") | durations("0x30", "0x30", "0+100x5 500x25", "0+100x5 500x25"),
    ),
    ("HttpSaturated", "10m", running(50, 50)),
    ("ProcessRestarts", "12m", of_target(process_start_time_seconds="0x3 60x3 120x30")),
    (
        "ProcessFileDescriptorsNearLimit",
        "15m",
        of_target(process_open_fds="700x30", process_max_fds="1000x30"),
    ),
    ("EventLoopStuck", "25m", pending("0.2x30")),
    ("EventLoopStuck", "25m", pending("0x10 9 0x30")),
    ("EventLoopLags", "25m", lags(*["0+100x30"] * 4)),
    # A restart.
    ("EventLoopLags", "25m", lags(*["0+100x20 0+100x9"] * 4)),
]


def case(name: str, at: str, series: Series, *expected: dict[str, Any]) -> dict[str, Any]:
    """A test of promtool, of one alert at one time."""
    inputs = [{"series": one, "values": values} for one, values in series.items()]
    check = {"eval_time": at, "alertname": name, "exp_alerts": list(expected)}
    return {"interval": "1m", "input_series": inputs, "alert_rule_test": [check]}


def firing(name: str, labels: dict[str, str], summary: str) -> dict[str, Any]:
    """An alert as promtool expects it."""
    alert = ALERTS[name]
    words = {"summary": summary, "description": alert.description}
    return {"exp_labels": {**labels, "severity": alert.severity}, "exp_annotations": words}


def run(generation: str, directory: Path, tests: list[dict[str, Any]]) -> tuple[int, str]:
    (directory / "rules.yml").write_text(to_yaml(GROUPS), "utf-8")
    path = directory / "tests.yml"
    path.write_text(json.dumps({"rule_files": ["rules.yml"], "tests": tests}), "utf-8")
    return try_rules(generation, path)


def test_each_alert_is_tried() -> None:
    assert {name for name, *_ in FIRING} == {name for name, *_ in SILENT} == set(ALERTS)


@pytest.mark.parametrize("generation", TOOLS)
def test_alerts_fire(generation: str, tmp_path: Path) -> None:
    tests = [
        case(name, at, series, firing(name, labels, summary))
        for name, at, series, labels, summary in FIRING
    ]
    status, words = run(generation, tmp_path, tests)
    assert status == 0 and "SUCCESS" in words, words


@pytest.mark.parametrize("generation", TOOLS)
def test_alerts_stay_silent(generation: str, tmp_path: Path) -> None:
    status, words = run(generation, tmp_path, [case(*silent) for silent in SILENT])
    assert status == 0 and "SUCCESS" in words, words


@pytest.mark.parametrize("generation", TOOLS)
def test_a_wrong_expectation_is_found(generation: str, tmp_path: Path) -> None:
    name, at, series, labels, _ = FIRING[0]
    wrong = case(name, at, series, firing(name, labels, "all is well"))
    status, words = run(generation, tmp_path, [wrong])
    assert status != 0 and "FAILED" in words, words
