"""An event loop as a worker thread of the core sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future


class WorkerLoop:
    """Makes futures on an event loop, and hands results over to it.

    The result of a loop that was closed meanwhile is dropped: as with the executors of asyncio,
    nobody is told.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop

    def create_future(self) -> Future[Any]:
        """Make a future of the loop."""
        return self._loop.create_future()

    def call_soon_threadsafe(
        self,
        _completor: object,
        future: Future[Any],
        complete: Callable[[Any], object],
        result: Any,
        *,
        context: object = None,
    ) -> None:
        """Have the loop call ``complete(result)`` if the future still waits for that.

        What pyo3-async-runtimes would have it call does the same from within the core, where the
        end of the interpreter must not meet a thread (see ``src/python/lifecycle.rs``).
        """
        try:
            self._loop.call_soon_threadsafe(_finish, future, complete, result)
        except RuntimeError:
            if not self._loop.is_closed():
                raise


def _finish(future: Future[Any], complete: Callable[[Any], object], result: Any) -> None:
    if not future.done():
        complete(result)
