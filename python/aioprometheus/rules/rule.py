"""Rules before they are YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Record:
    """A recording rule."""

    name: str
    """The name of the series that it makes."""
    expression: str
    """The PromQL."""
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Labels that its series have."""


@dataclass(frozen=True)
class Alert:
    """An alert rule."""

    name: str
    """The name of the alert."""
    expression: str
    """The PromQL."""
    wait: str
    """How long it must be true until the alert fires, such as ``5m``."""
    severity: str
    """The label ``severity``: ``critical`` or ``warning``."""
    summary: str
    """A sentence of what is wrong, with Prometheus' templates."""
    description: str
    """What it means, and what to look at."""


@dataclass(frozen=True)
class Group:
    """A group of rules."""

    name: str
    """Its name."""
    rules: tuple[Record | Alert, ...]
    """Its rules, in the order in which they are evaluated."""
