"""The panels of HTTP requests: rate, errors, duration, and what else is known of them."""

from __future__ import annotations

from dataclasses import replace

from ..queries import promql
from ..queries.http import SLOW, Http
from ..queries.promql import Scope
from .kinds import PHIS, heat, legend_of_each, percentile, quantiles
from .panel import Panel, Query, Row

ERRORS = (0.01, 0.05)
"""The part of failed requests that is a warning, and that is an alarm."""

COLORS = {"^1": "purple", "^2": "green", "^3": "blue", "^4": "orange", "^(5|error)": "red"}
"""The colours of statuses: a failure must not be green since it comes first."""

LATENCY = (SLOW / 2, SLOW)
"""The seconds that are a warning, and that are an alarm."""


def make_row(http: Http, scope: Scope) -> Row:
    """Return the row of the requests of one middleware or client.

    :param http: Its metrics.
    :param scope: The targets that are asked.
    """
    return Row(
        http.title,
        [
            *_numbers(http, scope),
            *_rates(http, scope),
            *_durations(http, scope),
            *_progress(http, scope),
            *_sizes(http, scope),
            *_others(http, scope),
        ],
    )


def _numbers(http: Http, scope: Scope) -> list[Panel]:
    """The numbers of now."""
    found = [_number("Requests per second", http.rate(scope), "reqps", http.counted.help)]
    if (errors := http.error_ratio(scope)) is not None:
        found.append(_number("Failed", errors, "percentunit", http.failure, ERRORS))
    if (duration := http.duration) is not None:
        slow = promql.quantile(scope, duration, PHIS[-1])
        title = f"Duration, {percentile(PHIS[-1])}"
        found.append(_number(title, slow, "s", duration.help, LATENCY))
    if (progress := http.in_progress) is not None:
        running = promql.by("sum", (), scope.select(progress.name))
        found.append(_number("In progress", running, "short", progress.help))
    return [replace(panel, width=24 // len(found)) for panel in found]


def _number(
    title: str, text: str, unit: str, help: str, limits: tuple[float, float] | None = None
) -> Panel:
    # At the end of the time that is shown alone: the last number that was is none of a service
    # which has had no requests since then, or has gone.
    query = Query(text, instant=True)
    return Panel(title, (query,), "stat", unit, help, limits, height=4)


def _rates(http: Http, scope: Scope) -> list[Panel]:
    found, help = [], http.counted.help
    if (name := http.label("path")) is not None:
        by_path = Query(promql.worst(http.rate(scope, [name])), promql.legend([name]))
        title = f"Requests per second by {name}"
        found.append(Panel(title, (by_path,), "lines", "reqps", help, lowest=0))
    if (name := http.label("status")) is not None:
        by_status = Query(http.rate(scope, [name]), promql.legend([name]))
        title = "Requests per second by status"
        found.append(Panel(title, (by_status,), "stack", "reqps", help, lowest=0, colors=COLORS))
    if (errors := http.error_ratio(scope, http.labels("path"))) is not None:
        queries = [Query(http.error_ratio(scope) or "", "all")]
        if path := http.labels("path"):
            # Paths without failures would hide the others in the legend.
            queries.append(Query(promql.worst(f"{errors} > 0"), promql.legend(path)))
        found.append(
            Panel(
                "Part of requests that failed",
                tuple(queries),
                unit="percentunit",
                description=http.failure,
                limits=ERRORS,
                lowest=0,
            )
        )
    return found


def _durations(http: Http, scope: Scope) -> list[Panel]:
    duration = http.duration
    if duration is None:
        return []
    found = [
        Panel("Duration", quantiles(duration, scope), "lines", "s", duration.help, lowest=0),
        Panel("Duration, heat map", heat(duration, scope), "heatmap", "s", duration.help),
    ]
    if labels := http.timed("path"):
        query = promql.worst(promql.quantile(scope, duration, PHIS[-1], labels))
        found.insert(
            1,
            Panel(
                f"Duration by {labels[0]}, {percentile(PHIS[-1])}",
                (Query(query, promql.legend(labels)),),
                unit="s",
                description=duration.help,
                limits=LATENCY,
                lowest=0,
            ),
        )
    return found


def _progress(http: Http, scope: Scope) -> list[Panel]:
    if http.in_progress is None:
        return []
    running = promql.worst(scope.select(http.in_progress.name))
    query = Query(running, legend_of_each(http.in_progress))
    return [Panel("In progress", (query,), description=http.in_progress.help, lowest=0)]


def _sizes(http: Http, scope: Scope) -> list[Panel]:
    found = []
    words = {"request_size": "received", "response_size": "sent"}
    sizes = [(word, http.more[what]) for what, word in words.items() if what in http.more]
    if sizes:
        traffic = tuple(Query(promql.sum_rate(scope, size), word) for word, size in sizes)
        help = "Bodies of requests and of answers, without their headers."
        found.append(
            Panel("Bytes of bodies per second", traffic, "lines", "binBps", help, lowest=0)
        )
        queries = tuple(
            Query(promql.quantile(scope, size, phi), f"{word}, {percentile(phi)}")
            for word, size in sizes
            for phi in (PHIS[0], PHIS[-1])
        )
        found.append(Panel("Size of bodies", queries, "lines", "bytes", help, lowest=0))
    if "first_byte" in http.more:
        first = http.more["first_byte"]
        found.append(
            Panel(
                "Time to the first byte",
                quantiles(first, scope),
                unit="s",
                description=first.help,
                lowest=0,
            )
        )
    return found


def _others(http: Http, scope: Scope) -> list[Panel]:
    """What counts the same requests otherwise."""
    groups = (
        ("Received, answered and exceptions", "reqps", ("received", "answered", "exceptions")),
        ("Errors per second", "reqps", ("errors",)),
        ("Connections per second", "cps", ("created", "reused")),
    )
    found = []
    for title, unit, counters in groups:
        there = [what for what in counters if what in http.more]
        if there:
            rates = (promql.by("sum", (), scope.rate(http.more[what].name)) for what in there)
            queries = tuple(map(Query, rates, there))
            help = "; ".join(http.more[what].help for what in there)
            found.append(Panel(title, queries, unit=unit, description=help, lowest=0))
    if "wait" in http.more:
        wait = http.more["wait"]
        lines = quantiles(wait, scope)
        found.append(
            Panel("Wait for a connection", lines, unit="s", description=wait.help, lowest=0)
        )
    return found
