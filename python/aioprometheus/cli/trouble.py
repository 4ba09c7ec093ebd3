"""What ends a command: a line for its user in place of a traceback."""

from __future__ import annotations


class Trouble(Exception):
    """A reason why a command cannot do its work: the line that its user reads."""


def too_large(name: str, most: int, when: str = "") -> Trouble:
    """Return the trouble with a source that is larger than it may be.

    :param name: How the user has named it.
    :param most: The most bytes.
    :param when: The words that follow the size.
    """
    return Trouble(f"{name}: more than {most >> 20} MiB{when} (--max-size N allows more)")
