"""``show --watch``: readings one after the other, on a screen of a terminal or as lines."""

from __future__ import annotations

import argparse
import sys
import time

from .document import document
from .overview import overview
from .reading import Reading
from .screen import Screen, taken
from .terminal import Terminal, plain
from .trouble import Trouble


def watch(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Read a source again and again, until Ctrl-C, ``q`` or the number of readings.

    :param arguments: What was asked for.
    :param terminal: Where it is shown.
    :returns: 0.
    :raises Trouble: If the first reading fails. Later ones are tried again.
    """
    if not 0 < arguments.watch < 1e6:
        raise Trouble(f"--watch takes seconds above 0, not {arguments.watch:g}")
    if arguments.source == "-":
        raise Trouble("standard input cannot be read again: --watch takes another source")
    # Before the screen is taken, so that its trouble is seen.
    reading = Reading.of(arguments)
    try:
        if terminal.is_terminal and arguments.format == "table":
            with taken(terminal) as screen:
                _go_on(arguments, reading, _Frames(arguments, screen))
        else:
            _go_on(arguments, reading, _Lines(arguments, terminal))
    except KeyboardInterrupt:
        pass
    return 0


def _go_on(arguments: argparse.Namespace, reading: Reading, shown: _Lines | _Frames) -> None:
    trouble, left = "", arguments.count
    due = time.monotonic()
    while True:
        shown.draw(reading, trouble)
        if left is not None:
            left -= 1
            if left == 0:
                return
        # A reading that took longer than the interval is not made up for.
        due = max(due + arguments.watch, time.monotonic())
        while (seconds := due - time.monotonic()) > 0:
            if shown.wait(seconds):
                return
            if time.monotonic() < due:
                shown.draw(reading, trouble)  # at another size
        try:
            reading, trouble = Reading.of(arguments, reading), ""
        except Trouble as error:
            trouble = str(error)


class _Lines:
    """Readings below each other, for a file or another program."""

    def __init__(self, arguments: argparse.Namespace, terminal: Terminal) -> None:
        self.arguments = arguments
        self.terminal = terminal
        self._is_first = True

    def draw(self, reading: Reading, trouble: str) -> None:
        if trouble:
            print(f"aioprometheus show: {plain(trouble)}", file=sys.stderr)
            return
        if self.arguments.format == "json":
            self.terminal.write(document(reading))
        else:
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(reading.time))
            blank = [] if self._is_first else [""]
            table = overview(reading, self.arguments, self.terminal)
            self.terminal.write(*blank, f"# {moment} {plain(reading.source)}", *table)
        self._is_first = False
        self.terminal.stream.flush()

    def wait(self, seconds: float) -> bool:
        time.sleep(seconds)
        return False


def _counted(reading: Reading) -> str:
    families = len(reading.families)
    series = sum(len(family.series) for family in reading.families)
    return f"{families} {'family' if families == 1 else 'families'}  {series} series"


class _Frames:
    """Readings in the place of each other, on a screen."""

    def __init__(self, arguments: argparse.Namespace, screen: Screen) -> None:
        self.arguments = arguments
        self.screen = screen
        self.wait = screen.wait

    def draw(self, reading: Reading, trouble: str) -> None:
        terminal = self.screen.terminal
        height = terminal.height
        table = overview(reading, self.arguments, terminal, max(height - 1, 2))
        self.screen.draw([self._head(reading, trouble, terminal), *table][:height])

    def _head(self, reading: Reading, trouble: str, terminal: Terminal) -> str:
        width = terminal.width or 80
        if trouble:
            return terminal.style(terminal.cut(plain(trouble), width), "red", "bold")
        moment = time.strftime("%H:%M:%S", time.localtime(reading.time))
        text = (
            f"{moment}  every {self.arguments.watch:g} s  {_counted(reading)}  "
            f"{plain(reading.source)}  (q ends it)"
        )
        return terminal.style(terminal.cut(text, width), "dim")
