"""Tables and configurations of the site, compared with the package and with promtool."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
from pathlib import Path

import pytest

import aioprometheus
from aioprometheus import MetricsMiddleware, render
from support import documents, peers
from support.documents import DOCS

CLASSES = {
    name: getattr(aioprometheus, name.title())
    for name in ("counter", "gauge", "histogram", "summary", "info", "enum")
}


def table(page: str, first_column: str) -> list[str]:
    """Return the first column of the table of a page that begins with such a head."""
    text = (DOCS / page).read_text("utf-8")
    [rows] = re.findall(rf"^\| {first_column} \|.*\n\|[ |-]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [row.split("|")[1].strip().strip("`") for row in rows.splitlines()]


def test_the_readme_links_to_every_page() -> None:
    readme = (documents.ROOT / "README.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(docs/([^)]+)\)", readme))
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    of_the_site = {page for page in pages if page == "index.md" or page.startswith("api/")}
    assert linked == pages - of_the_site


@pytest.mark.parametrize("name", CLASSES)
def test_every_metric_has_a_table_of_its_constructor(name: str) -> None:
    documented = table(f"metrics/{name}.md", "constructor parameter")
    assert documented == list(inspect.signature(CLASSES[name]).parameters)


def test_common_parameters_are_those_of_a_counter() -> None:
    signature = inspect.signature(aioprometheus.Counter)
    assert table("metrics/index.md", "parameter") == list(signature.parameters)


def test_table_of_render() -> None:
    assert table("formats.md", "parameter") == list(inspect.signature(render).parameters)


def test_table_of_the_middleware() -> None:
    signature = inspect.signature(MetricsMiddleware)
    assert table("middleware.md", "parameter") == list(signature.parameters)


def rules(queries: list[str]) -> str:
    records = [{"record": f"rule_{number}", "expr": query} for number, query in enumerate(queries)]
    return json.dumps({"groups": [{"name": "docs", "rules": records}]})


def check(kind: str, text: str, directory: Path) -> None:
    """Have promtool judge a file."""
    (directory / "file.yml").write_text(text, "utf-8")
    command = [peers.find("promtool", "PROMTOOL"), "check", kind, str(directory / "file.yml")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_queries(tmp_path: Path) -> None:
    pages = ("prometheus.md", "middleware.md", "clients.md")
    found = [block for page in pages for block in documents.blocks(DOCS / page)]
    # Marked queries need a newer Prometheus than that of Debian 12.
    queries = [
        block.code for block in found if block.language == "promql" and block.info != "no-check"
    ]
    assert len(queries) > 20
    check("rules", rules(queries), tmp_path)


def test_configurations(tmp_path: Path) -> None:
    found = [
        block for block in documents.blocks(DOCS / "prometheus.md") if block.language == "yaml"
    ]
    assert len(found) == 3
    for block in found:
        check("rules" if "groups:" in block.code else "config", block.code, tmp_path)
