"""The page of dashboards and rules: its tables and commands, compared with what there is."""

from __future__ import annotations

import argparse
import re
import shlex

import pytest

from aioprometheus.cli.main import make_parser
from aioprometheus.rules import Alert, Limits, Record, make_rules
from support import documents
from support.documents import DOCS
from support.known_families import known_families

PAGE = DOCS / "dashboard.md"
COMMANDS = [
    command.text
    for block in documents.blocks(PAGE)
    if block.language == "console"
    for command in documents.commands(block)
]


def tables(first_column: str) -> list[list[list[str]]]:
    """The cells of the tables that begin with such a head."""
    pattern = rf"^\| {first_column} \|.*\n\|[ |-]+\n((?:\|.*\n)+)"
    found = re.findall(pattern, PAGE.read_text("utf-8"), re.MULTILINE)
    return [
        [[cell.strip(" `") for cell in row.split("|")[1:-1]] for row in rows.splitlines()]
        for rows in found
    ]


def options(command: str) -> dict[str, argparse.Action]:
    """The options of a command that others do not have."""
    parser = make_parser()
    [commands] = [one for one in parser._actions if isinstance(one.choices, dict)]
    groups = commands.choices[command]._action_groups
    [own] = [group for group in groups if group.title == f"the {command}"]
    return {action.option_strings[0]: action for action in own._group_actions}


def test_alerts() -> None:
    [table] = tables("alert")
    alerts = [
        rule
        for group in make_rules(known_families())
        for rule in group.rules
        if isinstance(rule, Alert)
    ]
    assert [(row[0], row[1], row[3]) for row in table] == [
        (alert.name, alert.severity, alert.wait) for alert in alerts
    ]


def test_recorded_series() -> None:
    [table] = tables("series")
    [records, *_] = make_rules(known_families())
    names = [rule.name for rule in records.rules if isinstance(rule, Record)]
    assert [row[0] for row in table] == [name for name in names if name.startswith("job_path:")]


def test_options() -> None:
    of_dashboard, of_rules = tables("option")
    assert [row[0] for row in of_dashboard] == list(options("dashboard"))
    found = options("rules")
    assert [row[0] for row in of_rules] == list(found)
    for name, default, _ in of_rules[1:]:
        given = found[name].default
        assert default == (given if isinstance(given, str) else f"{given:g}"), name
    for name in ("errors", "slow", "in-progress"):
        assert found[f"--{name}"].default == getattr(Limits(), name.replace("-", "_"))


@pytest.mark.parametrize("text", COMMANDS)
def test_commands_are_understood(text: str) -> None:
    words = shlex.split(text.partition(">")[0])
    if words[:3] == ["python", "-m", "aioprometheus"]:
        arguments = make_parser().parse_args(words[3:])
        assert arguments.command in ("dashboard", "rules")
    else:
        assert words[0] in ("pip", "promtool")


def test_commands_are_found() -> None:
    assert len(COMMANDS) == 4
