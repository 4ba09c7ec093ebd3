"""The command ``lint``: what is wrong with an exposition or a registry, for people and for CI."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..linting import (
    MAX_BUCKETS,
    MAX_SERIES,
    MAX_VALUE_LENGTH,
    MAX_VALUES_PER_LABEL,
    RULES,
    SEVERITIES,
)
from .parser import command, one_or_more
from .source import FORMS, add_source, is_registry, read
from .trouble import Trouble

if TYPE_CHECKING:
    from ..linting import Findings, Problem
    from .terminal import Terminal

FORMATS = ("text", "github", "json")
"""The formats of the output."""

STYLES = {"error": ("bold", "red"), "warning": ("bold", "yellow"), "notice": ("bold", "blue")}
"""How a severity is shown."""

DESCRIPTION = f"""
Find what is wrong with metrics: names and units that mislead, labels that cost too many series,
histograms that nobody can use, and what a server loses. All that promtool says is found, too.

{FORMS}

The exit status is 0 if there is no problem, 1 if there is one, and 2 if nothing could be read.
"""


def add_parser(subparsers: Any) -> None:
    """Add the parser of the command.

    :param subparsers: Those of the command line.
    """
    parser = command(
        subparsers,
        "lint",
        "find what is wrong with names, labels, buckets and values",
        DESCRIPTION,
        """
        aioprometheus lint http://localhost:8000/metrics
        aioprometheus lint app.metrics:registry --format github
        aioprometheus lint metrics.txt --ignore target-label --max-values-per-label 500
        """,
    )
    add_source(parser)
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text, GitHub's annotations, or an object in JSON",
    )
    parser.add_argument(
        "--severity",
        choices=SEVERITIES,
        default="warning",
        help="the least severity of a problem (warning); notice shows what may be meant, too",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        choices=tuple(RULES),
        metavar="RULE",
        help="a rule that is not checked; may be given again",
    )
    limits = parser.add_argument_group("limits")
    for options, words, default in (
        (
            ("--max-values-per-label", "--max-series-per-label"),
            "values of a label in one family",
            MAX_VALUES_PER_LABEL,
        ),
        (("--max-series",), "series of a family", MAX_SERIES),
        (("--max-buckets",), "buckets of a histogram", MAX_BUCKETS),
        (("--max-value-length",), "bytes of a label value", MAX_VALUE_LENGTH),
    ):
        limits.add_argument(
            *options,
            type=one_or_more,
            default=default,
            metavar="N",
            help=f"{words} ({default})",
        )
    parser.add_argument("--rules", action=_Rules, help="show all rules, and read nothing")


class _Rules(argparse.Action):
    """An option that prints the rules, and ends the program as ``--version`` does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        width = max(map(len, RULES))
        for rule in RULES.values():
            print(f"{rule.name:{width}}  {rule.severity:7}  {rule.summary}")
        parser.exit()


def run(arguments: argparse.Namespace) -> int:
    """Find the problems of a source, and print them.

    :param arguments: What was asked for.
    :returns: The exit status.
    """
    from .main import DIFFERENT

    found = _findings(arguments)
    shown = SEVERITIES[: SEVERITIES.index(arguments.severity) + 1]
    problems = [problem for problem in found.problems if problem.severity in shown]
    summary = _summary(found, shown)
    if arguments.format == "json":
        print(_document(arguments.source, found, problems))
    elif arguments.format == "github":
        file = arguments.source if os.path.isfile(arguments.source) else ""
        for problem in problems:
            print(_annotation(problem, file))
        print(summary)
    else:
        from .terminal import Terminal

        terminal = Terminal(arguments.color)
        terminal.write(*_lines(problems, terminal), summary)
    return DIFFERENT if problems else 0


def _findings(arguments: argparse.Namespace) -> Findings:
    from ..linting import Linter

    limits = (
        arguments.max_values_per_label,
        arguments.max_series,
        arguments.max_buckets,
        arguments.max_value_length,
    )
    linter = Linter(arguments.ignore, limits)
    name = arguments.source
    if is_registry(name):
        from .registry import registry_of

        found = linter.findings(registry_of(name))
    else:
        from .families import parsed

        source = read(name, arguments)
        name = source.name
        found = linter.findings(parsed(source))
    if not found.families and not found.problems:
        raise Trouble(f"{name}: there is no family in it, so that nothing can be checked")
    return found


def _lines(problems: Iterable[Problem], terminal: Terminal) -> Iterator[str]:
    from .terminal import plain

    for problem in problems:
        severity = terminal.style(problem.severity, *STYLES[problem.severity])
        family = terminal.style(plain(problem.family), "bold")
        rule = terminal.style(f"[{problem.rule}]", "dim")
        yield f"{family}: {severity}: {plain(problem.text)}{_where(problem)} {rule}"


def _where(problem: Problem) -> str:
    """The labels of the series that is meant, for rules on series."""
    if not problem.labels or not all(problem.labels.values()):
        return ""
    if problem.rule in ("id-in-label", "long-label-value"):
        return ""  # the text has them
    from .model import text_of

    return f" {text_of('', tuple(problem.labels.items()))}"


def _summary(found: Findings, shown: Sequence[str]) -> str:
    """What was checked, and how many problems of each severity there are."""
    counts = Counter(problem.severity for problem in found.problems)
    checked = f"{found.families} {'family' if found.families == 1 else 'families'}"
    hidden = [severity for severity in SEVERITIES if severity not in shown]
    more = _counted(counts, hidden)
    return (
        f"{checked}, {found.series} series: {_counted(counts, shown) or 'no problems'}"
        f"{f'; {more} not shown (--severity notice)' if more else ''}"
    )


def _counted(counts: Mapping[str, int], severities: Iterable[str]) -> str:
    return ", ".join(
        f"{counts[severity]} {severity}{'' if counts[severity] == 1 else 's'}"
        for severity in severities
        if counts[severity]
    )


def _document(source: str, found: Findings, problems: Iterable[Problem]) -> str:
    import json

    counts = Counter(problem.severity for problem in found.problems)
    document = {
        "source": source,
        "families": found.families,
        "series": found.series,
        "counts": {severity: counts[severity] for severity in SEVERITIES},
        "problems": [{**each._asdict(), "labels": dict(each.labels)} for each in problems],
    }
    return json.dumps(document)


def _annotation(problem: Problem, file: str) -> str:
    """The line of a problem that GitHub's runners show beside a change."""
    properties = {"file": file, "title": problem.rule}
    given = ",".join(f"{name}={_property(text)}" for name, text in properties.items() if text)
    return f"::{problem.severity} {given}::{_escaped(f'{problem.family}: {problem.text}')}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
