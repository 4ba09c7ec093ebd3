"""A gauge: a number that increases and decreases, here the jobs that wait in a queue.

    python examples/gauge.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics and serves them until Ctrl-C. Ten jobs are put into a queue,
and three workers take them out. A gauge can be set, increased, decreased, and set to the current
time.
"""

import argparse
import asyncio
import contextlib

from aioprometheus import Gauge, Registry
from aioprometheus.service import Service

registry = Registry()
WAITING = Gauge("jobs_waiting", "Jobs in the queue.", labelnames=["queue"], registry=registry)
WORKERS = Gauge("workers_running", "Workers that wait for jobs or do one.", registry=registry)
BUSY = Gauge("workers_busy", "Workers that do a job.", registry=registry)
LAST = Gauge("last_job_timestamp_seconds", "When the last job was done.", registry=registry)


async def work(queue: asyncio.Queue[str]) -> None:
    WORKERS.inc()
    while True:
        await queue.get()
        BUSY.inc()
        WAITING.set({"queue": "mail"}, queue.qsize())
        await asyncio.sleep(0.05)
        BUSY.dec()
        LAST.set_to_current_time()


async def main(host: str, port: int) -> None:
    service = Service(registry)
    await service.start(host, port)
    print(service.metrics_url, flush=True)

    queue: asyncio.Queue[str] = asyncio.Queue()
    for number in range(10):
        queue.put_nowait(f"letter {number}")
    WAITING.set({"queue": "mail"}, queue.qsize())
    WAITING.set({"queue": "reports"}, 0)
    try:
        await asyncio.gather(*(work(queue) for _ in range(3)))
    finally:
        await service.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A gauge.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
