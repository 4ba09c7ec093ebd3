"""The memory of many series that go away: the allocator tidies it up meanwhile.

The one of glibc would do it for all of them at the next piece of more than a kilobyte, which takes
up to a second. Whoever asks for that may have the interpreter's lock.
"""

import ctypes
import threading

import pytest

from aioprometheus import Counter, Gauge, Info, Registry, render
from aioprometheus.families import GaugeFamily

COUNT = 20_000
#: Bytes of small pieces that may be put aside. Those of all the series are several times as many.
FEW = 500_000


class Figures(ctypes.Structure):
    """``struct mallinfo2``."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def _put_aside():
    """The bytes in the fast bins of glibc."""
    function = ctypes.CDLL(None).mallinfo2
    function.restype = Figures
    return function().fsmblks


pytestmark = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="not glibc 2.33 or later"
)


def _labels(number):
    return {"kind": "x" * 20, "number": str(number)}


def _fill(metric):
    for number in range(COUNT):
        metric.set_value(_labels(number), 1)


def _clear(metric):
    metric.clear()


def _replace(metric):
    metric.replace([({"kind": "y"}, 1)])


def _replacing(metric):
    with metric.replacing() as new:
        new.set_value({"kind": "y"}, 1)


def _remove_matching(metric):
    assert metric.remove_matching(kind="x" * 20) == COUNT


def _remove(metric):
    for number in range(COUNT):
        metric.remove(_labels(number))


def _in_a_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join()


REMOVALS = [_clear, _replace, _replacing, _remove_matching, _remove]


@pytest.mark.parametrize("remove", REMOVALS)
@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_removed_series_leave_nothing_to_tidy_up(remove, kind):
    metric = kind("m", "d", registry=Registry())
    _fill(metric)
    remove(metric)
    assert _put_aside() < FEW


@pytest.mark.parametrize("remove", REMOVALS)
def test_the_memory_may_be_that_of_another_thread(remove):
    metric = Gauge("m", "d", registry=Registry())
    _in_a_thread(_fill, metric)
    remove(metric)
    assert _put_aside() < FEW
    _fill(metric)
    _in_a_thread(remove, metric)
    assert _put_aside() < FEW


def test_series_go_with_their_metric():
    metric = Gauge("m", "d", registry=Registry())
    _fill(metric)
    del metric
    assert _put_aside() < FEW


def test_facts_and_reports_leave_nothing_either():
    class Collector:
        def collect(self):
            family = GaugeFamily("f", "d")
            for number in range(COUNT):
                family.add_metric(_labels(number), 1)
            yield family

    registry = Registry()
    registry.register(Collector())
    assert render(registry)[0].count(b"number=") == COUNT
    assert _put_aside() < FEW
    info = Info("i", "d", registry=Registry())
    for number in range(COUNT):
        info.info(_labels(number), {"version": str(number)})
    info.clear()
    assert _put_aside() < FEW
