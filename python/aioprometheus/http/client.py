"""The metrics of HTTP clients: requests, durations, errors, connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from .. import _core
from ..collectors import Counter, Gauge, Histogram, Registry, get_registry
from .cancelled import is_cancelling
from .checking import check_common, check_no_label_twice, with_defaults
from .options import SECONDS
from .owner import Place, Row, Settings
from .shared import label_texts, registry_or_none, shared
from .standard import label_text

ERROR = "error"
"""The status label of requests that end in an exception."""

CANCELLED = "cancelled"
"""The status label of requests that are cancelled."""

_SETTINGS = Settings(
    counts=False,
    measures=True,
    has_in_progress=True,
    trusts_marks=False,
    has_more_labels=False,
    waits_for_error=False,
    has_exemplars=False,
    streams="whole",
    excluded_paths=None,
    excluded_methods=[],
)


class ClientOptions(TypedDict, total=False):
    """Options of the metrics of a client, as keyword arguments.

    None stands for the default of an option, but for no limit with ``max_series``.
    """

    prefix: str
    """What stands before the names of all metrics, such as ``"shop_"``."""
    buckets: Sequence[float]
    """The upper bounds of durations, in seconds."""
    native: bool
    """Whether the histograms have native buckets too."""
    const_labels: Mapping[str, Any] | None
    """Labels that all series have."""
    max_series: int | None
    """The largest number of series of each metric. The default is 1,000."""


DEFAULTS: ClientOptions = {
    "prefix": "",
    "buckets": SECONDS,
    "native": False,
    "const_labels": None,
    "max_series": 1_000,
}
"""The options that are not given."""


class Connections(NamedTuple):
    """The series of the connections to a host."""

    created: _core.BoundCounter
    """Those that were made."""
    reused: _core.BoundCounter
    """How often one was used again."""
    wait: _core.BoundHistogram
    """The seconds that requests waited for one, whether they got it or not."""


class _Metrics(NamedTuple):
    """The metrics."""

    requests: Any
    duration: Any
    in_progress: Any
    errors: Any
    created: Any
    reused: Any
    wait: Any


_LABELS = _Metrics(
    requests=("method", "host", "status"),
    duration=("method", "host", "status"),
    in_progress=("method",),
    errors=("method", "host", "error"),
    created=("host",),
    reused=("host",),
    wait=("host",),
)
"""The names of their labels."""


class ClientMetrics:
    """The metrics of HTTP clients in a registry, which several clients share.

    :param owner: The name of what measures, for messages.
    :param registry: The registry; without it, the default registry.
    :param given: The options.
    :raises Exception: If the registry is not a Registry.
    :raises TypeError: If there is no such option, or if one is of another type.
    :raises ValueError: If an option has no meaning, or if the registry has another metric under one
      of the names.
    """

    def __init__(self, owner: str, registry: Registry | None, given: Mapping[str, Any]) -> None:
        registry = registry_or_none(registry)
        self._owner = owner
        self._options = options = _checked(owner, given)
        self._const_labels = label_texts(options["const_labels"])
        self._error_logged = False
        # The label of each host, as one object by which the core knows it, and its connections.
        self._hosts: dict[object, str] = {}
        self._connections: dict[str, Connections] = {}
        # What is wrong with an option is said by the metrics, in a registry that is thrown away.
        for metric, names in zip(self._metrics_in(Registry()), _LABELS, strict=True):
            metric.labels({**self._const_labels, **dict.fromkeys(names, "any")})
        self.registry = get_registry() if registry is None else registry
        self._metrics = self._metrics_in(self.registry)
        self._recorder = _core.HttpRecorder(self, _SETTINGS)

    def _metrics_in(self, registry: Registry) -> _Metrics:
        """Make the metrics in a registry, or take those that it has."""
        options = self._options

        def metric(kind: Any, name: str, doc: str) -> Any:
            settings: dict[str, Any] = {"max_series": options["max_series"]}
            if kind is Histogram:
                settings["buckets"] = options["buckets"]
                if options["native"]:
                    settings["native"] = True
            name = f"{options['prefix']}http_client_{name}"
            return shared((self._owner, "client"), registry, kind, name, doc, **settings)

        return _Metrics(
            metric(Counter, "requests_total", "Requests that were sent, by what became of them"),
            metric(
                Histogram,
                "request_duration_seconds",
                "Seconds from a request to the head of its answer, or to its end without one",
            ),
            metric(
                Gauge, "requests_in_progress", "Requests that wait for the head of their answer"
            ),
            metric(Counter, "errors_total", "Requests that ended in an exception, by its class"),
            metric(Counter, "connections_created_total", "Connections that were made"),
            metric(
                Counter,
                "connections_reused_total",
                "Requests on a connection that was already open",
            ),
            metric(
                Histogram,
                "connection_wait_seconds",
                "Seconds that requests waited until the pool had a connection, or room for one, or "
                "until they ended without one",
            ),
        )

    def open(self, method: str) -> _core.HttpCall | None:
        """Begin a request. One that is refused before it is sent is not counted: then its
        ``complete()`` is called, and nothing else.

        :param method: Its method.
        """
        return self._recorder.open(method)

    def failed(self, call: _core.HttpCall, host: str, error: BaseException) -> None:
        """End a request that has no answer.

        :param call: The request.
        :param host: The label of its host.
        :param error: The exception that ended it.
        """
        if is_cancelling(error):
            call.close(host, CANCELLED)
            return
        call.close(host, ERROR)
        labels = {"method": call.method, "host": host, "error": type(error).__name__}
        self._metrics.errors.inc({**self._const_labels, **labels})

    def host(self, key: object, host: str) -> str:
        """Return the label of a host.

        :param key: What the host is known by, so that its label is made once.
        :param host: The host, and the port if it is not that of the scheme.
        """
        label = self._hosts.get(key)
        if label is None:
            if len(self._hosts) >= (self._options["max_series"] or 10_000):
                self._hosts.clear()
                self._connections.clear()
            label = self._hosts[key] = label_text(host)
        return label

    def connections(self, host: str) -> Connections:
        """Return the series of the connections to a host.

        :param host: The label of the host.
        """
        found = self._connections.get(host)
        if found is None:
            labels = {**self._const_labels, "host": host}
            made = self._metrics
            metrics = (made.created, made.reused, made.wait)
            found = Connections(*(metric.labels(labels) for metric in metrics))
            self._connections[host] = found
        return found

    def log_failure(self, error: BaseException) -> None:
        """Log the exception of a metric, unless one was logged before.

        :param error: The exception.
        """
        if not self._error_logged:
            self._error_logged = True
            import logging

            logging.getLogger(__name__).error(
                "%s did not count a request, which was sent all the same: its metrics raised the "
                "exception below (this is logged once)",
                self._owner,
                exc_info=error,
            )

    # What the recorder asks for.
    _log_failure = log_failure

    def _place_of(self, host: Any) -> Place:
        return Place(None, host, True)

    def _in_progress(self, method: str) -> Any:
        return self._metrics.in_progress.labels({**self._const_labels, "method": method})

    def _row(self, method: str, host: str, status: str, _more: tuple[str, ...]) -> Row:
        labels = {**self._const_labels, "method": method, "host": host, "status": status}
        requests, duration = self._metrics.requests, self._metrics.duration
        return Row(requests.labels(labels), duration.labels(labels), None, None, None)


def _checked(owner: str, given: Mapping[str, Any]) -> ClientOptions:
    """Return all options, those that are not given by their defaults."""
    options: ClientOptions = with_defaults(owner, given, DEFAULTS)
    const_labels = options["const_labels"]
    check_common(owner, options, const_labels)
    for names in _LABELS:
        check_no_label_twice(owner, [*names, *(const_labels or ())])
    return options
