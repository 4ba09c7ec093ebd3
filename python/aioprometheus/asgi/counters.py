"""The four counters of 23.12.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import _core
from ..collectors import Counter, Registry, get_registry
from ..http.shared import made_or_found
from ..mypy_types import LabelsType

COUNTERS = {
    "requests_counter": ("requests_total_counter", "Total number of requests received"),
    "responses_counter": ("responses_total_counter", "Total number of responses sent"),
    "exceptions_counter": (
        "exceptions_total_counter",
        "Total number of requested which generated an exception",
    ),
    "status_codes_counter": ("status_codes_counter", "Total number of response status codes"),
}
"""The names and HELPs of the counters, by the attributes of the middleware that hold them."""


def counter_in(
    registry: Registry | None, const_labels: Mapping[str, Any] | None, name: str, doc: str
) -> Any:
    """Make a counter, or take that of another middleware from the registry.

    :param registry: The registry; None stands for the default one.
    :param const_labels: The const labels of the middleware.
    :param name: The name of the counter.
    :param doc: Its HELP.
    :raises ValueError: If the registry has another metric under this name, or a counter with const
      labels that this middleware does not have.
    """
    registry = get_registry() if registry is None else registry
    counter = made_or_found(Counter, name, doc, registry)
    if not isinstance(counter, Counter):
        raise ValueError(
            f"{name} in the registry is not a Counter: give MetricsMiddleware another registry"
        )
    _, given = _core.settings_of(registry)
    own, wanted = counter.const_labels, const_labels or {}
    foreign = {label: value for label, value in own.items() if given.get(label) != value}
    if not foreign.items() <= wanted.items():
        raise ValueError(
            f"{name} in the registry has the const labels {own}: "
            "give MetricsMiddleware another registry, or the same const_labels"
        )
    missing = {label: value for label, value in wanted.items() if own.get(label) != value}
    return WithLabels(counter, missing) if missing else counter


class WithLabels:
    """A counter that several middlewares share, with the const labels of one of them."""

    # The methods that take the labels of a series as their first argument.
    METHODS = frozenset(("inc", "add", "set", "get", "get_value", "set_value"))

    def __init__(self, counter: Counter, labels: LabelsType) -> None:
        self._counter = counter
        self._labels = labels

    @staticmethod
    def without(counter: Any) -> Any:
        """The counter without its const labels; any other object as it is."""
        return counter._counter if isinstance(counter, WithLabels) else counter

    @property
    def const_labels(self) -> LabelsType:
        """The labels that each series has."""
        return {**self._counter.const_labels, **self._labels}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._counter, name)
        if name not in self.METHODS:
            return method

        def with_labels(labels: Any = None, *arguments: Any, **more: Any) -> Any:
            return method({**self._labels, **(labels or {})}, *arguments, **more)

        return with_labels
