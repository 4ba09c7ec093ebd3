"""The families of a source, for the commands that show and compare them."""

from __future__ import annotations

import argparse

from ..parsing import ParseError, parse
from .model import Family, families_of
from .source import Source, read
from .trouble import Trouble

KNOWN = ("text/plain", "application/openmetrics-text", "application/vnd.google.protobuf")
"""The media types of expositions; the format of others is recognised."""


def parsed(source: Source) -> list[Family]:
    """Return the families of what was read.

    :param source: What was read.
    :raises Trouble: If it is no exposition.
    """
    media = (source.content_type or "").partition(";")[0].strip().lower()
    try:
        return families_of(parse(source.body, source.content_type if media in KNOWN else None))
    except ParseError as error:
        raise Trouble(f"{source.name}: {error}") from error


def read_families(source: str, arguments: argparse.Namespace) -> list[Family]:
    """Read a source, and return its families.

    :param source: What the user has named.
    :param arguments: All arguments.
    :raises Trouble: If it cannot be read, or is no exposition.
    """
    return parsed(read(source, arguments))
