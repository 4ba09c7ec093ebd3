"""The page of the middleware: its tables and its queries, compared with what there is."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from aioprometheus import MetricsMiddleware, Registry
from aioprometheus.http.names import NAMES, OPENTELEMETRY
from aioprometheus.http.options import DEFAULTS
from aioprometheus.service import Service
from support import documents
from support.asgi_apps import starlette_app
from support.asgi_driver import request
from support.documents import DOCS
from support.prometheus_server import SERVERS, Target, prometheus, serving

PAGE = DOCS / "middleware.md"
QUERIES = [block for block in documents.blocks(PAGE) if block.language == "promql"]


def rows(first_column: str) -> list[list[str]]:
    """The cells of the table that begins with such a head."""
    pattern = rf"^\| {first_column} \|.*\n\|[ |-]+\n((?:\|.*\n)+)"
    [found] = re.findall(pattern, PAGE.read_text("utf-8"), re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in found.splitlines()]


def in_code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def traffic(*apps: MetricsMiddleware) -> None:
    """Requests that succeed and that fail, and websockets that are open and refused."""
    for app in apps:
        for path in ("/items/7", "/items/8", "/missing/7", "/nowhere"):
            request(app, path)
        with pytest.raises(RuntimeError):
            request(app, "/boom")
        for path in ("/ws/7", "/denied/7"):
            request(app, path, kind="websocket")


def measured(registry: Registry, **options: object) -> MetricsMiddleware:
    return MetricsMiddleware(starlette_app(), registry, metrics="standard", **options)


def test_table_of_the_metrics() -> None:
    registry = Registry()
    traffic(measured(registry))
    found = {
        metric.name: (
            type(metric).__name__.lower(),
            {name for sample in metric.samples for name in sample.labels} - {"le"},
        )
        for metric in registry.collect()
    }
    table = rows("metric")
    assert [in_code(row[0]) for row in table] == [[name] for name in NAMES.values()]
    assert {in_code(row[0])[0]: (row[1], set(in_code(row[2]))) for row in table} == found


def test_table_of_the_options() -> None:
    table = rows("option")
    assert [in_code(row[0]) for row in table] == [[name] for name in DEFAULTS]
    for name, default, _ in table:
        if "to" not in default:  # a range of bounds
            assert default.strip("`") == repr(DEFAULTS[name.strip("`")]).replace("'", '"').replace(
                "10000", "10_000"
            )


def test_table_of_opentelemetry() -> None:
    table = {in_code(row[0])[0]: row[1] for row in rows("standard")}
    assert table.keys() == OPENTELEMETRY.keys()
    for name, theirs in OPENTELEMETRY.items():
        assert table[name].startswith("none" if theirs is None else f"`{theirs}`"), name


def options_named(first: str) -> set[str]:
    """The options of this package in the tables that begin so, as keyword arguments."""
    text = PAGE.read_text("utf-8").partition(first)[2]
    cells = [row.split("|")[2] for row in text.splitlines() if row.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"\b([a-z_]+)=", cell)}


def test_options_for_those_who_come_from_another_middleware() -> None:
    ours = {*DEFAULTS, "exclude_paths", "group_status_codes", "const_labels", "metrics"}
    named = options_named("## Coming from another middleware")
    assert len(named) > 8 and named <= ours


@pytest.mark.parametrize("generation", SERVERS)
def test_queries_find_something(generation: str, tmp_path: Path) -> None:
    classic, native = Registry(), Registry()
    apps = measured(classic), measured(native, native=True)
    traffic(*apps)  # so that the first scrape has the series
    with serving(Service(classic)) as first, serving(Service(native)) as second:
        targets = Target("classic", first), Target("native", second)
        features = "native-histograms"
        with prometheus(generation, tmp_path / "server", *targets, features=features) as server:
            for target in targets:
                server.wait_for_scrape(target.job)

            def answers() -> bool:
                traffic(*apps)
                values = [float(value) for one in QUERIES for _, value in server.query(one.code)]
                found = all(server.query(one.code) for one in QUERIES)
                return found and all(map(math.isfinite, values))

            server.program.wait_for(answers, "all queries find something")
            for query in QUERIES:
                if "5.." in query.code and "/ sum(" in query.code:  # parts of all
                    ((_, part),) = server.query(query.code)
                    assert 0 < float(part) < 1, query.code
