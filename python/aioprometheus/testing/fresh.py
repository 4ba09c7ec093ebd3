"""A default registry that is empty for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .. import _core
from ..collectors import Registry, get_registry


@contextmanager
def fresh_registry() -> Iterator[Registry]:
    """Empty the default registry for a ``with`` block, and put back afterwards what was in it.

    It stays the same object, so that whoever has imported ``REGISTRY`` sees in it what is made in
    the block, and only that: metrics, collectors, and functions that are called before a scrape.
    Metrics that were made before go on counting, and are exposed again afterwards. The settings of
    the registry, such as its prefix, hold in the block too; what the block does to them does not
    last.

    :returns: The default registry, for ``as``.
    """
    registry = get_registry()
    held = Registry()
    # A class of the user's may have settings of its own.
    if type(registry) is Registry:
        held.prefix = registry.prefix
        held.const_labels = registry.const_labels
        held.max_series = registry.max_series
        held.on_duplicate = registry.on_duplicate
    _core.exchange(registry, held)
    try:
        yield registry
    finally:
        _core.exchange(registry, held)
