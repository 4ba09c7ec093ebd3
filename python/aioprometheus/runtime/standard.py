"""What the collectors of this package have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..collectors import Registry


class StandardCollector:
    """A collector of families whose names are the same in every client.

    Where something else in a registry has one of the names, such as a collector of
    ``prometheus_client``, that is exposed and not the family here. Of two collectors of this
    package it is the family of the first one.

    :param registry: The registry in which it is registered at once. Without one,
      ``registry.register(collector)`` does that.
    :raises ValueError: If it is registered there already.
    """

    _gives_way = True
    """What a scrape looks for."""

    def __init__(self, registry: Registry | None = None) -> None:
        if registry is not None:
            registry.register(self)

    def describe(self) -> Iterable[Any]:
        """Return the families without their series, for scrapes that ask for some names."""
        raise NotImplementedError

    def collect(self) -> Iterable[Any]:
        """Return the families as they are now."""
        raise NotImplementedError
