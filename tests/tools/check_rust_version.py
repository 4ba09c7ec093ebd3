"""A check that the Rust that Cargo.toml asks for is enough: the compiler of Debian trixie.

    python tests/tools/check_rust_version.py FOLDER

It downloads and unpacks that compiler below FOLDER, as :mod:`fetch_peers` does with its programs:
nothing is installed. The machine's cargo then checks the core, its tests and the bindings with it.
The exit status is 0 only if all of that was done and nothing failed.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from fetch_peers import Failure, fetch, run

ROOT = Path(__file__).resolve().parents[2]
SUITE = "trixie"
#: The compiler, and every library that it loads: those of the machine may be older.
PACKAGES = [
    *(
        "rustc",
        "libstd-rust-1.85",
        "libstd-rust-dev",
        "libllvm19",
        "libc6",
        "libgcc-s1",
        "libstdc++6",
    ),
    *("libbsd0", "libedit2", "libffi8", "liblzma5", "libmd0", "libtinfo6", "libxml2", "libz3-4"),
    *("libzstd1", "zlib1g"),
]
#: What is checked: with `--all-targets` the tests, too.
CHECKS = [["--all-targets"], ["--all-targets", "--features", "python"]]


def declared() -> str:
    """Return the version that Cargo.toml asks for."""
    manifest = (ROOT / "Cargo.toml").read_text()
    found = re.search(r'^rust-version = "(.+)"$', manifest, re.MULTILINE)
    if found is None:
        raise Failure("Cargo.toml has no rust-version")
    return found[1]


def write_compiler(unpacked: Path) -> Path:
    """Write a program that runs the unpacked compiler, and return it.

    It runs with the loader and the libraries that it was made for, and none of the machine.
    """
    (loader,) = unpacked.glob("usr/lib/*/ld-linux-*.so.*")
    system = unpacked / "usr"
    command = [
        loader,
        "--library-path",
        loader.parent,
        system / "bin" / "rustc",
        "--sysroot",
        system,
    ]
    program = unpacked / "rustc"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$@"\n')
    program.chmod(0o755)
    return program


def main() -> int:
    """Check the package, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    unpacked = folder / SUITE
    try:
        if not unpacked.is_dir():
            fetch(SUITE, {unpacked: PACKAGES})
        compiler = write_compiler(unpacked)
        version = run([str(compiler), "--version"]).strip()
        if not version.startswith(f"rustc {declared()}."):
            raise Failure(f"Cargo.toml asks for Rust {declared()}, and {SUITE} has {version}")
    except (Failure, OSError) as exc:
        print(f"NOT CHECKED: {exc}", file=sys.stderr)
        return 1
    environment = {
        **os.environ,
        "RUSTC": str(compiler),
        "PYO3_PYTHON": sys.executable,
        "CARGO_TARGET_DIR": str(ROOT / "target" / SUITE),
    }
    for options in CHECKS:
        command = ["cargo", "check", "--locked", *options]
        print(f"{version}: {shlex.join(command)}", flush=True)
        if subprocess.run(command, cwd=ROOT, env=environment).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
