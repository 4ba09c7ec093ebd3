"""The command ``lint``: what is wrong with an exposition or a registry, for people and for CI."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Iterator
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
from .source import FORMS, add_source, read
from .trouble import Trouble

if TYPE_CHECKING:
    from ..linting import Problem
    from .source import Source
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
        help="text, GitHub's annotations, or a list of objects in JSON",
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

    source = read(arguments.source, arguments)
    found = _problems(source, arguments)
    shown = SEVERITIES[: SEVERITIES.index(arguments.severity) + 1]
    problems = [problem for problem in found if problem.severity in shown]
    if arguments.format == "json":
        import json

        print(json.dumps([{**each._asdict(), "labels": dict(each.labels)} for each in problems]))
    elif arguments.format == "github":
        file = arguments.source if os.path.isfile(arguments.source) else ""
        for problem in problems:
            print(_annotation(problem, file))
    else:
        from .terminal import Terminal

        terminal = Terminal(arguments.color)
        terminal.write(*_lines(problems, terminal), _summary(problems, len(found) - len(problems)))
    return DIFFERENT if problems else 0


def _problems(source: Source, arguments: argparse.Namespace) -> list[Problem]:
    from ..linting import lint
    from .families import parsed

    names = ("max_values_per_label", "max_series", "max_buckets", "max_value_length")
    limits = {name: getattr(arguments, name) for name in names}
    if source.registry is not None:
        return lint(source.registry, ignore=arguments.ignore, **limits)
    families = parsed(source)
    if not families:
        raise Trouble(f"{source.name}: there is no family in it, so that nothing can be checked")
    return lint(families, ignore=arguments.ignore, **limits)


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
    from .terminal import plain

    pairs = ", ".join(f'{name}="{value}"' for name, value in problem.labels.items())
    return plain(f" {{{pairs}}}")


def _summary(problems: list[Problem], hidden: int) -> str:
    counts = Counter(problem.severity for problem in problems)
    words = [
        f"{counts[severity]} {severity}{'s' if counts[severity] > 1 else ''}"
        for severity in SEVERITIES
        if counts[severity]
    ]
    more = f"; {hidden} less severe (--severity notice)" if hidden else ""
    return (", ".join(words) or "no problems") + more


def _annotation(problem: Problem, file: str) -> str:
    """The line of a problem that GitHub's runners show beside a change."""
    properties = {"file": file, "title": problem.rule}
    given = ",".join(f"{name}={_property(text)}" for name, text in properties.items() if text)
    return f"::{problem.severity} {given}::{_escaped(f'{problem.family}: {problem.text}')}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
