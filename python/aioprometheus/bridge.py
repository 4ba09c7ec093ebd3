"""A collector of the metrics that libraries have registered with ``prometheus_client``."""

from __future__ import annotations

from collections.abc import Iterator
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

    def collect(self) -> Iterator[Any]:
        """Yield the families of that registry, and the exceptions of collectors that fail there.

        Each of its collectors is asked by itself, so that one that fails costs its own families.
        """
        collectors = getattr(self.registry, "_collector_to_names", None)
        if not isinstance(collectors, dict):
            yield from self.registry.collect()
            return
        # As its own `collect` does.
        with self.registry._lock:
            collectors = list(collectors)
            target_info = getattr(self.registry, "_target_info", None)
        if target_info:
            yield self.registry._target_info_metric()
        for collector in collectors:
            try:
                yield from collector.collect()
            except Exception as error:
                yield error
