"""The documentation of the rules: each is in the table, with an example of wrong and of right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aioprometheus import lint, parse
from aioprometheus.linting import RULES

PAGE = (Path(__file__).parents[2] / "docs" / "linting.md").read_text()
SECTIONS = dict(re.findall(r"^### ([\w-]+)\n(.*?)(?=^\(|\Z)", PAGE, re.MULTILINE | re.DOTALL))

#: What no exposition shows.
OF_REGISTRIES = {"collector-fails"}


def test_the_table_has_all_rules():
    rows = re.findall(r"^\| \[`([\w-]+)`\]\(#([\w-]+)\) \| (\w+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(name, name, rule.severity, rule.summary) for name, rule in RULES.items()]


def test_each_rule_has_a_section():
    assert list(SECTIONS) == list(RULES)


@pytest.mark.parametrize("name", sorted(RULES.keys() - OF_REGISTRIES))
def test_the_examples_are_wrong_and_right(name):
    section = SECTIONS[name]
    wrong, right = re.findall(r"^```text\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    limits = {key: int(value) for key, value in re.findall(r"`(max_\w+)=(\d+)`", section)}
    found = lint(parse(wrong), **limits)
    assert name in {problem.rule for problem in found}
    assert lint(parse(right), **limits) == []
