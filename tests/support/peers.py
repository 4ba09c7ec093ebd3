"""The paths of other programs that the tests use: Prometheus, a Pushgateway and so on."""

from __future__ import annotations

import os
import shutil

import pytest


def find(name: str, variable: str) -> str:
    """Return the path of a program; without it, skip the test, or fail it where CI is set.

    :param name: The program's name, which is looked up on PATH.

    :param variable: The environment variable that may hold the program's path. A path in it that
      leads nowhere fails the test.
    """
    given = os.environ.get(variable)
    path = shutil.which(given or name)
    if path is not None:
        return path
    if given:
        pytest.fail(f"{variable} is {given!r}, which is not a program", pytrace=False)
    reason = f"NOT TESTED against the real {name}: it is not on PATH and {variable} is not set"
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, but CI requires it", pytrace=False)
    pytest.skip(reason)
