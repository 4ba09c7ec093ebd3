"""Threads that call users' code at a scrape.

The event loop goes on meanwhile. Python cannot stop a thread: a call that takes longer than its
limit goes on, but nobody waits for it any more, and later scrapes do not call that code again
before it has ended. So code that hangs takes one thread, however often it is scraped.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from .question import Question, as_failure, close

if TYPE_CHECKING:
    from asyncio import Future as LoopFuture
    from concurrent.futures import Future

MOST_THREADS = 32
"""How many calls run at a time, those that are overdue not counted."""
IDLE_SECONDS = 10.0
"""How long a thread waits for another call."""
HELP_SECONDS = 0.002
"""How long calls wait for the one before them until another thread takes part."""


def _close_result(future: Future[Any]) -> None:
    """Give up what a call on a thread has returned, if it would have to be awaited."""
    if not future.cancelled() and future.exception() is None:
        is_deferred, result = future.result()
        if is_deferred:
            close(result)


def _goes_on(future: Future[Any] | LoopFuture[Any]) -> bool:
    """Whether a call has not ended. The tasks of a loop that was closed never go on."""
    if future.done():
        return False
    loop = getattr(future, "get_loop", None)
    return loop is None or not loop().is_closed()


class Threads:
    """The threads of one process, and the calls that are overdue."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._changed = threading.Condition()
        self._waiting: deque[Callable[[], None]] = deque()
        self._threads = 0
        self._idle = 0
        #: How many threads have a call that nobody waits for any more.
        self._late = 0
        #: The owners whose code needs the event loop, by their identity.
        self._on_loop: WeakValueDictionary[int, object] = WeakValueDictionary()
        #: The overdue calls that may go on, by the identity of their owner, which is held.
        self._overdue: dict[int, tuple[object, list[Future[Any] | LoopFuture[Any]]]] = {}

    def note_on_loop(self, owner: object) -> None:
        """Note that an owner's code needs the event loop.

        :param owner: The object whose code is called.
        """
        # An owner without weak references is called in vain each time, and then on the loop.
        with suppress(TypeError):
            self._on_loop[id(owner)] = owner

    def is_on_loop(self, owner: object) -> bool:
        """Whether an owner's code needs the event loop.

        :param owner: The object whose code is called.
        """
        return self._on_loop.get(id(owner)) is owner

    def is_under_way(self, owner: object) -> bool:
        """Whether an overdue call of this owner's code goes on.

        :param owner: The object whose code is called.
        """
        with self._changed:
            _, futures = self._overdue.get(id(owner), (None, []))
            if any(_goes_on(future) for future in futures):
                return True
            ended = self._overdue.pop(id(owner), None)
        del ended  # without the lock: it may hold the last reference to the owner
        return False

    def note_overdue(self, question: Question, step: LoopFuture[Any]) -> None:
        """Note that nobody waits for a call any more.

        :param question: What was asked.
        :param step: What is under way: a task, or the future of a call on a thread.
        """
        question.is_overdue = True
        futures: list[Future[Any] | LoopFuture[Any]] = [step]
        on_thread = question.on_thread
        # One that has not begun never will.
        is_late = on_thread is not None and not on_thread.cancel() and not on_thread.done()
        begins = False
        with self._changed:
            if on_thread is not None:
                futures.append(on_thread)
            if is_late:
                self._late += 1
                # Another thread takes its place, where calls wait for one.
                begins = bool(self._waiting) and self._begins_another()
            before = self._overdue.get(id(question.owner))
            self._overdue[id(question.owner)] = question.owner, futures
        del before  # without the lock: it may hold the last reference to its owner
        if begins:
            self._start()
        if is_late and on_thread is not None:
            on_thread.add_done_callback(self._end_late)
        elif on_thread is not None and on_thread.done():
            _close_result(on_thread)

    def _end_late(self, future: Future[Any]) -> None:
        with self._changed:
            self._late -= 1
        _close_result(future)

    def call(self, question: Question, function: Callable[[], tuple[bool, Any]]) -> Future[Any]:
        """Call a function on a thread.

        :param question: The question that it belongs to.
        :param function: Returns whether its result has to be awaited, and the result.
        :raises RuntimeError: If the system has no thread for it.
        """
        from concurrent.futures import Future

        future: Future[Any] = Future()
        question.on_thread = future
        context = copy_context()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = context.run(function)
            except (StopIteration, StopAsyncIteration) as error:
                # Futures of asyncio do not take these.
                future.set_exception(as_failure(error))
            except Exception as error:
                future.set_exception(error)
            except BaseException as error:
                future.set_exception(as_failure(error))
            else:
                future.set_result(result)

        with self._changed:
            self._waiting.append(work)
            # Most calls are short, and one thread makes them in less time than several, which wait
            # for the interpreter's lock in between. `help` brings others where it is needed.
            begins = self._threads == self._late + self._idle and self._begins_another()
        if begins:
            self._start()
        return future

    def help(self) -> bool:
        """Let another thread take part, if calls wait for one.

        :returns: Whether any do.
        """
        with self._changed:
            if not self._waiting:
                return False
            begins = self._begins_another()
        if begins:
            self._start()
        return True

    def _begins_another(self) -> bool:
        """Wake a thread, or count another one that is to be started; gives whether it is."""
        if self._idle:
            self._changed.notify()
            return False
        if self._threads - self._late >= MOST_THREADS:
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
                work = self._waiting.popleft()
            work()
            del work  # it holds the result


_threads = Threads()


def threads() -> Threads:
    """Return those of this process: the threads of its parent do not exist here."""
    global _threads
    if _threads.process != os.getpid():
        _threads = Threads()
    return _threads
