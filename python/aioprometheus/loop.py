"""The interface of an event loop for a worker thread of the core."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future


class WorkerLoop:
    """An event loop that makes futures and receives their results from other threads.

    If the loop was closed meanwhile, the result is dropped silently, as asyncio does with the
    results of its executors.
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
        """Have the loop call ``complete(result)`` if the future is not done.

        This replaces the completion of pyo3-async-runtimes, which does the same from within the
        core. The interpreter must not end while a thread is in there (see
        ``src/python/lifecycle.rs``).
        """
        try:
            self._loop.call_soon_threadsafe(_finish, future, complete, result)
        except RuntimeError:
            if not self._loop.is_closed():
                raise


def _finish(future: Future[Any], complete: Callable[[Any], object], result: Any) -> None:
    if not future.done():
        complete(result)
