"""Finalizers and signal handlers that change labels while they are read."""

import contextlib
import enum
import gc
import signal
import sys

import pytest

from aioprometheus import Counter, Gauge, Registry


def counter():
    return Counter("counter_total", "doc", registry=Registry())


@pytest.mark.parametrize("by_name", [False, True])
def test_garbage_is_collected_while_a_text_without_utf_8_is_refused(by_name):
    metric = counter()

    class Finalised:
        def __del__(self):
            labels.clear()

    for turn in range(30):
        labels = {"b": f"v{turn}" + "y" * 1_000_000, "a": "\ud800"}
        gc.disable()
        cycle = Finalised()
        cycle.itself = cycle
        del cycle
        garbage = [[] for _ in range(1_000)]
        gc.enable()
        # Refused, or counted for the labels that the finalizer has left.
        with contextlib.suppress(ValueError):
            metric.inc(labels=labels) if by_name else metric.inc(labels)
        del garbage
    assert [labels for labels, _ in metric.get_all()] in ([], [{}])


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="has no timers")
def test_signals_arrive_while_numbers_become_text():
    metric = counter()
    labels = {}

    def clear(*_):
        labels.clear()

    before = signal.signal(signal.SIGALRM, clear)
    signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.00007)
    try:
        for turn in range(300):
            labels = {"a": 10**4_000 + turn, "b": b"y".decode() * 50_000, "c": turn}
            metric.inc(labels)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert sum(value for _, value in metric.get_all()) == 300


@pytest.mark.skipif(not hasattr(sys, "set_int_max_str_digits"), reason="has no such limit")
def test_python_code_turns_a_long_int_into_text():
    metric = counter()
    labels = {}
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)

    def clear(frame, *_):
        if "_pylong" in frame.f_code.co_filename:
            labels.clear()

    try:
        for turn in range(5):
            labels = {"a": 10**20_000 + turn, "b": "y" * 1_000_000}
            sys.setprofile(clear)
            metric.inc(labels)
            sys.setprofile(None)
    finally:
        sys.setprofile(None)
        sys.set_int_max_str_digits(limit)
    assert sum(value for _, value in metric.get_all()) == 5


def test_values_that_are_text_without_python_code():
    class Code(enum.IntEnum):
        OK = 200

    metric = counter()
    values = [0, -1, 200, 2**63 - 1, -(2**63), 2**63, 10**30, 0.5, 1e16, -0.0, float("inf")]
    values += [float("nan"), True, False, None, 1e-5, 123456.789, Code.OK]
    for value in values:
        for _ in range(3):
            metric.inc({"v": value})
    expected = {}
    for value in values:
        text = str(value.value if isinstance(value, enum.Enum) else value)
        expected[text] = expected.get(text, 0) + 3
    assert {labels["v"]: count for labels, count in metric.get_all()} == expected


def test_a_class_of_two_kinds_is_checked_as_its_first_one():
    class Both(Counter, Gauge):
        pass

    metric = Both("both", "doc", registry=Registry())
    for update in (
        lambda: Gauge.set(metric, {}, -7),
        lambda: Gauge.set(metric, -7),
        lambda: metric.dec({}, -3),
        lambda: Gauge.inc(metric, {}, -3),
    ):
        with pytest.raises(ValueError):
            update()
    assert metric.get_all() == []
