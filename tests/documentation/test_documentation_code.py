"""The code of the README and of the site, which runs as readers would run it."""

from __future__ import annotations

import re
import shlex
import socket
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest

from support import documents, processes
from support.documents import DOCUMENTS, Block, Program
from support.processes import running

DEADLINE = 60

PYTHON = [
    block
    for document in DOCUMENTS
    for block in documents.blocks(document)
    if block.language == "python"
]
STANDING_ALONE = [block for block in PYTHON if not block.info]
#: The output of programs, by the block before it.
OUTPUTS = {
    block: after.code
    for document in DOCUMENTS
    for block, after in pairwise(documents.blocks(document))
    if block in STANDING_ALONE and after.language == "text"
}
PROGRAMS = [program for document in DOCUMENTS for program in documents.programs(document)]
TESTS = [program for program in PROGRAMS if program.commands[0].text.startswith("pytest ")]
#: The port of every server in the documents, and that of the Pushgateway.
PORT, PUSHGATEWAY_PORT = "8000", "9091"


def named(block: Block) -> str:
    return block.name


@pytest.mark.parametrize("block", STANDING_ALONE, ids=named)
def test_code_runs(block: Block, tmp_path: Path) -> None:
    if "make_dashboard" in block.code:
        reason = "Grafana's models are not there for this Python"
        pytest.importorskip("grafana_foundation_sdk", reason=reason)
    program = tmp_path / "program.py"
    program.write_text(block.numbered_code, "utf-8")
    with running([sys.executable, "-W", "error", str(program)], tmp_path) as process:
        assert process.join(DEADLINE) == 0, f"{block.name}\n{process.describe()}"
        if block in OUTPUTS:
            assert process.stdout.rstrip("\n") == OUTPUTS[block].rstrip("\n")


@pytest.mark.parametrize("block", PYTHON, ids=named)
def test_code_is_run_by_a_test(block: Block) -> None:
    assert not block.info or any(block == program.block for program in PROGRAMS)


def command_line(text: str) -> list[str]:
    """Return a command of a document for the interpreter of the tests."""
    program, *arguments = shlex.split(text)
    if program == "python":
        return [sys.executable, *arguments]
    assert program in ("flask", "granian", "hypercorn", "pytest", "uvicorn"), program
    return [sys.executable, "-m", program, *arguments]


def state(process: processes.Program, port: int) -> str | None:
    """Return how it stands with the port of a server, once that is known."""
    with socket.socket() as client:
        if client.connect_ex(("127.0.0.1", port)) == 0:
            return "listening"
    return "taken" if "address already in use" in process.stderr.lower() else None


@contextmanager
def serving(block: Block, command: str, directory: Path) -> Iterator[tuple[processes.Program, str]]:
    """Run a server of a document on a port that is free, and yield it and the port."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        (directory / block.info).write_text(block.numbered_code.replace(PORT, port), "utf-8")
        with running(command_line(command.replace(PORT, port)), directory) as process:
            if process.wait_for(partial(state, process, int(port)), "it listens") == "listening":
                yield process, port
                return


@pytest.mark.parametrize(
    "program",
    [program for program in PROGRAMS if len(program.commands) > 1],
    ids=lambda program: program.block.name,
)
def test_served_program(program: Program, tmp_path: Path) -> None:
    if "litestar" in program.block.code:
        pytest.importorskip("litestar", reason="litestar is not there for this Python")
    start, *requests = program.commands
    with serving(program.block, start.text, tmp_path) as (process, port):
        for command, expected in requests:
            curl, *user, url = shlex.split(command)
            assert curl == "curl" and (not user or user[0] == "-u")
            headers = {}
            if user:
                headers["Authorization"] = f"Basic {b64encode(user[1].encode()).decode()}"
            answer = processes.request(f"http://{url.replace(PORT, port)}", headers=headers).text
            answer += "" if answer.endswith("\n") else "\n"
            # Three dots stand for a part of the output that is left out.
            pattern = r"(?:.*\n)*?".join(map(re.escape, expected.split("...\n")))
            assert re.fullmatch(pattern, answer), answer
        assert "Traceback" not in process.stderr, process.describe()
        process.stop()


@pytest.mark.parametrize("program", TESTS, ids=lambda program: program.block.name)
def test_tests(program: Program, tmp_path: Path) -> None:
    (tmp_path / program.block.info).write_text(program.block.numbered_code, "utf-8")
    [command] = program.commands
    with running(
        [*command_line(command.text), "-W", "error", "-p", "no:asyncio"], tmp_path
    ) as process:
        assert process.join(DEADLINE) == 0, process.describe()
        passed, _ = command.output.splitlines()[-1].split(" in ")
        assert f" {passed} in " in process.stdout, process.describe()


@pytest.mark.parametrize(
    "program",
    [program for program in PROGRAMS if len(program.commands) == 1 and program not in TESTS],
    ids=lambda program: program.block.name,
)
@pytest.mark.parametrize("status", [200, 503])
def test_batch_job(program: Program, status: int, tmp_path: Path) -> None:
    pushes: list[tuple[str, str, bytes]] = []

    class Pushgateway(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            pushes.append((self.command, self.path, body))
            self.send_response(status)
            self.end_headers()

        do_POST = do_PUT

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pushgateway) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            code = program.block.numbered_code.replace(PUSHGATEWAY_PORT, str(server.server_port))
            (tmp_path / program.block.info).write_text(code, "utf-8")
            [command] = program.commands
            with running(command_line(command.text), tmp_path) as process:
                assert process.join(DEADLINE) == (0 if status == 200 else 1), process.describe()
                if status == 200:
                    assert process.stderr == ""
                assert process.stdout == command.output
        finally:
            server.shutdown()
            thread.join()
    [(_, path, body)] = pushes
    assert path.startswith("/metrics/job/")
    assert body.startswith(b"# HELP ")


def test_every_document_is_read() -> None:
    assert PROGRAMS
    assert TESTS
    assert STANDING_ALONE
    assert OUTPUTS
