"""The way of a result from a worker thread of the core to an event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future


class Results:
    """Makes one future of an event loop, and brings it the result from another thread.

    :param loop: The event loop.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._ended = False

    def create_future(self) -> Future[Any]:
        """Make the future."""
        self._future = self._loop.create_future()
        return self._future

    def end(self, result: Any, error: BaseException | None) -> None:
        """Have the loop set the result of the future, or its exception, if it is not done.

        If the loop was closed meanwhile, the result is dropped silently, as asyncio does with the
        results of its executors.

        :param result: The result.
        :param error: The exception that takes its place.
        """
        self._ended = True
        try:
            self._loop.call_soon_threadsafe(_end, self._future, result, error)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def call_soon_threadsafe(
        self,
        _completor: object,
        _future: Future[Any],
        _complete: Callable[[Any], object],
        error: Any,
        *,
        context: object = None,
    ) -> None:
        """Hand over the exception of a task that panicked.

        pyo3-async-runtimes calls this at the end of every task, as the method of a loop. A task
        that comes to its end calls :meth:`end` before.
        """
        if not self._ended:
            self.end(None, error)


def _end(future: Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
