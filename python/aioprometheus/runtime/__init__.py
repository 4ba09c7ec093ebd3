"""Metrics of what runs a service: the process, the interpreter, the event loops.

:func:`install` is all that a service calls.
"""

from .event_loop import EventLoopCollector
from .installing import Installed, install
from .interpreter import GCCollector, PlatformCollector
from .process import ProcessCollector
from .standard import StandardCollector

__all__ = [
    "EventLoopCollector",
    "GCCollector",
    "Installed",
    "PlatformCollector",
    "ProcessCollector",
    "StandardCollector",
    "install",
]
