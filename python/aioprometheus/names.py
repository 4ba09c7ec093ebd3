"""The rules for the names of metrics and labels.

Names consist of ASCII letters, digits and underscores (and colons in metric names), as in
Prometheus before version 3. An application can allow any text::

    from aioprometheus import names

    names.allow_utf8()
    Counter("http.requests_total", "Requests", labelnames=["http.method"])

Scrapers that cannot read such names get them escaped, in the way that they ask for. A scraper that
asks for nothing gets ``http_requests_total``; Prometheus 3 gets ``"http.requests_total"``.
"""

from ._core import allow_utf8 as _allow_utf8
from ._core import escape_name, utf8_is_allowed

__all__ = ["allow_utf8", "escape_name", "utf8_is_allowed"]


def allow_utf8(allowed: bool = True) -> None:
    """Allow any text in the names of metrics that are made from now on, and of their labels.

    Existing metrics keep their rules. Two metrics of one registry, or two labels of one series, are
    refused with a ValueError if their names are the same when they are escaped. Labels may still
    not be called ``job``, and their names may not begin with ``__``.

    :param allowed: Whether any text is allowed; False restores the old rule.
    """
    _allow_utf8(allowed)
