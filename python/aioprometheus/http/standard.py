"""The standard metrics of a server: their names, and their series by the labels of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import _core
from ..collectors import Counter, Gauge, Histogram, Registry
from .exemplar import exemplar_function
from .names import HELP, LABELS, NAMES, OPENTELEMETRY_LABELS
from .options import StandardOptions, more_labels, other_names
from .owner import EndedWebsocket, OpenWebsocket, Row
from .shared import M, label_texts, shared

CLOSE_CODES = frozenset(str(code) for code in range(1000, 1016))
"""The close codes that a standard defines (RFC 6455, section 7.4.1, and IANA's registry)."""

OTHER_CODE = "<other>"
"""The label of all other codes that clients send: any up to 4999."""

LONGEST = 200
"""The most characters of a label value that comes from a request or an answer; the rest is cut off,
so that the memory of ``max_series`` is bounded."""


class StandardMetrics:
    """The standard metrics in a registry, with the options of one middleware.

    Middlewares that have a registry in common share the metrics.

    :param owner: The name of the middleware, for messages.
    :param registry: The registry.
    :param options: The options.
    :param const_labels: Labels that all series of the middleware have.
    :raises ValueError: If the registry has another metric under one of the names.
    """

    def __init__(
        self,
        owner: str,
        registry: Registry,
        options: StandardOptions,
        const_labels: Mapping[str, Any] | None,
    ) -> None:
        self._owner = owner
        self._registry = registry
        self._options = options
        is_opentelemetry = options["names"] == "opentelemetry"
        self._label_names = OPENTELEMETRY_LABELS if is_opentelemetry else LABELS
        self._names = {
            key: f"{options['prefix']}{own}"
            for key, name in NAMES.items()
            if (own := other_names(options).get(name, name)) is not None
        }
        self.const_labels = label_texts(const_labels)
        self.more_labels = more_labels(options)
        self.exemplar = exemplar_function(options["exemplars"])
        self._excluded = {status_label(status) for status in options["exclude_statuses"]}

        seconds, sizes = options["buckets"], options["size_buckets"]
        # The metrics of websockets, which are made when the first one comes: many applications
        # have none.
        self._of_websockets: dict[str, Any] = {}

        self.requests = self._metric("requests", Counter)
        self.duration = self._metric("duration", Histogram, buckets=seconds)
        self.first_byte = self._metric("first_byte", Histogram, buckets=seconds)
        self.request_size = self._metric("request_size", Histogram, buckets=sizes)
        self.response_size = self._metric("response_size", Histogram, buckets=sizes)
        self.in_progress = self._metric("in_progress", Gauge)

    def _metric(self, key: str, kind: type[M], **settings: Any) -> M | None:
        """Make a metric, or take that of another middleware from the registry."""
        name = self._names.get(key)
        if name is None:
            return None
        if kind is Histogram and self._options["native"]:
            settings["native"] = True
        settings["max_series"] = self._options["max_series"]
        owner = (self._owner, "middleware")
        return shared(owner, self._registry, kind, name, HELP[key], **settings)

    def _child(self, metric: M | None, labels: Mapping[str, str]) -> Any:
        return None if metric is None else metric.labels({**self.const_labels, **labels})

    def row(self, method: str, path: str, status: str, more: tuple[str, ...], group: bool) -> Any:
        """Return the series of a request; None if its status is excluded.

        :param method: Its method.
        :param path: The template of its route.
        :param status: The status of its answer.
        :param more: The values of its ``more_labels``.
        :param group: Whether the label has only the class of the status.
        """
        if self.excludes(status):
            return None
        names = self._label_names
        labels = {
            names["method"]: method,
            names["path"]: path,
            names["status"]: f"{status[:1]}xx" if group else status,
            **dict(zip(self.more_labels, more, strict=True)),
        }
        return Row(
            self._child(self.requests, labels),
            self._child(self.duration, labels),
            self._child(self.first_byte, labels),
            self._child(self.request_size, labels),
            self._child(self.response_size, labels),
        )

    def excludes(self, status: str) -> bool:
        """Return whether answers of a status are not counted.

        :param status: The status.
        """
        return status in self._excluded or f"{status[:1]}xx" in self._excluded

    def gauge(self, method: str) -> Any:
        """Return the series of the requests in progress.

        :param method: Their method.
        """
        return self._child(self.in_progress, {self._label_names["method"]: method})

    def _of_websocket(self, key: str, kind: type[M], **settings: Any) -> M | None:
        """The metric of websockets of a key."""
        if key not in self._of_websockets:
            self._of_websockets[key] = self._metric(key, kind, **settings)
        metric: M | None = self._of_websockets[key]
        return metric

    def open_websocket(self, path: str) -> OpenWebsocket:
        """Return the series of an open websocket.

        :param path: The template of its route.
        """
        labels = {self._label_names["path"]: path}
        messages = self._of_websocket("websocket_messages", Counter)
        return OpenWebsocket(
            self._child(self._of_websocket("websockets_open", Gauge), labels),
            self._child(messages, {**labels, "direction": "received"}),
            self._child(messages, {**labels, "direction": "sent"}),
        )

    def ended_websocket(self, path: str, code: str, is_of_client: bool) -> EndedWebsocket:
        """Return the series of a websocket that has ended.

        :param path: The template of its route.
        :param code: The close code, or the status of the answer that refused it.
        :param is_of_client: Whether the client chose the code.
        """
        if code not in CLOSE_CODES and (is_of_client or not _is_code(code)):
            code = OTHER_CODE
        if len(code) == 3 and self.excludes(code):
            return EndedWebsocket(None, None)
        labels = {self._label_names["path"]: path, "code": code}
        connections = self._of_websocket("websockets", Counter)
        duration = self._of_websocket(
            "websocket_duration", Histogram, buckets=(0.1, 1, 10, 60, 600, 3600, 36000)
        )
        return EndedWebsocket(self._child(connections, labels), self._child(duration, labels))

    def series(self) -> tuple[list[int], dict[str, str]]:
        """Return what distinguishes the series of a middleware: the addresses of the metrics that
        all requests have, and the constant labels."""
        metrics = (
            self.requests,
            self.duration,
            self.first_byte,
            self.request_size,
            self.response_size,
            self.in_progress,
        )
        return [id(metric) for metric in metrics if metric is not None], self.const_labels


def _is_code(code: str) -> bool:
    return code.isascii() and code.isdecimal() and 3 <= len(code) <= 4


def method_label(method: str) -> str:
    """Return a method as the label has it.

    :param method: The method, in any case.
    """
    upper = str(method).upper()
    return next((label for label in _core.HttpRecorder.METHODS if label.upper() == upper), upper)


def status_label(status: int | str) -> str:
    """Return a status, or a class of statuses, as the label has it.

    :param status: The status: a number, also one of ``http.HTTPStatus``, or a text.
    """
    return str(int(status)) if isinstance(status, int) else str(status).lower()


def label_text(value: object) -> str:
    """Return the value of a label, which what has no UTF-8 and what is too long cannot spoil.

    :param value: What a function of the user's has returned. None is the empty text, and bytes are
      those of a header.
    """
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    text = value if isinstance(value, str) else _core.label_text(value)
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8")
