"""The command ``diff``: what is new, gone or different in a second exposition."""

from __future__ import annotations

import argparse
from typing import Any

from .parser import add_names, add_raw, command
from .source import FORMS, add_source


def add_parser(subparsers: Any) -> None:
    """Add the parser of the command.

    :param subparsers: Those of the command line.
    """
    parser = command(
        subparsers,
        "diff",
        "compare two expositions: families, series, values",
        f"""
Compare two expositions: which families and series are new (+), gone (-) or different (~), and by
how much their values differ. A counter that is lower than before is a reset. Timestamps, exemplars
and the times at which series began are not compared.

The exit status is 0 if they are the same, 1 if they differ, and 2 if one cannot be read.

{FORMS}
""",
        """
        aioprometheus diff before.prom localhost:8000
        aioprometheus diff host-1:8000 host-2:8000 --ignore-values
        aioprometheus diff metrics.prom app.metrics:registry --ignore-values --format json
        """,
    )
    add_source(parser, "a", "b")
    add_names(parser)
    parser.add_argument(
        "--ignore-values",
        action="store_true",
        help="compare families, series and bounds of buckets, but no numbers",
    )
    add_raw(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Show the differences.

    :param arguments: What was asked for.
    :returns: 0 if there are none, otherwise 1.
    """
    from .comparison import compared, document, lines_of
    from .families import read_families
    from .terminal import Terminal
    from .trouble import Trouble

    if arguments.a == arguments.b == "-":
        raise Trouble("standard input can be read once: only one of both may be -")
    one, other = (read_families(source, arguments) for source in (arguments.a, arguments.b))
    differences = compared(one, other, ignore_values=arguments.ignore_values)
    if arguments.format == "json":
        print(document(arguments.a, arguments.b, differences))
    else:
        terminal = Terminal(arguments.color)
        if differences:
            terminal.write(*lines_of(differences, arguments, terminal))
    return 1 if differences else 0
