"""Finalisers and context variables: the context of an update or a scrape is left as it is.

Before CPython 3.12 finalisers run wherever an object is made, also while a context variable is
set. If another variable of the same context is set in one, the outer one goes on with freed memory
(python/cpython#148891).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.programs import run

PROGRAM = """
    import contextvars, gc, random
    from aioprometheus import Counter, Gauge, Registry, exemplars, render

    registry = Registry()
    counter = Counter("c", "d", registry=registry)
    variables = [contextvars.ContextVar(f"v{index}") for index in range(40)]

    def set_all():
        for variable in variables:
            variable.set(object())

    class Own(Gauge):
        def get_all(self):
            if sets:
                variables[0].set(object())
            return super().get_all()

    Own("g", "d", registry=registry).set(1)

    def hook():
        if sets:
            variables[0].set(object())
        return {"trace_id": "x"}

    def update():
        counter.inc()

    def scrape():
        render(registry, None)

    exemplars.set_hook(hook)

    calls = 0

    class Ended:
        def __init__(self):
            self.cycle = self

        def __del__(self):
            global calls
            calls += 1
            inner()

    def together():
        set_all()
        random.seed(1)
        # Garbage is looked for after as many new objects as a threshold says. So it is found in
        # every place of the outer function.
        for _ in range(300):
            for threshold in range(1, 12):
                gc.set_threshold(threshold)
                kept = [[] for _ in range(random.randrange(3))]
                Ended()
                outer()
"""


@pytest.mark.parametrize(
    ("outer", "inner", "sets"),
    [
        # What the hook or the class sets itself is theirs, and not asked for where it is outside.
        ("update", "set_all", False),
        ("scrape", "set_all", False),
        ("set_all", "update", True),
        ("set_all", "scrape", True),
        ("update", "scrape", False),
        ("scrape", "update", False),
    ],
)
def test_finalisers_come_in_anywhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    outer: str,
    inner: str,
    sets: bool,
) -> None:
    # Freed memory is overwritten, so that who uses it fails.
    monkeypatch.setenv("PYTHONMALLOC", "debug")
    program = f"""
    outer, inner, sets = {outer}, {inner}, {sets}
    together()
    print(calls > 3000)
    """
    assert run(tmp_path, PROGRAM, program) == "True\n"
