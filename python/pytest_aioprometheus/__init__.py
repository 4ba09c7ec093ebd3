"""The pytest plugin of aioprometheus: fixtures for tests of what a service counts.

pytest imports this module whenever it starts. It stands beside the package so that aioprometheus
itself is imported only by a test that asks for one of the fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aioprometheus import Registry
    from aioprometheus.testing import Metrics


@pytest.fixture
def metrics() -> Metrics:
    """What the test does to the metrics of the default registry, such as ``metrics.increased()``.

    Override it for another registry::

        @pytest.fixture
        def metrics():
            return Metrics(my_registry)
    """
    from aioprometheus.testing import Metrics

    return Metrics()


@pytest.fixture
def metrics_registry() -> Iterator[Registry]:
    """The default registry, empty for the time of the test.

    Metrics that were made before are not in it, and go on counting; they are back afterwards.
    """
    from aioprometheus.testing import fresh_registry

    with fresh_registry() as registry:
        yield registry
