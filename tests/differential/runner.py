"""A runner of scenarios and sequences of operations, in subprocesses of a given interpreter."""

import ast
import contextlib
import json
import os
import queue
import subprocess
import threading
from pathlib import Path

HERE = Path(__file__).parent
SCENARIOS = sorted((HERE / "scenarios").glob("*.py"))
SECONDS = 120
WHOLE = "(import)"


def functions(path):
    """The names of the functions that a scenario runs, without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef,)
    return [n.name for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")]


def constant(path, name, default):
    """What a script assigns to a name, without importing it.

    REQUIRES names modules that may be absent, such as frameworks.
    """
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    return default


def environment():
    """This process's environment, without what would lead Python to another package."""
    drop = ("PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
    kept = {name: value for name, value in os.environ.items() if name not in drop}
    return {**kept, "PYTHONHASHSEED": "0", "TZ": "UTC", "PYTHONUTF8": "1"}


def ask(python, code):
    """What a line of Python prints in that interpreter; None where it fails."""
    done = subprocess.run(
        [python, "-I", "-c", code], capture_output=True, text=True, timeout=SECONDS
    )
    return done.stdout.strip() if done.returncode == 0 else None


def lines(python, script, *arguments):
    """The JSON lines that one of the workers in this folder prints, and why it failed or None."""
    command = [python, "-s", str(HERE / script), *map(str, arguments)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(),
        cwd=HERE,
    )
    failure = None
    try:
        out, err = process.communicate(timeout=SECONDS)
        if process.returncode != 0:
            failure = f"{script} ended with status {process.returncode}:\n{err}"
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        failure = f"{script} still ran after {SECONDS} s:\n{err}"
    return [json.loads(line) for line in out.splitlines()], failure


def run_scenario(python, path, strictness):
    """The records of a scenario, by function.

    `strictness`: "strict" makes every warning an error, "careful" those of aioprometheus alone,
    "lenient" none.
    """
    records = {}
    found, failure = lines(python, "scenario_worker.py", path, strictness)
    for record in found:
        records.setdefault(record["function"], []).append(record)
    if failure:
        records.setdefault(WHOLE, []).append({"outcome": "crashed", "trace": failure, "step": ""})
    return records


def run_program(python, path, strictness):
    """What a program prints; AssertionError where it fails. `strictness` is as for scenarios."""
    warnings = ["-W", "error" if strictness == "strict" else "ignore"]
    done = subprocess.run(
        [python, "-s", *warnings, str(path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(),
        cwd=path.parent,
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{path.name} fails under {python}:\n{done.stdout}{done.stderr}"
    return done.stdout


class SequenceWorker:
    """One long-lived process that runs sequences of operations, a JSON line each."""

    def __init__(self, python, strictness):
        self._python = python
        self._strictness = strictness
        self._start()

    def _start(self):
        self._process = subprocess.Popen(
            [self._python, "-s", str(HERE / "sequence_worker.py"), self._strictness],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment(),
            cwd=HERE,
        )
        self._answers = queue.Queue()
        arguments = (self._process.stdout, self._answers)
        self._reader = threading.Thread(target=self._read, args=arguments, daemon=True)
        self._reader.start()

    @staticmethod
    def _read(stream, answers):
        for line in stream:
            answers.put(line)
        answers.put(None)

    def restart(self):
        """Begins anew, after a failure that may have left answers behind."""
        self._process.kill()
        self.close()
        self._start()

    def send(self, sequence):
        """Hands over a sequence; the other worker may run its own meanwhile."""
        self._process.stdin.write(json.dumps(sequence) + "\n")
        self._process.stdin.flush()

    def receive(self):
        """What each operation of the sequence led to."""
        try:
            line = self._answers.get(timeout=SECONDS)
        except queue.Empty:
            raise RuntimeError(f"{self._python} hangs in a sequence") from None
        if line is None:
            raise RuntimeError(f"{self._python} died with status {self._process.wait()}")
        return json.loads(line)

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(timeout=SECONDS)
        self._reader.join(timeout=SECONDS)
        self._process.stdout.close()
