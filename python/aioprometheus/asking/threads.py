"""Threads that call users' code at a scrape.

The event loop goes on meanwhile. Python cannot stop a thread: a call that takes longer than its
limit goes on, but nobody waits for it any more, and that code is not called again before it has
ended. So code that hangs takes one thread, however often it is scraped.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from time import monotonic
from typing import Any

from .question import Question

MOST_THREADS = 32
"""How many calls run at a time, those that take longer than their limit not counted."""
IDLE_SECONDS = 10.0
"""How long a thread waits for another call."""
HELP_SECONDS = 0.002
"""How long calls wait for the one before them until another thread takes part."""


class Call:
    """A call on a thread.

    :param question: The question that it belongs to.
    :param step: What is called.
    """

    def __init__(self, question: Question, step: Callable[[], tuple[bool, Any]]) -> None:
        self.question = question
        self._step: Callable[[], tuple[bool, Any]] | None = step
        self._context = copy_context()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Call], None]] | None = []
        self._late_at = monotonic() + question.timeout
        self.has_begun = False
        #: Whether nobody waits for it any more.
        self.is_given_up = False
        self._outcome: tuple[bool, Any] | BaseException | None = None

    @property
    def is_late(self) -> bool:
        """Whether it takes longer than its limit."""
        return self.is_given_up or monotonic() > self._late_at

    def take(self) -> tuple[bool, Any] | BaseException:
        """Return what it has returned or raised, once."""
        # Not kept: the traceback of an error holds this object.
        outcome, self._outcome = self._outcome, None
        assert outcome is not None
        return outcome

    def run(self) -> None:
        """Make the call."""
        assert self._step is not None
        try:
            self._outcome = self._context.run(self._step)
        except BaseException as error:
            self._outcome = error
        self._step = None

    def end(self) -> None:
        """Report that the call has ended."""
        with self._lock:
            listeners, self._listeners = self._listeners, None
        for listener in listeners or ():
            listener(self)

    def when_done(self, listener: Callable[[Call], None]) -> None:
        """Call a function when the call has ended, on any thread.

        :param listener: The function.
        """
        with self._lock:
            if self._listeners is not None:
                self._listeners.append(listener)
                return
        listener(self)


class Threads:
    """The threads of one process."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._changed = threading.Condition()
        self._waiting: deque[Call] = deque()
        self._threads = 0
        self._idle = 0
        #: The calls that wait or run, by the keys of their questions.
        self._calls: dict[tuple[int, type[Question]], Call] = {}

    def call_of(self, key: tuple[int, type[Question]]) -> Call | None:
        """Return the call for a question that waits or runs, if there is one.

        :param key: The key of the question.
        """
        return self._calls.get(key)

    def start(self, call: Call) -> None:
        """Make a call on a thread.

        :param call: The call; no other of its question runs.
        :raises RuntimeError: If the system has no thread for it.
        """
        with self._changed:
            self._waiting.append(call)
            self._calls[call.question.key] = call
            # Most calls are short, and one thread makes them in less time than several, which wait
            # for the interpreter's lock in between. `help` brings others where it is needed.
            begins = self._threads == self._idle and self._begins_another()
        if begins:
            self._start()

    def give_up(self, call: Call) -> bool:
        """Note that nobody waits for a call any more. If it has not begun, it never does.

        :param call: The call.
        :returns: Whether it has begun.
        """
        with self._changed:
            call.is_given_up = True
            if call.has_begun:
                return True
            if call in self._waiting:
                self._waiting.remove(call)
            self._forget(call)
        return False

    def _forget(self, call: Call) -> None:
        if self._calls.get(call.question.key) is call:
            del self._calls[call.question.key]

    def help(self) -> None:
        """Let another thread take part, if calls wait for one."""
        with self._changed:
            begins = bool(self._waiting) and self._begins_another()
        if begins:
            self._start()

    def _busy(self) -> int:
        """How many threads make calls that are not late."""
        late = sum(call.has_begun and call.is_late for call in self._calls.values())
        return self._threads - self._idle - late

    def _begins_another(self) -> bool:
        """Wake a thread, or count another one that is to be started; gives whether it is."""
        if self._idle:
            self._changed.notify()
            return False
        if self._busy() >= MOST_THREADS:
            return False
        self._threads += 1
        return True

    def _start(self) -> None:
        try:
            name = "aioprometheus-scrape"
            threading.Thread(target=self._work, name=name, daemon=True).start()
        except RuntimeError:
            with self._changed:
                self._threads -= 1
                is_alone = self._threads == 0
                if is_alone:
                    for call in self._waiting:
                        self._forget(call)
                    self._waiting.clear()
            if is_alone:
                raise

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._idle += 1
                    was_called = self._changed.wait(IDLE_SECONDS)
                    self._idle -= 1
                    if not was_called and not self._waiting:
                        self._threads -= 1
                        return
                call = self._waiting.popleft()
                call.has_begun = True
            call.run()
            with self._changed:
                self._forget(call)
            call.end()
            del call


_threads = Threads()


def threads() -> Threads:
    """Return those of this process: the threads of its parent do not exist here."""
    global _threads
    if _threads.process != os.getpid():
        _threads = Threads()
    return _threads
