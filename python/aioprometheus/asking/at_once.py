"""Questions that are asked at a time, each with a time limit, under an event loop of asyncio."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .question import Answer, Overdue, Question, as_failure, is_deferred, resolved
from .threads import HELP_SECONDS, threads

if TYPE_CHECKING:
    from asyncio import Future, Queue, TimerHandle

NO_LOOP = ("no running event loop", "There is no current event loop")
"""How asyncio's words begin where no event loop runs. What needs one is called on its thread."""


async def ask_all(questions: list[Question], deadline: float | None) -> list[Answer]:
    """Ask all at a time under an event loop of asyncio, plain functions on threads.

    :param questions: The questions.
    :param deadline: When nobody waits for an answer any more, by the clock of the event loop.
    """
    return await _Round(questions, deadline).answers()


class _Round:
    """Questions that are asked at a time.

    It makes tasks only for what has to be awaited: a program that counts the tasks of its event
    loop is not to find those of a scrape.
    """

    def __init__(self, questions: list[Question], deadline: float | None) -> None:
        from asyncio import Queue, get_running_loop

        self._loop = get_running_loop()
        self._threads = threads()
        self._deadline = deadline
        self._questions = questions
        self._answers: list[Answer] = []
        self._helping: TimerHandle | None = None
        #: What each question waits for.
        self._waiting: dict[Question, Future[Any]] = {}
        #: The questions whose step has ended, and those whose time is over, with the time limit.
        self._events: Queue[tuple[Question, Future[Any] | float]] = Queue()

    async def answers(self) -> list[Answer]:
        timers = [self._begin(question) for question in self._questions]
        self._help()
        try:
            while self._waiting:
                question, event = await self._events.get()
                if question not in self._waiting:
                    continue
                if isinstance(event, float):
                    self._give_up(question)
                    error = Overdue(f"it took longer than {event:g} seconds")
                    self._answers.append((question, error))
                elif event is self._waiting[question]:
                    del self._waiting[question]
                    self._end_step(question, event)
        finally:
            for timer in timers:
                if timer is not None:
                    timer.cancel()
            if self._helping is not None:
                self._helping.cancel()
            for question in list(self._waiting):
                self._give_up(question)
        return self._answers

    def _help(self) -> None:
        """Let more threads take part as long as calls wait."""
        self._helping = None
        if self._waiting:
            self._helping = self._loop.call_later(HELP_SECONDS, self._help)
            self._threads.help()

    def _begin(self, question: Question) -> TimerHandle | None:
        if self._threads.is_under_way(question.owner):
            words = "its call in an earlier scrape took too long, and still goes on"
            self._answers.append((question, Overdue(words)))
            return None
        limit = question.timeout
        if self._deadline is not None:
            limit = max(min(limit, self._deadline - self._loop.time()), 0.0)
        try:
            if self._threads.is_on_loop(question.owner):
                question.is_on_loop = True
                self._end_call(question, question.begin())
            else:
                self._on_thread(question, question.begin)
        except Exception as error:
            self._answers.append((question, error))
        except SystemExit as error:
            self._answers.append((question, as_failure(error)))
        if question not in self._waiting:
            return None
        if limit == float("inf"):
            return None
        return self._loop.call_later(limit, self._events.put_nowait, (question, limit))

    def _on_thread(self, question: Question, step: Callable[[], tuple[bool, Any]]) -> None:
        from asyncio import wrap_future

        self._wait(question, wrap_future(self._threads.call(question, step), loop=self._loop))

    def _wait(self, question: Question, future: Future[Any]) -> None:
        self._waiting[question] = future
        future.add_done_callback(lambda done: self._events.put_nowait((question, done)))

    def _give_up(self, question: Question) -> None:
        future = self._waiting.pop(question)
        self._threads.note_overdue(question, future)
        future.cancel()

    def _end_step(self, question: Question, step: Future[Any]) -> None:
        question.on_thread = None
        try:
            if step.cancelled():
                raise RuntimeError("it was cancelled")
            try:
                outcome = step.result()
            except RuntimeError as error:
                if not str(error).startswith(NO_LOOP) or question.is_on_loop:
                    raise
                question.is_on_loop = True
                self._threads.note_on_loop(question.owner)
                outcome = question.begin()
            self._end_call(question, outcome)
        except SystemExit as error:
            # It would end the event loop, and the service with it.
            self._answers.append((question, as_failure(error)))
        except BaseException as error:
            self._answers.append((question, error))

    def _end_call(self, question: Question, outcome: tuple[bool, Any]) -> None:
        is_to_be_used, result = outcome
        if not is_to_be_used:
            self._answers.append((question, list(result)))
        elif is_deferred(result):
            question.is_on_loop = True
            self._wait(question, self._loop.create_task(_step(result)))
        else:
            self._on_thread(question, lambda: (False, question.use(result)))


async def _step(deferred: Any) -> tuple[bool, Any]:
    """The result of something that has to be awaited, as that of a step on a thread."""
    try:
        return True, await resolved(deferred)
    except SystemExit as error:
        raise as_failure(error) from error
