"""Questions that are asked at a time, each with a time limit, under an event loop of asyncio."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .question import (
    Answer,
    OnLoop,
    Overdue,
    Question,
    as_failure,
    close,
    guarded,
    is_deferred,
    resolved,
)
from .threads import HELP_SECONDS, Call, threads

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Queue, Task, TimerHandle

Key = tuple[int, type[Question]]
"""What distinguishes a question from others as long as its owner lives."""

#: The questions that are being asked, by their keys and the identity of their event loop, which
#: they hold. Scrapes that come meanwhile share the answer.
_flights: dict[tuple[Key, int], Flight] = {}

#: The tasks that go on after their cancellation, by the keys of their questions.
_stubborn: dict[Key, tuple[Question, Task[Any]]] = {}


class Round:
    """Questions that one scrape asks at a time.

    :param questions: The questions.
    :param deadline: When this scrape waits no longer, by the clock of the event loop.
    """

    def __init__(self, questions: list[Question], deadline: float | None) -> None:
        from asyncio import Queue, get_running_loop

        self.loop = get_running_loop()
        self._questions = questions
        #: The answers as they come, and None when the time is over.
        self._events: Queue[Answer | None] = Queue()
        self._timer: TimerHandle | None = None
        if deadline is not None:
            self._timer = self.loop.call_at(deadline, self._events.put_nowait, None)
        for question in questions:
            self._join(question)

    def _join(self, question: Question) -> None:
        key = question.key, id(self.loop)

        def listen(answer: list[Any] | BaseException) -> None:
            self._events.put_nowait((question, answer))

        flight = _flights.get(key)
        if flight is not None:
            flight.listeners.append(listen)
            return
        _forget_closed_loops()
        flight = _flights[key] = Flight(question, self.loop)
        flight.listeners.append(listen)
        flight.begin()

    async def answers(self) -> list[Answer]:
        """Wait for the answers, and return them in the order of the questions."""
        answers: dict[Question, list[Any] | BaseException] = {}
        try:
            while len(answers) < len(self._questions):
                event = await self._events.get()
                if event is None:
                    break
                answers[event[0]] = event[1]
            words = "it was not done when the time of this scrape was over"
            return [
                (question, answers.get(question, Overdue(words))) for question in self._questions
            ]
        finally:
            if self._timer is not None:
                self._timer.cancel()


class Flight:
    """A question that is being asked.

    It makes a task only for what has to be awaited: a program that counts the tasks of its event
    loop is not to find those of a scrape. It goes on when the scrape that began it has gone, up to
    its own time limit.

    :param question: The question.
    :param loop: The event loop.
    """

    def __init__(self, question: Question, loop: AbstractEventLoop) -> None:
        self._question = question
        self.loop = loop
        self._threads = threads()
        #: What takes the answer.
        self.listeners: list[Callable[[list[Any] | BaseException], None]] = []
        self._call: Call | None = None
        self._task: Task[Any] | None = None
        self._timers: list[TimerHandle] = []
        self._is_done = False

    def begin(self) -> None:
        """Ask."""
        key, timeout = self._question.key, self._question.timeout
        running = self._threads.call_of(key)
        if _is_stubborn(key) or (running is not None and running.is_late):
            self._end(Overdue("its call in an earlier scrape took too long, and still goes on"))
            return
        if timeout < 1e9:
            self._timers.append(self.loop.call_later(timeout, self._expire))
        if running is None:
            self._on_thread(self._question.begin)
        else:
            # That of a scrape on another event loop.
            running.when_done(lambda _: self._soon(self._on_thread, self._question.begin))

    def _soon(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function on the thread of the event loop, if that loop was not closed."""
        try:
            self.loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            if not self.loop.is_closed():
                raise
            self._forget()
            if function == self._take:
                _close_outcome(arguments[0])

    def _on_thread(self, step: Callable[[], tuple[bool, Any]]) -> None:
        if self._is_done:
            return
        self._call = Call(self._question, step)
        self._call.when_done(lambda call: self._soon(self._take, call))
        try:
            self._threads.start(self._call)
        except RuntimeError as error:
            self._end(error)
            return
        self._timers.append(self.loop.call_later(HELP_SECONDS, self._help))

    def _help(self) -> None:
        """Let more threads take part as long as the call waits."""
        if self._call is not None and not self._call.has_begun:
            self._threads.help()
            self._timers.append(self.loop.call_later(HELP_SECONDS, self._help))

    def _take(self, call: Call) -> None:
        """Go on with what a call on a thread has led to."""
        self._call = None
        if self._is_done:
            _close_outcome(call)
            return
        outcome = call.take()
        if isinstance(outcome, BaseException):
            self._end(as_failure(outcome))
            return
        is_to_be_used, result = outcome
        if isinstance(result, OnLoop):
            try:
                result = guarded(result.now)
            except Exception as error:
                self._end(error)
                return
        if not is_to_be_used:
            self._end(list(result))
        elif is_deferred(result):
            self._task = self.loop.create_task(resolved(result))
            self._task.add_done_callback(lambda task: self._take_awaited(task, result))
        else:
            self._use(result)

    def _take_awaited(self, task: Task[Any], deferred: Any) -> None:
        """Go on with what was awaited."""
        self._task = None
        if task.cancelled():
            # It may not have begun.
            close(deferred)
            self._end(RuntimeError("it was cancelled"))
        elif (error := task.exception()) is not None:
            self._end(as_failure(error))
        elif not self._is_done:
            self._use(task.result())

    def _use(self, result: Any) -> None:
        question = self._question
        if not question.uses_on_loop:
            self._on_thread(lambda: (False, guarded(question.use, result)))
            return
        try:
            answer = guarded(question.use, result)
        except Exception as error:
            self._end(error)
        else:
            self._end(answer)

    def _expire(self) -> None:
        """Give up at the time limit."""
        question, call, task = self._question, self._call, self._task
        has_begun = call is None or self._threads.give_up(call)
        if has_begun:
            words = f"it took longer than {question.timeout:g} seconds"
        else:
            words = f"it had not begun after {question.timeout:g} seconds, since many others run"
        question.is_overdue = True
        if task is not None:
            task.cancel()
            _stubborn[question.key] = question, task
            task.add_done_callback(lambda task: _forget_stubborn(question.key, task))
        self._end(Overdue(words))

    def _end(self, answer: list[Any] | BaseException) -> None:
        if self._is_done:
            return
        self._is_done = True
        self._forget()
        for timer in self._timers:
            timer.cancel()
        listeners, self.listeners = self.listeners, []
        for listener in listeners:
            listener(answer)

    def _forget(self) -> None:
        key = self._question.key, id(self.loop)
        if _flights.get(key) is self:
            del _flights[key]


def _close_outcome(call: Call) -> None:
    """Give up what a call on a thread has returned, if it would have to be awaited."""
    outcome = call.take()
    if isinstance(outcome, tuple) and is_deferred(outcome[1]):
        close(outcome[1])


def _forget_closed_loops() -> None:
    """Forget what was asked on event loops that were closed before it was done."""
    for key, flight in list(_flights.items()):
        if flight.loop.is_closed():
            _flights.pop(key, None)
    for stubborn, (_, task) in list(_stubborn.items()):
        if task.get_loop().is_closed():
            _stubborn.pop(stubborn, None)


def _is_stubborn(key: Key) -> bool:
    """Whether a task of a question goes on after its cancellation."""
    _, task = _stubborn.get(key, (None, None))
    return task is not None and not task.done()


def _forget_stubborn(key: Key, task: Task[Any]) -> None:
    if _stubborn.get(key, (None, None))[1] is task:
        del _stubborn[key]
