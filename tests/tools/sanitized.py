"""A program that runs tests under AddressSanitizer or ThreadSanitizer.

    python tests/tools/sanitized.py address core cargo test ...
    python tests/tools/sanitized.py thread python .venv-thread/bin/python -m pytest ...

`make test-address` and `make test-thread` build what it runs, and call it.

The interpreter is built without a sanitizer. So its runtime, that of gcc, is loaded before it: both
see each allocation, and the memory and the threads of the core, but not what the interpreter reads
and writes itself. Reports go to files, so that those of a child process are found as well, and none
is lost in what a test expects of a program.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: What a sanitizer is told, by its name.
OPTIONS = {
    # Tests ask for more memory than there is.
    "address": {"allocator_may_return_null": 1},
    "thread": {
        "allocator_may_return_null": 1,
        "suppressions": ROOT / "tests" / "thread_suppressions.txt",
        # Threads of a child of a program with threads: what the tests of forks have.
        "die_after_fork": 0,
        # The end of the interpreter waits for no thread of this package.
        "report_thread_leaks": 0,
    },
}
#: Tests that measure or limit memory, most of which is the sanitizer's.
MEMORY = [
    "tests/exemplars/test_exemplar_threads.py::test_only_the_last_ones_take_memory",
    "tests/identity/test_identity_memory.py::test_fresh_big_strings_on_one_series",
    "tests/identity/test_identity_memory.py::test_fresh_strings_on_many_metrics",
    "tests/identity/test_identity_memory.py::test_fresh_strings_on_one_series",
    "tests/identity/test_identity_memory.py::test_metrics_that_come_and_go",
    "tests/identity/test_identity_memory.py::test_series_that_come_and_go",
    "tests/lifetime/test_lifecycle.py::test_births_and_deletions_are_bounded",
    "tests/lifetime/test_lifecycle.py::test_scrapes_and_reads_leak_nothing",
    "tests/lifetime/test_lifecycle.py::test_updates_leak_nothing",
    "tests/lifetime/test_memory_limits.py",
    "tests/lifetime/test_removed_series.py::test_the_memory_of_summaries_is_given_back",
    "tests/scrape/test_bodies.py::test_small_bodies_after_a_large_one_take_little_memory",
    "tests/scrape/test_render_async.py::test_pages_that_nobody_takes_are_given_back",
]
#: Tests that need an address to be used again at once, which AddressSanitizer prevents.
ADDRESSES = [
    "tests/identity/test_identity_values.py::test_strings_that_die_and_whose_addresses_are_used_again",
]
#: Tests that fork beside threads which allocate: the runtime of gcc 12 does not hold the locks of
#: its allocator at a fork, so that some children of any such program wait for ever.
FORKS = [
    "tests/lifetime/test_processes.py::test_a_forked_child_that_ends_as_programs_do",
    "tests/lifetime/test_processes.py::test_fork_beside_busy_threads",
]
#: Tests of greenlets, which copy stacks: AddressSanitizer takes that for an overflow.
GREENLETS = [
    "tests/exemplars/test_exemplar_hook_contexts.py"
    "::test_a_greenlet_that_waits_in_the_hook_lets_others_ask_it",
]
#: Python tests that cannot run, by the name of the sanitizer.
DESELECTED = {"address": [*MEMORY, *ADDRESSES, *FORKS, *GREENLETS], "thread": MEMORY}

#: What younger compilers call, and the runtime of gcc 12 has under its usual names alone.
MISSING = """
#include <string.h>
void *__tsan_memset(void *to, int byte, size_t count) { return memset(to, byte, count); }
void *__tsan_memcpy(void *to, const void *from, size_t count) { return memcpy(to, from, count); }
void *__tsan_memmove(void *to, const void *from, size_t count) { return memmove(to, from, count); }
"""


def _gcc(*arguments, **options):
    done = subprocess.run(
        ["gcc", *arguments], check=True, stdout=subprocess.PIPE, text=True, **options
    )
    return done.stdout.strip()


def _runtime(sanitizer, folder):
    """The paths of gcc's runtime."""
    name = f"lib{sanitizer[0]}san.so"
    path = _gcc(f"-print-file-name={name}")
    if path == name:
        sys.exit(f"gcc has no {name}")
    paths = [str(Path(path).resolve())]
    if sanitizer == "thread":
        paths.append(str(folder / "missing.so"))
        _gcc("-shared", "-fPIC", "-fno-builtin", "-o", paths[-1], "-xc", "-", input=MISSING)
    return " ".join(paths)


def _environment(sanitizer, folder, under_python):
    options = {"log_path": folder / "report", **OPTIONS[sanitizer]}
    environment = dict(os.environ)
    if under_python:
        # An interpreter leaves much to the end of its process.
        options["detect_leaks"] = 0
        # The memory of objects, too, comes from where the sanitizer sees it.
        environment |= {"LD_PRELOAD": _runtime(sanitizer, folder), "PYTHONMALLOC": "malloc"}
    told = ":".join(f"{name}={value}" for name, value in options.items())
    return environment | {f"{sanitizer[0].upper()}SAN_OPTIONS": told}


def _is_fault(line):
    return bool(line.strip()) and "failed to allocate" not in line


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sanitizer", choices=OPTIONS)
    parser.add_argument("what", choices=["core", "python"])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command, under_python = arguments.command, arguments.what == "python"
    if under_python:
        command += [f"--deselect={test}" for test in DESELECTED[arguments.sanitizer]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = _environment(arguments.sanitizer, folder, under_python)
        ended = subprocess.run(command, cwd=ROOT, env=environment).returncode
        texts = [path.read_text(errors="replace") for path in sorted(folder.glob("report.*"))]
    found = [text for text in texts if any(map(_is_fault, text.splitlines()))]
    print(*found, sep="\n")
    print(f"{len(found)} reports of the {arguments.sanitizer} sanitizer")
    sys.exit(ended or bool(found))


if __name__ == "__main__":
    main()
