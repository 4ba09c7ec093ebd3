"""A collector: it looks at the disks when it is scraped, and yields families.

    python examples/disk_families.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics and serves them until Ctrl-C. Nothing is updated between
scrapes: each family is made of what the system says at that moment.
"""

import argparse
import asyncio
import contextlib
import shutil
import time
from collections.abc import Iterator

from aioprometheus import CounterFamily, GaugeFamily, InfoFamily, Registry
from aioprometheus.families import Family
from aioprometheus.service import Service

registry = Registry()


class Disks:
    """Yields the space on disks, each named by a directory on it."""

    def __init__(self, *directories: str) -> None:
        self.directories = directories
        self.started = time.time()
        self.looks = 0

    def collect(self) -> Iterator[Family]:
        space = GaugeFamily("disk_space_bytes", "Space on the disk.", unit="bytes")
        for directory in self.directories:
            usage = shutil.disk_usage(directory)
            space.add_metric({"disk": directory, "state": "free"}, usage.free)
            space.add_metric({"disk": directory, "state": "used"}, usage.used)
        yield space

        self.looks += 1
        looks = CounterFamily("disk_looks_total", "How often the disks were looked at.")
        looks.add_metric({}, self.looks, created=self.started)
        yield looks

        yield InfoFamily("disk_collector", "What looks at the disks.", {"version": "1.2"})


async def main(host: str, port: int) -> None:
    registry.register(Disks("/"))
    service = Service(registry)
    await service.start(host, port)
    print(service.metrics_url, flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await service.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A collector of families.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
