"""The parsers of the commands: what all of them have, and how their help looks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """A help that keeps the lines of descriptions, with room for the names of options."""

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, max_help_position=32, **options)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: Any = None) -> None:
        """Show the usage; many options are left to their list, which says more."""
        options = [action for action in actions if action.option_strings]
        if usage is None and len(options) > 3:
            places = [_place(action) for action in actions if not action.option_strings]
            usage = " ".join(["%(prog)s", "[OPTIONS]", *places])
        super().add_usage(usage, actions, groups, prefix)

    def _format_action(self, action: argparse.Action) -> str:
        text = super()._format_action(action)
        # The head of the list of commands says it already.
        is_list = isinstance(action, argparse._SubParsersAction)
        return text.partition("\n")[2] if is_list else text


def _place(action: argparse.Action) -> str:
    """A positional argument, as a usage has it."""
    choices = f"{{{','.join(map(str, action.choices or ()))}}}"
    name = str(action.metavar or (choices if action.choices else action.dest))
    return {"*": f"[{name} ...]", "?": f"[{name}]"}.get(str(action.nargs), name)


class Parser(argparse.ArgumentParser):
    """A parser whose help keeps the lines of its texts, and that takes no half options.

    :param options: What an ``ArgumentParser`` takes.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", _Formatter)
        # An abbreviation in somebody's script would break with the next option.
        super().__init__(**{"allow_abbrev": False, **options})

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the arguments, in which names may also stand behind options.

        argparse takes positional arguments that are optional at the first place only.
        """
        arguments, rest = self.parse_known_args(args, namespace)
        names = getattr(arguments, "names", None)
        if names is not None and not any(word.startswith("-") for word in rest):
            arguments.names = [*names, *rest]
        elif rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return arguments

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse what is known; an option with an optional number leaves other words alone."""
        import sys

        words = list(sys.argv[1:] if args is None else args)
        optional = {
            name
            for action in self._actions
            if action.nargs == "?" and action.type is float
            for name in action.option_strings
        }
        for place, word in enumerate(words):
            if word == "--":
                break
            if word in optional and not _is_number(words[place + 1 : place + 2]):
                default = next(a.const for a in self._actions if word in a.option_strings)
                words[place] = f"{word}={default}" if word.startswith("--") else f"{word}{default}"
        return super().parse_known_args(words, namespace)

    def error(self, message: str) -> NoReturn:
        """End with a line that says what is wrong, and where help is."""
        from .terminal import plain

        # Without the usage: that of many options hides the line that matters.
        self.exit(2, f"{self.prog}: {plain(message)}\n`{self.prog} --help` says more.\n")


def _is_number(words: Sequence[str]) -> bool:
    try:
        float(*words or "-")
    except ValueError:
        return False
    return True


def one_or_more(text: str) -> int:
    """Return the number that an option is given.

    :param text: What stands behind the option.
    :raises ValueError: If it is not a number of 1 or more.
    """
    value = int(text)
    if value < 1:
        raise ValueError
    return value


one_or_more.__name__ = "number of 1 or more"  # how argparse names it


def command(
    subparsers: Any, name: str, summary: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """Add the parser of a command, with the options that all have.

    :param subparsers: What ``add_parser`` of the command was given.
    :param name: The name of the command.
    :param summary: What it does, in the list of commands: a few words without a full stop.
    :param description: What it does, in its own help.
    :param examples: Lines that begin with ``aioprometheus``, such as a user would type.
    """
    lines = "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name, help=summary, description=description.strip(), epilog=f"examples:\n{lines}"
    )
    output = parser.add_argument_group("colours and errors")
    output.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="auto: on a terminal only, unless NO_COLOR or FORCE_COLOR is set",
    )
    output.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def add_names(parser: argparse.ArgumentParser) -> None:
    """Add the names of the families that a command shows, behind its sources.

    :param parser: The parser of the command.
    """
    parser.add_argument(
        "names",
        nargs="*",
        default=[],
        metavar="NAME",
        help="only families of these names: 'http_*', or any part of the name",
    )


def add_raw(parser: argparse.ArgumentParser) -> None:
    """Add the option of values as they stand in an exposition.

    :param parser: The parser of the command.
    """
    parser.add_argument("--raw", action="store_true", help="values without units, all digits")
