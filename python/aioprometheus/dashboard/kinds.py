"""The panels of a family, by its kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..queries import promql
from ..queries.promql import Scope
from ..queries.subject import Subject
from ..queries.units import find_limits, find_rate_unit, find_unit, is_good, is_time
from .panel import Panel, Query

PHIS = (0.5, 0.9, 0.99)
"""The quantiles that panels show."""


def make_panels(subject: Subject, scope: Scope) -> list[Panel]:
    """Return the panels of a family.

    :param subject: The family.
    :param scope: The targets that are asked.
    """
    return _PANELS[subject.kind](subject, scope)


def percentile(phi: float) -> str:
    """Return the name of a quantile, such as ``p99``."""
    return f"p{phi * 100:g}"


def quantiles(subject: Subject, scope: Scope, *matchers: str) -> tuple[Query, ...]:
    """Return the queries of the quantiles and the mean of a histogram."""
    lines = [
        Query(
            promql.quantile(scope, subject, phi, (), *matchers),
            percentile(phi),
            exemplars=phi == PHIS[-1],
        )
        for phi in PHIS
    ]
    if subject.kind == "histogram":
        lines.append(Query(promql.mean(scope, subject, (), *matchers), "mean"))
    return tuple(lines)


def heat(subject: Subject, scope: Scope, *matchers: str) -> tuple[Query, ...]:
    """Return the queries of the heat map of a histogram."""
    queries = []
    take = scope.select if subject.kind == "gaugehistogram" else scope.rate
    if subject.is_classic:
        buckets = take(f"{subject.name}_bucket", *matchers)
        queries.append(Query(promql.by("sum", ["le"], buckets), "{{le}}", heatmap=True))
    if subject.is_native:
        queries.append(Query(promql.by("sum", (), take(subject.name, *matchers)), subject.name))
    return tuple(queries)


def legend_of_each(subject: Subject, *more: str) -> str:
    """Return the legend of queries that have all series of all instances.

    :param subject: The family.
    :param more: Labels that its series have besides.
    """
    return promql.legend(["instance", *map(promql.label, subject.labels), *more])


def _labels(subject: Subject) -> list[str]:
    return [promql.label(name) for name in subject.shown]


def _each(labels: Sequence[str], expression: str) -> str:
    """The series of some labels: few when the dashboard is made may have become many since."""
    return promql.worst(expression) if labels else expression


def _lowest(unit: str) -> float | None:
    """Where the axis of values of a unit begins, so that a small change does not look large."""
    return 0 if unit in ("percentunit", "percent", "bytes", "s") else None


def _observed(subject: Subject, scope: Scope) -> Panel:
    """The panel of how much a histogram or a summary observes."""
    labels = _labels(subject)
    rate = _each(labels, promql.count_rate(scope, subject, labels))
    return Panel(
        f"{subject.name} observations per second",
        (Query(rate, promql.legend(labels, subject.name)),),
        unit="cps",
        description=subject.help,
        lowest=0,
    )


def _counter(subject: Subject, scope: Scope) -> list[Panel]:
    labels = _labels(subject)
    rate = _each(labels, promql.by("sum", labels, scope.rate(subject.name)))
    query, help = Query(rate, promql.legend(labels, subject.name)), subject.help
    if find_unit(subject) == "s":
        help = f"{help} (100 % is a second in each second, of all instances together)".lstrip()
    return [
        Panel(
            f"{subject.name} per second",
            (query,),
            unit=find_rate_unit(subject),
            description=help,
            lowest=0,
        )
    ]


def _gauge(subject: Subject, scope: Scope) -> list[Panel]:
    value, unit = scope.select(subject.name), find_unit(subject)
    title = subject.name
    if is_time(subject):
        # A point in time that never was is 0, and would be half a century ago.
        value, title = f"time() - ({value} > 0)", f"Time since {subject.name}"
        unit = "s"
    # Always, since there may be many instances.
    value = promql.worst(value, lowest=is_good(subject) and not is_time(subject))
    return [
        Panel(
            title,
            (Query(value, legend_of_each(subject)),),
            unit=unit,
            description=subject.help,
            limits=None if is_time(subject) else find_limits(subject),
            lowest=_lowest(unit),
            highest={"percentunit": 1, "percent": 100}.get(unit),
        )
    ]


def _histogram(subject: Subject, scope: Scope) -> list[Panel]:
    unit = find_unit(subject)
    return [
        *([_observed(subject, scope)] if subject.kind == "histogram" else []),
        Panel(
            f"{subject.name} quantiles",
            quantiles(subject, scope),
            unit=unit,
            description=subject.help,
            lowest=_lowest(unit),
        ),
        Panel(
            f"{subject.name} heat map",
            heat(subject, scope),
            "heatmap",
            unit,
            subject.help,
        ),
    ]


def _summary(subject: Subject, scope: Scope) -> list[Panel]:
    unit = find_unit(subject)
    lines = [Query(promql.mean(scope, subject), "mean")]
    if subject.has_quantiles:
        # Quantiles cannot be added up: the worst of all series is shown.
        worst = promql.by("max", ["quantile"], scope.select(subject.name, 'quantile!=""'))
        lines.insert(0, Query(worst, "quantile {{quantile}}"))
    return [
        _observed(subject, scope),
        Panel(
            f"{subject.name} quantiles",
            tuple(lines),
            unit=unit,
            description=subject.help,
            lowest=_lowest(unit),
            width=16,
        ),
    ]


def _state_set(subject: Subject, scope: Scope) -> list[Panel]:
    legend = legend_of_each(subject, promql.label(subject.state_label))
    query = Query(scope.select(subject.name), legend)
    return [Panel(subject.name, (query,), "states", description=subject.help, width=12)]


def _info(subject: Subject, scope: Scope) -> list[Panel]:
    query = Query(scope.select(subject.name), instant=True)
    return [Panel(subject.name, (query,), "table", description=subject.help, width=12)]


_PANELS: dict[str, Callable[[Subject, Scope], list[Panel]]] = {
    "counter": _counter,
    "gauge": _gauge,
    "histogram": _histogram,
    "gaugehistogram": _histogram,
    "summary": _summary,
    "stateset": _state_set,
    "info": _info,
    "unknown": _gauge,
}
