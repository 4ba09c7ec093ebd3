"""What ends a command: a line for its user in place of a traceback."""

from __future__ import annotations


class Trouble(Exception):
    """A reason why a command cannot do its work: the line that its user reads."""
