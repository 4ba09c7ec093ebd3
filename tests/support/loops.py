"""An event loop for one coroutine of a test."""

import asyncio
from collections.abc import Coroutine
from typing import Any

#: The limit that only a hang reaches, in seconds.
DEADLINE = 60


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run one test's coroutine, in which nothing may get stuck."""
    asyncio.run(asyncio.wait_for(coroutine, DEADLINE))
