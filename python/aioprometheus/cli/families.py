"""The families of a source, as the parser gives them, and as commands show and compare them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fnmatch import fnmatchcase

from ..families.metric import Metric
from ..parsing import ParseError, parse
from .model import Family, families_of
from .source import Source, read
from .trouble import Trouble

KNOWN = ("text/plain", "application/openmetrics-text", "application/vnd.google.protobuf")
"""The media types of expositions; the format of others is recognised."""


def parsed(source: Source) -> list[Metric]:
    """Return the families of what was read.

    :param source: What was read.
    :raises Trouble: If it is no exposition.
    """
    media = (source.content_type or "").partition(";")[0].strip().lower()
    try:
        return parse(source.body, source.content_type if media in KNOWN else None)
    except ParseError as error:
        raise Trouble(f"{source.name}: {error}") from error


def read_families(source: str, arguments: argparse.Namespace) -> list[Family]:
    """Read a source, and return those of its families that were asked for.

    :param source: What the user has named.
    :param arguments: All arguments, with the ``names`` of families.
    :raises Trouble: If it cannot be read, or is no exposition.
    """
    families = families_of(parsed(read(source, arguments)))
    return [family for family in families if is_wanted(family.name, arguments.names)]


def is_wanted(name: str, patterns: Sequence[str]) -> bool:
    """Return whether a family was asked for.

    :param name: Its name.
    :param patterns: Patterns of names, or parts of names; none stands for all families.
    """
    return not patterns or any(
        fnmatchcase(name, pattern) if any(char in pattern for char in "*?[") else pattern in name
        for pattern in patterns
    )
