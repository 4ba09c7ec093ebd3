"""What a middleware with the standard metrics answers to its recorder, in any framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import _core
from .options import LabelFunction, StandardOptions
from .owner import EndedWebsocket, OpenWebsocket, Row, Settings
from .standard import StandardMetrics, label_text, method_label


class Measuring:
    """The part of a middleware that its recorder asks for series, labels and exemplars.

    The class that inherits sets these attributes.
    """

    group_status_codes: bool
    """Whether a status label has only the class of the status."""
    _options: StandardOptions
    _standard: StandardMetrics | None = None
    _logged: frozenset[str] = frozenset()
    """What has been logged."""

    def _settings(
        self, *, counts: bool, trusts_marks: bool, excluded_paths: frozenset[str] | list[str] | None
    ) -> Settings:
        """What the recorder records."""
        standard, options = self._standard, self._options
        return Settings(
            counts=counts,
            measures=standard is not None,
            has_in_progress=standard is not None and standard.in_progress is not None,
            trusts_marks=trusts_marks,
            has_more_labels=standard is not None and bool(standard.more_labels),
            waits_for_error=bool(options["exception_label"]),
            has_exemplars=standard is not None and standard.exemplar is not None,
            streams=options["streams"],
            excluded_paths=excluded_paths,
            excluded_methods=[method_label(method) for method in options["exclude_methods"]],
        )

    def _in_progress(self, method: str) -> _core.BoundGauge:
        gauge: _core.BoundGauge = self._measures().gauge(method)
        return gauge

    def _row(self, method: str, path: str, status: str, more: tuple[str, ...]) -> Row | None:
        row: Row | None = self._measures().row(method, path, status, more, self.group_status_codes)
        return row

    def _more_labels(self, request: Any, answer: Any, error: BaseException | None) -> list[str]:
        options = self._options
        values = [
            *(self._value(function, request) for function in options["request_labels"].values()),
            *(self._value(function, answer) for function in options["response_labels"].values()),
        ]
        if options["exception_label"]:
            values.append("" if error is None else type(error).__name__)
        return values

    def _value(self, function: LabelFunction, argument: Any) -> str:
        """The value of a label. A request whose function fails is counted with an empty one."""
        try:
            return label_text(function(argument))
        except Exception as error:
            self._log_failure(error, "counted a request without a label")
            return ""

    def _exemplar(
        self, request: Any, _answer: Any, _error: BaseException | None
    ) -> Mapping[str, Any] | None:
        exemplar = self._measures().exemplar
        try:
            return None if exemplar is None else exemplar(request)
        except Exception as error:
            self._log_failure(error, "counted a request without an exemplar")
            return None

    def _websocket_row(self, path: str) -> OpenWebsocket:
        return self._measures().open_websocket(path)

    def _websocket_ended(self, path: str, code: str, is_of_client: bool) -> EndedWebsocket:
        return self._measures().ended_websocket(path, code, is_of_client)

    def _measures(self) -> StandardMetrics:
        assert self._standard is not None, "a recorder without it asks for nothing of this"
        return self._standard

    def _log_failure(
        self,
        error: BaseException,
        what: str = "did not count a request, which was served all the same",
    ) -> None:
        """Log an exception of a metric or of a function, unless this was logged before."""
        if what not in self._logged:
            self._logged |= {what}
            import logging

            logging.getLogger(type(self).__module__).error(
                "%s %s: its metrics raised the exception below (this is logged once)",
                type(self).__name__,
                what,
                exc_info=error,
            )
