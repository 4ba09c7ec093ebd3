"""Prometheus' promtool, which checks expositions and rules."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support import peers
from support.processes import DEADLINE

#: The program of each generation: its name, and the variable that has its path.
TOOLS = {"2": ("promtool", "PROMTOOL"), "3": ("promtool3", "PROMTOOL3")}


def check_metrics(generation: str, text: bytes) -> tuple[int, str]:
    """Return the exit status of ``promtool check metrics`` and what it said."""
    command = [peers.find(*TOOLS[generation]), "check", "metrics"]
    done = subprocess.run(command, input=text, capture_output=True, timeout=DEADLINE)
    return done.returncode, (done.stdout + done.stderr).decode()


def check_rules(generation: str, path: Path) -> tuple[int, str]:
    """Return the exit status of ``promtool check rules`` and what it said."""
    return _run(generation, "check", "rules", "--lint-fatal", str(path))


def try_rules(generation: str, path: Path) -> tuple[int, str]:
    """Return the exit status of ``promtool test rules`` and what it said."""
    return _run(generation, "test", "rules", str(path))


def _run(generation: str, *arguments: str) -> tuple[int, str]:
    command = [peers.find(*TOOLS[generation]), *arguments]
    done = subprocess.run(command, capture_output=True, timeout=DEADLINE)
    return done.returncode, (done.stdout + done.stderr).decode()
