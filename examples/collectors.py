"""Values that are asked for at the scrape: a function for a gauge, and a collector.

    python examples/collectors.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics and serves them until Ctrl-C. Nothing here updates a metric.
Each scrape asks the queue for its length, and the collector for the sizes of the tables.
"""

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator

from aioprometheus import Gauge, GaugeFamily, Registry
from aioprometheus.service import Service

registry = Registry()
waiting = Gauge("jobs_waiting", "Jobs in the queue.", registry=registry)


class Tables:
    """The number of rows of each table, as a database says it."""

    async def collect(self) -> AsyncIterator[GaugeFamily]:
        rows = GaugeFamily("table_rows", "Rows of a table.")
        for table, count in [("orders", 1200), ("customers", 85)]:
            await asyncio.sleep(0)  # ask the database
            rows.add_metric({"table": table}, count)
        yield rows


async def main(host: str, port: int) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()
    waiting.set_function(queue.qsize)
    registry.register(Tables(), timeout=2)

    service = Service(registry)
    await service.start(host, port)
    print(service.metrics_url, flush=True)
    for number in range(3):
        queue.put_nowait(f"letter {number}")
    try:
        await asyncio.Event().wait()
    finally:
        await service.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Values that are asked for at the scrape.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
