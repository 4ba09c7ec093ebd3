"""The memory of this process."""

import ctypes
import gc
import os
from contextlib import suppress

import pytest


def resident():
    """The resident memory of this process in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def trim():
    """Give freed memory back, so that what is resident is what is in use."""
    gc.collect()
    with suppress(OSError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


needs_proc = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc")
