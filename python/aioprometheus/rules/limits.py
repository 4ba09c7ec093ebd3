"""Limits: what is too much, for alerts."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ..queries.http import SLOW


@dataclass(frozen=True)
class Limits:
    """What is too much."""

    errors: float = 0.05
    """The part of the requests that may fail."""
    slow: float = SLOW
    """The seconds that 99 % of the requests may take at most."""
    in_progress: float = 100
    """How many requests may be in progress at once in one instance."""
    least_rate: float = 0.02
    """The requests a second below which errors and slow requests are no alert."""
    files: float = 0.8
    """The part of the file descriptors that may be in use."""
    restarts: float = 2
    """How often a process may start anew in a quarter of an hour."""
    lag: float = 0.5
    """The seconds that the event loop may be late, 99 % of the time."""
    stuck: float = 5
    """The seconds after which an event loop that does nothing is stuck."""

    def __post_init__(self) -> None:
        """Refuse what is not a number above 0."""
        for one in fields(self):
            value = getattr(self, one.name)
            if not 0 < value < float("inf"):
                raise ValueError(f"{one.name} must be a number above 0, not {value!r}")
            if one.name in ("errors", "files") and value > 1:
                raise ValueError(
                    f"{one.name} is a part of all, such as 0.05 for 5 %, not {value!r}"
                )
