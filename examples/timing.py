"""Timing in one line: blocks and calls, what is in progress, and what raises.

    python examples/timing.py [--weight 50]

It sends three parcels, the last of which has that weight, and prints its metrics.
"""

import argparse
import asyncio

from aioprometheus import Counter, Gauge, Histogram, Registry, render_async
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


async def main(weight: float) -> None:
    parcels = [send(2), send(3, country="be"), send(weight)]
    print(await asyncio.gather(*parcels, return_exceptions=True))
    content, _ = await render_async(registry)
    print(content.decode(), end="")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Timing in one line.")
    parser.add_argument("--weight", type=float, default=50)
    asyncio.run(main(parser.parse_args().weight))
