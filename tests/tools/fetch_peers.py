"""A program that fetches Prometheus, promtool, a Pushgateway and VictoriaMetrics for the tests.

    python tests/tools/fetch_peers.py FOLDER

It downloads their Debian packages, of bookworm and of sid, through the machine's apt and from
the mirror that apt is configured with, and unpacks them below FOLDER. Nothing is installed or
started. The state of apt does not change, and root is not needed. A program that exists already is
not fetched again.

It prints a line like ``PROMETHEUS=/path`` for each program, as :mod:`peers` expects them in the
environment, and writes the same lines to ``FOLDER/peers.env``. Failures are reported on
standard error, and the exit status is then 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

#: The origin of Debian's repositories. Packages from other repositories are not used.
RELEASES = {
    *("bookworm", "trixie", "forky", "duke"),
    *("oldoldstable", "oldstable", "stable", "testing", "unstable", "sid"),
}
#: The keys that sign Debian's packages. Without this file apt uses the keys that it trusts.
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
#: The longest that one call of apt may take, in seconds.
DEADLINE = 600


class Peer(NamedTuple):
    """A program: the variable that names it, the suite and the package that it is in."""

    variable: str
    suite: str
    package: str
    program: str

    def folder(self, folder: Path) -> Path:
        """Return where the program's package is unpacked."""
        return folder / f"{self.suite}-{self.package}"

    def path(self, folder: Path) -> Path:
        """Return where the program is, or will be."""
        return self.folder(folder) / "usr" / "bin" / self.program


PEERS = [
    Peer("PROMETHEUS", "bookworm", "prometheus", "prometheus"),
    Peer("PROMTOOL", "bookworm", "prometheus", "promtool"),
    Peer("PUSHGATEWAY", "bookworm", "prometheus-pushgateway", "prometheus-pushgateway"),
    Peer("VICTORIA_METRICS", "bookworm", "victoria-metrics", "victoria-metrics"),
    Peer("PROMETHEUS3", "sid", "prometheus", "prometheus"),
    Peer("PROMTOOL3", "sid", "promtool", "promtool"),
]


class Failure(Exception):
    """A command did not do what it should; the message says which and why."""


def run(command: list[str], directory: Path | None = None) -> str:
    """Run a command to its end and return what it printed.

    :raises Failure: if it cannot be run, exits with another status than 0, or takes too long.
    """
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DEADLINE,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise Failure(str(exc)) from exc
    if done.returncode != 0:
        raise Failure(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
    return done.stdout


def find_mirrors() -> list[str]:
    """Return the repositories of Debian that the machine's apt is configured with.

    Asking apt spares a parser of the two forms that its sources have.
    """
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    listing = run(
        ["apt-get", "indextargets", "--no-release-info", "--format", form, "Created-By: Packages"]
    )
    mirrors = []
    for line in listing.splitlines():
        uri, _, rest = line.partition(" ")
        release, _, component = rest.partition(" ")
        if release in RELEASES and component == "main" and uri not in mirrors:
            mirrors.append(uri)
    if not mirrors:
        raise Failure("the machine's apt knows no repository of Debian (apt-get indextargets)")
    return mirrors


class PrivateApt:
    """An apt with sources, lists and caches of its own, for one suite of one mirror."""

    def __init__(self, directory: Path, mirror: str, suite: str) -> None:
        """Read the suite's list of packages.

        :raises Failure: if the mirror does not have the suite, or does not answer.
        """
        self.suite = suite
        self.archives = directory / "archives"
        self.archives.mkdir()
        for name in ("lists/partial", "cache/archives/partial"):
            (directory / name).mkdir(parents=True)
        sources = directory / "debian.sources"
        signed = f"Signed-By: {KEYRING}\n" if KEYRING.exists() else ""
        sources.write_text(
            f"Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\n{signed}"
        )
        settings = {
            "Dir::Etc::sourcelist": str(sources),
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State::lists": str(directory / "lists"),
            "Dir::Cache": str(directory / "cache"),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
            "Acquire::Languages": "none",
            "APT::Update::Error-Mode": "any",
            # As root, apt would download as another user, who may have no access to the folder.
            "APT::Sandbox::User": "root",
        }
        self.command = ["apt-get", "--quiet"]
        for key, value in settings.items():
            self.command += ["-o", f"{key}={value}"]
        run([*self.command, "update"])

    def unpack(self, packages: list[str], folder: Path) -> None:
        """Download packages and unpack them as `folder`, which appears when it is complete.

        :raises Failure: if a package cannot be had.
        """
        unpacked = self.archives / folder.name
        for package in packages:
            run([*self.command, "download", f"{package}/{self.suite}"], self.archives)
            (archive,) = self.archives.glob(f"{package}_*.deb")
            run(["dpkg", "-x", str(archive), str(unpacked)])
        try:
            unpacked.rename(folder)
        except OSError:
            # Another run of this program has unpacked it meanwhile.
            if not folder.is_dir():
                raise


def is_there(peer: Peer, folder: Path) -> bool:
    return os.access(peer.path(folder), os.X_OK)


def fetch(suite: str, folders: dict[Path, list[str]]) -> None:
    """Unpack packages of a suite, into the folder that they are given with.

    :raises Failure: if one of them cannot be had from any of the machine's mirrors.
    """
    reasons = []
    for mirror in find_mirrors():
        parent = next(iter(folders)).parent
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=parent) as directory:
            try:
                apt = PrivateApt(Path(directory), mirror, suite)
            except Failure as exc:
                reasons.append(f"{suite} from {mirror}: {exc}")
                continue
            for folder, packages in folders.items():
                if not folder.is_dir():
                    try:
                        apt.unpack(packages, folder)
                    except Failure as exc:
                        reasons.append(f"{', '.join(packages)} of {suite} from {mirror}: {exc}")
            if all(folder.is_dir() for folder in folders):
                return
    raise Failure("\n".join(reasons))


def main(arguments: list[str] | None = None) -> int:
    """Fetch what is missing, and say what is there. Returns the exit status."""
    description, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args(arguments).folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)

    problems = []
    missing = [peer for peer in PEERS if not is_there(peer, folder)]
    for suite in dict.fromkeys(peer.suite for peer in missing):
        folders = {peer.folder(folder): [peer.package] for peer in missing if peer.suite == suite}
        try:
            fetch(suite, folders)
        except (Failure, OSError) as exc:
            problems.append(str(exc))

    lines = []
    for peer in PEERS:
        try:
            run([str(peer.path(folder)), "--version"])
        except Failure as exc:
            problems.append(f"NOT AVAILABLE: {peer.program} of {peer.suite}: {exc}")
        else:
            lines.append(f"{peer.variable}={peer.path(folder)}\n")
    (folder / "peers.env").write_text("".join(lines))
    sys.stdout.write("".join(lines))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
