"""What a mistake says: its exception, with the notes that stand beside the words of 23.12.0."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest


class Mistake(NamedTuple):
    """A call that is refused."""

    call: Callable[[], object]
    error: type[BaseException]
    #: ``str`` of the exception, where 23.12.0 has words for it.
    words: str | None
    #: What the words and the notes say in all, in any order.
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
