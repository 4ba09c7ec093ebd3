"""A comparison of this package with other clients in one run, which prints times and ratios.

    python benches/compare.py [--rounds N] [--peers NAME,NAME] [--quick]

Each client runs in an environment of its own, which is made below .cache/ at the first run. This
package is taken from the environment of the interpreter. The clients take turns in each round, in a
new process each time, and the medians of all rounds are compared. A machine whose speed drifts thus
favours none of them. The floor is an extension method that takes the same arguments and does
nothing. It takes turns with this package. The figures are written to results.json and chart.svg
beside this file. With --quick nothing is written: it only shows that everything runs.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import chart
import table
from environments import OURS, PEERS, Client, ensure_floor, interpreter

HERE = Path(__file__).resolve().parent
#: The operations that are compared, by the names of the functions in `benches/clients`.
OPERATIONS = {
    "inc_same": "counter.inc, same dict",
    "inc_literal": "counter.inc, dict literal",
    "inc_fresh": "counter.inc, new strings",
    "gauge_set": "gauge.set",
    "histogram_observe": "histogram.observe",
    "native_observe": "histogram.observe, native buckets",
    "summary_observe": "summary.observe",
    "child_inc": "bound counter.inc()",
    "child_set": "bound gauge.set(5)",
    "child_observe": "bound histogram.observe(0.3)",
    "observe_many": "one of a million values at once",
    "time_block": "with bound.time()",
    "time_call": "timed function, over a bare one",
    "time_coroutine": "timed async def, over a bare one",
    "birth": "birth of a series",
    "render_counters": "render 100,000 counters",
    "render_histograms": "render 10,000 histograms",
    "openmetrics_counters": "100,000 counters as OpenMetrics",
    "openmetrics_histograms": "10,000 histograms as OpenMetrics",
    "protobuf_counters": "100,000 counters as protobuf",
    "protobuf_native": "10,000 native histograms as protobuf",
    "gzip_counters": "100,000 counters, gzip",
    "memory": "memory of a series",
    "import": "import",
}
#: The operations that cannot share a process with others.
ALONE = ("memory", "import")
CURVES = {
    "growth": "counter.inc by number of series",
    "names": "counter.inc by number of label names",
    "metrics": "counter.inc by number of metrics",
    "rendering": "render by number of series, per series",
    "stream": "summary.observe by length of the stream, per observation",
}
#: The curves that are measured for 23.12.0 too.
SHARED_CURVES = ("names", "stream")
#: Imports in a round.
IMPORTS = 3

Figures = dict[str, list[float]]


def run(command: list[object]) -> str:
    return subprocess.run(
        [str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def import_time(client: Client) -> float:
    """The seconds of the import in a new interpreter that has imported asyncio before."""
    code = (
        "import asyncio, time; start = time.perf_counter(); "
        f"import {client.imports}; print(time.perf_counter() - start)"
    )
    return float(run([interpreter(client), "-I", "-c", code]))


class Rounds:
    """The figures of all rounds: for each client a list of them by operation."""

    def __init__(self, clients: list[Client], quick: bool) -> None:
        self.clients = clients
        self.quick = ["--quick"] if quick else []
        self.times: dict[str, Figures] = {client.title: {} for client in clients}
        self.floor: Figures = {}
        #: By client, curve, line of the curve and size.
        self.curves: dict[str, dict[str, dict[str, Figures]]] = {}

    def measure(self, client: Client, module: str, *arguments: str) -> dict:
        command = [interpreter(client), HERE / "measure.py", module, *arguments, *self.quick]
        return json.loads(run(command))

    def take(self) -> None:
        """Run one round, in which every client takes its turn."""
        together = [name for name in OPERATIONS if name not in ALONE]
        for client in self.clients:
            floor = ["--floor"] if client is OURS else []
            figures = self.measure(client, client.module, *together, *floor)
            weighed = self.measure(client, client.module, "memory")
            add(self.times[client.title], {**figures["client"], **weighed["client"]})
            add(self.floor, figures["floor"])
        for _ in range(IMPORTS):
            for client in self.clients:
                add(self.times[client.title], {"import": import_time(client)})
        for client in self.clients:
            if client.module == OURS.module:
                self.take_curves(client)

    def take_curves(self, client: Client) -> None:
        asked = CURVES if client is OURS else SHARED_CURVES
        figures = self.measure(client, "curves", *asked)["client"]
        curves = self.curves.setdefault(client.title, {})
        for curve, lines in figures.items():
            for line, by_size in lines.items():
                add(curves.setdefault(curve, {}).setdefault(line, {}), by_size)

    def results(self, rounds: int) -> dict:
        """The medians in the form of results.json."""
        curves = {
            client: {
                curve: {line: medians(figures) for line, figures in lines.items()}
                for curve, lines in by_curve.items()
            }
            for client, by_curve in self.curves.items()
        }
        return {
            "unit": "seconds an operation; memory: bytes a series",
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "rounds": rounds,
            "versions": {c.title: list(c.requirements) or own_version() for c in self.clients},
            "operations": OPERATIONS,
            "floor": medians(self.floor),
            "clients": {client: medians(figures) for client, figures in self.times.items()},
            "curves": curves,
        }


def add(figures: Figures, round_figures: dict[str, float | None]) -> None:
    for operation, value in round_figures.items():
        if value is not None:
            figures.setdefault(operation, []).append(value)


def medians(figures: Figures) -> dict[str, float]:
    """The medians with four digits, because more are noise."""
    return {name: float(f"{statistics.median(all_):.4g}") for name, all_ in figures.items()}


def own_version() -> list[str]:
    return [f"aioprometheus=={version('aioprometheus')}"]


def amount(operation: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{table.digits(value)} B" if operation == "memory" else table.duration(value)


def comparison(results: dict) -> str:
    """The table of all clients."""
    ours, floor = results["clients"][OURS.title], results["floor"]
    peers = [name for name in results["clients"] if name != OURS.title]
    rows = [["operation", OURS.title, "/ no-op", *peers]]
    for operation, title in OPERATIONS.items():
        own = ours.get(operation)
        row = [title, amount(operation, own)]
        lowest = floor.get(operation)
        row.append(table.ratio(own / lowest) if own and lowest else "-")
        for peer in peers:
            theirs = results["clients"][peer].get(operation)
            cell = amount(operation, theirs)
            row.append(f"{cell} ({table.ratio(theirs / own)})" if own and theirs else cell)
        rows.append(row)
    return table.render(rows)


def curve_tables(results: dict) -> str:
    """A small table for each curve."""
    texts = []
    for curve, title in CURVES.items():
        lines = {
            ", ".join(filter(None, [client, line])): figures
            for client, curves in results["curves"].items()
            for line, figures in curves.get(curve, {}).items()
        }
        sizes = sorted({int(size) for figures in lines.values() for size in figures})
        rows = [["", *(f"{size:,}" for size in sizes)]]
        for line, figures in lines.items():
            cells = [figures.get(str(size)) for size in sizes]
            rows.append([line, *("-" if c is None else table.duration(c) for c in cells)])
        texts.append(f"{title}\n{table.render(rows)}")
    return "\n\n".join(texts)


def drawing(results: dict) -> str:
    """The chart of the ratios of all peers."""
    ours = results["clients"][OURS.title]
    peers = [name for name in results["clients"] if name != OURS.title]
    bars: chart.Bars = []
    for operation, title in OPERATIONS.items():
        theirs = {peer: results["clients"][peer].get(operation) for peer in peers}
        if operation in ours and any(theirs.values()):
            own = ours[operation]
            bars.append((title, {peer: f and f / own for peer, f in theirs.items()}))
    title = "Times slower than this package (memory: times larger)"
    return chart.draw(title, peers, bars)


def chosen(names: str | None) -> list[Client]:
    """This package and the peers with these names, or all peers without names."""
    if names is None:
        return [OURS, *PEERS]
    by_name = {client.name: client for client in PEERS}
    try:
        return [OURS, *(by_name[name] for name in names.split(",") if name)]
    except KeyError as error:
        sys.exit(f"no peer is called {error}; there are: {', '.join(by_name)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take the median of")
    parser.add_argument("--peers", help="the other clients, separated by commas; default: all")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round, no files")
    options = parser.parse_args()

    clients = chosen(options.peers)
    ensure_floor()
    for client in clients:
        interpreter(client)
    count = 1 if options.quick else options.rounds
    rounds = Rounds(clients, options.quick)
    for number in range(count):
        print(f"round {number + 1} of {count}", file=sys.stderr)
        rounds.take()

    results = rounds.results(count)
    print(f"{results['python']}, medians of {count} rounds; in brackets times this package\n")
    print(comparison(results))
    print()
    print(curve_tables(results))
    if not options.quick:
        (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n")
        (HERE / "chart.svg").write_text(drawing(results))


if __name__ == "__main__":
    main()
