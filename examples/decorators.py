"""Decorators that measure functions: the time of calls, calls in progress, and failures.

    python examples/decorators.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics and serves them until Ctrl-C. The decorators take functions,
coroutine functions and generator functions of either kind. A decorated function stays of its kind.
"""

import argparse
import asyncio
import contextlib

from aioprometheus import Counter, Gauge, Registry, Summary, count_exceptions, inprogress, timer
from aioprometheus.service import Service

registry = Registry()
SECONDS = Summary("bake_seconds", "Duration of baking, in seconds.", registry=registry)
OVEN = Gauge("cakes_in_oven", "Cakes that are being baked.", registry=registry)
BURNT = Counter("cakes_burnt_total", "Cakes that came to harm.", registry=registry)
DOUGHS = Counter("doughs_failed_total", "Doughs that failed.", registry=registry)


@timer(SECONDS, {"oven": "big"})
@inprogress(OVEN)
@count_exceptions(BURNT)
async def bake(seconds: float) -> str:
    await asyncio.sleep(seconds)
    if seconds > 0.1:
        raise RuntimeError("it is black")
    return "a cake"


@count_exceptions(DOUGHS, {"cause": "flour"})
def knead(flour: float) -> float:
    return 1 / flour


async def main(host: str, port: int) -> None:
    service = Service(registry)
    await service.start(host, port)
    print(service.metrics_url, flush=True)
    try:
        cakes = [bake(0.01), bake(0.02), bake(0.2)]
        print(await asyncio.gather(*cakes, return_exceptions=True), flush=True)
        with contextlib.suppress(ZeroDivisionError):
            knead(0)
        # This call stays in progress until the program ends.
        await bake(1e9)
    finally:
        await service.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Decorators.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
