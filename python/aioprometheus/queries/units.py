"""Units: what the values of a family measure, by its declared unit or the end of its name."""

from __future__ import annotations

from .subject import Subject

GRAFANA = {
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "µs",
    "nanoseconds": "ns",
    "minutes": "m",
    "hours": "h",
    "days": "d",
    "bytes": "bytes",
    "kilobytes": "kbytes",
    "megabytes": "mbytes",
    "bits": "bits",
    "ratio": "percentunit",
    "ratios": "percentunit",
    "percent": "percent",
    "celsius": "celsius",
    "volts": "volt",
    "amperes": "amp",
    "watts": "watt",
    "joules": "joule",
    "hertz": "hertz",
    "meters": "lengthm",
    "grams": "massg",
    "requests": "short",
}
"""Grafana's ids of units, by the words of names."""

RATES = {
    "s": "percentunit",
    "bytes": "binBps",
    "kbytes": "KBs",
    "mbytes": "MBs",
    "bits": "bps",
    "joule": "watt",
}
"""Their units a second."""

LIMITS = {"percentunit": (0.8, 0.9), "percent": (80.0, 90.0), "celsius": (70.0, 85.0)}
"""Where values of a unit become a warning, and where an alarm."""

GOOD = frozenset(("available", "free", "healthy", "hit", "hits", "idle", "success", "uptime"))
"""Words of names whose low values are the bad ones."""

_SUFFIXES = ("_total", "_sum", "_count", "_bucket", "_info", "_created", "_max", "_min", "_avg")


def words(subject: Subject) -> list[str]:
    """Return the words of a name, without its suffixes of a kind."""
    name = subject.name
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name.replace(".", "_").replace(":", "_").split("_")


def find_unit(subject: Subject) -> str:
    """Return Grafana's unit of the values of a family, ``short`` if it is not known."""
    return GRAFANA.get(subject.unit) or GRAFANA.get(words(subject)[-1], "short")


def find_rate_unit(subject: Subject) -> str:
    """Return Grafana's unit of the rate of a counter."""
    unit = find_unit(subject)
    if unit != "short":
        return RATES.get(unit, "short")
    return "reqps" if "requests" in words(subject) else "cps"


def is_time(subject: Subject) -> bool:
    """Say whether the values of a gauge are points of time, in seconds since 1970."""
    return subject.name.endswith(("_timestamp_seconds", "_start_time_seconds", "_timestamp"))


def is_good(subject: Subject) -> bool:
    """Say whether the values of a gauge are bad if they are low."""
    return not GOOD.isdisjoint(words(subject))


def find_limits(subject: Subject) -> tuple[float, float] | None:
    """Return where the values of a gauge become a warning and an alarm.

    The alarm is the lower of both where low values are the bad ones.
    """
    limits = LIMITS.get(find_unit(subject))
    if limits is None or not is_good(subject):
        return limits
    warning, alarm = limits
    full = 1 if warning < 1 else 100
    # In tenths, so that 1 - 0.8 is 0.2.
    return round(full - warning, 6), round(full - alarm, 6)
