"""Exemplars: the trace, say, that stands for the updates beside it.

``counter.inc(labels, exemplar={"trace_id": "..."})`` and ``histogram.observe(labels, seconds,
exemplar=...)`` give one with the update; the last one of a counter's series, or of a bucket, is
exposed in OpenMetrics and protocol buffers. A hook gives one to all updates that are given none::

    from aioprometheus import exemplars

    exemplars.use_opentelemetry()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._core import set_exemplar_hook

__all__ = ["opentelemetry_exemplar", "set_hook", "use_opentelemetry"]

Hook = Callable[[], dict[str, Any] | None]
"""Gives the labels of an exemplar, or None for none."""


def set_hook(hook: Hook | None) -> None:
    """Ask a hook for the exemplar of every update of a counter or histogram that is given none.

    It is called by ``inc``, ``add`` and ``observe``, in the context of the caller, and makes them
    as slow as it is itself. A hook that raises, or gives what an exemplar cannot have, costs the
    exemplar and not the update; the first such failure is logged.

    :param hook: the hook, which replaces the one before; None ends that.
    :raises TypeError: what cannot be called.
    """
    set_exemplar_hook(hook)


def use_opentelemetry() -> bool:
    """Give updates the ids of OpenTelemetry's current span as their exemplar, if it is sampled.

    :returns: whether ``opentelemetry-api`` is installed; if it is not, nothing changes.
    """
    try:
        import opentelemetry.trace  # noqa: F401
    except ImportError:
        return False
    set_hook(opentelemetry_exemplar)
    return True


def opentelemetry_exemplar() -> dict[str, str] | None:
    """The ids of OpenTelemetry's current span, if there is one that is sampled.

    :raises ImportError: if ``opentelemetry-api`` is not installed.
    """
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return None
    return {
        "trace_id": format_trace_id(context.trace_id),
        "span_id": format_span_id(context.span_id),
    }
