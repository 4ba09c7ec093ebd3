"""Values for people: units by the names of families, and few digits."""

import math

import pytest

from aioprometheus.cli.units import exact, humanized, unit_of


@pytest.mark.parametrize(
    ("name", "unit", "found"),
    [
        ("a_seconds", "", "seconds"),
        ("process_cpu_seconds_total", "", "seconds"),
        ("a_bytes_total", "", "bytes"),
        ("a_ratio", "", "ratio"),
        ("process_start_time_seconds", "", "time"),
        ("last_run_timestamp_seconds", "", "time"),
        ("a_total", "", ""),
        ("seconds", "", "seconds"),
        ("a_celsius", "", ""),
        ("a", "bytes", "bytes"),
    ],
)
def test_unit(name, unit, found):
    assert unit_of(name, unit) == found


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "", "0"),
        (5.0, "", "5"),
        (-5.25, "", "-5.25"),
        (9999, "", "9999"),
        (9999.6, "", "10k"),
        (10_000, "", "10k"),
        (999_950, "", "1M"),
        (1_234_567, "", "1.23M"),
        (1e300, "", "1e300"),
        (1e-300, "", "1e-300"),
        (0.000012345, "", "1.23e-5"),
        (0, "seconds", "0 s"),
        (3e-10, "seconds", "0.3 ns"),
        (0.0000021, "seconds", "2.1 µs"),
        (0.0123, "seconds", "12.3 ms"),
        (1.5, "seconds", "1.5 s"),
        (59.9, "seconds", "59.9 s"),
        (60, "seconds", "1 min"),
        (-125, "seconds", "-2 min 5 s"),
        (3600 * 5 + 60, "seconds", "5 h 1 min"),
        (86400 * 3 + 7200, "seconds", "3 d 2 h"),
        (1e300, "seconds", "1.16e295 d"),
        (1000, "bytes", "1000 B"),
        (1024, "bytes", "1 KiB"),
        (1536 * 1024, "bytes", "1.5 MiB"),
        (-(2**40), "bytes", "-1 TiB"),
        (1e300, "bytes", "1e300 B"),
        (0.5, "ratio", "50 %"),
        (1_700_000_000, "time", "2023-11-14 22:13:20Z"),
        (12, "time", "12 s"),
        (math.nan, "seconds", "NaN"),
        (-math.inf, "bytes", "-Inf"),
        (None, "seconds", "-"),
    ],
)
def test_humanized(value, unit, text):
    assert humanized(value, unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(5.0, "5"), (0.1, "0.1"), (1e15, "1000000000000000"), (1e300, "1e+300"), (math.inf, "+Inf")],
)
def test_exact(value, text):
    assert exact(value) == text
