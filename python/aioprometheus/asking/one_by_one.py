"""Questions that are asked one after the other."""

from __future__ import annotations

import sys
from typing import Any

from .question import Answer, NoLoop, Question, as_failure, close, is_deferred, resolved


def ask_now(questions: list[Question]) -> list[Answer]:
    """Ask one after the other on this thread, without time limits.

    What has to be awaited is run on an event loop of its own.

    :param questions: The questions.
    :returns: The answers. Where an event loop runs in this thread already, :class:`NoLoop` is the
      answer of what has to be awaited.
    """
    answers: list[Answer] = []
    for question in questions:
        try:
            result = question.ask()
            if is_deferred(result):
                result = _run(result)
            answers.append((question, question.use(result)))
        except Exception as error:
            answers.append((question, error))
    return answers


def _run(deferred: Any) -> Any:
    """The result of something that has to be awaited."""
    # Here, because most programs that get here have imported asyncio already, and the others have
    # nothing to be awaited.
    import asyncio

    if _loop_runs():
        close(deferred)
        raise NoLoop
    # Not asyncio.run, which takes away the event loop that the program may have set.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(resolved(deferred))
    except asyncio.CancelledError as error:
        raise as_failure(error) from error
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _loop_runs() -> bool:
    """Whether an event loop runs in this thread: one of asyncio, or of trio."""
    from asyncio import _get_running_loop

    if _get_running_loop() is not None:
        return True
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())


async def ask_each(questions: list[Question]) -> list[Answer]:
    """Ask one after the other, under any event loop, without time limits.

    :param questions: The questions.
    """
    answers: list[Answer] = []
    for question in questions:
        try:
            answers.append((question, question.use(await resolved(question.ask()))))
        except Exception as error:
            answers.append((question, error))
    return answers
