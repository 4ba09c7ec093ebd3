"""Mistakes: refused calls, with the exception and notes that are expected of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest


class Mistake(NamedTuple):
    """A call that is refused."""

    call: Callable[[], object]
    error: type[BaseException]
    #: ``str`` of the exception, if 23.12.0 has a message for it.
    words: str | None
    #: Parts of the message and the notes, in any order.
    says: list[str]


def notes_of(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", []))


def check(mistake: Mistake) -> None:
    with pytest.raises(mistake.error) as caught:
        mistake.call()
    assert caught.type is mistake.error
    if mistake.words is not None:
        assert str(caught.value) == mistake.words
    notes = notes_of(caught.value)
    assert len(notes) <= 1, notes
    told = "\n".join([str(caught.value), *notes])
    assert [words for words in mistake.says if words not in told] == [], told
    assert len(told) < 700
