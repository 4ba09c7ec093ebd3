"""Builds the fuzz targets and runs them in turn: ``python3 fuzz/run.py --seconds 60 [target ...]``.

Each starts from its cases in ``corpus``; what it finds beside them goes below ``target/fuzz``. An
input that fails is kept below ``artifacts``. It needs a C++ compiler, for libFuzzer. ``cargo fuzz``
does the same with a nightly Rust.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

FUZZ = Path(__file__).parent
BUILT = FUZZ.parent / "target" / "fuzz"
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


def _rustc(*arguments):
    return subprocess.run(["rustc", *arguments], check=True, capture_output=True, text=True).stdout


def _host():
    return next(line.split()[1] for line in _rustc("-vV").splitlines() if line.startswith("host:"))


def _build(host):
    sanitizer = []
    libraries = Path(_rustc("--print", "sysroot").strip()) / "lib" / "rustlib" / host / "lib"
    if any(libraries.glob("*rt.asan*")):
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
    where = ["--manifest-path", FUZZ / "Cargo.toml", "--target-dir", BUILT, "--target", host]
    command = ["cargo", "build", "--locked", "--release", "--bins", *where]
    subprocess.run(command, check=True, env=environment)


def _run(program, target, seconds):
    """Runs a target, for some seconds or on its cases alone; gives whether it went well."""
    found, artifacts = BUILT / "corpus" / target, FUZZ / "artifacts" / target
    for folder in (found, artifacts):
        folder.mkdir(parents=True, exist_ok=True)
    work = ["-runs=0"] if seconds is None else [f"-max_total_time={seconds}", found]
    artifact = f"-artifact_prefix={artifacts}{os.sep}"
    return (
        subprocess.run([program, artifact, *LIMITS, *work, FUZZ / "corpus" / target]).returncode
        == 0
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "targets", nargs="*", choices=[*TARGETS, []], metavar="target", help=", ".join(TARGETS)
    )
    parser.add_argument(
        "--seconds", type=int, help="of each target; without it, the cases alone are run"
    )
    arguments = parser.parse_args()
    host = _host()
    _build(host)
    failed = []
    for target in arguments.targets or TARGETS:
        print(f"\n{target}", flush=True)
        if not _run(BUILT / host / "release" / target, target, arguments.seconds):
            failed.append(target)
    for target in failed:
        print(f"{target} failed; its input is in {FUZZ / 'artifacts' / target}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
