"""Values for people: durations, sizes, shares, times and large numbers in a few characters."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from functools import lru_cache

BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
LARGE = ("", "k", "M", "G", "T", "P", "E")
SHORT = ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))
LONG = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
GREATEST = 1e21
"""The numbers from which on there are no words for them."""
LONGEST = 1e12
"""The longest duration whose hours matter, in seconds."""
TIMES = (1e8, 1e11)
"""The numbers that may be seconds since 1970: from 1973 on."""


@lru_cache(1000)  # asked for each series
def unit_of(name: str, unit: str = "") -> str:
    """Return the unit of a family: ``seconds``, ``bytes``, ``ratio``, ``time``, or none.

    :param name: Its name, which ends in the unit as Prometheus' conventions have it.
    :param unit: Its unit, if it has said one.
    """
    for ending in ("_total", "_sum", "_info"):
        name = name.removesuffix(ending)
    words = name.split("_")
    last = unit or words[-1]
    if last == "seconds" and len(words) > 1 and words[-2] in ("timestamp", "time"):
        # `process_start_time_seconds` is a date, `request_time_seconds` is not: the value says.
        return "time"
    if last in ("created", "timestamp"):
        return "time"
    return last if last in ("seconds", "bytes", "ratio") else ""


def humanized(value: float | None, unit: str = "") -> str:
    """Return a value with its unit, in three digits or so.

    :param value: The value; None if there is none.
    :param unit: What :func:`unit_of` has returned.
    """
    if value is None:
        return "-"
    if not math.isfinite(value):
        return exact(value)
    if unit == "time":
        is_date = TIMES[0] <= value <= TIMES[1]
        return _date(value) if is_date else _duration(value)
    if unit == "seconds":
        return _duration(value)
    if unit == "bytes":
        return _scaled(value, 1024, BYTES)
    if unit == "ratio":
        return f"{_digits(value * 100)} %"
    return _scaled(value, 1000, LARGE, "")


def exact(value: float | None) -> str:
    """Return a value as it stands in an exposition.

    :param value: The value; None if there is none.
    """
    if value is None:
        return "-"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    # A float above 2^53 may not be the number that was counted, but has it as its text.
    return str(int(value)) if value == int(value) and abs(value) < 1e16 else repr(float(value))


def _digits(value: float) -> str:
    """A number of three digits, or all of those before the point, up to four."""
    if 999.5 <= abs(value) < 10_000 or (value == int(value) and abs(value) < 1000):
        return f"{value:.0f}"
    return f"{value:.3g}".replace("e-0", "e-").replace("e+", "e").replace("e0", "e")


def _scaled(value: float, base: int, units: tuple[str, ...], space: str = " ") -> str:
    if abs(value) >= GREATEST:
        return f"{_digits(value)}{space}{units[0]}".rstrip()
    place, limit = 0, 1024.0
    # Up to four digits are read more easily without a unit.
    if base == 1000:
        limit = 9_999.5
    while abs(value) >= limit and place < len(units) - 1:
        value /= base
        place += 1
        limit = 999.5 if base == 1000 else 1023.5
    return f"{_digits(value)}{space}{units[place]}".rstrip()


def _duration(seconds: float) -> str:
    size = abs(seconds)
    if size >= LONGEST:
        return f"{_digits(seconds / 86400)} d"
    if size >= 59.95:
        whole = round(size)
        for place, (length, unit) in enumerate(LONG):
            if whole >= length:
                text = f"{whole // length} {unit}"
                rest = whole % length
                if place + 1 < len(LONG) and rest >= LONG[place + 1][0]:
                    text += f" {rest // LONG[place + 1][0]} {LONG[place + 1][1]}"
                return f"-{text}" if seconds < 0 else text
    if not size:
        return "0 s"
    step, unit = next((pair for pair in reversed(SHORT) if size >= pair[0]), SHORT[0])
    return f"{_digits(seconds / step)} {unit}"


def _date(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"
