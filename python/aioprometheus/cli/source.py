"""What a command reads: a URL, a file, standard input, or a registry of a module."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from .trouble import Trouble, too_large

if TYPE_CHECKING:
    import argparse

KINDS = "URL, FILE, - for standard input, or MODULE:REGISTRY"
"""What a source may be, for a line of the help."""

FORMS = """
A source is one of
  URL              http://host:8000/metrics; host:8000 is short for it
  FILE             an exposition in any format, which may be compressed with gzip
  -                the same on standard input
  MODULE:REGISTRY  a registry of a Python module, such as app.metrics:registry: a Registry, a list
                   of them, or a function that returns it; modules of the current directory, too
""".strip()
"""What a source may be, for the description of a command."""

# `localhost:8000` is no registry, since a number is no name.
MODULE = re.compile(r"(?!\d)\w+(?:\.(?!\d)\w+)*:(?!\d)\w+(?:\.(?!\d)\w+)*(?:\(\))?")
GREATEST_SIZE = 1024
"""The most MiB that the parser takes."""
HOST = re.compile(r"(?:[\w.-]*|\[[\da-fA-F:.]+\]):\d+(?:/.*)?", re.DOTALL)


class Source(NamedTuple):
    """What was read. ``families()`` has its families."""

    name: str
    """How the user has named it."""
    body: bytes
    """The exposition; of a registry, one that it was rendered to."""
    content_type: str | None
    """The type of the exposition, if a server or a registry said one."""


def add_source(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add positional arguments for sources, and the options of reading them.

    :param parser: The parser of a command.
    :param names: The names of the arguments; ``source`` if none is given.
    """
    for name in names or ("source",):
        parser.add_argument(name, metavar=name.upper(), help=KINDS)
    reading = parser.add_argument_group("reading a source")
    reading.add_argument(
        "--timeout",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="time limit (10)",
    )
    reading.add_argument(
        "--user",
        metavar="NAME:PASSWORD",
        help="basic authentication; @FILE reads it from a file",
    )
    reading.add_argument("--bearer", metavar="TOKEN", help="bearer authentication; @FILE, too")
    reading.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="a header of the request; may be given again",
    )
    reading.add_argument("--insecure", action="store_true", help="take any certificate")
    reading.add_argument(
        "--accept",
        choices=("any", "protobuf", "openmetrics", "text"),
        default="any",
        help="the format to ask for, also of a registry; any prefers the one that says most",
    )
    reading.add_argument(
        "--max-size",
        type=_mebibytes,
        default=256,
        metavar="MIB",
        help="most MiB of an exposition, decompressed (256); show takes ten times the memory",
    )


def _seconds(text: str) -> float:
    """A time limit."""
    value = float(text)
    if not 0 < value < 1e6:
        raise ValueError
    return value


def _mebibytes(text: str) -> int:
    """A limit of size. The parser takes no more than the greatest."""
    value = int(text)
    if not 0 < value <= GREATEST_SIZE:
        raise ValueError
    return value


_seconds.__name__ = "number of seconds"  # how argparse names it
_mebibytes.__name__ = f"number from 1 to {GREATEST_SIZE}"


def is_registry(source: str) -> bool:
    """Return whether a source is a registry of a module.

    :param source: What the user has named.
    """
    return MODULE.fullmatch(source) is not None and not os.path.exists(source)


def read(source: str, arguments: argparse.Namespace) -> Source:
    """Read a source.

    :param source: What the user has named.
    :param arguments: All arguments, with the options of :func:`add_source`.
    :returns: Its exposition.
    :raises Trouble: If it cannot be read.
    """
    most = arguments.max_size << 20
    if source == "-":
        name = "standard input"
        return Source(name, _unpacked(name, _standard_input(name, most), most), None)
    if re.match(r"[A-Za-z][\w+.-]*://", source):
        if not re.match(r"https?://", source, re.IGNORECASE):
            raise Trouble(f"{source}: only http:// and https:// can be asked")
        return _fetched(source, source, arguments)
    if os.path.exists(source):
        return Source(source, _unpacked(source, _file(source, most), most), None)
    if is_registry(source):
        return _of_module(source, arguments)
    if HOST.fullmatch(source):
        host = f"127.0.0.1{source}" if source.startswith(":") else source
        return _fetched(source, f"http://{host}", arguments)
    raise Trouble(f"no such file: {source} (a source is a {KINDS})")


def _standard_input(name: str, most: int) -> bytes:
    if sys.stdin.isatty():
        print("Reading from the terminal; Ctrl-D ends it.", file=sys.stderr)
    body = sys.stdin.buffer.read(most + 1)
    if len(body) > most:
        raise too_large(name, most)
    return body


def _file(path: str, most: int) -> bytes:
    try:
        with open(path, "rb") as file:
            body = file.read(most + 1)
    except OSError as error:
        words = error.strerror or str(error)
        raise Trouble(f"{path}: {words[:1].lower()}{words[1:]}") from error
    if len(body) > most:
        raise too_large(path, most)
    return body


def _unpacked(name: str, body: bytes, most: int) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    import zlib

    from .fetch import decompressed

    try:
        return decompressed(name, body, most)
    except (OSError, EOFError, zlib.error) as error:
        raise Trouble(f"{name}: what gzip has compressed is broken: {error}") from error


def _fetched(name: str, url: str, arguments: argparse.Namespace) -> Source:
    from . import fetch

    headers, most = {}, arguments.max_size << 20
    if arguments.user is not None:
        headers["Authorization"] = fetch.basic(_secret(arguments.user, most))
    if arguments.bearer is not None:
        headers["Authorization"] = f"Bearer {_secret(arguments.bearer, most)}"
    for header in arguments.header:
        field, colon, value = header.partition(":")
        if not colon or not re.fullmatch(r"[!#$%&'*+.^`|~\w-]+", field, re.ASCII):
            raise Trouble(f"--header takes 'NAME: VALUE', not {header!r}")
        headers[field] = value.strip()
    accept = fetch.accept(arguments.accept)
    body, content_type = fetch.fetch(
        fetch.Request(url, accept, headers, arguments.timeout, arguments.insecure, most)
    )
    media = (content_type or "").partition(";")[0].strip().lower()
    for kind in ("html", "json", "xml"):
        if kind in media or (kind == "html" and re.match(rb"\s*<(!doctype|html)\b", body, re.I)):
            raise Trouble(
                f"{name} answered {kind.upper()}, not metrics; is the path right? It is often "
                "/metrics"
            )
    return Source(name, body, content_type)


def _secret(text: str, most: int) -> str:
    """A secret as it was given, or from the file behind an @, which no list of processes shows."""
    if not text.startswith("@"):
        return text
    return _file(text[1:], most).decode("utf-8", "surrogateescape").strip()


def _of_module(source: str, arguments: argparse.Namespace) -> Source:
    from . import fetch
    from .registry import registry_of, rendered

    registry = registry_of(source)
    body, content_type = rendered(registry, arguments.accept, fetch.ACCEPT, arguments.timeout)
    return Source(source, body, content_type)
