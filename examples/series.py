"""Series that come and go: replaced all at once, removed with a tenant, and limited.

    python examples/series.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics and serves them until Ctrl-C. The queues of a database are
read twice, and replace each other; then a tenant leaves. Logins come from more users than the
counter may have series.
"""

import argparse
import asyncio
import contextlib
import logging
import sys

from aioprometheus import Counter, Gauge, Registry
from aioprometheus.service import Service

registry = Registry()
JOBS = Gauge("jobs_waiting", "Jobs.", labelnames=["tenant", "queue"], registry=registry)
LOGINS = Counter(
    "logins_total", "Logins by user.", labelnames=["user"], max_series=3, registry=registry
)


def refresh(queues: dict[tuple[str, str], int]) -> None:
    """Give the gauge what the database says now: no scrape sees a part of it."""
    JOBS.replace(queues)


async def main(host: str, port: int) -> None:
    service = Service(registry)
    await service.start(host, port)
    print(service.metrics_url, flush=True)

    refresh({("ada", "mail"): 3, ("ada", "video"): 1, ("bob", "mail"): 7})
    refresh({("ada", "mail"): 2, ("bob", "mail"): 6, ("bob", "audio"): 1})
    for number in range(10):
        LOGINS.inc({"user": f"user{number}"})
    print("removed with bob:", JOBS.remove_matching({"tenant": "bob"}), flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await service.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Series that come and go.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    # The overflow of a metric is logged once.
    logging.basicConfig(stream=sys.stdout)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
