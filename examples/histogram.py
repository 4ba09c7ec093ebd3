"""A histogram: numbers of observations up to each bound, here of uploads and their durations.

    python examples/histogram.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics and serves them until Ctrl-C. Bounds are listed, or made by a
rule. The last one, +Inf, is always present. Histograms of several processes can be added up, and
PromQL's histogram_quantile() estimates quantiles from them.
"""

import argparse
import asyncio
import contextlib

from aioprometheus import Histogram, Registry
from aioprometheus.histogram import exponentialBuckets
from aioprometheus.service import Service

registry = Registry()
SECONDS = Histogram(
    "upload_seconds",
    "Duration of uploads, in seconds.",
    labelnames=["network"],
    buckets=[0.1, 0.5, 1, 5],
    registry=registry,
)
# Four bounds: 1024, 4096, 16384 and 65536 bytes.
BYTES = Histogram(
    "upload_bytes", "Size of uploads.", buckets=exponentialBuckets(1024, 4, 4), registry=registry
)
UPLOADS = [(0.05, 100), (0.5, 4096), (0.75, 20_000), (60, 1_000_000)]


async def main(host: str, port: int) -> None:
    service = Service(registry)
    await service.start(host, port)
    print(service.metrics_url, flush=True)
    try:
        for seconds, size in UPLOADS:
            SECONDS.observe({"network": "mobile"}, seconds)
            BYTES.observe(size)
        await asyncio.Event().wait()
    finally:
        await service.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A histogram.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
