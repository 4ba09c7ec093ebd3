"""Questions that are asked one after the other."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

from ..failure import ends_program
from .own_loop import loop_runs, run
from .question import (
    Answer,
    NoLoop,
    Question,
    as_failure,
    close,
    guarded,
    is_deferred,
    resolved,
)


def ask_now(questions: list[Question]) -> list[Answer]:
    """Ask one after the other on this thread, without time limits.

    What has to be awaited is run on an event loop of its own.

    :param questions: The questions.
    :returns: The answers. Where an event loop runs in this thread already, :class:`NoLoop` is the
      answer of what has to be awaited.
    """
    return [(question, _answer_now(question)) for question in questions]


# Functions of their own, so that the traceback of an error does not hold the list of all answers,
# and with it the error.
def _answer_now(question: Question) -> list[Any] | Exception:
    try:
        result = guarded(question.ask)
        if is_deferred(result):
            result = guarded(_run, result)
        return guarded(question.use, result)
    except Exception as error:
        return error


def _run(deferred: Any) -> Any:
    """The result of something that has to be awaited."""
    if loop_runs():
        close(deferred)
        raise NoLoop
    return run(resolved(deferred))


async def ask_each(questions: list[Question]) -> list[Answer]:
    """Ask one after the other, under any event loop, without time limits.

    :param questions: The questions.
    """
    return [(question, await _answer(question)) for question in questions]


async def _answer(question: Question) -> list[Any] | Exception:
    thrown: list[bool] = []
    try:
        result = await _noting_throws(resolved(guarded(question.ask)), thrown)
        return guarded(question.use, result)
    except Exception as error:
        return error
    except BaseException as error:
        if thrown or ends_program(error) or _is_cancellation(error):
            raise
        return as_failure(error)


@coroutine
def _noting_throws(
    awaited: Coroutine[Any, Any, Any], thrown: list[bool]
) -> Generator[Any, Any, Any]:
    """Await a coroutine, and note whether the event loop throws something into it.

    What that is, such as a cancellation, is no failure of the coroutine.
    """
    step: Any = awaited.send
    argument: Any = None
    while True:
        try:
            trap = step(argument)
        except StopIteration as end:
            return end.value
        try:
            step, argument = awaited.send, (yield trap)
        except BaseException as error:
            thrown.append(True)
            step, argument = awaited.throw, error


def _is_cancellation(error: BaseException) -> bool:
    """Whether an exception is a cancellation by trio, which raises it where code waits, or has one
    among others.
    """
    trio = sys.modules.get("trio")
    if trio is None:
        return False
    # Before Python 3.11, trio takes the class from a package of this name.
    group = getattr(sys.modules.get("exceptiongroup", builtins), "BaseExceptionGroup", ())
    if isinstance(error, group):
        return any(map(_is_cancellation, error.exceptions))
    return isinstance(error, trio.Cancelled)
