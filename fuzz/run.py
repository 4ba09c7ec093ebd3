"""Builds the fuzz targets and runs them in turn: ``python3 fuzz/run.py --seconds 60 [target ...]``.

Each starts from its cases in ``corpus``; what it finds beside them goes below ``target/fuzz``. An
input that fails is kept below ``artifacts``. It needs a C++ compiler, for libFuzzer. ``cargo fuzz``
does the same with a nightly Rust. ``--plain`` leaves AddressSanitizer out: code without ``unsafe``,
such as the parser, gets several times as many inputs so.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

FUZZ = Path(__file__).parent
BUILT = FUZZ.parent / "target" / "fuzz"
PLAIN = FUZZ.parent / "target" / "fuzz-plain"
TARGETS = sorted(path.stem for path in (FUZZ / "fuzz_targets").glob("*.rs"))

COVERAGE = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "--cfg",
    "fuzzing",
]
"""What cargo-fuzz passes to the compiler."""

LIMITS = ["-timeout=120", "-rss_limit_mb=2048", "-print_final_stats=1"]
"""Seconds of one input, by the clock of a machine that may be busy, and memory."""

WORDS = f"-dict={FUZZ / 'parse.dict'}"
OPTIONS = {"parse": [WORDS], "parse_any": [WORDS, "-max_len=256"]}
"""What targets have beside the limits: words of inputs, and the length of inputs that are many."""

CASES = {"parse_any": "parse"}
"""The folder of the cases of a target that has those of another one, which reads the same bytes."""


def _rustc(*arguments):
    return subprocess.run(["rustc", *arguments], check=True, capture_output=True, text=True).stdout


def _host():
    return next(line.split()[1] for line in _rustc("-vV").splitlines() if line.startswith("host:"))


def _build(host, targets, is_plain):
    sanitizer = []
    libraries = Path(_rustc("--print", "sysroot").strip()) / "lib" / "rustlib" / host / "lib"
    if is_plain:
        pass
    elif any(libraries.glob("*rt.asan*")):
        sanitizer.append("-Zsanitizer=address")
    else:
        print("This Rust has no AddressSanitizer: built without it.")
    flags = [*COVERAGE, *sanitizer, "-Cdebug-assertions"]
    # A stable compiler takes the flag of the sanitizer then.
    environment = os.environ | {
        "RUSTC_BOOTSTRAP": "1",
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
    }
    # With a target, what the build itself runs is built without the flags.
    built = PLAIN if is_plain else BUILT
    where = ["--manifest-path", FUZZ / "Cargo.toml", "--target-dir", built, "--target", host]
    programs = [f"--bin={target}" for target in targets]
    command = ["cargo", "build", "--locked", "--release", *programs, *where]
    subprocess.run(command, check=True, env=environment)
    return built / host / "release"


def _run(program, target, seconds):
    """Runs a target, for some seconds or on its cases alone; gives whether it went well."""
    found, artifacts = BUILT / "corpus" / target, FUZZ / "artifacts" / target
    for folder in (found, artifacts):
        folder.mkdir(parents=True, exist_ok=True)
    work = ["-runs=0"] if seconds is None else [f"-max_total_time={seconds}", found]
    options = [f"-artifact_prefix={artifacts}{os.sep}", *LIMITS, *OPTIONS.get(target, [])]
    cases = FUZZ / "corpus" / CASES.get(target, target)
    return subprocess.run([program, *options, *work, cases]).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "targets", nargs="*", choices=[*TARGETS, []], metavar="target", help=", ".join(TARGETS)
    )
    parser.add_argument(
        "--seconds", type=int, help="of each target; without it, the cases alone are run"
    )
    parser.add_argument("--plain", action="store_true", help="without AddressSanitizer")
    arguments = parser.parse_args()
    targets = arguments.targets or TARGETS
    programs = _build(_host(), targets, arguments.plain)
    failed = []
    for target in targets:
        print(f"\n{target}", flush=True)
        if not _run(programs / target, target, arguments.seconds):
            failed.append(target)
    for target in failed:
        print(f"{target} failed; its input is in {FUZZ / 'artifacts' / target}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
