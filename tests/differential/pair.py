"""The two interpreters that are compared, and the modules that their environments lack."""

import functools
import os
import sys

import pytest

from . import reference, runner

CANDIDATE = os.environ.get("AIOPROMETHEUS_CANDIDATE") or sys.executable


def unavailable(reason):
    """Skips a test that has nothing to compare with; in CI it must run, so it fails there."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@functools.cache
def _reference():
    try:
        return reference.python(), None
    except (RuntimeError, OSError) as error:
        return None, f"NOT COMPARED with 23.12.0, whose environment cannot be made: {error}"


def old_python():
    """The interpreter that has 23.12.0; where there is none, the test is skipped."""
    python, reason = _reference()
    if python is None:
        unavailable(reason)
    return python


@functools.cache
def absent(python, modules):
    """Those of the modules that the environment of an interpreter lacks."""
    known = "import importlib.util as u, sys; print(*(m for m in {} if not u.find_spec(m)))"
    return runner.ask(python, known.format(repr(modules))).split() if modules else []


def need(modules, *pythons):
    """Skips the test where one of the interpreters lacks some of the modules."""
    for python in pythons:
        missing = absent(python, modules)
        if missing:
            where = "here" if python == CANDIDATE else "beside 23.12.0"
            unavailable(f"NOT COMPARED with 23.12.0, {' and '.join(missing)} not installed {where}")
