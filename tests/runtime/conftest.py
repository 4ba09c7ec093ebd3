"""Fixtures of the tests of the runtime's collectors: a registry, and an event loop of a thread."""

import pytest

from aioprometheus import Registry
from tests.support.runtime import LOOPS, LoopInAThread


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture(params=LOOPS)
def other(request):
    """A loop that runs in another thread."""
    with LoopInAThread(request.param(), "worker") as loop:
        yield loop
