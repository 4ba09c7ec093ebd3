"""What type checkers make of timers, trackers and exception counters."""

import subprocess
import sys

import pytest

PROGRAM = """
from collections.abc import AsyncIterator, Iterator
from aioprometheus import Counter, Gauge, Histogram, Summary, count_exceptions, inprogress, timer
from aioprometheus.timing import Call

h, s = Histogram("h", "d"), Summary("s", "d")
g, c = Gauge("g", "d"), Counter("c", "d")

def labels(call: Call) -> dict[str, str]:
    return {"error": str(call.error), "result": str(call.result)}

@h.time(labels, errors="skip", error_label="error")
@s.labels().time()
@g.track_inprogress({"a": "b"})
@g.labels(a="b").track_inprogress()
@c.count_exceptions((ValueError, KeyError), labels=labels, exclude=OSError)
@c.labels().count_exceptions()
@timer(h, {"a": "b"})
@timer(s.labels())
@inprogress(g.labels())
@count_exceptions(c.labels())
async def coroutine(number: int, *, flag: bool = False) -> str:
    return str(number)

@g.time()
def generator(number: int) -> Iterator[int]:
    yield number

@h.labels(a="b").time()
async def async_generator() -> AsyncIterator[int]:
    yield 1

async def main() -> None:
    text: str = await coroutine(1, flag=True)
    for number in generator(1):
        one: int = number
    async with h.time() as t, g.track_inprogress(), c.count_exceptions():
        t.labels["status"] = 200
        t.labels(method="GET")
        t.labels = {"method": text}
        seconds: float = t.seconds
    with s.labels().time(errors="skip"), g.track_inprogress(), c.count_exceptions(ValueError):
        pass
"""

MISTAKES = [
    "h.time(errors='ignore')",
    "h.time(5)",
    "g.track_inprogress(5)",
    "c.count_exceptions(5)",
    "c.count_exceptions(ValueError())",
    "h.track_inprogress()",
    "c.time()",
    "generator('text')",
    "coroutine(1, 2)",
]


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """The lines of a program with each mistake in one, and what mypy says."""
    program = tmp_path_factory.mktemp("types") / "program.py"
    program.write_text(PROGRAM + "\n" + "\n".join(MISTAKES) + "\n")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--hide-error-context",
    ]
    cache = f"--cache-dir={program.parent / 'cache'}"
    done = subprocess.run(
        [*command, cache, str(program)], cwd=program.parent, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr + done.stdout
    found = [line.split(":", 3) for line in done.stdout.splitlines() if ": error:" in line]
    return {int(number): text for _, number, _, text in found}


def test_what_is_right(errors):
    first = PROGRAM.count("\n") + 2
    assert {number: text for number, text in errors.items() if number < first} == {}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(errors, mistake):
    assert PROGRAM.count("\n") + 2 + MISTAKES.index(mistake) in errors
