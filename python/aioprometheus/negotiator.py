"""Choosing the format of an exposition by the Accept headers of a request."""

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import cache

from . import _core, formats
from .collectors import Collector
from .formats.base import IFormatter
from .formats.native import NativeFormatter, is_asked_for
from .formats.openmetrics import OpenMetricsFormatter
from .formats.protobuf import ProtobufFormatter
from .formats.text import TEXT_CONTENT_TYPE, TextFormatter

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


def negotiate(accepts_headers: Sequence[str | None]) -> FormatterType:
    """Choose a formatter for these Accept headers.

    The type is taken that the headers prefer among those that there are; wildcards come after what
    is named, and whoever asks for nothing that there is gets text 0.0.4, which every scraper reads.
    Nothing in a header is an error.

    :param accepts_headers: the values of the Accept headers of a request; None is no header.
    :returns: a formatter class: ``TextFormatter``, ``OpenMetricsFormatter`` or
      ``ProtobufFormatter``, or a subclass of one of these that has the version and the escaping of
      names that was asked for.
    """
    accepts = [header for header in accepts_headers if header is not None]
    parts = parse_accepts(accepts)
    formatter: FormatterType = _negotiate(accepts)
    logger.debug("negotiating %s resulted in choosing %s", parts, formatter.__name__)
    return formatter


def bare(
    formatter: FormatterType,
    accepts_headers: Sequence[str | None],
    collectors: Sequence[Collector],
    names: Collection[str] = (),
) -> FormatterType:
    """Choose again for who may pass on the body alone, as ``text/plain`` or decoded.

    Protocol buffers are left where a histogram has native buckets, which nothing else can tell.
    OpenMetrics is good text 0.0.4 as well, for metrics of the types that 23.12.0 had, unless a HELP
    holds a double quote: text 0.0.4 is answered then.

    :param formatter: what :func:`negotiate` has chosen.
    :param accepts_headers: the headers that it has chosen by.
    :param collectors: the metrics of the registry.
    :param names: the names of those that are asked for; all if there is none.
    """

    def any_of_them(holds: Callable[[Collector], bool]) -> bool:
        for collector in collectors:
            # What fails here does so again while it is rendered, and is left out there.
            with suppress(Exception):
                if holds(collector) and is_asked_for(collector, names):
                    return True
        return False

    if issubclass(formatter, ProtobufFormatter) and not any_of_them(_core.has_native_buckets):
        accepts = [header for header in accepts_headers if header is not None]
        formatter = _negotiate(accepts, protobuf=False)
    if issubclass(formatter, OpenMetricsFormatter) and any_of_them(_has_quotes_in_help):
        escaping = formatter.escaping
        if escaping is None or not any_of_them(_core.takes_utf8):
            return TextFormatter
        # Or names would be others than those that were asked for.
        return _formatter("text", escaping, f"{TEXT_CONTENT_TYPE}; escaping={escaping}")
    return formatter


def _has_quotes_in_help(collector: Collector) -> bool:
    return '"' in str(collector.doc)


def _negotiate(accepts: Sequence[str], protobuf: bool = True) -> type[NativeFormatter]:
    headers = [readable(header) for header in accepts]
    return _formatter(*_core.negotiate(headers, protobuf=protobuf))


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
