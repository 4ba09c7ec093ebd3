"""What a command writes to: colours, width and characters of a terminal, or plain text."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import TextIO

STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
"""The styles of a text, and their codes."""


def plain(text: str) -> str:
    """Return a text with escapes in place of what a terminal does not print.

    An exposition comes from somebody else: a label value could move the cursor, set the title of
    the window, or write from right to left.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def columns(text: str) -> int:
    """Return how many columns a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(char) for char in text)


def _columns_of(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Terminal:
    """The output of a command.

    :param color: ``auto``, ``always`` or ``never``.
    :param stream: Where it goes; standard output by default.
    """

    def __init__(self, color: str = "auto", stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.is_terminal = self.stream.isatty()
        self.has_colors = self._has_colors(color)
        self.is_utf8 = (self.stream.encoding or "").lower().replace("-", "") in ("utf8", "utf8sig")

    def _has_colors(self, color: str) -> bool:
        if color != "auto":
            return color == "always"
        # https://no-color.org: any value but the empty one.
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return self.is_terminal and os.environ.get("TERM", "") not in ("", "dumb")

    @property
    def width(self) -> int | None:
        """The width of the terminal in columns; None if it is not one, so that nothing is cut."""
        if not self.is_terminal:
            return None
        import shutil

        return shutil.get_terminal_size().columns

    @property
    def height(self) -> int:
        """The height of the terminal in lines."""
        import shutil

        return shutil.get_terminal_size().lines

    def style(self, text: str, *styles: str) -> str:
        """Return a text in some of ``STYLES``, if there are colours."""
        if not self.has_colors or not text or not styles:
            return text
        return f"\x1b[{';'.join(STYLES[style] for style in styles)}m{text}\x1b[0m"

    def cut(self, text: str, width: int) -> str:
        """Return a text that takes at most so many columns."""
        if columns(text) <= width:
            return text
        mark = "…" if self.is_utf8 else "..."
        room = width - len(mark)
        kept = ""
        for char in text:
            room -= _columns_of(char)
            if room < 0:
                break
            kept += char
        return (kept + mark)[: max(width, 0)]

    def spelled(self, text: str) -> str:
        """Return a text with the letters that the output has: a microsecond may be ``us``."""
        return text if self.is_utf8 else text.replace("µ", "u")

    def write(self, *lines: str) -> None:
        """Write lines."""
        self.stream.write("".join(f"{line}\n" for line in lines))
