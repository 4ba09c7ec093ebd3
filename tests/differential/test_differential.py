"""The comparison of scripts and generated sequences under aioprometheus 23.12.0 and this package.

Variables: AIOPROMETHEUS_REFERENCE names the environment of 23.12.0, AIOPROMETHEUS_CANDIDATE the
interpreter that has this package (the one that runs pytest by default), AIOPROMETHEUS_SEQUENCES the
number of generated sequences.
"""

import functools
import os

import pytest
from hypothesis import HealthCheck, given, note, settings

from differential import comparison, reference, runner, surface
from differential.pair import CANDIDATE, need
from differential.sequences import sequences

EXAMPLES = int(os.environ.get("AIOPROMETHEUS_SEQUENCES", "500"))
CASES = [
    pytest.param(path, function, id=f"{path.stem}-{function}")
    for path in runner.SCENARIOS
    for function in runner.functions(path)
]
SURFACE = "surface_worker.py"
PARTS = ("result", "values", "text")


@functools.cache
def _records(python, path, strictness):
    return runner.run_scenario(python, path, strictness)


@functools.cache
def _surface(python):
    entries, failure = runner.lines(python, SURFACE)
    assert failure is None, failure
    return {entry["module"]: entry for entry in entries}


def test_the_packages_are_two(old_python):
    version = "import aioprometheus; print(aioprometheus.__version__)"
    assert runner.ask(old_python, version) == reference.VERSION
    assert runner.ask(CANDIDATE, version) not in (None, reference.VERSION)


@pytest.mark.parametrize(("path", "function"), CASES)
def test_scenario(old_python, path, function):
    modules = runner.constant(path, "REQUIRES", ())
    need(modules, CANDIDATE)
    old = _records(old_python, path, "lenient")
    new = _records(CANDIDATE, path, "careful" if modules else "strict")
    problems = comparison.differences(
        old.get(runner.WHOLE, []) + old.get(function, []),
        new.get(runner.WHOLE, []) + new.get(function, []),
    )
    assert old.get(function), "the scenario recorded nothing"
    assert not problems, f"{path.name}, {function}:\n" + "\n".join(problems)


def test_every_module_is_there(old_python):
    old, new = _surface(old_python), _surface(CANDIDATE)
    assert old.keys() == new.keys()
    assert not {name for name, entry in old.items() if "error" in entry}


@pytest.mark.parametrize("module", surface.MODULES)
def test_public_surface(old_python, module):
    need(surface.MODULES[module], CANDIDATE)
    problems = surface.missing(_surface(old_python)[module], _surface(CANDIDATE)[module])
    assert not problems, f"{module}:\n" + "\n".join(problems)


@pytest.fixture(scope="session")
def workers(old_python):
    both = (
        runner.SequenceWorker(old_python, "lenient"),
        runner.SequenceWorker(CANDIDATE, "strict"),
    )
    yield both
    for worker in both:
        worker.close()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(sequence=sequences())
def test_generated_sequences(workers, sequence):
    try:
        for worker in workers:
            worker.send(sequence)
        old, new = [worker.receive() for worker in workers]
    except (RuntimeError, OSError):
        for worker in workers:
            worker.restart()
        raise
    for place, operation in enumerate(sequence):
        note(f"{place}: {operation}")
        for what, before, after in zip(PARTS, old[place], new[place], strict=True):
            assert after == before, f"{what} after operation {place}, {operation}"
