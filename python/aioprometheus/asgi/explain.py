"""What is said where a handler serves another registry than its user meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ..collectors import Registry
from ..note import wrong_registry
from .middleware import MIDDLEWARES


@contextmanager
def explained(scope: Mapping[str, Any], registry: Any, setting: str) -> Iterator[None]:
    """Explain what goes wrong while a handler renders, and warn of counters that it does not serve.

    :param scope: The scope of the request.
    :param registry: What the handler serves.
    :param setting: Where the handler has it from.
    """
    if isinstance(registry, Registry):
        around = scope.get(MIDDLEWARES, ())
        with suppress(Exception):  # the handler serves what it has
            if around and not any(middleware._counts_in(registry) for middleware in around):
                around[-1]._warn_of(registry, scope.get("path"), setting)
    try:
        yield
    except Exception as error:
        if not isinstance(registry, Registry):
            wrong_registry(error, registry, setting)
        raise
