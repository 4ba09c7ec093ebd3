"""Subsystems: families in groups, by what their names begin with."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..queries.subject import Subject

MOST = 12
"""The most families in a row, if their names can be divided."""


def group(subjects: Sequence[Subject]) -> list[tuple[str, list[Subject]]]:
    """Return the groups of families, each with its title.

    A group has at least two families; those that are left alone are in the last one.

    :param subjects: The families.
    """
    ordered = sorted(subjects, key=lambda subject: subject.name)
    common = _common(ordered) if len(ordered) > 1 else []
    groups, alone = _divide(ordered, len(common))
    return [*groups, *([(_title(common) or "Others", alone)] if alone else [])]


def _divide(
    subjects: list[Subject], depth: int
) -> tuple[list[tuple[str, list[Subject]]], list[Subject]]:
    """Groups by the word at a depth, and what is alone there."""
    groups = []
    alone: list[Subject] = []
    for _, found in groupby(subjects, key=lambda subject: _words(subject)[depth : depth + 1]):
        members = list(found)
        if len(members) == 1:
            alone += members
            continue
        common = _common(members)
        if len(members) > MOST and len(common) > depth:
            parts, left = _divide(members, len(common))
            if len(parts) > 1:
                groups += [*parts, *([(_title(common), left)] if left else [])]
                continue
        groups.append((_title(common), members))
    return groups, alone


def _words(subject: Subject) -> list[str]:
    return subject.name.replace(":", "_").replace(".", "_").split("_")


def _common(subjects: Sequence[Subject]) -> list[str]:
    """The words that all names begin with."""
    words = [_words(subject) for subject in subjects]
    count = 0
    while all(len(one) > count and one[count] == words[0][count] for one in words):
        count += 1
    return words[0][:count]


def _title(words: Sequence[str]) -> str:
    text = " ".join(filter(None, words))
    return text[:1].upper() + text[1:]
