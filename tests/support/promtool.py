"""Prometheus' promtool, which checks expositions."""

from __future__ import annotations

import subprocess

from support import peers
from support.processes import DEADLINE

#: The program of each generation: its name, and the variable that has its path.
TOOLS = {"2": ("promtool", "PROMTOOL"), "3": ("promtool3", "PROMTOOL3")}


def check_metrics(generation: str, text: bytes) -> tuple[int, str]:
    """Return the exit status of ``promtool check metrics`` and what it said."""
    command = [peers.find(*TOOLS[generation]), "check", "metrics"]
    done = subprocess.run(command, input=text, capture_output=True, timeout=DEADLINE)
    return done.returncode, (done.stdout + done.stderr).decode()
