"""Samples of families, with the names and fields of prometheus_client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias


class Timestamp:
    """A time of nanoseconds, as prometheus_client has it. Expositions show milliseconds.

    :param sec: Seconds since 1970.
    :param nsec: The nanoseconds beside them, below a second.
    :raises ValueError: If there are more.
    """

    def __init__(self, sec: float, nsec: float) -> None:
        if not 0 <= nsec < 1e9:
            raise ValueError(f"Invalid value for nanoseconds in Timestamp: {nsec}")
        self.sec = int(sec)
        """Seconds since 1970."""
        self.nsec = int(-nsec if sec < 0 else nsec)
        """Nanoseconds, of the sign of the seconds."""

    def __str__(self) -> str:
        """Return the seconds, with nine digits behind the point."""
        return f"{self.sec}.{self.nsec:09d}"

    def __repr__(self) -> str:
        """Show seconds and nanoseconds."""
        return f"Timestamp({self.sec}, {self.nsec})"

    def __float__(self) -> float:
        """Return the seconds."""
        return self.sec + self.nsec / 1e9

    def __eq__(self, other: object) -> bool:
        """Say whether both are the same time."""
        return isinstance(other, Timestamp) and (self.sec, self.nsec) == (other.sec, other.nsec)

    def __hash__(self) -> int:
        """Return the hash of the time."""
        return hash((self.sec, self.nsec))

    def __gt__(self, other: Timestamp) -> bool:
        """Say whether it is later."""
        return (self.sec, self.nsec) > (other.sec, other.nsec)

    def __lt__(self, other: Timestamp) -> bool:
        """Say whether it is earlier."""
        return (self.sec, self.nsec) < (other.sec, other.nsec)


class Exemplar(NamedTuple):
    """An example of what was counted, such as one request."""

    labels: Mapping[str, str]
    """Its labels, such as ``{"trace_id": "..."}``: at most 128 characters in all."""
    value: float
    """Its value."""
    timestamp: float | Timestamp | None = None
    """When it was taken, in seconds since 1970, if that is known."""


class BucketSpan(NamedTuple):
    """A run of neighbouring buckets of a native histogram."""

    offset: int
    """How many buckets are left out before it; of the first one, where it begins."""
    length: int
    """How many buckets it has."""


class NativeHistogram(NamedTuple):
    """The buckets of a native histogram."""

    count_value: float
    """How many values were observed."""
    sum_value: float
    """Their sum."""
    schema: int
    """The resolution, from -4 to 8."""
    zero_threshold: float
    """Values up to this distance from 0 are in the zero bucket."""
    zero_count: float
    """The count of the zero bucket."""
    pos_spans: Sequence[BucketSpan] | None = None
    """The runs of buckets of positive values."""
    neg_spans: Sequence[BucketSpan] | None = None
    """The runs of buckets of negative values."""
    pos_deltas: Sequence[int] | None = None
    """What each bucket of positive values has more than the one before it."""
    neg_deltas: Sequence[int] | None = None
    """What each bucket of negative values has more than the one before it."""
    nh_exemplars: Sequence[Exemplar] | None = None
    """Exemplars."""


class Sample(NamedTuple):
    """A sample of a family: one line of an exposition."""

    name: str
    """Its name: that of the family, mostly with a suffix."""
    labels: Mapping[str, object]
    """Its labels."""
    value: float
    """Its value."""
    timestamp: float | Timestamp | None = None
    """Its time in seconds since 1970, if it is not that of the scrape."""
    exemplar: Exemplar | AnyExemplar | None = None
    """Its exemplar, of a counter or a bucket."""
    native_histogram: NativeHistogram | None = None
    """The native buckets of a histogram."""


AnyExemplar: TypeAlias = (
    Mapping[str, str]
    | tuple[Mapping[str, str], float]
    | tuple[Mapping[str, str], float, "float | Timestamp | None"]
)
"""An exemplar as it may be given: its labels, or a tuple of labels, value, and perhaps time."""

Time: TypeAlias = float | Timestamp
"""A time as it may be given, in seconds since 1970."""
