"""What an event loop has to do: its tasks, and the calls on its default executor."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..failure import encodable, ends_program

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

OTHER = "<other>"
"""The label of what has no place among the labels that are shown."""
LONGEST_NAME = 200
"""The most characters of a label."""


def short(name: str) -> str:
    """Return a name as a label: not too long, and with a UTF-8 form.

    :param name: The name.
    """
    # A subclass of str may do anything in methods of its own.
    return encodable(str.__getitem__(name, slice(LONGEST_NAME)))


def names_of_tasks(loop: AbstractEventLoop) -> Counter[str]:
    """Return how many tasks of an event loop run each coroutine, on any thread.

    :param loop: The event loop.
    """
    from asyncio import all_tasks

    try:
        tasks = all_tasks(loop)
    except RuntimeError:  # another thread makes tasks all the time
        return Counter()
    names: Counter[str] = Counter()
    # There are many tasks, but few names of them.
    for name, count in Counter(map(_name_of, tasks)).items():
        names[short(name)] += count
    return names


def _name_of(task: Any) -> str:
    try:
        coroutine = task.get_coro()
        name = getattr(coroutine, "__qualname__", None)
        if not isinstance(name, str):
            name = type(coroutine).__qualname__
        return name if type(name) is str else short(name)
    except BaseException as error:  # of classes of the user's
        if ends_program(error):
            raise
        return "<unknown>"


class Places:
    """The names that are shown, up to a number: those that were shown before stay.

    :param most: How many names are shown.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._shown: frozenset[str] = frozenset()

    def shown(self, counts: Iterable[Counter[str]]) -> frozenset[str]:
        """Return the names that are shown. One that has no tasks any more loses its place.

        :param counts: The names of all tasks.
        """
        total: Counter[str] = Counter()
        for count in counts:
            total.update(count)
        before = self._shown
        names = sorted(total, key=lambda name: (name not in before, -total[name], name))
        self._shown = frozenset(names[: self._most])
        return self._shown


def executor_of(loop: AbstractEventLoop) -> tuple[int, int]:
    """Return the threads of the default executor of an event loop, and the calls that wait.

    :param loop: The event loop.
    """
    from concurrent.futures import ThreadPoolExecutor

    # asyncio has no function for it, and uvloop no attribute.
    executor = getattr(loop, "_default_executor", None)
    if executor is None:
        known = (one for one in gc.get_referents(loop) if isinstance(one, ThreadPoolExecutor))
        executor = next(known, None)
    threads = getattr(executor, "_threads", ())
    queue = getattr(executor, "_work_queue", None)
    try:
        return len(threads), 0 if queue is None else queue.qsize()
    except Exception:  # an executor of another kind, which calls other things so
        return 0, 0
