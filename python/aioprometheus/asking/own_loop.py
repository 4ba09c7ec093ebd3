"""An event loop of its own, for what has to be awaited in a thread without one."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from .question import runs_on_asyncio

T = TypeVar("T")

GRACE_SECONDS = 0.1
"""How long the tasks of a scrape may go on that it has given up."""


def loop_runs() -> bool:
    """Return whether an event loop runs in this thread: one of asyncio, or of trio."""
    trio = sys.modules.get("trio")
    return runs_on_asyncio() or (trio is not None and bool(trio.lowlevel.in_trio_run()))


def run(coroutine: Coroutine[Any, Any, T], grace: float | None = None) -> T:
    """Return the result of a coroutine.

    :param coroutine: The coroutine.
    :param grace: How long what it leaves behind may take to end, in seconds; None for no limit.
    """
    # Here, because most programs that get here have imported asyncio already, and the others have
    # nothing to be awaited.
    import asyncio

    # Not asyncio.run, which takes away the event loop that the program may have set.
    loop = asyncio.new_event_loop()

    def end(*tasks: asyncio.Task[Any]) -> None:
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks, timeout=grace))
        for task in tasks:
            # An exception that nobody looks at is logged.
            if task.done() and not task.cancelled():
                task.exception()

    try:
        return loop.run_until_complete(coroutine)
    finally:
        try:
            rest = asyncio.all_tasks(loop)
            for task in rest:
                task.cancel()
            end(*rest)
            end(loop.create_task(loop.shutdown_asyncgens()))
        finally:
            loop.close()
