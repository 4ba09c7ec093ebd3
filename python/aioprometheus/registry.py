"""The registry, for imports as in 23.12.0. It is defined in :mod:`aioprometheus.collectors`."""

from .collectors import REGISTRY, Registry, get_registry

__all__ = ["REGISTRY", "Registry", "get_registry"]
