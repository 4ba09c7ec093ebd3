"""The command ``show``: the families of an exposition as a table, once or again and again."""

from __future__ import annotations

import argparse
from typing import Any

from .parser import add_names, add_raw, command, one_or_more
from .source import FORMS, add_source


def add_parser(subparsers: Any) -> None:
    """Add the parser of the command.

    :param subparsers: Those of the command line.
    """
    parser = command(
        subparsers,
        "show",
        "show families as a table: kinds, series, values, quantiles, rates",
        f"""
Show the families of an exposition: kinds, numbers of series and values. Histograms and summaries
have their count, mean and quantiles; those of histograms are estimated from the buckets, as PromQL
does it. With --watch it is read again and again, and has rates and the last values.

{FORMS}
""",
        """
        aioprometheus show localhost:8000
        aioprometheus show https://host/metrics 'http_*' --series --user me:secret
        aioprometheus show app.metrics:registry --format json
        aioprometheus show :8000 --watch 5 --sort rate
        """,
    )
    add_source(parser)
    add_names(parser)
    parser.add_argument("--series", action="store_true", help="show each series, too")
    parser.add_argument(
        "--sort",
        choices=("name", "kind", "series", "value", "rate"),
        default="name",
        help="the order; of numbers, the largest first",
    )
    parser.add_argument("--reverse", action="store_true", help="the opposite order")
    add_raw(parser)
    parser.add_argument(
        "-w",
        "--watch",
        nargs="?",
        type=float,
        const=2.0,
        metavar="SECONDS",
        help="read it again every so many seconds (2), until Ctrl-C",
    )
    parser.add_argument(
        "--count", type=one_or_more, metavar="N", help="with --watch: end after so many readings"
    )
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(arguments: argparse.Namespace) -> int:
    """Show the families.

    :param arguments: What was asked for.
    :returns: 0; 1 if there are names, but no families of these.
    """
    from .reading import Reading
    from .terminal import Terminal
    from .trouble import Trouble

    terminal = Terminal(arguments.color)
    if arguments.watch is not None:
        from .watch import watch

        return watch(arguments, terminal)
    if arguments.count is not None or arguments.sort == "rate":
        option = "--count" if arguments.count is not None else "--sort rate"
        raise Trouble(f"{option} needs --watch")
    reading = Reading.of(arguments)
    if arguments.format == "json":
        from .document import document

        print(document(reading))
    elif reading.families:
        from .overview import overview

        terminal.write(*overview(reading, arguments, terminal))
    return 0 if reading.said(arguments) else 1
