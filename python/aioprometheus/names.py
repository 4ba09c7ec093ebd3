"""What metrics and labels may be called.

Names are made of ASCII letters, digits and underscores, as Prometheus had it before version 3,
until an application opts in to more::

    from aioprometheus import names

    names.allow_utf8()
    Counter("http.requests_total", "Requests", labelnames=["http.method"])

Scrapers that cannot read such names get them escaped, each as it asks: ``http_requests_total`` if
it asks for nothing, ``"http.requests_total"`` for Prometheus 3.
"""

from ._core import allow_utf8 as _allow_utf8
from ._core import escape_name, utf8_is_allowed

__all__ = ["allow_utf8", "escape_name", "utf8_is_allowed"]


def allow_utf8(allowed: bool = True) -> None:
    """Let the metrics that are made from now on, and their labels, have any text as their names.

    Metrics that are there already keep their rules. Two metrics of one registry, or two labels of
    one series, must stay different when they are escaped: else they are refused with a ValueError.
    ``job`` and names that begin with ``__`` stay reserved for labels.

    :param allowed: False goes back to the old rule.
    """
    _allow_utf8(allowed)
