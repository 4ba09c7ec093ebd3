"""For tests of a service: what its code does to the metrics, and a fresh default registry.

pytest has the fixtures ``metrics`` and ``metrics_registry`` once the package is installed. Other
tests make the same objects themselves::

    from aioprometheus.testing import Metrics

    metrics = Metrics()
    with metrics.increased("requests_total", {"method": "GET"}, by=1):
        handle(request)
"""

from .fresh import fresh_registry
from .metrics import Metrics

__all__ = ["Metrics", "fresh_registry"]
