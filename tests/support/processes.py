"""Programs that run as processes of their own, and a plain HTTP client for them."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

T = TypeVar("T")

#: The limit of any operation on a busy machine, in seconds.
DEADLINE = 60
#: The limit of the end of a program after SIGINT, in seconds.
STOP_DEADLINE = 60

# All servers are on 127.0.0.1, so a proxy of the environment is not used.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def wait_until(
    probe: Callable[[], T | None],
    what: str,
    details: Callable[[], str] = str,
    deadline: float = DEADLINE,
) -> T:
    """Return the first result of `probe` that is true; fail when the deadline is over."""
    end = time.monotonic() + deadline
    while True:
        result = probe()
        if result:
            return result
        if time.monotonic() > end:
            pytest.fail(f"{what}: not within {deadline} seconds\n{details()}", pytrace=False)
        time.sleep(0.02)


class Answer(NamedTuple):
    """What an HTTP server answered."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    url: str,
    method: str | None = None,
    data: Any = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Send a request. `data` is posted: bytes as they are, anything else as JSON.

    :raises OSError: if there is no answer.
    """
    headers = dict(headers or {})
    if data is not None and not isinstance(data, bytes):
        data = json.dumps(data).encode("ascii")
        headers["Content-Type"] = "application/json"
    message = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with OPENER.open(message, timeout=DEADLINE) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as response:
        with response:
            return Answer(response.code, response.headers, response.read())


class Program:
    """A running program, whose output goes to files."""

    def __init__(self, process: subprocess.Popen[bytes], out: Path, err: Path) -> None:
        self.process = process
        self._out = out
        self._err = err

    @property
    def stdout(self) -> str:
        """What it has printed so far."""
        return self._out.read_text("utf-8")

    @property
    def stderr(self) -> str:
        """What it has written to standard error so far."""
        return self._err.read_text("utf-8", errors="replace")

    def describe(self) -> str:
        state = f"{self.process.args!r}: exit status {self.process.poll()}"
        return f"{state}\nstdout:\n{self.stdout}\nstderr:\n{self.stderr}"

    def wait_for(self, probe: Callable[[], T | None], what: str) -> T:
        """Return the first result of `probe` that is true, while the program runs."""

        def probe_living() -> T | None:
            # In this order, because what it did before its end counts.
            ended = self.process.poll() is not None
            result = probe()
            if ended and not result:
                pytest.fail(f"{what}: the program has ended\n{self.describe()}", pytrace=False)
            return result

        return wait_until(probe_living, what, self.describe)

    def find(self, pattern: str) -> str:
        """Wait until the program's output matches; return the group of the match."""

        def probe() -> str | None:
            match = re.search(pattern, self.stdout + self.stderr, re.MULTILINE)
            return match[1] if match else None

        return self.wait_for(probe, f"output like {pattern!r}")

    def first_url(self) -> str:
        """Wait for the URL that is the first line that the program prints."""

        def probe() -> str | None:
            line, newline, _ = self.stdout.partition("\n")
            return line if newline else None

        url = self.wait_for(probe, "a first line with a URL")
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*(/metrics)?", url), url
        return url

    def get(self, url: str) -> Answer:
        """Wait until the URL is answered with 200."""

        def probe() -> Answer | None:
            try:
                answer = request(url)
            except (OSError, http.client.HTTPException):
                return None
            return answer if answer.status == 200 else None

        return self.wait_for(probe, f"GET {url}")

    def stop(self) -> int:
        """End it with Ctrl-C, and return its exit status. A program that goes on fails the test."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            _kill(self.process)
            pytest.fail(
                f"Ctrl-C did not end it in {STOP_DEADLINE} seconds\n{self.describe()}",
                pytrace=False,
            )

    def join(self, deadline: float = DEADLINE) -> int:
        """Wait until it ends by itself, and return its exit status."""
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            pytest.fail(f"not ended in {deadline} seconds\n{self.describe()}", pytrace=False)


@contextmanager
def running(command: list[str], directory: Path) -> Iterator[Program]:
    """Run a command in a directory; at the end of the block it and its children are killed."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # A shell that runs the tests in the background has SIGINT ignored, also in children.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Only the command decides which warnings are errors.
    ignored = ("PYTHONWARNINGS", "PYTHONDEVMODE")
    environment = {key: value for key, value in os.environ.items() if key not in ignored}
    environment.update(PYTHONUNBUFFERED="1", PYTHONUTF8="1", PYTHONDONTWRITEBYTECODE="1")
    out, err = directory / "stdout.log", directory / "stderr.log"
    with out.open("wb") as out_stream, err.open("wb") as err_stream:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out_stream,
            stderr=err_stream,
            # With a group of its own, to which its children belong.
            start_new_session=True,
        )
    try:
        yield Program(process, out, err)
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children, such as the workers of a server, which would go on."""
    with suppress(ProcessLookupError, PermissionError):  # all of them have ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def python(program: Path, *arguments: str, warnings: str = "error") -> list[str]:
    """Return the command that runs a Python program with the interpreter of the tests."""
    return [sys.executable, "-W", warnings, str(program), *arguments]


@contextmanager
def reserved_port(port: int) -> Iterator[None]:
    """Have a fixed port of the machine to oneself.

    Other runs of these tests are waited for; a port that somebody else uses fails the test.
    """
    name = f"aioprometheus-tests-{os.getuid()}-port-{port}.lock"
    with (Path(tempfile.gettempdir()) / name).open("a") as lock:

        def acquire() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        wait_until(acquire, f"no other run of the tests uses port {port}", lambda: lock.name)
        with socket.socket() as probe:
            # As asyncio does, so that connections in TIME_WAIT do not matter.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError as exc:
                pytest.fail(
                    f"port {port} is not free ({exc}): the document's program needs this port, "
                    f"end the program that uses it (ss -ltnp 'sport = :{port}' says which)",
                    pytrace=False,
                )
        yield
