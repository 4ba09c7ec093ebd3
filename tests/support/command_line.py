"""The command line as a process, and what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

DEADLINE = 60


class Done(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str


def environment(**variables: str) -> dict[str, str]:
    """The environment of a command: that of the tests without what changes colours and width."""
    own = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONWARNINGS", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in own}
    return {**kept, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", **variables}


def command(*arguments: object) -> list[str]:
    """The words of a command; a warning in it is an error."""
    return [sys.executable, "-W", "error", "-m", "aioprometheus", *map(str, arguments)]


def run(
    *arguments: object, directory: Path | None = None, given: bytes = b"", **variables: str
) -> Done:
    """Run a command, and return what it printed."""
    done = subprocess.run(
        command(*arguments),
        cwd=directory,
        input=given,
        capture_output=True,
        env=environment(**variables),
        timeout=DEADLINE,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
