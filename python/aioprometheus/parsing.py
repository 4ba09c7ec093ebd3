"""The parser: expositions back into families, by the core."""

from __future__ import annotations

from typing import Any, ClassVar

from . import _core
from .families.metric import Metric
from .families.sample import Sample


class ParseError(ValueError):
    """An exposition that is refused. Its message has the line, and what to do.

    :param message: What is wrong.
    :param line: The number of the line.
    :param text: The line.
    """

    def __init__(self, message: str, line: int | None = None, text: str = "") -> None:
        super().__init__(message, line, text)
        self.line = line
        """The number of the line that is at fault, from 1 on; None if it is none alone."""
        self.text = text
        """The line, shortened, in quotes; or an empty text."""

    def __str__(self) -> str:
        """Return the message."""
        return str(self.args[0])


class _ParsedFamily(Metric):
    """A family of an exposition. Its samples are made when they are asked for."""

    _is_parsed: ClassVar[bool] = True
    """Whether its exemplars are those of another program; the core asks for it."""

    def __init__(self, page: _core.ParsedPage, place: int) -> None:
        self.name, self.documentation, self.type, self.unit = page.family(place)
        self._source: tuple[_core.ParsedPage, int] | None = (page, place)

    def __getattr__(self, name: str) -> Any:
        # Called for what the instance does not have yet.
        own = self.__dict__
        source = own.get("_source") if name == "samples" else None
        if source is not None:
            page, place = source
            # Another thread may have made them meanwhile.
            samples = own.setdefault("samples", page.samples(place))
            self._source = None  # so that the page is freed
            return samples
        if name == "samples" and "samples" in own:  # another thread has made them since
            return own["samples"]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _copied, (self.name, self.documentation, self.type, self.unit, self.samples)


def source_of(family: Any) -> Any:
    """Return the page and the place of a family which is still as it was parsed, and whose samples
    were not asked for yet.

    :param family: A family. Any other one is returned as it is.
    """
    if type(family) is not _ParsedFamily or "samples" in family.__dict__:
        return family
    source = family.__dict__.get("_source")
    if source is None:
        return family
    page, place = source
    now = (family.name, family.documentation, family.type, family.unit)
    return source if now == page.family(place) else family


def _copied(name: str, documentation: str, typ: str, unit: str, samples: list[Sample]) -> Metric:
    """A family with the same content, which needs no page."""
    family = Metric(name, documentation, typ)
    family.unit = unit
    family.samples = samples
    return family


def _hint(body: bytes | str) -> str | None:
    """What a body is that is refused, if its first bytes say so."""
    start = body[:4].encode("utf-8", "replace") if isinstance(body, str) else bytes(body[:4])
    for mark, hint in _MARKS.items():
        if start.startswith(mark):
            return hint
    return None


_MARKS = {
    b"\x1f\x8b": "it is compressed with gzip; decompress it first",
    b"\x28\xb5\x2f\xfd": "it is compressed with zstd; decompress it first",
    b"\xef\xbb\xbf": "it begins with a byte order mark, which no format has; remove that",
    b"\xff\xfe": "it is UTF-16; write it as UTF-8",
    b"\xfe\xff": "it is UTF-16; write it as UTF-8",
}
"""The first bytes of what is often given in the place of an exposition."""


def parse(
    body: bytes | bytearray | memoryview | str,
    content_type: str | None = None,
    *,
    strict: bool = False,
) -> list[Metric]:
    """Parse an exposition into families, whatever made it.

    The families have the interface of prometheus_client's, and can be yielded by a collector. Their
    samples are made when ``samples`` is first asked for. No other thread waits while a long body
    is parsed.

    :param body: The exposition, without an encoding such as gzip.
    :param content_type: The ``Content-Type`` that came with it. Without one, or with an empty one,
        the format is recognised from the bytes.
    :param strict: Whether all that the format demands is checked, and not only what a Prometheus
        server needs to read it.
    :returns: The families, in the order in which they begin.
    :raises ParseError: If the exposition is refused, or the ``Content-Type`` is that of no
        exposition. It is a ValueError.
    :raises TypeError: If the body is something else.
    """
    if isinstance(body, (bytearray, memoryview)):
        body = bytes(body)
    if not isinstance(content_type, (str, type(None))):
        kind = type(content_type).__name__
        raise TypeError(f"content_type must be a str or None, not {kind}")
    try:
        page = _core.parse(body, content_type or None, strict)
    except UnicodeEncodeError as error:
        raise ParseError(f"it has no UTF-8 form: {error}") from error
    except ParseError as error:
        hint = _hint(body)
        if hint is None:
            raise
        raise ParseError(f"{hint}: {error}", error.line, error.text) from error
    return [_ParsedFamily(page, place) for place in range(len(page))]
