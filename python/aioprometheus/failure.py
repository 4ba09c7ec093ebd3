"""Failures of metrics during rendering, which the core counts and leaves out, and logs once here.

Samples that a metric reports twice are treated in the same way, because a server would keep one of
them or refuse the whole exposition.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import TypeVar

from ._core import Collector

_Formed = TypeVar("_Formed")

COUNTER_NAME = "aioprometheus_collector_errors_total"
"""The name of the counter of failures, which is exposed after the first one."""


def ends_program(error: BaseException) -> bool:
    """Return whether an exception is not for a scrape to handle: Ctrl-C, which Python raises in the
    main thread.

    :param error: What users' code has raised.
    """
    if not isinstance(error, KeyboardInterrupt):
        return False
    from threading import get_ident, main_thread

    return get_ident() == main_thread().ident


def shown(error: BaseException) -> str:
    """Return what ``repr`` says of an exception; its class if that raises.

    :param error: The exception.
    """
    try:
        return encodable(repr(error))
    except BaseException as other:
        if ends_program(other):
            raise
        return encodable(f"{type(error).__name__}, whose __repr__ raises {type(other).__name__}")


def encodable(text: str) -> str:
    """Return a text that has a UTF-8 form: with escapes where it has halves of surrogates.

    :param text: The text.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def log(name: str, error: BaseException, words: tuple[str, str] | None = None) -> None:
    """Log the first failure of a metric or a collector. The core calls this.

    :param name: The name of the metric or collector.
    :param error: What it raised.
    :param words: What it is, and what the scrape did then, if it is not a metric that raised while
      it was rendered.
    """
    if words is not None:
        _log_error(
            "%s failed at a scrape: %s. %s (this is logged once, and %s counts every time)",
            words[0],
            shown(error),
            words[1],
            COUNTER_NAME,
            exc_info=error,
        )
        return
    _log_error(
        "metric %s raised %s while it was rendered, and was left out of the exposition; the others "
        "were served. Mend its class, as the traceback shows (this is logged once, and %s counts "
        "every time)",
        name,
        shown(error),
        COUNTER_NAME,
        exc_info=error,
    )


def log_clash(name: str, other: str) -> None:
    """Log that a metric writes samples of a name that one before it writes. The core calls this.

    :param name: The name of the metric.
    :param other: The name of the one before it.
    """
    _log_error(
        "metric %s was left out of the exposition: %s comes before it, in the same registry or in "
        "one that is rendered with it, and has samples of the same name. Give one of the two "
        "another name, or serve such registries at paths of their own (this is logged once, and %s "
        "counts every time)",
        name,
        "another metric of this name" if name == other else other,
        COUNTER_NAME,
    )


def log_repeated(name: str, samples: list[str]) -> None:
    """Log the first samples of a metric that were left out. The core calls this.

    :param name: The name of the metric.
    :param samples: The samples as text.
    """
    _log_error(
        "metric %s reports samples twice, with labels that are the same for a server; only the "
        "first of each was exposed. Make its class report each once (this is logged once, and %s "
        "counts every time). Left out: %s",
        name,
        COUNTER_NAME,
        ", ".join(samples[:10]) + (", ..." if len(samples) > 10 else ""),
    )


def log_exemplar(name: str, error: BaseException) -> None:
    """Log the first exemplar of a parsed family that cannot be exposed. The core calls this.

    :param name: The name of the family.
    :param error: What is wrong with the exemplar.
    """
    # The names are those of another program, and may be ever new ones.
    if name in _without_exemplars or len(_without_exemplars) >= _MOST_NAMES:
        return
    _without_exemplars.add(name)
    _log_error(
        "the parsed family %s has an exemplar that cannot be exposed: %s. Its sample was exposed "
        "without one, and so are others of the family (this is logged once)",
        encodable(name),
        shown(error),
    )


#: The parsed families that were exposed without an exemplar, and the most that are remembered.
_without_exemplars: set[str] = set()
_MOST_NAMES = 1000

#: The samples of a metric that were left out so far, while it is formed for a scrape.
_left_out: ContextVar[list[str] | None] = ContextVar("aioprometheus_left_out", default=None)

#: The metrics whose samples were left out, and that was logged, outside of a scrape.
_logged: set[str] = set()


def noting_left_out(
    form: Callable[[Collector], _Formed],
) -> Callable[[Collector], tuple[_Formed, list[str]]]:
    """Return a function that also returns the samples that :func:`leave_out` was given meanwhile.

    :param form: A function that forms a metric for a scrape.
    """

    def formed(collector: Collector) -> tuple[_Formed, list[str]]:
        left_out: list[str] = []
        # Not in the context of the scrape, which may be one of a finaliser. Before CPython 3.12
        # those run where any object is made, also while a variable of that context is set; if
        # another one is set meanwhile, the outer one uses freed memory (python/cpython#148891).
        context = copy_context()
        context.run(_left_out.set, left_out)
        return context.run(form, collector), left_out

    return formed


def leave_out(collector: Collector, samples: list[str]) -> None:
    """Note samples that a metric reports twice.

    They count as a failure in the registry that is scraped. Outside of a scrape, they are only
    logged.
    """
    if not samples:
        return
    left_out = _left_out.get()
    if left_out is not None:
        left_out += samples
    elif (name := _name(collector)) not in _logged:
        _logged.add(name)
        log_repeated(name, samples)


def _log_error(message: str, *arguments: object, exc_info: BaseException | None = None) -> None:
    # Here, because logging takes a fourth of the time of importing the package.
    import logging

    logging.getLogger(__name__).error(message, *arguments, exc_info=exc_info)


def _name(collector: Collector) -> str:
    """The name of a metric, or the name of its class if the metric has no name that is text."""
    try:
        name = str(collector.name)
        name.encode()
    except Exception:
        return type(collector).__name__
    return name
