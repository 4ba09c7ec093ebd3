"""The rules of the process and of its event loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..queries import process as names
from ..queries import promql
from ..queries.promql import Scope
from ..queries.subject import Subject
from .limits import Limits
from .rule import Alert, Group


def make_groups(subjects: Sequence[Subject], scope: Scope, limits: Limits) -> list[Group]:
    """Return the groups of the process and of the event loop.

    :param subjects: All families.
    :param scope: The targets and the time of rates.
    :param limits: What is too much.
    """
    found = names.find(
        subjects,
        *(names.START, names.OPEN_FILES, names.MOST_FILES, names.LAG, names.PENDING_LAG),
    )
    groups = {
        "process.alerts": tuple(_process(found, scope, limits)),
        "event_loop.alerts": tuple(_loop(found, scope, limits)),
    }
    return [Group(name, rules) for name, rules in groups.items() if rules]


def _process(found: Mapping[str, Subject], scope: Scope, limits: Limits) -> Iterator[Alert]:
    if names.START in found:
        yield Alert(
            "ProcessRestarts",
            f"changes({scope.select(names.START)}[15m]) > {limits.restarts:g}",
            "0m",
            "warning",
            "{{ $labels.instance }} of {{ $labels.job }} has started anew {{ $value }} "
            "times in 15 minutes",
            "The process ends again and again: look at its logs, and at what the kernel says of "
            "memory.",
        )
    if names.OPEN_FILES in found and names.MOST_FILES in found:
        used = scope.select(names.OPEN_FILES)
        yield Alert(
            "ProcessFileDescriptorsNearLimit",
            f"{used} / {scope.select(names.MOST_FILES)} > {limits.files:g}",
            "10m",
            "warning",
            "{{ $labels.instance }} of {{ $labels.job }} uses {{ $value | humanizePercentage }} "
            "of its file descriptors",
            "At the limit, connections and files are refused. Look for connections that are never "
            "closed, or raise the limit.",
        )


def _loop(found: Mapping[str, Subject], scope: Scope, limits: Limits) -> Iterator[Alert]:
    if names.PENDING_LAG in found:
        pending = promql.by("max", ["job", "instance"], scope.select(names.PENDING_LAG))
        yield Alert(
            "EventLoopStuck",
            f"{pending} > {limits.stuck:g}",
            "1m",
            "critical",
            "The event loop of {{ $labels.instance }} of {{ $labels.job }} has done nothing for "
            "{{ $value | humanizeDuration }}",
            "A function that blocks runs on the loop, and nothing else does. A stack of all "
            "threads shows it.",
        )
    lag = found.get(names.LAG)
    if lag is not None and lag.kind == "histogram":
        late = promql.quantile(scope, lag, 0.99, ["job", "instance"])
        late = f"({late})" if " or " in late else late
        yield Alert(
            "EventLoopLags",
            f"{late} > {limits.lag:g}",
            "10m",
            "warning",
            "The event loop of {{ $labels.instance }} of {{ $labels.job }} is "
            "{{ $value | humanizeDuration }} late",
            "Functions that take long run on the loop, or it has more to do than one core can.",
        )
