"""Questions: what a scrape asks users' code for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from ..failure import encodable, ends_program, shown

T = TypeVar("T")

MOST_ITEMS = 100_000
"""How many families a collector may yield, or series an ``async def get_all``."""
TURN = 100
"""How many items are taken until others get a turn."""
MOST_STEPS = 100
"""How often a result may have to be awaited again."""
NO_LOOP = ("no running event loop", "There is no current event loop")
"""How asyncio's words begin where no event loop runs."""


class Question:
    """What a scrape asks users' code for.

    :param owner: The object whose code is called. There is one call of it at a time.
    :param name: The name by which a failure is counted.
    :param words: What it is, for the log.
    :param timeout: How long the code may take, in seconds.
    """

    effect = "What it would have exposed was left out; the rest was served"
    """What a scrape does if it fails, for the log."""
    uses_on_loop = False
    """Whether :meth:`use` calls overrides of metrics, which stay on the event loop's thread."""

    def __init__(self, owner: object, name: str, words: str, timeout: float) -> None:
        self.owner = owner
        #: What distinguishes it from others as long as the owner lives.
        self.key = id(owner), type(self)
        self.name = encodable(name)
        self.words = encodable(words)
        self.timeout = timeout
        #: Whether nobody waits for the answer any more.
        self.is_overdue = False

    def ask(self) -> Any:
        """Call the users' code.

        :returns: A result, or something to be awaited or iterated over with ``async for`` first.
        """
        raise NotImplementedError

    def use(self, result: Any) -> list[Any]:
        """Return what is exposed. This may run users' code too, such as the body of a generator.

        :param result: The result.
        """
        raise NotImplementedError

    def begin(self) -> tuple[bool, Any]:
        """Call the users' code on a thread, and use its result there if that can be done.

        :returns: Whether the result is still to be awaited and used, and the result.
        """
        result = guarded(self.ask)
        if self.uses_on_loop or is_deferred(result):
            return True, result
        return False, guarded(self.use, result)

    def check(self) -> None:
        """End a call that nobody waits for any more.

        :raises Overdue: If that is so.
        """
        if self.is_overdue:
            raise Overdue("nobody waits for it any more")


class OnLoop:
    """Something that has to be called on the thread of the event loop."""

    def now(self) -> Any:
        """Call it, on that thread.

        :returns: A result, or something to be awaited.
        """
        raise NotImplementedError


class Overdue(TimeoutError):
    """A call takes longer than its limit."""


class NoLoop(Exception):
    """A call needs the event loop, and has to wait for ``render_async``."""


Answer = tuple[Question, "list[Any] | BaseException"]
"""What a question led to: what is exposed, or what was raised."""


def guarded(function: Callable[..., T], *arguments: Any) -> T:
    """Call users' code, and raise what would end more than a call as a failure.

    :param function: The function.
    :param arguments: Its arguments.
    """
    try:
        return function(*arguments)
    except BaseException as error:
        if ends_program(error) or _is_failure(error):
            raise
        raise as_failure(error) from error


def as_failure(error: BaseException) -> Exception:
    """The exception itself, or one in the place of what would end more than a call.

    Such are SystemExit, the cancellation of some other task, and the timeouts of gevent. Futures of
    asyncio do not take the ends of iterations.

    :param error: What users' code has raised.
    """
    if isinstance(error, Exception) and _is_failure(error):
        return error
    failure = RuntimeError(f"it raised {shown(error)}")
    failure.__cause__ = error
    return failure


def needs_loop(error: BaseException) -> bool:
    """Whether code has failed because no event loop runs in its thread.

    :param error: What it has raised.
    """
    return isinstance(error, RuntimeError) and str(error).startswith(NO_LOOP)


def _is_failure(error: BaseException) -> bool:
    """Whether an exception ends no more than a call."""
    return isinstance(error, Exception) and not isinstance(
        error, (StopIteration, StopAsyncIteration)
    )


async def resolved(result: Any) -> Any:
    """What something leads to when it is awaited, or iterated over, as often as it takes.

    :param result: What users' code has returned.
    """
    try:
        for _ in range(MOST_STEPS):
            if not is_deferred(result):
                return result
            result = await (result if isinstance(result, Awaitable) else _listed(result))
    except (SystemExit, KeyboardInterrupt) as error:
        if ends_program(error):
            raise
        # It would end the event loop, and the service with it.
        raise as_failure(error) from error
    if is_deferred(result):
        close(result)
        raise RuntimeError(
            f"its result was awaited {MOST_STEPS} times, and has to be awaited still: return a "
            "value in the end"
        )
    return result


async def _listed(items: Any) -> list[Any]:
    """The items of an async iterator."""
    listed: list[Any] = []
    try:
        async for item in items:
            listed.append(item)
            if len(listed) > MOST_ITEMS:
                raise ValueError(f"it yields more than {MOST_ITEMS} items")
            if len(listed) % TURN == 0:
                await _let_others_run()
        return listed
    finally:
        # At once, and not when the garbage collector comes.
        close = getattr(items, "aclose", None)
        if close is not None:
            await close()


async def _let_others_run() -> None:
    """Give others a turn, which an async generator that never waits would not."""
    if runs_on_asyncio():
        from asyncio import sleep

        await sleep(0)


def runs_on_asyncio() -> bool:
    """Whether an event loop of asyncio runs in this thread."""
    from asyncio import _get_running_loop

    return _get_running_loop() is not None


def is_deferred(result: Any) -> bool:
    """Whether something has to be awaited, or iterated over with ``async for``.

    :param result: What users' code has returned.
    """
    kind = type(result)
    try:
        return hasattr(kind, "__await__") or hasattr(kind, "__aiter__")
    except BaseException as error:  # of its metaclass
        if ends_program(error):
            raise
        return False


def close(deferred: Any) -> None:
    """Give up a coroutine that never starts, so that Python does not warn of it.

    :param deferred: The coroutine, or anything else that would have to be awaited.
    """
    # What fails then is no answer to anything.
    with suppress(Exception):
        method = guarded(getattr, deferred, "close", None)
        if method is not None:
            guarded(method)
