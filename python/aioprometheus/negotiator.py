"""The choice of a format by the Accept headers of a request."""

import sys
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from . import _core, formats
from .formats.base import IFormatter
from .formats.built_in import BuiltInFormatter

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

_CHOICES: dict[type[BuiltInFormatter], _core.Choice] = {}
"""The choices of the classes that :func:`formatter_of` has returned."""

TEXT = _core.negotiate(())
"""What a request chooses without Accept headers: text 0.0.4."""


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
    formatter = formatter_of(_core.negotiate(accepts))
    # Before somebody imports logging, nobody can see this.
    if sys.modules.get("logging"):
        parts = parse_accepts(accepts)
        _late("logger").debug("negotiating %s resulted in choosing %s", parts, formatter.__name__)
    return formatter


# The cache has no limit: there are about two dozen formats, versions and ways of escaping.
@cache
def formatter_of(choice: _core.Choice) -> type[BuiltInFormatter]:
    """Return the formatter that a request gets.

    :param choice: What its Accept headers choose.
    """
    formatter = _FORMATTERS[choice.format]
    if formatter.content_type != choice.content_type or formatter.escaping != choice.escaping:
        members = {
            "escaping": choice.escaping,
            "content_type": choice.content_type,
            "__doc__": formatter.__doc__,
            "__module__": formatter.__module__,
        }
        formatter = type(formatter.__name__, (formatter,), members)
    _CHOICES[formatter] = choice
    return formatter


def choice_of(formatter: BuiltInFormatter) -> _core.Choice:
    """Return what a request has chosen that gets a formatter.

    :param formatter: The formatter, which may be of a program's own class.
    """
    choice = _CHOICES.get(type(formatter))
    return _core.negotiate([formatter.content_type]) if choice is None else choice


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

        # Kept, because to ask for a logger takes a lock of all loggers. In CPython 3.11, an
        # exception of a signal handler can leave it locked for ever.
        globals().update(logging=logging, logger=logging.getLogger(__name__))
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "logger", "logging"})


if "logging" in sys.modules:
    __getattr__("logger")
