"""What an ``HttpRecorder`` of the core asks of the middleware that owns it."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from .. import _core


class Settings(NamedTuple):
    """What a recorder records."""

    counts: bool
    """Whether the four counters of 23.12.0 count."""
    measures: bool
    """Whether the standard metrics do."""
    has_in_progress: bool
    """Whether requests in progress are counted."""
    trusts_marks: bool
    """Whether the objects with which a framework marks the route in a scope say which labels a
    request has; not if a subclass gives labels of its own."""
    has_more_labels: bool
    """Whether there are labels whose values come from the request, the answer or the exception."""
    waits_for_error: bool
    """Whether one of them comes from the exception."""
    has_exemplars: bool
    """Whether the owner knows exemplars."""
    streams: str
    """The option ``streams``."""
    excluded_paths: frozenset[str] | list[str] | None
    """The paths that are not counted; None if ``_excludes`` has to be called for each: there are
    patterns, or the paths are in something else than a list or a tuple."""
    excluded_methods: list[str]
    """The methods that are not counted."""


class Place(NamedTuple):
    """The path labels of a request."""

    of_counters: str | None
    """That of the four counters; None if the request is excluded."""
    of_standard: str | None
    """That of the standard metrics."""
    is_marked: bool
    """Whether all requests with the same marks in their scopes have these labels."""


class Labels(NamedTuple):
    """The labels of the four counters."""

    of_request: dict[str, str]
    """Those of requests, responses and exceptions."""
    of_status: dict[str, str]
    """Those of status codes."""


class Row(NamedTuple):
    """The series of the standard metrics for requests that have the same labels."""

    requests: _core.BoundCounter | None
    duration: _core.BoundHistogram | None
    first_byte: _core.BoundHistogram | None
    request_size: _core.BoundHistogram | None
    response_size: _core.BoundHistogram | None


class OpenWebsocket(NamedTuple):
    """The series of the open websockets of a path."""

    connections: _core.BoundGauge | None
    received: _core.BoundCounter | None
    sent: _core.BoundCounter | None


class EndedWebsocket(NamedTuple):
    """The series of the websockets of a path that ended in the same way."""

    connections: _core.BoundCounter | None
    duration: _core.BoundHistogram | None


class Owner(Protocol):
    """The methods that a recorder calls. What it has asked once, it keeps.

    Exceptions are given to ``_log_failure``; then the request is not counted, or only in part.
    """

    def _log_failure(self, error: BaseException) -> None:
        """Log that a metric failed."""

    def _in_progress(self, method: str) -> _core.BoundGauge:
        """The gauge of requests in progress."""

    def _row(self, method: str, path: str, status: str, more: tuple[str, ...]) -> Row | None:
        """The series of a request; None if it is not counted."""

    def _more_labels(self, *request: Any) -> list[str]:
        """The values of the labels that come from a request, its answer and its exception."""

    def _exemplar(self, *request: Any) -> dict[str, str] | None:
        """The exemplar of a request."""


class AsgiOwner(Owner, Protocol):
    """What a recorder of ASGI applications asks as well."""

    def _excludes(self, path: Any) -> bool:
        """Whether requests to a path are not counted."""

    def _requested(self, scope: dict[str, Any]) -> tuple[str, bool]:
        """The path of a request as its client sent it, and whether it is not counted."""

    def _sets_of(self, around: tuple[Any, ...]) -> tuple[bool, bool]:
        """Whether the counters and the standard metrics count a request with these middlewares
        around it."""

    def _place(self, scope: dict[str, Any], requested: str, status: str) -> Place:
        """The path labels of a request."""

    def _labels(self, method: str, path: str, status: str) -> Labels | None:
        """The labels of the four counters; None if the request is not counted."""

    def _websocket_row(self, path: str) -> OpenWebsocket:
        """The series of an open websocket."""

    def _websocket_ended(self, path: str, code: str, is_of_client: bool) -> EndedWebsocket:
        """The series of a websocket that has ended."""


class RoutedOwner(Owner, Protocol):
    """What a recorder of other frameworks asks as well."""

    def _place_of(self, route: Any) -> Place:
        """The path labels of requests to a route, which may be None."""
