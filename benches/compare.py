"""Measures this package beside the other clients in one run, and prints ratios.

    python benches/compare.py [--rounds N]

Each client runs in an environment of its own (made below .cache/ at the first run). The clients
take turns, round by round, and the medians of all rounds are compared, so that a machine whose
speed drifts does not favour one. The floor is the call of an extension method that does nothing.
"""

import argparse
import json
import statistics
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache" / "bench"
#: What is compared: the name of the operations file, and what its environment needs.
PEERS = {
    "aioprometheus 23.12.0": ("aioprometheus", ["aioprometheus==23.12.0"]),
    "prometheus_client": ("prometheus_client", ["prometheus_client==0.26.0"]),
}


def interpreter(name: str, requirements: list[str]) -> Path:
    """The interpreter of a peer's environment, which is made if it is not there."""
    folder = CACHE / name.replace(" ", "-")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
        (folder / "ready").touch()
    return python


def measure(python: Path, client: str) -> dict[str, float]:
    """One round of one client: seconds an operation, by operation."""
    command = [python, HERE / "operations.py", client]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take the median of")
    rounds = parser.parse_args().rounds

    clients = {"this package": (Path(sys.executable), "aioprometheus")}
    for name, (client, requirements) in PEERS.items():
        clients[name] = (interpreter(name, requirements), client)
    times: dict[str, dict[str, list[float]]] = {name: {} for name in clients}
    for _ in range(rounds):
        for name, (python, client) in clients.items():
            for operation, seconds in measure(python, client).items():
                times[name].setdefault(operation, []).append(seconds)

    medians = {
        name: {operation: statistics.median(values) for operation, values in operations.items()}
        for name, operations in times.items()
    }
    ours = medians["this package"]
    print(f"Python {sys.version.split()[0]}, medians of {rounds} rounds")
    print(f"{'':34}{'this package':>14}" + "".join(f"{name:>32}" for name in PEERS))
    for operation, seconds in ours.items():
        cells = []
        for name in PEERS:
            theirs = medians[name].get(operation)
            text = "-" if theirs is None else f"{duration(theirs)} ({theirs / seconds:.1f} x)"
            cells.append(f"{text:>32}")
        print(f"{operation:34}{duration(seconds):>14}" + "".join(cells))


if __name__ == "__main__":
    main()
