"""Fixtures of all tests."""

import sys

import pytest
from differential import pair

from aioprometheus import names


@pytest.fixture
def frequent_switches():
    """Have threads take turns much more often than usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def utf8_names():
    """Let names be any text."""
    names.allow_utf8()
    yield
    names.allow_utf8(False)


@pytest.fixture(scope="session")
def old_python():
    """The interpreter that has PyPI's aioprometheus 23.12.0."""
    return pair.old_python()
