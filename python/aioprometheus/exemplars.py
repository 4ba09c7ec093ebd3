"""Exemplars: labels of an example of an update, such as the id of its trace.

``counter.inc(labels, exemplar={"trace_id": "..."})`` and ``histogram.observe(labels, seconds,
exemplar=...)`` store an exemplar with the update. OpenMetrics and protocol buffers expose the last
one of each series of a counter and of each bucket. A hook supplies the exemplar of updates that are
made without one::

    from aioprometheus import exemplars

    exemplars.use_opentelemetry()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._core import set_exemplar_hook

__all__ = ["opentelemetry_exemplar", "set_hook", "use_opentelemetry"]

Hook = Callable[[], dict[str, Any] | None]
"""Returns the labels of an exemplar, or None if there is none."""


def set_hook(hook: Hook | None) -> None:
    """Install a hook that supplies exemplars for updates of counters and histograms.

    ``inc``, ``add`` and ``observe`` call it when they are given no exemplar, in a copy of the
    context of their caller. Each such update takes longer by the time of the hook. If the hook
    raises, or returns labels that an exemplar cannot have, the update has no exemplar; the first
    such failure is logged.

    :param hook: The hook, which replaces the one before; None removes it.
    :raises TypeError: If the hook cannot be called.
    """
    set_exemplar_hook(hook)


def use_opentelemetry() -> bool:
    """Use the ids of OpenTelemetry's current span as the exemplar of updates, if it is sampled.

    :returns: Whether ``opentelemetry-api`` is installed; if it is not, nothing changes.
    """
    try:
        import opentelemetry.trace  # noqa: F401
    except ImportError:
        return False
    set_hook(opentelemetry_exemplar)
    return True


def opentelemetry_exemplar() -> dict[str, str] | None:
    """The ids of OpenTelemetry's current span, or None if no span is sampled.

    :raises ImportError: If ``opentelemetry-api`` is not installed.
    """
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return None
    return {
        "trace_id": format_trace_id(context.trace_id),
        "span_id": format_span_id(context.span_id),
    }
