"""A batch job that pushes its metrics when it is done, and fails when they are lost.

    python examples/batch_job.py [--gateway http://127.0.0.1:9091] [--parcels 250]

It prints what it has done. Its exit status is 1 if the push fails, for example because the
Pushgateway does not answer or refuses the metrics. Whatever started the job, such as cron or a
Kubernetes Job, then reports the failure.

A job without an event loop is simpler: it calls `aioprometheus.push`, which always raises.
"""

import argparse
import asyncio
import sys

import aiohttp

from aioprometheus import Counter, Gauge, Pusher, Registry

# A registry of its own, because a batch job pushes only metrics about the job.
REGISTRY = Registry()
SORTED = Counter("parcels_sorted_total", "Parcels sorted.", registry=REGISTRY)
SECONDS = Gauge("sorting_seconds", "How long the last sorting took.", registry=REGISTRY)
DONE = Gauge("sorting_last_success_timestamp_seconds", "When it was done.", registry=REGISTRY)


async def sort_parcels(parcels: int) -> None:
    begun = asyncio.get_running_loop().time()
    for _ in range(parcels):
        SORTED.inc()
    SECONDS.set(asyncio.get_running_loop().time() - begun)
    DONE.set_to_current_time()


async def main(gateway: str, parcels: int) -> int:
    await sort_parcels(parcels)
    print(f"sorted {parcels} parcels", flush=True)
    pusher = Pusher("sorting", gateway, grouping_key={"depot": "north"})
    try:
        # Without raise_for_status, an answer that refuses the push is logged, and does not raise.
        # Without an answer, it raises in any case, at the latest after 10 seconds.
        await pusher.replace(REGISTRY, raise_for_status=True)
    except (aiohttp.ClientError, asyncio.TimeoutError) as error:
        print(f"the metrics are lost: {error!r}", file=sys.stderr)
        return 1
    print(f"pushed to {gateway}", flush=True)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A batch job that pushes its metrics.")
    parser.add_argument("--gateway", default="http://127.0.0.1:9091", help="a Pushgateway")
    parser.add_argument("--parcels", type=int, default=250, help="how much there is to do")
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.gateway, options.parcels)))
