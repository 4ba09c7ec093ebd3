"""Makes rules of families."""

from __future__ import annotations

from collections.abc import Iterable

from ..queries.http import find_http
from ..queries.promql import Scope, check_duration, quote
from ..queries.subject import AnyFamily, find_subjects
from . import process, requests
from .limits import Limits
from .rule import Group

WINDOW = "5m"
"""The time over which rates are taken."""


def make_rules(
    families: Iterable[AnyFamily],
    *,
    job: str | None = None,
    interval: str = WINDOW,
    limits: Limits | None = None,
) -> list[Group]:
    """Return the rules for the metrics of requests, of the process and of the event loop.

    :param families: The families, such as ``aioprometheus.parse`` returns.
    :param job: The job that is asked; by default all that have these metrics.
    :param interval: The time over which rates are taken: at least four times that between two
        scrapes.
    :param limits: What is too much; ``Limits`` has the defaults.
    :returns: Groups of rules, which ``aioprometheus.rules.to_yaml`` writes.
    :raises ValueError: If none of these metrics is there, or the interval is not one.
    """
    subjects = find_subjects(families)
    matchers = () if job is None else (f"job={quote(job)}",)
    scope = Scope(matchers, check_duration(interval))
    limits = limits or Limits()
    groups: dict[str, Group] = {}
    for http in find_http(subjects):
        for group in requests.make_groups(http, scope, limits):
            # The four counters have no rules where the standard metrics count the same requests.
            groups.setdefault(group.name, group)
    for group in process.make_groups(subjects, scope, limits):
        groups[group.name] = group
    if not groups:
        raise ValueError(
            "no metrics of requests, of the process or of the event loop are there; a middleware "
            "with metrics='standard' has the first, aioprometheus.runtime.install() the others"
        )
    return list(groups.values())
