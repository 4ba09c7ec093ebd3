"""A registry whose only collector yields some families."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aioprometheus import Registry


class Yielding:
    """A collector of families."""

    def __init__(self, families: Iterable[Any]) -> None:
        self.families = families

    def collect(self) -> Iterable[Any]:
        return self.families


def yielding(families: Iterable[Any]) -> Registry:
    """A registry with a collector of families."""
    registry = Registry()
    registry.register(Yielding(families))
    return registry
