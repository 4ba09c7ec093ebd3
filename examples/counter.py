"""A counter: a number that only increases, here the parcels that a shop ships.

    python examples/counter.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics and serves them until Ctrl-C. It shows how to count one or
several things at once, without labels, with labels, with declared label names, and with labels that
never change.
"""

import argparse
import asyncio
import contextlib

from aioprometheus import Counter, Registry
from aioprometheus.service import Service

registry = Registry()

# The third argument contains the labels that every series of the metric has.
PARCELS = Counter(
    "parcels_shipped_total", "Parcels shipped by country.", {"shop": "toys"}, registry=registry
)
# If label names are declared, a missing or unknown label raises ValueError.
RETURNS = Counter(
    "parcels_returned_total", "Parcels sent back.", labelnames=["reason"], registry=registry
)
ROUNDS = Counter("courier_rounds_total", "Rounds of the courier.", registry=registry)


def ship() -> None:
    """Count one round of the courier."""
    ROUNDS.inc()
    PARCELS.inc({"country": "NO"})
    PARCELS.inc({"country": "NO"}, 2)
    PARCELS.add({"country": "SE"}, 5)
    RETURNS.inc({"reason": "too small"}, 0.5)
    try:
        RETURNS.inc({"raeson": "too small"})
    except ValueError as exc:
        print(f"refused: {exc}", flush=True)


async def main(host: str, port: int) -> None:
    service = Service(registry)
    await service.start(host, port)
    print(service.metrics_url, flush=True)
    try:
        ship()
        await asyncio.Event().wait()
    finally:
        await service.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A counter.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
