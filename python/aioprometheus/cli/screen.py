"""A screen of the terminal that a command has to itself, and gives back however it ends."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .terminal import Terminal

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
"""Another screen without a cursor, and back."""


class Screen:
    """What is drawn on a terminal, and what comes from it.

    :param terminal: The terminal.
    :param woken: A pipe that can be read after a signal, such as that of a new size.
    """

    def __init__(self, terminal: Terminal, woken: int | None = None) -> None:
        self.terminal = terminal
        self._woken = woken
        self._keys: Any = None

    def draw(self, lines: Sequence[str]) -> None:
        """Show lines, as many as the terminal has at most.

        :param lines: The lines.
        """
        # Each is written over the one before, so that nothing flickers.
        drawn = "\n".join(f"{line}\x1b[K" for line in lines)
        self.terminal.stream.write(f"\x1b[H{drawn}\x1b[J")
        self.terminal.stream.flush()

    def wait(self, seconds: float) -> bool:
        """Wait, less long if the size changes, and return whether the user has had enough.

        :param seconds: How long at most.
        """
        if self._woken is None:
            time.sleep(seconds)
            return False
        keyboard = [sys.stdin.fileno()] if self._keys is not None else []
        ready, _, _ = select.select([self._woken, *keyboard], [], [], seconds)
        if self._woken in ready:
            os.read(self._woken, 1024)
        if keyboard and keyboard[0] in ready:
            typed = os.read(keyboard[0], 1024)
            return not typed or b"q" in typed
        return False

    def enter(self) -> None:
        """Take the terminal."""
        self._keys = _unbuffered_keys()
        self._write(ENTER)

    def leave(self) -> None:
        """Give the terminal back, as it was."""
        self._write(LEAVE)
        if self._keys is not None:
            import termios

            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._keys)
            self._keys = None

    def _write(self, text: str) -> None:
        self.terminal.stream.write(text)
        self.terminal.stream.flush()


def _unbuffered_keys() -> Any:
    """Have keys given at once and not shown; return what gives back the old state, if any does."""
    try:
        import termios
        import tty

        keyboard = sys.stdin.fileno()
        # A process in the background that changes the terminal is stopped.
        if not sys.stdin.isatty() or os.tcgetpgrp(keyboard) != os.getpgrp():
            return None
        old = termios.tcgetattr(keyboard)
        tty.setcbreak(keyboard)
    except (ImportError, OSError, ValueError, AttributeError):
        return None
    return old


@contextmanager
def taken(terminal: Terminal) -> Iterator[Screen]:
    """Have a screen of one's own for a while.

    :param terminal: The terminal.
    """
    if not hasattr(signal, "SIGWINCH"):  # Windows, where Ctrl-C alone ends it
        screen = Screen(terminal)
        screen.enter()
        try:
            yield screen
        finally:
            screen.leave()
        return
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    screen = Screen(terminal, woken)

    def end(number: int, _: Any) -> None:
        raise SystemExit(128 + number)

    def stop(number: int, _: Any) -> None:
        # The shell has the terminal meanwhile.
        screen.leave()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, stop)
        screen.enter()

    handlers = {
        signal.SIGTERM: end,
        signal.SIGHUP: end,
        signal.SIGTSTP: stop,
        signal.SIGWINCH: lambda *_: None,  # it only wakes
    }
    old = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    wakeup = signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    try:
        screen.enter()
        yield screen
    finally:
        screen.leave()
        signal.set_wakeup_fd(wakeup)
        for number, handler in old.items():
            signal.signal(number, handler)
        os.close(woken)
        os.close(waking)
