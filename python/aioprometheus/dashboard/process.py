"""The panels of the process and of its event loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..queries import process as names
from ..queries import promql
from ..queries.promql import Scope
from ..queries.subject import Subject
from .kinds import heat, legend_of_each, make_panels, quantiles
from .panel import Panel, Query, Row

_EACH = "{{instance}}"

FILES = (0.7, 0.9)
"""The part of the file descriptors in use that is a warning, and that is an alarm."""

LAG = (0.1, 1.0)
"""The seconds that a loop may lag until that is a warning, and an alarm."""


def make_rows(subjects: Sequence[Subject], scope: Scope) -> tuple[list[Row], set[str]]:
    """Return the rows of the process and its event loop, and the names that are in them.

    :param subjects: All families.
    :param scope: The targets that are asked.
    """
    process = names.find(
        subjects,
        *(names.CPU, names.RESIDENT, names.VIRTUAL, names.START, names.OPEN_FILES),
        *(names.MOST_FILES, names.THREADS, names.GC_RUNS, names.GC_COLLECTED),
        *(names.GC_UNCOLLECTABLE, names.PYTHON),
    )
    loop = names.find(
        subjects,
        *(names.LAG, names.PENDING_LAG, names.TASKS, names.STALLS),
        *(names.EXECUTOR_THREADS, names.EXECUTOR_QUEUE),
    )
    rows = [
        Row("Event loop", _loop(loop, scope)),
        Row("Process", [*_process(process, scope), *_python(process, scope)]),
    ]
    return [row for row in rows if row.panels], {*process, *loop}


def _process(found: Mapping[str, Subject], scope: Scope) -> list[Panel]:
    panels = []
    if names.CPU in found:
        query = Query(promql.worst(scope.rate(names.CPU)), _EACH)
        panels.append(
            Panel(
                "Cores in use",
                (query,),
                description=found[names.CPU].help,
                lowest=0,
            )
        )
    # Beside each other: an address space is so large that memory would be a flat line below it.
    for name, title in ((names.RESIDENT, "Memory"), (names.VIRTUAL, "Address space")):
        if name in found:
            query = Query(promql.worst(scope.select(name)), _EACH)
            help = found[name].help
            panels.append(Panel(title, (query,), unit="bytes", description=help, lowest=0))
    if names.OPEN_FILES in found:
        panels.append(_files(found, scope))
    if names.THREADS in found:
        query = Query(promql.worst(scope.select(names.THREADS)), _EACH)
        panels.append(Panel("Threads", (query,), description=found[names.THREADS].help, lowest=0))
    if names.START in found:
        uptime = f"time() - {scope.select(names.START)}"
        query = Query(promql.worst(uptime, lowest=True), _EACH)
        help = "The time since the process began."
        panels.append(Panel("Uptime", (query,), unit="s", description=help, lowest=0))
    return panels


def _files(found: Mapping[str, Subject], scope: Scope) -> Panel:
    used = scope.select(names.OPEN_FILES)
    if names.MOST_FILES not in found:
        help = found[names.OPEN_FILES].help
        return Panel(
            "Open file descriptors", (Query(promql.worst(used), _EACH),), description=help, lowest=0
        )
    part = f"{used}\n  / {scope.select(names.MOST_FILES)}"
    return Panel(
        "File descriptors in use",
        (Query(promql.worst(part), _EACH),),
        unit="percentunit",
        description="Open file descriptors, as a part of how many the process may open.",
        limits=FILES,
        lowest=0,
    )


def _python(found: Mapping[str, Subject], scope: Scope) -> list[Panel]:
    titles = {
        names.GC_RUNS: "Garbage collections per second",
        names.GC_COLLECTED: "Objects collected per second",
        names.GC_UNCOLLECTABLE: "Objects found uncollectable per second",
    }
    panels = []
    for name, title in titles.items():
        if name in found:
            labels = found[name].shown
            query = Query(
                promql.by("sum", labels, scope.rate(name)),
                f"generation {promql.legend(labels)}" if labels == ("generation",) else "",
            )
            panels.append(
                Panel(title, (query,), unit="cps", description=found[name].help, lowest=0)
            )
    if names.PYTHON in found:
        panels += make_panels(found[names.PYTHON], scope)
    return panels


def _loop(found: Mapping[str, Subject], scope: Scope) -> list[Panel]:
    panels = []
    lag = found.get(names.LAG)
    if lag is not None and lag.kind == "histogram":
        panels += [
            Panel("Lag", quantiles(lag, scope), "lines", "s", lag.help, LAG, lowest=0),
            Panel("Lag, heat map", heat(lag, scope), "heatmap", "s", lag.help),
        ]
    if names.PENDING_LAG in found:
        pending = found[names.PENDING_LAG]
        panels.append(
            Panel(
                "Lag now",
                (Query(promql.worst(scope.select(pending.name)), legend_of_each(pending)),),
                unit="s",
                description=pending.help,
                limits=LAG,
                lowest=0,
            )
        )
    if names.STALLS in found:
        stalls = found[names.STALLS]
        query = Query(promql.worst(scope.rate(stalls.name)), legend_of_each(stalls))
        panels.append(
            Panel("Stalls per second", (query,), unit="cps", description=stalls.help, lowest=0)
        )
    if names.TASKS in found:
        tasks = found[names.TASKS]
        by_name = [name for name in tasks.labels if name != "thread"]
        number = promql.by("sum", by_name, scope.select(tasks.name))
        query = Query(promql.worst(number), promql.legend(by_name, "tasks"))
        panels.append(Panel("Tasks", (query,), "stack", description=tasks.help, lowest=0))
    words = {names.EXECUTOR_THREADS: "threads", names.EXECUTOR_QUEUE: "waiting calls"}
    there = [name for name in words if name in found]
    queries = tuple(
        Query(promql.worst(scope.select(name)), f"{legend_of_each(found[name])} {words[name]}")
        for name in there
    )
    if queries:
        help = "The threads that run what is given to loop.run_in_executor, and what waits for one."
        panels.append(Panel("Default executor", queries, description=help, lowest=0))
    return panels
