"""Questions: what a scrape asks users' code for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future


MOST_ITEMS = 100_000
"""How many families a collector may yield, or series an ``async def get_all``."""
TURN = 100
"""How many items are taken until others get a turn."""


class Question:
    """What a scrape asks users' code for.

    :param owner: The object whose code is called.
    :param name: The name by which a failure is counted.
    :param words: What it is, for the log.
    :param ask: Calls the users' code. It returns a result, or something to be awaited or iterated
      over with ``async for`` first.
    :param use: Takes the result, and returns what is exposed. It may run users' code too, such as
      the body of a generator.
    :param timeout: How long a scrape waits, in seconds.
    """

    def __init__(
        self,
        owner: object,
        name: str,
        words: str,
        ask: Callable[[], Any],
        use: Callable[[Any], list[Any]],
        timeout: float,
    ) -> None:
        self.owner = owner
        self.name = name
        self.words = words
        self.ask = ask
        self.use = use
        self.timeout = timeout
        #: Whether nobody waits for the answer any more.
        self.is_overdue = False
        #: Its call on a thread whose result was not taken yet.
        self.on_thread: Future[Any] | None = None
        #: Whether its code has been called on the thread of the event loop.
        self.is_on_loop = False

    def begin(self) -> tuple[bool, Any]:
        """Call the users' code, and use its result, unless that has to be awaited first.

        :returns: Whether it has to be awaited and used, and the result.
        """
        result = self.ask()
        return (True, result) if is_deferred(result) else (False, self.use(result))

    def check(self) -> None:
        """End a call that nobody waits for any more.

        :raises Overdue: If that is so.
        """
        if self.is_overdue:
            raise Overdue("nobody waits for it any more")


class Overdue(TimeoutError):
    """A call takes longer than its limit."""


class NoLoop(Exception):
    """A call needs the event loop, and has to wait for ``render_async``."""


Answer = tuple[Question, "list[Any] | BaseException"]
"""What a question led to: what is exposed, or what was raised."""


async def resolved(result: Any) -> Any:
    """What something leads to when it is awaited, or iterated over, as often as it takes.

    :param result: What users' code has returned.
    """
    while is_deferred(result):
        if hasattr(type(result), "__await__"):
            result = await result
        else:
            result = await _listed(result)
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
    from asyncio import _get_running_loop, sleep

    if _get_running_loop() is not None:
        await sleep(0)


def is_deferred(result: Any) -> bool:
    """Whether something has to be awaited, or iterated over with ``async for``.

    :param result: What users' code has returned.
    """
    kind = type(result)
    return hasattr(kind, "__await__") or hasattr(kind, "__aiter__")


def close(deferred: Any) -> None:
    """Give up a coroutine that never starts, so that Python does not warn of it.

    :param deferred: The coroutine, or anything else that would have to be awaited.
    """
    method = getattr(deferred, "close", None)
    if method is not None:
        method()


def as_failure(error: BaseException) -> Exception:
    """An exception for one that would end more than a call.

    :param error: That one.
    """
    return RuntimeError(f"it raised {error!r}")
