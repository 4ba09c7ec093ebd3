"""Options of the standard metrics, which all frameworks have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from .names import OPENTELEMETRY

Set = Literal["counters", "standard"]
"""A set of metrics: the four counters of 23.12.0, or the standard metrics."""
LabelFunction = Callable[[Any], object]
"""Returns the value of a label of a request, or of its answer."""
ExemplarFunction = Callable[[Any], Mapping[str, Any] | None]
"""Returns the labels of an exemplar of a request, or None."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""The default of ``buckets``: those that OpenTelemetry recommends for HTTP."""

BYTES = (100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0, 10_000_000.0, 100_000_000.0)
"""The default of ``size_buckets``."""

STREAMS = ("whole", "first_byte", "skip")
"""The values of ``streams``."""


class StandardOptions(TypedDict, total=False):
    """Options of the standard metrics, as keyword arguments. None stands for the default of an
    option, but for no limit with ``max_series``.

    ASGI middlewares give the functions of ``request_labels`` and ``exemplars`` the scope of the
    request, and those of ``response_labels`` the message that started the answer, or None. With
    aiohttp they get its request and response.
    """

    prefix: str
    """What stands before the names of all metrics, such as ``"shop_"``."""
    names: Mapping[str, str | None] | Literal["opentelemetry"]
    """Other names for some of the metrics, by those in the table of ``docs/middleware.md``; None
    leaves a metric out. ``"opentelemetry"`` gives metrics and labels the names of its semantic
    conventions."""
    buckets: Sequence[float]
    """The upper bounds of durations, in seconds."""
    size_buckets: Sequence[float]
    """The upper bounds of sizes, in bytes."""
    native: bool
    """Whether the histograms have native buckets too."""
    streams: Literal["whole", "first_byte", "skip"]
    """Where the duration of a stream ends: with its last byte, or with its first one; or whether it
    has none. A stream is an answer of server-sent events, or one in several pieces without
    Content-Length."""
    exclude_methods: Collection[str]
    """The methods of requests that are not counted, as their labels: ``"HEAD"``, ``"<other>"``."""
    exclude_statuses: Collection[int | str]
    """The statuses of answers that are not counted: ``404``, ``"4xx"``."""
    request_labels: Mapping[str, LabelFunction]
    """More labels, by functions of the request, which cannot be async. Bytes, such as the value of
    a header, are decoded as latin-1. See ``max_series``."""
    response_labels: Mapping[str, LabelFunction]
    """More labels, by functions of the answer."""
    exception_label: str
    """The name of a label for the class of the exception that a request ended in."""
    exemplars: Literal["traceparent", "opentelemetry"] | ExemplarFunction | None
    """Where exemplars of counters and durations come from: the header ``traceparent``, the current
    span of OpenTelemetry, or a function of the request."""
    max_series: int | None
    """The largest number of series of each metric. The default is 10,000."""


DEFAULTS: StandardOptions = {
    "prefix": "",
    "names": {},
    "buckets": SECONDS,
    "size_buckets": BYTES,
    "native": False,
    "streams": "whole",
    "exclude_methods": (),
    "exclude_statuses": (),
    "request_labels": {},
    "response_labels": {},
    "exception_label": "",
    "exemplars": None,
    "max_series": 10_000,
}
"""The options that are not given."""


def other_names(options: StandardOptions) -> Mapping[str, str | None]:
    """Return the other names that an owner gives to metrics.

    :param options: Its options.
    """
    names = options["names"]
    return OPENTELEMETRY if names == "opentelemetry" else names


def more_labels(options: StandardOptions) -> list[str]:
    """Return the names of the labels whose values come from requests, answers and exceptions.

    :param options: The options.
    """
    names = [*options["request_labels"], *options["response_labels"]]
    return [*names, options["exception_label"]] if options["exception_label"] else names


def sets_of(metrics: Set | Sequence[Set]) -> tuple[Set, ...]:
    """Return the sets of metrics that a middleware has.

    :param metrics: One, or several.
    :raises ValueError: If there is no such set.
    """
    given: Any = metrics
    sets = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    if not sets or not all(each in ("counters", "standard") for each in sets):
        raise ValueError(
            "MetricsMiddleware: metrics is 'counters', 'standard' or both in a list, not "
            f"{metrics!r}"
        )
    return sets
