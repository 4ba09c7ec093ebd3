"""A job that leaves its metrics in a file for node_exporter.

    python examples/textfile.py [--file /var/lib/node_exporter/sorting.prom] [--parcels 250]

It prints where the file is. node_exporter serves it with ``--collector.textfile.directory``.
"""

import argparse
import tempfile
from pathlib import Path

from aioprometheus import Counter, Gauge, Registry, write_to_textfile

# A registry of its own, with a prefix that tells its metrics from those of other jobs.
REGISTRY = Registry(prefix="sorting_", const_labels={"depot": "north"})
SORTED = Counter("parcels_total", "Parcels sorted.", registry=REGISTRY, initial=0)
DONE = Gauge("last_success_timestamp_seconds", "When it was done.", registry=REGISTRY)


def main(file: Path, parcels: int) -> None:
    for _ in range(parcels):
        SORTED.inc()
    DONE.set_to_current_time()
    write_to_textfile(file, REGISTRY)
    print(f"wrote {file}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A job that writes its metrics to a file.")
    parser.add_argument("--file", type=Path, help="the file; without it, one in a new directory")
    parser.add_argument("--parcels", type=int, default=250, help="how much there is to do")
    options = parser.parse_args()
    main(options.file or Path(tempfile.mkdtemp()) / "sorting.prom", options.parcels)
