"""The rules of HTTP requests: rate, errors, duration, and how many are in progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..queries import promql
from ..queries.http import Http
from ..queries.promql import Scope
from .limits import Limits
from .rule import Alert, Group, Record

PHIS = {0.5: "p50", 0.95: "p95", 0.99: "p99"}
"""The quantiles that are recorded, and their names."""


def make_groups(http: Http, scope: Scope, limits: Limits) -> list[Group]:
    """Return the groups of the requests of one middleware or client.

    :param http: Its metrics.
    :param scope: The targets and the time of rates.
    :param limits: What is too much.
    """
    names = _Names(http, scope)
    records = tuple(_records(http, scope, names))
    alerts = tuple(_alerts(http, scope, names, limits))
    found = [Group(f"{http.stem}.records", records)]
    return [*found, *([Group(f"{http.stem}.alerts", alerts)] if alerts else [])]


class _Names:
    """The names of recorded series, in Prometheus' way: level, metric, operation."""

    def __init__(self, http: Http, scope: Scope) -> None:
        self.http = http
        self.window = scope.window
        self.path = http.labels("path")

    def rate(self, labels: Sequence[str]) -> str:
        """The requests a second."""
        return self._name(labels, self.http.stem, "rate")

    def errors(self, labels: Sequence[str]) -> str:
        """The part of them that failed."""
        return self._name(labels, f"{self.http.stem}_failed", "ratio_rate")

    def quantile(self, labels: Sequence[str], name: str) -> str:
        """A quantile of the durations."""
        assert self.http.duration is not None
        return self._name(labels, self.http.duration.name, f"{name}_rate")

    def _name(self, labels: Sequence[str], metric: str, what: str) -> str:
        return f"{'_'.join(['job', *labels])}:{metric}:{what}{self.window}"


def _records(http: Http, scope: Scope, names: _Names) -> Iterator[Record]:
    for labels in [[], names.path] if names.path else [[]]:
        by = ["job", *labels]
        yield Record(names.rate(labels), http.rate(scope, by))
        errors = http.error_ratio(scope, by)
        if errors is not None:
            yield Record(names.errors(labels), errors)
        if http.duration is not None and set(labels) <= set(http.timed("path")):
            for phi, name in PHIS.items():
                quantile = promql.quantile(scope, http.duration, phi, by)
                yield Record(names.quantile(labels, name), quantile)


def _alerts(http: Http, scope: Scope, names: _Names, limits: Limits) -> Iterator[Alert]:
    camel = "".join(word.capitalize() for word in http.stem.removesuffix("_requests").split("_"))
    kind = (
        "requests that {{ $labels.job }} sends"
        if "client" in http.stem
        else ("requests of {{ $labels.job }}")
    )

    def is_busy(labels: Sequence[str]) -> str:
        rate = scope.select(names.rate(labels))
        return f"and on ({', '.join(['job', *labels])}) {rate} > {limits.least_rate:g}"

    if http.failed is not None:
        yield Alert(
            f"{camel}ErrorRatioHigh",
            f"{scope.select(names.errors([]))} > {limits.errors:g}\n  {is_busy([])}",
            "5m",
            "critical",
            f"{{{{ $value | humanizePercentage }}}} of the {kind} fail",
            f"Requests that ended in an error, as a part of all of the last {scope.window}: "
            f"{names.errors(names.path)} says where.",
        )
    if http.duration is not None:
        path = http.timed("path")
        where = f" with the {path[0]} {{{{ $labels.{path[0]} }}}}" if path else ""
        slow = scope.select(names.quantile(path, "p99"))
        yield Alert(
            f"{camel}Slow",
            f"{slow} >= {limits.slow:g}\n  {is_busy(path)}",
            "10m",
            "warning",
            f"1 % of the {kind}{where} take longer than {{{{ $value | humanizeDuration }}}}",
            f"The 99th percentile of the durations of the last {scope.window} is "
            f"{limits.slow:g} s or more.",
        )
    if http.in_progress is not None:
        running = promql.by("sum", ["job", "instance"], scope.select(http.in_progress.name))
        yield Alert(
            f"{camel}Saturated",
            f"{running} > {limits.in_progress:g}",
            "5m",
            "warning",
            f"{{{{ $value }}}} {kind} are in progress at once in {{{{ $labels.instance }}}}",
            "More requests begin than end: they wait for each other, or for something that has "
            "become slow.",
        )
