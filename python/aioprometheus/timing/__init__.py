"""What measures blocks and calls from their beginnings to their ends.

Metrics make these objects: ``time()`` of histograms, summaries and gauges, ``track_inprogress()``
of gauges, and ``count_exceptions()`` of counters.
"""

from .._core import InProgress, Timer
from .exceptions import ExceptionCounter
from .labels import Call

__all__ = ["Call", "ExceptionCounter", "InProgress", "Timer"]
