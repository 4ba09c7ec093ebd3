"""Bounds for what is given to families: it is read no further, if it has no end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

MOST = 100_000
"""How many labels, buckets, quantiles, facts or states a series may have."""


def bounded(name: str, items: Iterable[Any], words: str) -> list[Any]:
    """Return a list of what is given.

    :param name: The name of the family.
    :param items: What is given.
    :param words: What it is.
    :raises ValueError: If there is too much of it.
    """
    taken = list(islice(items, MOST + 1))
    if len(taken) > MOST:
        raise ValueError(f"{name}: a series has at most {MOST} {words}")
    return taken


def bounded_dict(name: str, mapping: Mapping[Any, Any], words: str) -> dict[Any, Any]:
    """Return a mapping as a dict.

    :param name: The name of the family.
    :param mapping: The mapping.
    :param words: What it has.
    :raises ValueError: If there is too much of it.
    """
    if type(mapping) is dict:
        return dict(mapping)
    return {key: mapping[key] for key in bounded(name, mapping, words)}
