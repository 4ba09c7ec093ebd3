"""The choice of a format by the Accept headers of a request."""

import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from . import _core, formats
from .collect import is_asked_for
from .collectors import Collector
from .formats.base import IFormatter
from .formats.built_in import BuiltInFormatter
from .formats.openmetrics import OpenMetricsFormatter
from .formats.protobuf import ProtobufFormatter
from .formats.text import TEXT_CONTENT_TYPE, TextFormatter

if TYPE_CHECKING:
    import logging

    logger: logging.Logger

FormatterType = type[IFormatter]
"""A formatter class."""

_FORMATTERS: dict[str, type[BuiltInFormatter]] = {
    formatter.format: formatter
    for formatter in (
        formats.text.TextFormatter,
        formats.openmetrics.OpenMetricsFormatter,
        formats.protobuf.ProtobufFormatter,
    )
}


def negotiate(accepts_headers: Sequence[str | None]) -> FormatterType:
    """Choose a formatter for Accept headers.

    Among the available formats, the one that the headers prefer is chosen. Named formats come
    before wildcards. If the headers name no available format, it is text 0.0.4, which every scraper
    reads. Errors in a header are ignored.

    :param accepts_headers: The values of the Accept headers of a request; None is ignored.
    :returns: A formatter class: ``TextFormatter``, ``OpenMetricsFormatter``,
      ``ProtobufFormatter``, or a subclass of one of these with the version and the escaping of
      names that the headers ask for.
    """
    accepts = [header for header in accepts_headers if header is not None]
    parts = parse_accepts(accepts)
    formatter: FormatterType = _negotiate(accepts)
    # Before somebody imports logging, nobody can see this.
    if sys.modules.get("logging"):
        _late("logger").debug("negotiating %s resulted in choosing %s", parts, formatter.__name__)
    return formatter


def negotiate_encoding(headers: Sequence[str]) -> str:
    """Choose a compression for Accept-Encoding headers.

    :param headers: The values of the headers.
    :returns: ``"identity"``, ``"gzip"`` or ``"zstd"``.
    """
    return _core.negotiate_encoding([readable(header) for header in headers])


def bare(
    formatter: FormatterType,
    accepts_headers: Sequence[str],
    collectors: Sequence[Collector],
    names: Collection[str] = (),
) -> FormatterType:
    """Choose a formatter for a caller that may pass on the body without its headers.

    Such a caller may send the body as ``text/plain``, or decode it. Protocol buffers are chosen
    only if a histogram has native buckets, which no other format can expose. For metrics of the
    types that 23.12.0 had, OpenMetrics is valid as text 0.0.4 too, unless the HELP of a metric has
    a double quote. Text 0.0.4 is chosen then.

    :param formatter: The choice of :func:`negotiate`.
    :param accepts_headers: The headers that it was given.
    :param collectors: The metrics of the registry.
    :param names: The names of the metrics to render, or of their samples; without names, all.
    """

    def any_of_them(holds: Callable[[Collector], bool]) -> bool:
        for collector in collectors:
            # A metric that fails here fails again in the rendering, and is left out there.
            with suppress(Exception):
                if holds(collector) and is_asked_for(collector, names):
                    return True
        return False

    if issubclass(formatter, ProtobufFormatter) and not any_of_them(_core.has_native_buckets):
        formatter = _negotiate(accepts_headers, protobuf=False)
    if issubclass(formatter, OpenMetricsFormatter) and any_of_them(_has_quotes_in_help):
        escaping = formatter.escaping
        if escaping is None or not any_of_them(_core.takes_utf8):
            return TextFormatter
        # Text with the same escaping, so that the names are those that were asked for.
        return _formatter("text", escaping, f"{TEXT_CONTENT_TYPE}; escaping={escaping}")
    return formatter


def _has_quotes_in_help(collector: Collector) -> bool:
    return '"' in str(collector.doc)


def _negotiate(accepts: Sequence[str], protobuf: bool = True) -> type[BuiltInFormatter]:
    headers = [readable(header) for header in accepts]
    return _formatter(*_core.negotiate(headers, protobuf=protobuf))


def readable(header: str) -> str:
    """Return a header in a form that the core can read.

    Servers may decode a header to text that has no UTF-8 form.

    :param header: The value of a header.
    """
    return header if header.isascii() else header.encode("utf-8", "replace").decode()


# The cache has no limit: there are about two dozen formats, versions and ways of escaping.
@cache
def _formatter(chosen: str, escaping: str | None, content_type: str) -> type[BuiltInFormatter]:
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


def _late(name: str) -> Any:
    return globals().get(name) or __getattr__(name)


def __getattr__(name: str) -> Any:
    # Imported on first use, because logging takes a fourth of the time of importing the package.
    if name in ("logger", "logging"):
        import logging

        return logging if name == "logging" else logging.getLogger(__name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "logger", "logging"})
