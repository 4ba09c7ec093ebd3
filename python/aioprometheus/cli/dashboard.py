"""The command ``dashboard``: prints a Grafana dashboard of what a service exposes."""

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
        "dashboard",
        "print a Grafana dashboard",
        f"""
Print a Grafana dashboard of the metrics of a service, as JSON that Grafana imports: requests, event
loop and process first, then a row for each subsystem. It needs the extra 'dashboard':
pip install 'aioprometheus[dashboard]'

{FORMS}
""",
        """
        aioprometheus dashboard http://127.0.0.1:8000/metrics --job shop > shop.json
        aioprometheus dashboard app.metrics:registry --title Shop
        """,
    )
    add_source(parser)
    shape = parser.add_argument_group("the dashboard")
    shape.add_argument("--title", help="the title; that of the job or the source by default")
    shape.add_argument("--job", help="the job that is chosen at first; all by default")
    shape.add_argument(
        "--interval",
        metavar="TIME",
        help="the time between two scrapes, such as 15s, if Grafana's data source has another one",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the dashboard.

    :param arguments: What was asked for.
    """
    from ..dashboard import TITLE, make_dashboard, to_json
    from .families import parsed

    source = read(arguments.source, arguments)
    title = arguments.title or f"{TITLE} of {arguments.job or source.name}"
    try:
        dashboard = make_dashboard(
            parsed(source), title=title, job=arguments.job, interval=arguments.interval
        )
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("grafana_foundation_sdk"):
            raise
        raise Trouble(
            "this needs the extra 'dashboard': pip install 'aioprometheus[dashboard]' (Python 3.11 "
            "or later)"
        ) from error
    except ValueError as error:
        raise Trouble(f"{source.name}: {error}") from error
    print(to_json(dashboard), end="")
    return 0
