"""Weakens each memory ordering of the core in a copy, and shows which model fails then.

    python tests/tools/weaken.py [PART]

It takes each ordering whose file, line number and text contain PART, makes it Relaxed or leaves
the fence out, and runs the models. All of them take about half an hour. An ordering that can be
weakened without a failure is an error: either it is not needed, or a model is missing.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPY = ROOT / "target" / "weaken"
"""The copy, which is kept from one run to the next."""

ORDERING = re.compile(r"(\bfence\()?Ordering::(Release|Acquire|AcqRel|SeqCst)\b(?(1)\))")

TESTS = r"^#\[cfg\((?:all\()?test\b[^\n]*\n(?:#[^\n]*\n)*(?:pub(?:\(\w+\))? )?mod "
"""Where the tests of a file begin."""

LONGEST = 600
"""The most seconds that the models may take: a weakened one may wait for ever."""


def orderings():
    """The orderings of the core but for its tests: path, begin and end in the text."""
    for path in sorted((ROOT / "src").rglob("*.rs")):
        if "sync" in path.parts or "python" in path.parts or path.stem in ("tests", "models"):
            continue
        text = re.split(TESTS, path.read_text(), maxsplit=1, flags=re.M)[0]
        for found in ORDERING.finditer(text):
            yield path, text.count("\n", 0, found.start()), found


def copy():
    """Copies the tree, but for what is built; as new, so that cargo builds it again."""
    shutil.rmtree(COPY / "tree", ignore_errors=True)
    left_out = shutil.ignore_patterns("target", ".git", ".venv*", ".cache", "dist", "_build")
    shutil.copytree(ROOT, COPY / "tree", ignore=left_out, copy_function=shutil.copyfile)


def run(*command, seconds=None):
    """Runs a command in the copy with the model checker; gives its exit status and its output."""
    environment = {
        **os.environ,
        "CARGO_TARGET_DIR": str(COPY / "target"),
        "RUST_BACKTRACE": "0",
    }
    try:
        done = subprocess.run(
            command,
            cwd=COPY / "tree",
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as stopped:
        return "it never ends", (stopped.stdout or b"").decode(errors="replace")
    return done.returncode, done.stdout


def build():
    """Builds the tests of the copy; gives their program."""
    status, output = run("cargo", "test", "--locked", "--lib", "--features", "loom", "--no-run")
    if status:
        sys.exit(output)
    return re.search(r"Executable .*\((.*)\)", output)[1]


def failures(program):
    """What the models find: pairs of a model and the first line of what it says."""
    status, output = run(program, "loom", "--test-threads", "1", seconds=LONGEST)
    if status == 0:
        return []
    found = re.findall(r"^---- (\S+) stdout ----\n(?:.*\n)*?.* panicked at .*\n(.*)", output, re.M)
    if not found:
        # It was stopped, or a panic in a panic ended it.
        last = re.findall(r"^test (\S+) \.\.\.", output, re.M)[-1]
        said = re.findall(r"panicked at .*\n(.*)", output)
        found = [(last, said[0] if said else status)]
    return [(model.split("::loom_")[-1], said) for model, said in found]


def main():
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    copy()
    if found := failures(build()):
        sys.exit(f"models fail as it is: {found}")
    unseen = 0
    for path, line, found in orderings():
        name = path.relative_to(ROOT)
        text = path.read_text()
        source = f"{name}:{line + 1} {text.splitlines()[line].strip()}"
        if part not in source:
            continue
        weaker = "()" if found[1] else "Ordering::Relaxed"
        weakened = COPY / "tree" / name
        weakened.write_text(text[: found.start()] + weaker + text[found.end() :])
        models = failures(build())
        weakened.write_text(text)
        unseen += not models
        print(source, flush=True)
        for model, said in models or [("NO MODEL FAILS", found[0])]:
            print(f"    {model}: {said}", flush=True)
    sys.exit(unseen > 0)


if __name__ == "__main__":
    main()
