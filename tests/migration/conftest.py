"""Fixtures of the translated tests of prometheus_client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aioprometheus import (
    Registry,
    names,
)
from support.migration import Value, samples


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def value(registry: Registry) -> Value:
    """`registry.get_sample_value`, compared with what prometheus_client reads from a scrape."""

    def value(name: str, labels: dict[str, str] | None = None) -> float | None:
        found = registry.get_sample_value(name, labels)
        assert found == samples(registry).get((name, frozenset((labels or {}).items())))
        return found

    return value


@pytest.fixture
def utf8_names() -> Iterator[None]:
    names.allow_utf8()
    yield
    names.allow_utf8(False)
