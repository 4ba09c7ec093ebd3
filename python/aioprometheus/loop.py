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

    def begin(self, cancel: Callable[[], object] | None) -> Future[Any]:
        """Make the future.

        :param cancel: Called when it is cancelled.
        """
        self._future = self._loop.create_future()
        if cancel is not None:

            def on_done(future: Future[Any]) -> None:
                if future.cancelled():
                    cancel()

            self._future.add_done_callback(on_done)
        return self._future

    def end(self, result: Any, error: BaseException | None) -> None:
        """Have the loop set the result of the future, or its exception, if it is not done.

        If the loop was closed meanwhile, the result is dropped silently, as asyncio does with the
        results of its executors.

        :param result: The result.
        :param error: The exception that takes its place.
        """
        try:
            self._loop.call_soon_threadsafe(_end, self._future, result, error)
        except RuntimeError:
            if not self._loop.is_closed():
                raise


def _end(future: Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
