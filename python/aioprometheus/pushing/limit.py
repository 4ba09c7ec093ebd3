"""The time limit of a push."""

from __future__ import annotations

from ..handler import checked_timeout

# The longest time limit, because not every system can wait for longer.
_LONGEST_SECONDS = 1e6


def limit_of(timeout: float, no_limit: str) -> float:
    """Return a time limit in seconds.

    :param timeout: The time limit.
    :param no_limit: What a caller gives for no limit, for messages.
    :raises TypeError: If it is not a number.
    :raises ValueError: If it is not above 0, or if it is infinite.
    """
    try:
        if checked_timeout(timeout) < float("inf"):
            return min(timeout, _LONGEST_SECONDS)
    except ValueError:
        pass
    raise ValueError(
        f"timeout must be a number of seconds above 0, got: {timeout!r}. "
        f"For no limit, give timeout={no_limit}"
    )
