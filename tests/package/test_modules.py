"""The modules of the package and of its tests: what they import, and how long they are."""

import ast
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from aioprometheus import negotiate, negotiator

PACKAGE = Path(__file__).parents[2] / "python" / "aioprometheus"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = Path(__file__).parents[1]

LONGEST = 400
"""The most lines of a file of tests."""

# Modules of the standard library that take a tenth of the time of the import, or more.
SLOW = {
    *("asyncio", "concurrent.futures", "dataclasses", "datetime", "decimal"),
    *("difflib", "email", "http", "importlib.metadata", "inspect", "json", "logging", "random"),
    *("socket", "ssl", "string", "subprocess", "threading", "traceback", "unittest", "urllib"),
}

LOADED = {
    "",
    "._core",
    ".collect",
    ".collectors",
    ".constructors",
    ".decorators",
    ".failure",
    ".formats",
    ".formats.base",
    ".formats.built_in",
    ".formats.openmetrics",
    ".formats.protobuf",
    ".formats.text",
    ".histogram",
    ".loop",
    ".metricdict",
    ".mypy_types",
    ".negotiator",
    ".note",
    ".renderer",
    ".samples",
    ".timing",
    ".timing.exceptions",
    ".timing.labels",
    ".timing.span",
    ".values",
}


def _loaded_by(statement):
    program = (
        f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    )
    command = [sys.executable, "-W", "error", "-c", program]
    return set(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())


def test_what_the_import_loads():
    loaded = _loaded_by("import aioprometheus")
    own = {
        name.removeprefix("aioprometheus") for name in loaded if name.startswith("aioprometheus")
    }
    assert own == LOADED
    assert loaded & SLOW == set()


def test_what_it_loads_is_seen():
    assert _loaded_by("import logging, json") & SLOW >= {"json", "logging"}


def _absolute_imports(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] == "aioprometheus")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_import_each_other_by_relative_names(path):
    assert list(_absolute_imports(path.read_text("utf-8"))) == []


def test_absolute_imports_are_found():
    code = "import aioprometheus.names\ndef f():\n  from aioprometheus import x\nfrom . import y"
    assert list(_absolute_imports(code)) == ["aioprometheus.names", "aioprometheus"]


def test_the_choice_of_a_format_is_logged_as_before(caplog):
    caplog.set_level("DEBUG", "aioprometheus.negotiator")
    negotiate(["text/plain"])
    words = "negotiating {'text/plain'} resulted in choosing TextFormatter"
    assert caplog.messages == [words]
    with mock.patch("aioprometheus.negotiator.logger") as logger:
        negotiate([])
    assert logger.debug.call_count == 1
    assert negotiator.logger.name == "aioprometheus.negotiator"
    assert {"logger", "logging"} <= set(dir(negotiator))


def test_the_logger_is_asked_for_once():
    """To ask for a logger takes a lock, which a signal handler that raises may leave locked."""
    with mock.patch("logging.getLogger", side_effect=AssertionError):
        negotiate([])


def test_no_test_file_is_too_long():
    files = [path for path in TESTS.rglob("*.py") if "__pycache__" not in path.parts]
    lines = {path.name: path.read_text("utf-8").count("\n") for path in files}
    assert "test_modules.py" in lines
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}
