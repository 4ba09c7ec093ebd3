"""Exemplar hooks in contexts: a hook is called in every context except its own."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

import pytest

from aioprometheus import Counter, Registry, exemplars

DEADLINE = 60


@pytest.fixture(autouse=True)
def no_hook_is_left() -> Iterator[None]:
    yield
    exemplars.set_hook(None)


@pytest.fixture
def counter() -> Counter:
    return Counter("c_total", "doc", registry=Registry())


@pytest.mark.skipif(find_spec("gevent") is None, reason="gevent has no wheel for this interpreter")
def test_a_greenlet_that_waits_in_the_hook_lets_others_ask_it() -> None:
    program = """
        import gevent
        from aioprometheus import Counter, Registry, exemplars

        counter = Counter("c_total", "doc", registry=Registry())
        asked = []
        def hook():
            asked.append(1)
            gevent.sleep(0)
            counter.inc()  # its own, which asks nobody
            gevent.sleep(0)
            return {"trace_id": "a"}
        exemplars.set_hook(hook)
        def work():
            for _ in range(100):
                counter.inc()
        gevent.joinall([gevent.spawn(work) for _ in range(20)], raise_error=True)
        assert (len(asked), counter.get()) == (2000, 4000), (len(asked), counter.get())
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr


def test_a_copy_of_the_hooks_context_is_free_when_the_hook_has_returned(counter: Counter) -> None:
    asked = []
    copies = []

    def hook() -> dict[str, str]:
        asked.append(1)
        copies.append(contextvars.copy_context())
        # While the hook runs, a copy of its context counts as its own.
        copies[-1].run(counter.inc)
        return {"trace_id": "a"}

    exemplars.set_hook(hook)
    counter.inc()
    assert len(asked) == 1
    for _ in range(3):
        copies[0].run(counter.inc)
    assert len(asked) == 4
    # Nothing is left in the context of the update either.
    assert not any("aioprometheus" in variable.name for variable in contextvars.copy_context())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_a_hook_that_raises_leaves_nothing_in_its_context(
    counter: Counter, error: type[BaseException]
) -> None:
    copies = []

    def hook() -> None:
        copies.append(contextvars.copy_context())
        raise error

    exemplars.set_hook(hook)
    for asked in (1, 2):
        with suppress(error):
            counter.inc()
        assert len(copies) == asked
        assert not any("aioprometheus" in variable.name for variable in contextvars.copy_context())
    asked = []
    exemplars.set_hook(lambda: asked.append(1))
    for copy in copies:
        copy.run(counter.inc)
    assert len(asked) == 2


def test_a_task_that_begins_in_the_hook_asks_when_the_hook_has_returned(counter: Counter) -> None:
    asked = []
    tasks = []

    async def work() -> None:
        counter.inc()

    def hook() -> dict[str, str]:
        asked.append(1)
        if len(tasks) < 5:
            tasks.append(asyncio.ensure_future(work()))
        return {"trace_id": "a"}

    async def scenario() -> None:
        exemplars.set_hook(hook)
        counter.inc()
        while not all(task.done() for task in tasks):
            await asyncio.gather(*tasks)

    asyncio.run(scenario())
    assert len(asked) == 6
    assert counter.get() == 6


def test_a_thread_asks_while_another_one_is_in_the_hook(counter: Counter) -> None:
    asked = []
    inside, may_return = threading.Event(), threading.Event()

    def hook() -> dict[str, str]:
        asked.append(threading.get_ident())
        if len(asked) == 1:
            inside.set()
            assert may_return.wait(DEADLINE)
        return {"trace_id": "a"}

    exemplars.set_hook(hook)
    other = threading.Thread(target=counter.inc)
    other.start()
    assert inside.wait(DEADLINE)
    counter.inc()
    assert asked == [other.ident, threading.get_ident()]
    may_return.set()
    other.join()
    assert counter.get() == 2


def test_a_hook_in_another_context_of_its_own_does_not_run_away(counter: Counter) -> None:
    own = contextvars.Context()
    asked = []

    def hook() -> dict[str, str]:
        asked.append(1)
        if len(asked) < 3:
            # It is called here, as for any other update.
            (contextvars.Context() if len(asked) == 2 else own).run(counter.inc)
        return {"trace_id": "a"}

    exemplars.set_hook(hook)
    counter.inc()
    assert (len(asked), counter.get()) == (3, 3)
    counter.inc()
    assert (len(asked), counter.get()) == (4, 4)


def test_labels_that_update_a_metric_do_not_ask_again(counter: Counter) -> None:
    asked = []

    class Text:
        def __str__(self) -> str:
            counter.inc()
            return "a"

    def hook() -> dict[str, Any]:
        asked.append(1)
        return {"trace_id": Text()}

    exemplars.set_hook(hook)
    counter.inc()
    assert (len(asked), counter.get()) == (1, 2)
