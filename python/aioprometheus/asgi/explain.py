"""Notes and warnings for a handler that serves another registry than its user meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ..collectors import Registry
from ..note import wrong_registry
from ..views import one_of, parts_of
from .middleware import MIDDLEWARES


@contextmanager
def explained(scope: Mapping[str, Any], registry: Any, setting: str) -> Iterator[None]:
    """Explain errors while a handler renders, and warn of counters that it does not serve.

    :param scope: The scope of the request.
    :param registry: The registry that the handler serves.
    :param setting: The attribute from which the handler takes it.
    """
    served = one_of(registry)
    if isinstance(served, Registry):
        around = scope.get(MIDDLEWARES, ())
        with suppress(Exception):  # a warning that fails must not fail the scrape
            if around and not any(
                middleware._counts_in(one) for one in parts_of(served) for middleware in around
            ):
                around[-1]._warn_of(served, scope.get("path"), setting)
    try:
        yield
    except Exception as error:
        if not isinstance(served, Registry):
            wrong_registry(error, registry, setting)
        raise
