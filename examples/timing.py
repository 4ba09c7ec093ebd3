"""Timing in one line: blocks and calls, what is in progress, and what raises.

    python examples/timing.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics and serves them until Ctrl-C. Meanwhile it has sent three
parcels, of which one was refused.
"""

import argparse
import asyncio
import contextlib

from aioprometheus import Counter, Gauge, Histogram, Registry
from aioprometheus.service import Service
from aioprometheus.timing import Call

registry = Registry()
SEND = Histogram(
    "send_seconds",
    "Time to send a parcel, in seconds.",
    registry=registry,
    labelnames=["country", "outcome"],
    buckets=[1, 10],
)
PACK = Gauge("pack_seconds", "Time to pack the last parcel, in seconds.", registry=registry)
SENDING = Gauge("parcels_sending", "Parcels that are on their way.", registry=registry)
REFUSED = Counter("parcels_refused_total", "Parcels that were refused.", registry=registry)


def outcome(call: Call) -> dict[str, str]:
    """The labels of a parcel, when it has arrived or was refused."""
    found = call.result if call.error is None else "refused"
    return {"country": call.arguments["country"], "outcome": found}


@SEND.time(outcome)
@SENDING.track_inprogress()
@REFUSED.count_exceptions(ValueError)
async def send(weight: float, country: str = "nl") -> str:
    with PACK.time() as timer:
        await asyncio.sleep(0.01)
    assert timer.seconds > 0
    if weight > 30:
        raise ValueError("it is too heavy")
    return "arrived"


async def main(host: str, port: int) -> None:
    service = Service(registry)
    await service.start(host, port)
    print(service.metrics_url, flush=True)
    try:
        parcels = [send(2), send(3, country="be"), send(50)]
        print(await asyncio.gather(*parcels, return_exceptions=True), flush=True)
        await asyncio.Event().wait()
    finally:
        await service.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Timing in one line.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
