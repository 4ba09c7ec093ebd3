"""Cancellations, in any event loop."""

from __future__ import annotations

from asyncio import CancelledError

# By package and name, so that no event loop is imported.
_OTHERS = frozenset((("trio", "Cancelled"), ("curio", "CancelledError")))


def is_cancelling(error: BaseException) -> bool:
    """Return whether an exception means that a call was cancelled, its coroutine closed, or the
    program interrupted.

    :param error: The exception.
    """
    own = (CancelledError, GeneratorExit, KeyboardInterrupt)
    return isinstance(error, own) or is_one_of(error, _OTHERS)


def is_one_of(error: BaseException, classes: frozenset[tuple[str, str]]) -> bool:
    """Return whether the class of an exception, or one that it is derived from, is one of some.

    :param error: The exception.
    :param classes: The classes, by their package and name.
    """
    return any(
        (str(kind.__module__).partition(".")[0], kind.__name__) in classes
        for kind in type(error).__mro__
    )
