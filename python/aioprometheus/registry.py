"""Kept for imports; the registry is defined in :mod:`aioprometheus.collectors`."""

from .collectors import REGISTRY, Registry, get_registry

__all__ = ["REGISTRY", "Registry", "get_registry"]
