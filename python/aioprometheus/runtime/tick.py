"""The tick of an event loop: a timer that shows how late the loop runs what is due."""

from __future__ import annotations

import os
import sys
from contextvars import Context
from time import monotonic, thread_time
from typing import TYPE_CHECKING, Any
from weakref import ref

from .. import _core

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

MOST_MISSED = 36_000
"""How many ticks a late one stands for at most: those of an hour."""
BUSY = 0.01
"""The part of a processor from which a loop is not idle. To wake up for a tick may take a hundred
microseconds, nearly all of them outside of the tick."""


class Ticks:
    """The metrics that ticks update, and whether they go on.

    :param interval: The time from one tick to the next, in seconds.
    :param idle_interval: The same on a loop that is idle.
    :param limit: The lag from which a tick counts as a stall, in seconds.
    """

    def __init__(self, interval: float, idle_interval: float, limit: float) -> None:
        self.interval = interval
        self.idle_interval = idle_interval
        self.limit = limit
        self.go_on = True


class Tick:
    """The tick of one event loop.

    The loop holds it as long as its timer is set, and nothing else does: so it ends with the loop.

    :param ticks: What it has in common with those of other loops. It ends when that is given up.
    :param loop: The event loop, which runs in this thread.
    :param thread: The label of the thread.
    :param lag: The series of the lags.
    :param stalls: The series of the stalls.
    """

    def __init__(
        self,
        ticks: Ticks,
        loop: AbstractEventLoop,
        thread: str,
        lag: _core.BoundHistogram,
        stalls: _core.BoundCounter,
    ) -> None:
        self._ticks = ref(ticks)
        self._loop = ref(loop)
        self.thread = thread
        self._lag = lag
        self._stalls = stalls
        #: Whose loop it is: after a fork, the child does not run those of its parent.
        self._process = os.getpid()
        #: The time from the last tick to the next.
        self._interval = ticks.interval
        #: When it is due, by the monotonic clock: that of uvloop stands while callbacks run.
        self._due = 0.0
        #: The time on processors of the thread at the last tick.
        self._spent = thread_time()
        #: What the loop has set for the time that it runs, which is another object each time.
        self._run: ref[Any] | None = None
        self._is_same_run()
        # Not that of the request which happens to be the first: its values would stay alive.
        self._context = Context()
        self._set(loop)

    def is_of(self, loop: AbstractEventLoop) -> bool:
        """Return whether it ticks on an event loop.

        :param loop: The event loop.
        """
        return self._loop() is loop

    def resume(self) -> None:
        """Note that the event loop runs, in this thread: if it had been stopped, the tick is due
        from now on."""
        if not self._is_same_run():
            self._due = monotonic()

    def open_loop(self) -> AbstractEventLoop | None:
        """Return the event loop, if it is open and of this process."""
        loop = self._loop()
        return None if loop is None or loop.is_closed() or self._process != os.getpid() else loop

    def pending_lag(self) -> float:
        """Return how late the tick is that has not come yet, in seconds; on any thread."""
        return max(0.0, monotonic() - self._due)

    def _set(self, loop: AbstractEventLoop) -> None:
        self._due = monotonic() + self._interval
        loop.call_later(self._interval, self._come, context=self._context)

    def _come(self) -> None:
        ticks, loop, lag = self._ticks(), self._loop(), max(0.0, monotonic() - self._due)
        if ticks is None or loop is None or not ticks.go_on:
            return
        self._process = os.getpid()
        before = self._interval
        is_busy = self._is_busy(before + lag) or lag >= ticks.limit
        self._interval = ticks.interval if is_busy else ticks.idle_interval
        self._set(loop)
        # A program may run a loop, stop it, and run it again later: it was not late in between.
        if self._is_same_run():
            self._note(lag, before, ticks.limit)

    def _note(self, lag: float, interval: float, limit: float) -> None:
        if lag >= limit:
            self._stalls.inc()
        # Those that could not come meanwhile would have waited too, each a bit less. Without them,
        # the quantiles would be those of ticks and not of time: a loop that stands for ten seconds
        # of each minute would have one tick in five hundred that is late.
        missed = min(int(lag / interval), MOST_MISSED)
        if missed:
            self._lag.observe_many(lag - interval * step for step in range(missed + 1))
        else:
            self._lag.observe(lag)

    def _is_busy(self, seconds: float) -> bool:
        """Whether the thread has had something to do since the last tick.

        :param seconds: How long that is ago.
        """
        spent, self._spent = self._spent, thread_time()
        return self._spent - spent >= BUSY * seconds

    def _is_same_run(self) -> bool:
        """Whether the loop has not been stopped since this was asked last.

        Each run of a loop sets hooks of its own for asynchronous generators.
        """
        hook = sys.get_asyncgen_hooks().firstiter
        before = self._run() if self._run is not None else None
        self._run = None if hook is None else ref(hook)
        return before is hook
