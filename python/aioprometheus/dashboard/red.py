"""The panels of HTTP requests: rate, errors, duration, and what else is known of them."""

from __future__ import annotations

from ..queries import promql
from ..queries.http import SLOW, Http
from ..queries.promql import Scope
from .kinds import PHIS, heat, legend_of_each, percentile, quantiles
from .panel import Panel, Query, Row, Style

ERRORS = (0.01, 0.05)
"""The part of failed requests that is a warning, and that is an alarm."""

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
    found = [Panel("Requests per second", (Query(http.rate(scope)),), unit="reqps")]
    if (errors := http.error_ratio(scope)) is not None:
        found.append(Panel("Failed", (Query(errors),), unit="percentunit", limits=ERRORS))
    if http.duration is not None:
        slow = promql.quantile(scope, http.duration, PHIS[-1])
        found.append(
            Panel(f"Duration, {percentile(PHIS[-1])}", (Query(slow),), unit="s", limits=LATENCY)
        )
    if http.in_progress is not None:
        running = promql.by("sum", (), scope.select(http.in_progress.name))
        found.append(Panel("In progress", (Query(running),)))
    width = 24 // len(found)
    return [
        Panel(one.title, one.queries, "stat", one.unit, limits=one.limits, width=width, height=4)
        for one in found
    ]


def _rates(http: Http, scope: Scope) -> list[Panel]:
    found = []
    for which in ("path", "status"):
        if (name := http.label(which)) is not None:
            query = Query(http.rate(scope, [name]), promql.legend([name]))
            style: Style = "stack" if which == "status" else "lines"
            title = f"Requests per second by {which if which == 'status' else name}"
            found.append(Panel(title, (query,), style, "reqps", lowest=0))
    if (errors := http.error_ratio(scope, http.labels("path"))) is not None:
        queries = [Query(errors, promql.legend(http.labels("path"), "all"))]
        if http.labels("path"):
            queries.append(Query(http.error_ratio(scope) or "", "all"))
        found.append(
            Panel(
                "Part of requests that failed",
                tuple(queries),
                unit="percentunit",
                description="Answers with a status of 500 to 599.",
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
        Panel("Duration", quantiles(duration, scope), unit="s", description=duration.help),
        Panel("Duration, heat map", heat(duration, scope), "heatmap", "s", duration.help),
    ]
    if labels := http.timed("path"):
        query = promql.quantile(scope, duration, PHIS[-1], labels)
        found.insert(
            1,
            Panel(
                f"Duration by {labels[0]}, {percentile(PHIS[-1])}",
                (Query(query, promql.legend(labels)),),
                unit="s",
                description=duration.help,
                limits=LATENCY,
            ),
        )
    return found


def _progress(http: Http, scope: Scope) -> list[Panel]:
    if http.in_progress is None:
        return []
    query = Query(scope.select(http.in_progress.name), legend_of_each(http.in_progress))
    return [Panel("In progress", (query,), description=http.in_progress.help, lowest=0)]


def _sizes(http: Http, scope: Scope) -> list[Panel]:
    found = []
    words = {"request_size": "received", "response_size": "sent"}
    sizes = [(word, http.more[what]) for what, word in words.items() if what in http.more]
    if sizes:
        traffic = tuple(Query(promql.sum_rate(scope, size), word) for word, size in sizes)
        found.append(Panel("Bytes of bodies per second", traffic, unit="Bps", lowest=0))
        queries = tuple(
            Query(promql.quantile(scope, size, phi), f"{word}, {percentile(phi)}")
            for word, size in sizes
            for phi in (PHIS[0], PHIS[-1])
        )
        found.append(Panel("Size of bodies", queries, unit="bytes"))
    if "first_byte" in http.more:
        first = http.more["first_byte"]
        found.append(
            Panel("Time to the first byte", quantiles(first, scope), "lines", "s", first.help)
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
            found.append(Panel(title, queries, unit=unit, lowest=0))
    if "wait" in http.more:
        wait = http.more["wait"]
        found.append(
            Panel("Wait for a connection", quantiles(wait, scope), "lines", "s", wait.help)
        )
    return found
