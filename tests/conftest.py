"""Fixtures that tests ask for by name."""

import sys

import pytest


@pytest.fixture
def frequent_switches():
    """Have threads take turns much more often than usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)
