"""Fixtures of all tests."""

import asyncio
import sys

import pytest

from aioprometheus import names
from differential import pair

# Assertions of the helpers explain themselves, as those of the tests do.
pytest.register_assert_rewrite("support")

try:
    import hypothesis
except ImportError:  # the environments of tools/framework_versions.py do without it
    pass
else:
    # No test asserts on time: a loaded machine may take long for an example.
    hypothesis.settings.register_profile("untimed", deadline=None)
    hypothesis.settings.load_profile("untimed")

try:
    import uvloop
except ImportError:  # it has no wheel for this platform
    uvloop = None

#: The limit of a coroutine of a test that only a hang reaches, in seconds.
HANG = 120


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


@pytest.fixture(
    params=[
        pytest.param(asyncio.new_event_loop, id="asyncio"),
        pytest.param(
            uvloop and uvloop.new_event_loop,
            id="uvloop",
            marks=pytest.mark.skipif(uvloop is None, reason="UVLOOP IS NOT INSTALLED"),
        ),
    ]
)
def use(request):
    """Runs a coroutine function in an event loop of its own."""

    def run_in_loop(scenario, debug=False, on_result=None):
        """`on_result` is called in a worker thread before it hands over what it has rendered."""
        loop = request.param()
        if on_result:
            kind = type(loop)
            loop.close()

            class Loop(kind):
                def call_soon_threadsafe(self, *arguments, **options):
                    on_result()
                    return super().call_soon_threadsafe(*arguments, **options)

            loop = Loop()
        loop.set_debug(debug)
        try:
            return loop.run_until_complete(asyncio.wait_for(scenario(), HANG))
        finally:
            loop.close()

    return run_in_loop
