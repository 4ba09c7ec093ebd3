"""Choosing the format of an exposition by the Accept headers of a request."""

import logging
from collections.abc import Sequence

from . import formats
from .formats.base import IFormatter

logger = logging.getLogger(__name__)

#: A formatter class.
FormatterType = type[IFormatter]


def negotiate(accepts_headers: Sequence[str]) -> FormatterType:
    """Choose a formatter for these Accept headers.

    :param accepts_headers: the values of the Accept headers of a request.
    :returns: the formatter class of text 0.0.4, which every scraper reads.
    """
    accepts = parse_accepts(accepts_headers)
    formatter: FormatterType = formats.text.TextFormatter
    logger.debug("negotiating %s resulted in choosing %s", accepts, formatter.__name__)
    return formatter


def parse_accepts(accept_headers: Sequence[str]) -> set[str]:
    """Return the parts of the Accept headers, split at semicolons."""
    accepts: set[str] = set()
    for header in accept_headers:
        if ";" in header:
            accepts.update(part.strip() for part in header.split(";"))
        else:
            accepts.add(header)
    return accepts
