"""A collector of the metrics that libraries have registered with ``prometheus_client``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .note import noted


class PrometheusClientCollector:
    """Exposes what a registry of ``prometheus_client`` has, in one scrape with the metrics here.

    ``registry.register(PrometheusClientCollector(prometheus_client.REGISTRY))`` shows what other
    libraries have registered there, and the collectors of that package.

    :param registry: The registry, or any collector of ``prometheus_client``.
    :raises TypeError: If it has no method ``collect``.
    """

    def __init__(self, registry: Any) -> None:
        if isinstance(registry, type) or not callable(getattr(registry, "collect", None)):
            error = TypeError(f"a registry of prometheus_client has collect(), got: {registry!r}")
            raise noted(error, "PrometheusClientCollector(prometheus_client.REGISTRY)")
        self.registry = registry

    def __repr__(self) -> str:
        """Show what is collected."""
        return f"<{type(self).__name__} of {self.registry!r}>"

    def collect(self) -> Iterable[Any]:
        """Return the families of that registry."""
        families: Iterable[Any] = self.registry.collect()
        return families
