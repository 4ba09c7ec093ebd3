"""The example of a batch job, which pushes its metrics and ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from support import text_grammar
from support.processes import python, running

BATCH_JOB = Path(__file__).resolve().parents[2] / "examples" / "batch_job.py"


@contextmanager
def gateway(status: int) -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """Yield the address of a receiver that answers every push so, and what it gets."""
    pushes: list[tuple[str, str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            pushes.append((self.command, self.path, body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", pushes
        finally:
            server.shutdown()
            thread.join()


def test_batch_job(tmp_path: Path) -> None:
    with gateway(200) as (address, pushes):
        arguments = ("--gateway", address, "--parcels", "3")
        with running(python(BATCH_JOB, *arguments), tmp_path) as program:
            assert program.join() == 0, program.describe()
            assert program.stderr == ""
    ((method, path, body),) = pushes
    assert (method, path) == ("PUT", "/metrics/job/sorting/depot/north")
    text_grammar.parse(body)
    lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
    found = dict(line.rsplit(" ", 1) for line in lines)
    assert found.pop("parcels_sorted_total") == "3"
    assert sorted(found) == ["sorting_last_success_timestamp_seconds", "sorting_seconds"]


@pytest.mark.parametrize("status", [400, 500, None])
def test_batch_job_fails_when_its_metrics_are_lost(status: int | None, tmp_path: Path) -> None:
    with gateway(status or 200) as (address, pushes):
        address = address if status else "http://127.0.0.1:1"  # nothing listens there
        with running(python(BATCH_JOB, "--gateway", address), tmp_path) as program:
            assert program.join() == 1, program.describe()
            assert "the metrics are lost: Client" in program.stderr
            assert "pushed" not in program.stdout
    assert len(pushes) == (1 if status else 0)
