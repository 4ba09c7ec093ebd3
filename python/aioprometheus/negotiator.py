"""Choosing the format of an exposition by the Accept headers of a request."""

import logging
from collections.abc import Sequence
from functools import cache

from . import _core, formats
from .formats.base import IFormatter
from .formats.native import NativeFormatter

logger = logging.getLogger(__name__)

FormatterType = type[IFormatter]
"""A formatter class."""

_FORMATTERS: dict[str, type[NativeFormatter]] = {
    formatter.format: formatter
    for formatter in (
        formats.text.TextFormatter,
        formats.openmetrics.OpenMetricsFormatter,
        formats.protobuf.ProtobufFormatter,
    )
}


def negotiate(accepts_headers: Sequence[str]) -> FormatterType:
    """Choose a formatter for these Accept headers.

    The type is taken that the headers prefer among those that there are; wildcards come after what
    is named, and whoever asks for nothing that there is gets text 0.0.4, which every scraper reads.
    Nothing in a header is an error.

    :param accepts_headers: the values of the Accept headers of a request.
    :returns: a formatter class: ``TextFormatter``, ``OpenMetricsFormatter`` or
      ``ProtobufFormatter``, or a subclass of one of these that has the version and the escaping of
      names that was asked for.
    """
    accepts = parse_accepts(accepts_headers)
    headers = [readable(header) for header in accepts_headers]
    chosen, escaping, content_type = _core.negotiate(headers)
    formatter: FormatterType = _formatter(chosen, escaping, content_type)
    logger.debug("negotiating %s resulted in choosing %s", accepts, formatter.__name__)
    return formatter


def readable(header: str) -> str:
    """Return a header as the core takes it: as servers decode headers, they may have no UTF-8 form.

    :param header: The value of a header.
    """
    return header if header.isascii() else header.encode("utf-8", "replace").decode()


# There are as many as formats, versions and ways of escaping: some two dozen.
@cache
def _formatter(chosen: str, escaping: str | None, content_type: str) -> type[NativeFormatter]:
    formatter = _FORMATTERS[chosen]
    if formatter.content_type == content_type and formatter.escaping == escaping:
        return formatter
    members = {
        "escaping": escaping,
        "content_type": content_type,
        "__doc__": formatter.__doc__,
        "__module__": formatter.__module__,
    }
    return type(formatter.__name__, (formatter,), members)


def parse_accepts(accept_headers: Sequence[str]) -> set[str]:
    """Return the parts of the Accept headers, split at semicolons.

    :param accept_headers: The values of the headers.
    """
    accepts: set[str] = set()
    for header in accept_headers:
        if ";" in header:
            accepts.update(part.strip() for part in header.split(";"))
        else:
            accepts.add(header)
    return accepts
