"""The entry of the command line: finds the command, runs it, and says what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

COMMANDS = ("show", "lint", "diff", "dashboard", "rules", "completion")
"""The commands, in the order of the help: each is a module beside this one."""

DIFFERENT = 1
"""The exit status of a command that worked, and found what it looks for."""
TROUBLE = 2
"""The exit status of a command that could not do its work, or was not understood."""
INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""
PIPE_CLOSED = 141
"""The exit status when nobody reads the output any more, as shells have it."""

DESCRIPTION = "See and check what a service exposes for Prometheus."
EPILOG = "`aioprometheus COMMAND --help` has the options of a command, and examples."


def make_parser() -> Any:
    """Make the parser of the whole command line."""
    from .parser import Parser

    parser = Parser(prog="aioprometheus", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands"
    )
    for name in COMMANDS:
        import_module(f".{name}", __package__).add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit status.

    :param argv: The arguments behind the name of the program; those of the process by default.
    """
    for stream in (sys.stdout, sys.stderr):
        # What an encoding does not have must not end a command: it is shown as Python escapes it.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    arguments = make_parser().parse_args(argv)
    try:
        status: int = import_module(f".{arguments.command}", __package__).run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_output()
        return PIPE_CLOSED
    except Exception as error:
        if arguments.debug:
            from traceback import print_exc

            print_exc()
        print(f"aioprometheus {arguments.command}: {_words(error)}", file=sys.stderr)
        return TROUBLE
    return status


def _words(error: Exception) -> str:
    """The line that says what went wrong."""
    from .terminal import plain
    from .trouble import Trouble

    if isinstance(error, Trouble):
        return plain(str(error))
    name = type(error).__name__
    return plain(f"{name}: {error} (--debug shows where)" if str(error) else f"{name} (--debug)")


def _let_go_of_output() -> None:
    """Let the interpreter flush nowhere at its end, instead of failing once more."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _version() -> str:
    from .. import __version__

    return f"aioprometheus {__version__}"
