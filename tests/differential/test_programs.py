"""Programs like real ones, under PyPI's aioprometheus 23.12.0 and this package.

Each file in ``programs`` prints results, which must be the same under both. Lines that
may differ are in its ``DIFFERS``: triples of the reason, the lines of 23.12.0 and the lines here.
"""

import functools

import pytest

from differential import runner
from differential.pair import CANDIDATE, need

PROGRAMS = sorted(runner.HERE.parent.glob("programs/*.py"))


@functools.cache
def _output(python, path, strictness):
    return runner.run_program(python, path, strictness)


def test_there_are_programs():
    assert PROGRAMS


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(old_python, path):
    required = runner.constant(path, "REQUIRES", ())
    need(required, old_python, CANDIDATE)
    expected = _output(old_python, path, "lenient")
    for reason, before, after in runner.constant(path, "DIFFERS", ()):
        assert before in expected, f"23.12.0 does not print what differs ({reason}):\n{expected}"
        expected = expected.replace(before, after)
    found = _output(CANDIDATE, path, "lenient" if required else "strict")
    assert expected, "the program prints nothing"
    assert found == expected
