"""Futures, with which a call goes on that has returned one."""

from __future__ import annotations

from typing import Any


class _End:
    """Ends the span of a call when a Future is done, or is collected because nobody can finish it.

    The Future holds it as its callback, and nothing else does.

    :param span: The span, which has been left open.
    """

    __slots__ = ("_span",)

    def __init__(self, span: Any) -> None:
        self._span = span

    def __call__(self, future: Any) -> None:
        span, self._span = self._span, None
        # Future.exception() would mark the exception as seen, and asyncio would not log it.
        error = None if future.cancelled() else future._exception
        if error is None and not future.cancelled():
            span._returned(future.result())
        span._close(error)

    def __del__(self) -> None:
        if self._span is not None:
            # As Python closes a generator that nobody can finish.
            self._span._close(GeneratorExit())


def end_with_future(future: Any, span: Any) -> None:
    """End a span when a Future is done.

    :param future: The Future, of asyncio or of a kind that asyncio takes.
    :param span: The span of the call that has returned it, which has been left open.
    """
    end = _End(span)
    if future.done():
        end(future)
    else:
        future.add_done_callback(end)
