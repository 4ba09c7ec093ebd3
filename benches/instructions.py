"""A count of the instructions of the core's hot paths, compared with recorded figures.

    python benches/instructions.py [--update]

Each path runs under valgrind's callgrind, in a process of its own. The instructions within its
function are divided by the number of its operations. Unlike times, instructions hardly depend on
the machine. A path that takes over 2 % more than in instructions.json is therefore an error, if
that file was recorded with the same tools. `--update` records the new figures.

Every run of one program counts the same: its environment, arguments, clock and random numbers are
fixed, and valgrind emulates the same processor wherever there is AVX2. Another program, built from
another folder for example, has other addresses. The seeds of the hash tables depend on them, which
changes a figure by up to three thousandths.
"""

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import table

HERE = Path(__file__).resolve().parent
CRATE = HERE / "rust"
RECORD = HERE / "instructions.json"
#: Linux's list of processors, with what each of them can do.
CPUS = Path("/proc/cpuinfo")
#: The hot paths of the program, and the function of each.
PATHS = {
    "counter_inc": "hot_counter_inc",
    "gauge_set": "hot_gauge_set",
    "histogram_observe": "hot_histogram_observe",
    "native_observe": "hot_histogram_observe",
    "summary_observe": "hot_summary_observe",
    "lookup_inc": "hot_add",
    "birth": "hot_add",
    "encode_int": "hot_encode",
    "encode_float": "hot_encode",
    "encode_histogram": "hot_encode",
    "openmetrics_int": "hot_encode",
    "openmetrics_histogram": "hot_encode",
    "protobuf_int": "hot_encode",
    "protobuf_histogram": "hot_encode",
}
#: The ratio to the recorded figure above which a path has too many instructions.
LIMIT = 1.02

Figures = dict[str, float]


def output(*command: object, **options: Any) -> str:
    """The standard output of a command."""
    words = [str(word) for word in command]
    run = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **options)
    return run.stdout.strip()


def tools() -> dict[str, str]:
    """The tools and the machine that the figures depend on."""
    return {
        "rustc": output("rustc", "--version"),
        "libc": " ".join(platform.libc_ver()),
        "architecture": platform.machine(),
        "processor": "with AVX2" if "avx2" in CPUS.read_text().split() else "without AVX2",
        "valgrind": output("valgrind", "--version"),
    }


def build() -> Path:
    """Build the program, and return it."""
    manifest = CRATE / "Cargo.toml"
    command = ["cargo", "build", "--release", "--bin", "hot_paths", "--manifest-path", manifest]
    subprocess.run(command, check=True)
    metadata = output(
        "cargo", "metadata", "--format-version=1", "--no-deps", "--manifest-path", manifest
    )
    return Path(json.loads(metadata)["target_directory"]) / "release" / "hot_paths"


def count(program: Path, path: str, function: str) -> float:
    """The instructions of one operation."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        # Found here, since there is no PATH in the environment of the program.
        command = [
            shutil.which("valgrind"),
            "--quiet",
            "--tool=callgrind",
            "--collect-atstart=no",
            f"--toggle-collect={function}",
            f"--callgrind-out-file={profile}",
            f"./{program.name}",
            path,
        ]
        operations = output(*command, cwd=program.parent, env={})
        totals = re.search(r"^(?:totals|summary): (\d+)", profile.read_text(), re.MULTILINE)
    if totals is None or totals[1] == "0":
        sys.exit(f"{path}: callgrind found no function {function}")
    return round(int(totals[1]) / int(operations), 2)


def compare(figures: Figures, recorded: Figures) -> bool:
    """Print the figures beside the recorded ones, and return whether none has grown too much."""
    rows = [["instructions an operation", "recorded", "now", ""]]
    grown = False
    for path, now in figures.items():
        before = recorded.get(path)
        if before is None:
            rows.append([path, "-", f"{now:,.1f}", "new"])
            continue
        change = now / before
        too_much = change > LIMIT
        grown |= too_much
        note = f"{100 * (change - 1):+.1f} %" + (" !" if too_much else "")
        rows.append([path, f"{before:,.1f}", f"{now:,.1f}", note])
    print(table.render(rows))
    return not grown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="record what was counted")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not installed")

    program = build()
    figures = {path: count(program, path, function) for path, function in PATHS.items()}
    now = tools()
    recorded = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    bounded = compare(figures, recorded.get("instructions", {}))
    if options.update:
        RECORD.write_text(json.dumps({**now, "instructions": figures}, indent=2) + "\n")
        return
    others = [name for name, version in now.items() if recorded.get(name) != version]
    if not recorded:
        print("nothing is recorded yet: --update records it")
    elif others:
        was = "; ".join(f"{recorded.get(name)}, now {now[name]}" for name in others)
        print(f"recorded with other tools, so that growth is no error: {was}")
    elif not bounded:
        sys.exit(f"over {100 * (LIMIT - 1):.0f} % more instructions than recorded")


if __name__ == "__main__":
    main()
