"""Event loops: who wants to know of them, and the way of a result of the core to one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol
from weakref import ref

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future


class Results:
    """Brings the result of one task of the core to a future of an event loop.

    The core calls :meth:`end`. For pyo3-async-runtimes this is the event loop, and the future that
    it makes, so that it cancels the task with the future, and hands over a panic. It may drop its
    references later, and so has none to the future itself, whose result is large.

    :param loop: The event loop.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop: AbstractEventLoop | None = loop
        self._future: Future[Any] | None = loop.create_future()

    @property
    def future(self) -> Future[Any]:
        """The future. It is to be asked for before the task begins."""
        assert self._future is not None
        return self._future

    def end(self, result: Any, error: BaseException | None) -> None:
        """Have the loop set the result of the future, or its exception, if it is not done.

        If the loop was closed meanwhile, the result is dropped silently, as asyncio does with the
        results of its executors.

        :param result: The result.
        :param error: The exception that takes its place.
        """
        if self._loop is None or self._future is None:
            return
        try:
            self._loop.call_soon_threadsafe(_end, self._future, result, error)
        except RuntimeError:
            if not self._loop.is_closed():
                raise
        self._loop = self._future = None

    def create_future(self) -> Results:
        """Return this object, which stands for the future."""
        return self

    def add_done_callback(self, callback: Callable[[Future[Any]], object]) -> None:
        """Have the future call this when it is done."""
        self.future.add_done_callback(callback)

    def cancelled(self) -> bool:
        """Whether nobody waits for a result any more."""
        return self._future is None or self._future.cancelled()

    def set_exception(self, error: BaseException) -> None:
        """End with an exception."""
        self.end(None, error)

    def call_soon_threadsafe(
        self,
        _completor: object,
        _future: object,
        complete: Callable[[Any], object],
        result: Any,
        *,
        context: object = None,
    ) -> None:
        """Call ``complete(result)``, which is :meth:`set_exception` with that of a panic."""
        complete(result)


def _end(future: Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


class Watcher(Protocol):
    """What wants to know of event loops."""

    def watch(self) -> None:
        """Begin with the event loop that runs in this thread, if there is one."""


#: Those that want to know, as long as they live, each under a key of its own. Each change is one
#: step, so that threads need no lock.
_watchers: dict[object, ref[Watcher]] = {}


def add_watcher(watcher: Watcher) -> None:
    """Have an object know of the event loops on which scrapes and requests run.

    :param watcher: The object, which is not kept alive.
    """
    for key, known in list(_watchers.items()):
        if known() is None:
            _watchers.pop(key, None)
    _watchers[object()] = ref(watcher)


def on_loop() -> None:
    """Note that an event loop may run in this thread. It never raises."""
    for known in list(_watchers.values()):
        watcher = known()
        if watcher is not None:
            # A scrape and a request go on without what it would have measured.
            with suppress(Exception):
                watcher.watch()
