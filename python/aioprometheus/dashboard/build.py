"""Makes dashboards of families."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from .. import _core
from ..queries import process as names
from ..queries.http import find_http, find_websockets
from ..queries.promql import Scope, check_duration
from ..queries.subject import AnyFamily, Subject, find_subjects
from . import process, red, subsystems
from .kinds import make_panels
from .panel import Row

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard

TITLE = "Metrics"
"""The title of a dashboard that is given none."""

WINDOW = "$__rate_interval"
"""The time over which Grafana takes rates: at least four times that between scrapes."""

_ORDER = (
    *("info", "stateset", "gauge", "counter", "unknown"),
    *("histogram", "summary", "gaugehistogram"),
)

_TARGETS = ('job=~"$job"', 'instance=~"$instance"')


def make_dashboard(
    families: Iterable[AnyFamily],
    *,
    title: str | None = None,
    job: str | None = None,
    interval: str | None = None,
) -> Dashboard:
    """Return a Grafana dashboard of some families, as one of Grafana's own models.

    The same families give the same dashboard. Its ``uid`` is that of its title and job, so that
    importing it again replaces it.

    :param families: The families, such as ``aioprometheus.parse`` returns.
    :param title: The title; by default that of the job.
    :param job: The job that is chosen at first; by default all are.
    :param interval: The time between two scrapes, such as ``15s``, if it is not that which the data
        source of Grafana is set to.
    :returns: The dashboard, which ``aioprometheus.dashboard.to_json`` writes.
    :raises ValueError: If no family has a series, or the interval is not one.
    :raises ImportError: If ``grafana-foundation-sdk`` is not installed.
    """
    grafana = _import_grafana()
    subjects = find_subjects(families)
    if not subjects:
        raise ValueError("no family has a series, so there is nothing to show")
    title = title or (f"{TITLE} of {job}" if job else TITLE)
    scope = Scope(_TARGETS, WINDOW)
    identity = hashlib.sha256(f"{title}\n{job or ''}".encode()).hexdigest()
    model: Dashboard = grafana.make_model(
        make_rows(subjects, scope),
        title=title,
        uid=f"aioprometheus-{identity[:16]}",
        job=job,
        metric=Scope((), WINDOW).select(_witness(subjects)),
        interval=None if interval is None else check_duration(interval),
    )
    return model


def make_rows(subjects: Sequence[Subject], scope: Scope) -> list[Row]:
    """Return the rows of a dashboard.

    Requests and websockets come first, then the loop, the process, and the other families.

    :param subjects: All families.
    :param scope: The targets that are asked.
    """
    sets = find_http(subjects)
    rows = [red.make_row(http, scope) for http in sets]
    websockets = find_websockets(subjects)
    rows += [_row(title, members, scope) for title, members in websockets.items()]
    own, taken = process.make_rows(subjects, scope)
    rows += own
    taken.update(subject.name for http in sets for subject in http.subjects)
    taken.update(subject.name for members in websockets.values() for subject in members)
    left = [subject for subject in subjects if subject.name not in taken]
    rows += [_row(title, members, scope) for title, members in subsystems.group(left)]
    return rows


def _row(title: str, members: Sequence[Subject], scope: Scope) -> Row:
    """The row of some families. Panels of one size stand together, so that there are no gaps."""
    ordered = sorted(members, key=lambda member: (_ORDER.index(member.kind), member.name))
    return Row(title, [one for member in ordered for one in make_panels(member, scope)])


def to_json(dashboard: Dashboard) -> str:
    """Return a dashboard as the JSON that Grafana imports, with sorted keys and a final newline.

    :param dashboard: A dashboard of ``make_dashboard``, perhaps changed.
    """
    _import_grafana()
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    text: str = JSONEncoder(indent=2, sort_keys=True).encode(dashboard)
    return f"{text}\n"


def _import_grafana() -> ModuleType:
    """The module that needs Grafana's models."""
    try:
        from . import grafana
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "grafana_foundation_sdk":
            _core.noted(
                error,
                "a dashboard needs the extra 'dashboard': pip install 'aioprometheus[dashboard]', "
                "with Python 3.11 or later",
            )
        raise
    return grafana


def _witness(subjects: Sequence[Subject]) -> str:
    """The name of a series that every instance has, as far as one can say."""
    found = names.find(subjects, names.START, names.PYTHON)
    for name in (names.START, names.PYTHON):
        if name in found:
            return name
    for subject in subjects:
        if subject.kind not in ("histogram", "gaugehistogram", "summary"):
            return subject.name
    first = subjects[0]
    if first.kind == "gaugehistogram":
        return f"{first.name}_gcount"
    return first.name if first.is_native else f"{first.name}_count"
