"""A program on a pseudo terminal: what it writes there, and keys that are typed."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .command_line import DEADLINE, command, environment


class PseudoTerminal:
    """A command on a terminal, and all that it has written."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.master = master
        self.written = ""

    def resize(self, columns: int, lines: int) -> None:
        """Change its size, which signals it to the program."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Type keys, such as Ctrl-C."""
        os.write(self.master, keys.encode())

    def _read(self, end: float) -> bool:
        """Read more; return whether there may be more still."""
        ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
        if not ready:
            pytest.fail(f"not within {DEADLINE} seconds:\n{self.written!r}")
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other end is closed, on Linux
            return False
        self.written += data.decode()
        return bool(data)

    def wait_for(self, text: str, times: int = 1) -> str:
        """Wait until it has written a text so many times, and return all that it wrote."""
        end = time.monotonic() + DEADLINE
        while self.written.count(text) < times:
            if not self._read(end):
                pytest.fail(f"it ended without {text!r}:\n{self.written!r}")
        return self.written

    def join(self) -> int:
        """Read until it ends, and return its exit status."""
        end = time.monotonic() + DEADLINE
        while self._read(end):
            pass
        return self.process.wait(DEADLINE)


@contextmanager
def on_a_terminal(
    *arguments: object, columns: int = 80, lines: int = 24, **variables: str
) -> Iterator[PseudoTerminal]:
    """Run a command of this package on a terminal of a size."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        command(*arguments),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment(**{"TERM": "xterm", **variables}),
        # With the terminal as its own, so that Ctrl-C reaches it.
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(slave)
    try:
        yield PseudoTerminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
