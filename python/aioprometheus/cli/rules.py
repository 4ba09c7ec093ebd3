"""The command ``rules``: prints recording and alert rules for what a service exposes."""

from __future__ import annotations

import argparse
from typing import Any

from .parser import command
from .source import FORMS, add_source, read
from .trouble import Trouble


def add_parser(subparsers: Any) -> None:
    """Add the parser of the command.

    :param subparsers: Those of the command line.
    """
    parser = command(
        subparsers,
        "rules",
        "print recording and alert rules",
        f"""
Print recording rules and alerts for the requests, the process and the event loop of a service, as
YAML that Prometheus loads.

{FORMS}
""",
        """
        aioprometheus rules http://127.0.0.1:8000/metrics --job shop > shop.rules.yml
        aioprometheus rules app.metrics:registry --slow 0.5 --errors 0.01
        """,
    )
    add_source(parser)
    shape = parser.add_argument_group("the rules")
    shape.add_argument("--job", help="the job that is asked; all by default")
    shape.add_argument(
        "--interval",
        metavar="TIME",
        default="5m",
        help="the time over which rates are taken, at least four times that between scrapes (5m)",
    )
    # The defaults of `Limits`, which is not imported for the help of all commands.
    for option, metavar, default, words in (
        ("--errors", "PART", 0.05, "the part of the requests that may fail"),
        ("--slow", "SECONDS", 1.0, "the seconds that 99 %% of the requests may take"),
        ("--in-progress", "NUMBER", 100.0, "how many may be in progress in one instance"),
    ):
        shape.add_argument(
            option, metavar=metavar, type=float, default=default, help=f"{words} ({default:g})"
        )


def run(arguments: argparse.Namespace) -> int:
    """Print the rules.

    :param arguments: What was asked for.
    """
    from ..rules import Limits, make_rules, to_yaml
    from .families import parsed

    source = read(arguments.source, arguments)
    try:
        limits = Limits(
            errors=arguments.errors, slow=arguments.slow, in_progress=arguments.in_progress
        )
        groups = make_rules(
            parsed(source), job=arguments.job, interval=arguments.interval, limits=limits
        )
    except ValueError as error:
        raise Trouble(f"{source.name}: {error}") from error
    print(to_yaml(groups), end="")
    return 0
