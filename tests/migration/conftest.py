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
    """`registry.get_sample_value` of prometheus_client."""

    def value(name: str, labels: dict[str, str] | None = None) -> float | None:
        return samples(registry).get((name, frozenset((labels or {}).items())))

    return value


@pytest.fixture
def utf8_names() -> Iterator[None]:
    names.allow_utf8()
    yield
    names.allow_utf8(False)
