"""A summary: quantiles of observations, here of response times.

    python examples/summary.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics and serves them until Ctrl-C. A quantile is declared as
``{phi: epsilon}``. It is the value below which the share phi of all observations lies. Its error is
at most the share epsilon of them. The quantiles of several processes cannot be added up, but
histograms can: see histogram.py.
"""

import argparse
import asyncio
import contextlib
import random

from aioprometheus import Registry, Summary
from aioprometheus.service import Service

registry = Registry()
SECONDS = Summary(
    "response_seconds",
    "Time until the response, in seconds.",
    labelnames=["page"],
    quantiles={0.5: 0.05, 0.9: 0.01, 0.99: 0.001},
    registry=registry,
)


def observe() -> None:
    """Observe 1 to 1000 milliseconds, each once, in random order."""
    for milliseconds in random.sample(range(1, 1001), 1000):
        SECONDS.observe({"page": "/search"}, milliseconds / 1000)
    SECONDS.observe({"page": "/login"}, 0.25)
    print(f"median: {SECONDS.get({'page': '/search'})[0.5]} s", flush=True)


async def main(host: str, port: int) -> None:
    service = Service(registry)
    await service.start(host, port)
    print(service.metrics_url, flush=True)
    try:
        observe()
        await asyncio.Event().wait()
    finally:
        await service.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A summary.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
