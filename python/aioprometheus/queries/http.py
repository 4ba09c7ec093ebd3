"""The metrics of HTTP requests: those of the standard middleware and of others that are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from . import promql
from .promql import Scope
from .subject import Subject

_LABELS = {
    "method": ("method", "http_request_method"),
    "path": ("path", "http_route", "handler", "host"),
    "status": ("status", "http_response_status_code", "status_code", "code"),
}
"""The names that labels have in the sets of metrics that are known."""

FOUR_COUNTERS = "HTTP requests, four counters"
"""The title of the metrics of 23.12.0's middleware."""


class _Set(NamedTuple):
    """A set of metrics that is known, by the ends of their names."""

    title: str
    stem: str
    requests: str = ""
    duration: str = ""
    in_progress: tuple[str, ...] = ()
    more: Mapping[str, str] = MappingProxyType({})
    failed: str = "5.."


_SETS = (
    _Set(
        "HTTP requests",
        "http_requests",
        "http_requests_total",
        "http_request_duration_seconds",
        ("http_requests_in_progress", "http_requests_inprogress"),
        {
            "first_byte": "http_request_first_byte_seconds",
            "request_size": "http_request_size_bytes",
            "response_size": "http_response_size_bytes",
        },
    ),
    _Set(
        "HTTP requests",
        "http_server_requests",
        "",
        "http_server_request_duration_seconds",
        ("http_server_active_requests",),
        {
            "request_size": "http_server_request_body_size_bytes",
            "response_size": "http_server_response_body_size_bytes",
        },
    ),
    _Set(
        "HTTP client",
        "http_client_requests",
        "http_client_requests_total",
        "http_client_request_duration_seconds",
        ("http_client_requests_in_progress",),
        {
            "errors": "http_client_errors_total",
            "created": "http_client_connections_created_total",
            "reused": "http_client_connections_reused_total",
            "wait": "http_client_connection_wait_seconds",
        },
        "error|5..",
    ),
    _Set(
        FOUR_COUNTERS,
        "http_requests",
        "status_codes_counter",
        more={
            "exceptions": "exceptions_total_counter",
            "received": "requests_total_counter",
            "answered": "responses_total_counter",
        },
    ),
)

SLOW = 1.0
"""The seconds after which a request is slow."""


@dataclass(frozen=True)
class Http:
    """The metrics of the requests of one middleware or client."""

    title: str
    """What its row is called."""
    stem: str
    """What the names of its rules begin with, such as ``shop_http_requests``."""
    requests: Subject | None
    """The counter of requests."""
    duration: Subject | None
    """The histogram of the seconds that they took."""
    in_progress: Subject | None
    """The gauge of those that are being answered."""
    more: Mapping[str, Subject]
    """The others, by what they are."""
    statuses: str
    """A pattern of the statuses of failed requests, also where they are grouped: ``5xx``."""

    @property
    def subjects(self) -> list[Subject]:
        """All of them."""
        own = (self.requests, self.duration, self.in_progress, *self.more.values())
        return [subject for subject in own if subject is not None]

    @property
    def counted(self) -> Subject:
        """The metric that says how many requests there were."""
        found = self.requests or self.duration
        assert found is not None
        return found

    def label(self, which: str) -> str | None:
        """Return the name of a label.

        :param which: ``method``, ``path`` or ``status``.
        """
        return next((name for name in _LABELS[which] if name in self.counted.labels), None)

    def labels(self, *which: str) -> list[str]:
        """Return the names of those labels that there are."""
        return [name for name in map(self.label, which) if name is not None]

    def timed(self, *which: str) -> list[str]:
        """Return the names of those labels that the durations have, too."""
        found = self.labels(*which)
        return [name for name in found if self.duration and name in self.duration.labels]

    @property
    def failed(self) -> str | None:
        """What the labels of failed requests are, if that is known."""
        status = self.label("status")
        return f"{status}=~{promql.quote(self.statuses)}" if status else None

    @property
    def failure(self) -> str:
        """What counts as a failed request, as a sentence."""
        answers = "Answers with a status of 500 to 599"
        more = ", and requests without an answer" if "error" in self.statuses else ""
        return f"{answers}{more}."

    def rate(self, scope: Scope, labels: Sequence[str] = (), *matchers: str) -> str:
        """Return the requests a second.

        :param scope: The targets and the time.
        :param labels: The labels by which they are asked.
        :param matchers: What the labels must be.
        """
        if self.requests is None:
            return promql.count_rate(scope, self.counted, labels, *matchers)
        return promql.by("sum", labels, scope.rate(self.requests.name, *matchers))

    def error_ratio(self, scope: Scope, labels: Sequence[str] = ()) -> str | None:
        """Return the part of the requests that failed, if that is known."""
        if self.failed is None:
            return None
        return promql.ratio(self.rate(scope, labels, self.failed), self.rate(scope, labels))


_WEBSOCKETS = {
    "websocket_connections_open": "gauge",
    "websocket_connections_total": "counter",
    "websocket_messages_total": "counter",
    "websocket_duration_seconds": "histogram",
}
"""The metrics of websockets, by the ends of their names, and their kinds."""


def find_websockets(subjects: Sequence[Subject]) -> dict[str, list[Subject]]:
    """Return the metrics of websockets, by the title of their row.

    :param subjects: All families.
    """
    found: dict[str, list[Subject]] = {}
    for subject in sorted(subjects, key=lambda subject: subject.name):
        for end, kind in _WEBSOCKETS.items():
            prefix = subject.name.removesuffix(end)
            is_whole = prefix == "" or (prefix != subject.name and prefix.endswith("_"))
            if is_whole and subject.kind == kind:
                found.setdefault(_title("Websockets", prefix), []).append(subject)
    return found


def _title(what: str, prefix: str) -> str:
    return f"{what} ({prefix.rstrip('_')})" if prefix else what


_COUNTERS = ("counter", "unknown")
"""OpenMetrics does not know counters whose names do not end in ``_total``."""


def find_http(subjects: Sequence[Subject]) -> list[Http]:
    """Return the sets of metrics of HTTP requests, in a stable order.

    :param subjects: All families.
    """
    known = {subject.name: subject for subject in subjects}
    return [
        found
        for one in _SETS
        for prefix in _prefixes(known, one)
        if (found := _find(known, prefix, one)) is not None
    ]


def _prefixes(known: Mapping[str, Subject], one: _Set) -> list[str]:
    """What stands before names that end so."""
    prefixes = {
        name.removesuffix(end)
        for name in known
        for end in (one.requests, one.duration)
        if end and name.endswith(end)
    }
    return sorted(prefix for prefix in prefixes if prefix == "" or prefix.endswith("_"))


def _find(known: Mapping[str, Subject], prefix: str, one: _Set) -> Http | None:
    def find(kinds: Sequence[str], *ends: str) -> Subject | None:
        found = (known.get(prefix + end) for end in ends if end)
        return next((subject for subject in found if subject and subject.kind in kinds), None)

    requests = find(_COUNTERS, one.requests)
    duration = find(("histogram",), one.duration)
    if requests is None and duration is None:
        return None
    more = {what: find((*_COUNTERS, "histogram"), end) for what, end in one.more.items()}
    return Http(
        _title(one.title, prefix),
        f"{prefix}{one.stem}",
        requests,
        duration,
        find(("gauge",), *one.in_progress),
        {what: subject for what, subject in more.items() if subject is not None},
        one.failed,
    )
