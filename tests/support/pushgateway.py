"""Pushgateways that tests run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import peers
from support.processes import running


@contextmanager
def pushgateway(directory: Path, *options: str) -> Iterator[str]:
    """Run a Pushgateway that forgets everything at its end, and give its address."""
    program = peers.find("prometheus-pushgateway", "PUSHGATEWAY")
    command = [program, "--web.listen-address=127.0.0.1:0", "--persistence.file=", *options]
    with running(command, directory) as process:
        port = process.find(r"Listening on.* address=127\.0\.0\.1:([1-9]\d*)")
        yield f"http://127.0.0.1:{port}"
