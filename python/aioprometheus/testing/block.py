"""Blocks of tests, whose effect on a registry is found out."""

from __future__ import annotations

import sys
from types import TracebackType

from ..changes import Changes
from ..collectors import Registry
from ..snapshots import Snapshot, take, take_async


class Block:
    """A context manager that finds out what its block changes in a registry.

    It works for ``with`` and for ``async with``; the latter asks collectors and functions that are
    ``async def``.

    :param registry: The registry.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._before: Snapshot | None = None
        self._changes = Changes()

    def __enter__(self) -> Changes:
        """Begin.

        :returns: What changes, which is known at the end.
        """
        return self._begin(take(self._registry))

    async def __aenter__(self) -> Changes:
        """Begin, as :meth:`__enter__` does."""
        return self._begin(await take_async(self._registry))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Find out what changed, and compare it with what was expected.

        :param kind: The class of the exception that ends the block.
        :param error: The exception.
        :param traceback: Where it comes from.
        :raises AssertionError: If something else was expected.
        """
        __tracebackhide__ = True
        if not _ends_test(error):
            self._end(take(self._registry), error)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, as :meth:`__exit__` does.

        :param kind: As for :meth:`__exit__`.
        :param error: As for :meth:`__exit__`.
        :param traceback: As for :meth:`__exit__`.
        :raises AssertionError: If something else was expected.
        """
        __tracebackhide__ = True
        # A task that was cancelled does not wait for collectors, either.
        if not _ends_test(error):
            self._end(await take_async(self._registry), error)

    def _begin(self, before: Snapshot) -> Changes:
        self._before, self._changes = before, Changes()
        return self._changes

    def _end(self, after: Snapshot, error: BaseException | None) -> None:
        __tracebackhide__ = True
        before = self._before
        if before is None:
            return
        self._changes.replace(before.diff(after))
        message = self._mistake(before, after)
        if message is None:
            return
        # Also if the block raised: `pytest.raises` around it must not hide the mistake.
        if error is not None:
            message += f"\nThe block raised {type(error).__name__}: {error}"
        raise AssertionError(message) from error

    def _mistake(self, before: Snapshot, after: Snapshot) -> str | None:
        """What is not as it was expected; None if all is."""
        return None


def _ends_test(error: BaseException | None) -> bool:
    """Whether an exception is a result of the test itself: that it failed, or is skipped."""
    skipped = getattr(sys.modules.get("unittest"), "SkipTest", AssertionError)
    return error is not None and (
        not isinstance(error, Exception) or isinstance(error, (AssertionError, skipped))
    )
