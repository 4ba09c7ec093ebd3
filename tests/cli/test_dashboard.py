"""The commands ``dashboard`` and ``rules``: what they print, and what is wrong with arguments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command_line import run
from support.promtool import check_rules

pytest.importorskip("grafana_foundation_sdk", reason="GRAFANA'S MODELS ARE NOT INSTALLED")

TEXT = """\
# TYPE http_requests_total counter
http_requests_total{method="GET",path="/",status="200"} 1
# TYPE queue_length gauge
queue_length 3
"""
MODULE = """\
from aioprometheus import Gauge, Registry

registry = Registry()
Gauge("queue_length", "Waiting", registry=registry).set({}, 3)
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_dashboard_of_a_file(page: Path) -> None:
    done = run("dashboard", page.name, "--job", "shop", "--interval", "15s", directory=page.parent)
    assert (done.status, done.err) == (0, "")
    found = json.loads(done.out)
    assert found["title"] == "Metrics of shop"
    assert {panel["interval"] for panel in found["panels"] if panel["type"] != "row"} == {"15s"}
    again = run("dashboard", page.name, "--job", "shop", "--interval", "15s", directory=page.parent)
    assert again.out == done.out


def test_titles(page: Path) -> None:
    done = run("dashboard", page.name, directory=page.parent)
    assert json.loads(done.out)["title"] == "Metrics of page.txt"
    done = run("dashboard", page.name, "--title", "Shop", directory=page.parent)
    assert json.loads(done.out)["title"] == "Shop"


def test_dashboard_of_a_registry(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(MODULE, "utf-8")
    done = run("dashboard", "service:registry", directory=tmp_path)
    assert (done.status, done.err) == (0, "")
    titles = [panel["title"] for panel in json.loads(done.out)["panels"]]
    assert titles == ["Others", "queue_length"]


def test_without_grafanas_models(page: Path) -> None:
    (page.parent / "grafana_foundation_sdk.py").write_text("", "utf-8")
    done = run("dashboard", page, PYTHONPATH=str(page.parent))
    assert (done.status, done.out) == (2, "")
    assert "pip install 'aioprometheus[dashboard]'" in done.err and done.err.count("\n") == 1


def test_rules(page: Path) -> None:
    options = ("--job", "shop", "--errors", "0.01", "--interval", "1m")
    done = run("rules", page, *options)
    assert (done.status, done.err) == (0, "")
    assert 'job:http_requests_failed:ratio_rate1m{job="shop"} > 0.01' in done.out
    path = page.parent / "rules.yml"
    path.write_text(done.out, "utf-8")
    status, words = check_rules("3", path)
    assert status == 0, words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("dashboard", "page.txt", "--interval", "often"), "page.txt: 'often' is not a time such"),
        (("dashboard", "empty.txt"), "empty.txt: no family has a series"),
        (("dashboard", "broken.txt"), "broken.txt: "),
        (("rules", "page.txt", "--interval", "5"), "page.txt: '5' is not a time such as 15s"),
        (("rules", "page.txt", "--slow", "-1"), "slow must be a number above 0"),
        (("rules", "page.txt", "--errors", "5"), "errors is a part of all, such as 0.05 for 5 %"),
        (("rules", "page.txt", "--slow", "fast"), "argument --slow: invalid float value: 'fast'"),
        (("rules", "queue.txt"), "queue.txt: no metrics of requests"),
        (("rules", "broken.txt"), "broken.txt: "),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    page: Path, arguments: tuple[str, ...], words: str
) -> None:
    (page.parent / "empty.txt").write_text("", "utf-8")
    (page.parent / "broken.txt").write_text("a{ 1\n", "utf-8")
    (page.parent / "queue.txt").write_text("queue_length 3\n", "utf-8")
    done = run(*arguments, directory=page.parent)
    assert (done.status, done.out) == (2, "")
    assert words in done.err and "Traceback" not in done.err


@pytest.mark.parametrize("name", ["dashboard", "rules"])
def test_help(name: str) -> None:
    done = run(name, "--help")
    assert done.status == 0 and f"aioprometheus {name} http://127.0.0.1:8000/metrics" in done.out
    assert "99 % of" in done.out or name == "dashboard"
