"""Options of the standard metrics, which all frameworks have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, TypedDict

from .names import LABELS, NAMES, OPENTELEMETRY, OPENTELEMETRY_LABELS

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


class StandardOptions(TypedDict, total=False):
    """Options of the standard metrics, as keyword arguments.

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
    """The methods of requests that are not counted."""
    exclude_statuses: Collection[int | str]
    """The statuses of answers that are not counted: ``404``, ``"4xx"``."""
    request_labels: Mapping[str, LabelFunction]
    """More labels, by functions of the request. See ``max_series``."""
    response_labels: Mapping[str, LabelFunction]
    """More labels, by functions of the answer."""
    exception_label: str
    """The name of a label for the class of the exception that a request ended in."""
    exemplars: Literal["traceparent", "opentelemetry"] | ExemplarFunction
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
    "exemplars": None,  # type: ignore[typeddict-item]
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


def checked(
    owner: str, given: Mapping[str, Any], const_labels: Mapping[str, Any] | None
) -> StandardOptions:
    """Return all options, those that are not given by their defaults.

    :param owner: The name of the class or function that has the options, for messages.
    :param given: The keyword arguments.
    :param const_labels: The const labels of the owner.
    :raises TypeError: If there is no such option, or if one is of another type.
    :raises ValueError: If an option has no meaning.
    """
    for name in given:
        if name not in DEFAULTS:
            raise TypeError(f"{owner}() got an unexpected keyword argument {name!r}")
    options: StandardOptions = {**DEFAULTS, **given}  # type: ignore[typeddict-item]
    if options["streams"] not in ("whole", "first_byte", "skip"):
        raise ValueError(
            f"{owner}: streams is 'whole', 'first_byte' or 'skip', not {options['streams']!r}"
        )
    for name in ("exclude_methods", "exclude_statuses"):
        if isinstance(options[name], (str, bytes)):  # type: ignore[literal-required]
            raise TypeError(f"{owner}: {name} is a list, such as [{given[name]!r}]")
    for name in ("request_labels", "response_labels"):
        for label, function in options[name].items():  # type: ignore[literal-required]
            if not callable(function):
                raise TypeError(
                    f"{owner}: {name}[{label!r}] is a function that returns the value of the "
                    "label; constant labels go into const_labels"
                )
    exemplars = options["exemplars"]
    if not (exemplars in (None, "traceparent", "opentelemetry") or callable(exemplars)):
        raise ValueError(
            f"{owner}: exemplars is 'traceparent', 'opentelemetry' or a function, not {exemplars!r}"
        )
    for name in other_names(options):
        if name not in NAMES.values():
            raise ValueError(
                f"{owner}: there is no standard metric {name!r} to be given another name; there "
                f"are {', '.join(NAMES.values())}"
            )
    own = OPENTELEMETRY_LABELS if options["names"] == "opentelemetry" else LABELS
    labels = [*own.values(), *(const_labels or {}), *more_labels(options)]
    if twice := sorted({name for name in labels if labels.count(name) > 1}):
        raise ValueError(f"{owner}: there are two labels of the name {twice[0]!r}")
    return options


def sets_of(metrics: Set | Sequence[Set]) -> tuple[Set, ...]:
    """Return the sets of metrics that a middleware has.

    :param metrics: One, or several.
    :raises ValueError: If there is no such set.
    """
    sets: tuple[Set, ...] = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    if not sets or not all(each in ("counters", "standard") for each in sets):
        raise ValueError(
            "MetricsMiddleware: metrics is 'counters', 'standard' or both in a list, not "
            f"{metrics!r}"
        )
    return sets
