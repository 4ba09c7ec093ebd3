"""A service with live traffic, to watch its metrics change or to let Prometheus scrape them.

    python examples/service.py [--host 127.0.0.1] [--port 8000] [--once]

It prints the address of its metrics, sends HTTP requests to itself, prints its metrics once, says
what to try next, and goes on until Ctrl-C. With --once it ends after printing the metrics. It has a
counter, a gauge, a summary and a histogram.
"""

import argparse
import asyncio
import contextlib
import random

import aiohttp
from aiohttp import web
from aiohttp.hdrs import ACCEPT

from aioprometheus import REGISTRY, Counter, Gauge, Histogram, Summary, inprogress, render, timer

PAGES = {"/": 0.001, "/search": 0.02, "/basket": 0.005}

REQUESTS = Counter("http_requests_total", "Requests served.", labelnames=["page", "status"])
RUNNING = Gauge("http_requests_in_progress", "Requests that are being served.")
SECONDS = Histogram("http_request_seconds", "Time to serve.", buckets=[0.005, 0.01, 0.025, 0.1])
SIZES = Summary("http_response_bytes", "Size of the responses.", quantiles={0.5: 0.05, 0.9: 0.01})


@timer(SECONDS)
@inprogress(RUNNING)
async def page(request: web.Request) -> web.Response:
    await asyncio.sleep(random.expovariate(1 / PAGES[request.path]))
    status = 503 if random.random() < 0.05 else 200
    text = "x" * random.randrange(10_000)
    SIZES.observe({"page": request.path}, len(text))
    REQUESTS.inc({"page": request.path, "status": status})
    return web.Response(text=text, status=status)


NEXT = """\
The service goes on with live traffic until Ctrl-C. Try next, in another terminal:

    curl {url}/metrics

or let Prometheus scrape it, with this in prometheus.yml:

    scrape_configs:
      - job_name: example
        scrape_interval: 5s
        static_configs:
          - targets: ["{target}"]
"""


async def metrics(request: web.Request) -> web.Response:
    content, headers = render(REGISTRY, request.headers.getall(ACCEPT, []))
    return web.Response(body=content, headers=headers)


async def visit(session: aiohttp.ClientSession, url: str) -> None:
    path = random.choice(list(PAGES))
    async with session.get(url + path) as response:
        await response.read()


async def main(host: str, port: int, once: bool) -> None:
    app = web.Application()
    app.add_routes([web.get(path, page) for path in PAGES])
    app.add_routes([web.get("/metrics", metrics)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    url = "http://{}:{}".format(*runner.addresses[0][:2])
    print(f"{url}/metrics", flush=True)
    try:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(visit(session, url) for _ in range(50)))
            async with session.get(f"{url}/metrics") as response:
                print(await response.text(), flush=True)
            if not once:
                print(NEXT.format(url=url, target=url.removeprefix("http://")), flush=True)
            while not once:
                await asyncio.gather(*(visit(session, url) for _ in range(50)), asyncio.sleep(1))
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A service with live traffic.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    parser.add_argument("--once", action="store_true", help="end when the metrics are printed")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port, options.once))
