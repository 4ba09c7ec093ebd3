"""Exemplar hooks that update metrics or raise: no recursion, and interrupts reach the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from aioprometheus import Counter, Histogram, Registry, exemplars


class Stop(BaseException):
    """As the GreenletExit and the Timeout of gevent."""


NOT_FOR_THE_HOOK = [KeyboardInterrupt, SystemExit, Stop]


@pytest.fixture(autouse=True)
def no_hook_is_left() -> Iterator[None]:
    yield
    exemplars.set_hook(None)


def test_a_hook_that_updates_metrics_is_not_asked_for_their_exemplars() -> None:
    asked = []
    registry = Registry()
    calls = Counter("hook_calls_total", "doc", registry=registry)
    seconds = Histogram("hook_seconds", "doc", registry=registry)
    child = calls.labels()

    def hook() -> dict[str, Any]:
        asked.append(1)
        calls.inc()
        child.inc(2)
        calls.add(None, 3)
        seconds.observe(0.1)
        return {"trace_id": "a"}

    exemplars.set_hook(hook)
    counter = Counter("c_total", "doc", registry=Registry())
    counter.inc()
    counter.inc({"a": "b"}, 2)
    assert len(asked) == 2
    assert calls.get() == 12
    assert seconds.get()["count"] == 2


@pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit])
def test_nobody_cancels_a_hook(error: type[BaseException]) -> None:
    """These arrive where a coroutine or generator waits: a hook that raises them has failed."""

    def hook() -> None:
        raise error

    exemplars.set_hook(hook)
    counter = Counter("c_total", "doc", registry=Registry())
    counter.inc()
    assert counter.get() == 1


@pytest.mark.parametrize("error", NOT_FOR_THE_HOOK)
def test_what_is_not_an_exception_goes_to_the_caller(error: type[BaseException]) -> None:
    def hook() -> None:
        raise error

    exemplars.set_hook(hook)
    counter = Counter("c_total", "doc", registry=Registry())
    child = counter.labels({"a": "b"})
    histogram = Histogram("h", "doc", registry=Registry())
    for update in (counter.inc, child.inc, lambda: histogram.observe(1)):
        with pytest.raises(error):
            update()
    exemplars.set_hook(None)
    assert counter.get_all() == [({"a": "b"}, 0)]
    assert histogram.get_all() == []
    # The hook is called again for the next update.
    exemplars.set_hook(lambda: {"trace_id": "a"})
    counter.inc()
    assert counter.get() == 1
