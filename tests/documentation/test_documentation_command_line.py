"""The page of the command line: its commands print what it says, its tables have what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from aioprometheus.cli.main import COMMANDS, make_parser
from support import documents
from support.command_line import run
from support.documents import DOCS

PAGE = DOCS / "command-line.md"
BLOCKS = list(documents.blocks(PAGE))
EXAMPLES = [
    command
    for block in BLOCKS
    if block.language == "console"
    for command in documents.commands(block)
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with the files that the page shows."""
    [module] = [block for block in BLOCKS if block.language == "python"]
    name = module.code.partition("\n")[0].removeprefix("# ")
    (tmp_path / name).write_text(module.code, "utf-8")
    for block in BLOCKS:
        if block.language == "text" and block.info:
            (tmp_path / block.info).write_text(block.code, "utf-8")
    return tmp_path


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.text)
def test_example(example: documents.Command, directory: Path) -> None:
    program, *words = shlex.split(example.text)
    assert program == "aioprometheus"
    status, out, err = run(*words, directory=directory)
    # Three dots stand for what differs from run to run.
    pattern = ".*".join(map(re.escape, example.output.split("...")))
    assert re.fullmatch(pattern, out + err), out + err
    assert status == (2 if err else 1 if words[0] == "diff" else 0)


def first_column(title: str) -> list[str]:
    [rows] = re.findall(
        rf"^\| {title} \|.*\n\|[ |-]+\n((?:\|.*\n)+)", PAGE.read_text(), re.MULTILINE
    )
    return [
        name for row in rows.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]


def test_table_of_commands() -> None:
    assert sorted(first_column("command")) == sorted(COMMANDS)


def test_table_of_the_options_of_sources() -> None:
    [commands] = [action for action in make_parser()._actions if action.choices]
    [group] = [
        group
        for group in commands.choices["show"]._action_groups
        if group.title == "reading a source"
    ]
    options = [action.option_strings[0] for action in group._group_actions]
    assert first_column("option") == options
