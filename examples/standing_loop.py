"""A service whose event loop can be made to stand, and metrics that say so meanwhile.

    python examples/standing_loop.py [--host 127.0.0.1] [--port 8000]

It prints the address of its metrics, which a thread of their own serves, and that of a page which
holds the event loop for some seconds. Scrape while that page is being fetched: look at
asyncio_loop_pending_lag_seconds and asyncio_loop_stalls_total of the MainThread.
"""

import argparse
import asyncio
import contextlib
import threading
import time

from aiohttp import web

from aioprometheus import Service, runtime


async def hold(request: web.Request) -> web.Response:
    seconds = min(float(request.query.get("seconds", "3")), 60)
    time.sleep(seconds)  # the mistake: nothing else runs meanwhile
    return web.Response(text=f"held the event loop for {seconds:g} seconds\n")


async def serve_metrics(host: str, port: int, started: threading.Event) -> None:
    service = Service()
    await service.start(host, port)
    print(service.metrics_url, flush=True)
    started.set()
    await asyncio.Event().wait()


async def main(host: str, port: int) -> None:
    # Here, so that it begins with this event loop, on which no scrape runs.
    runtime.install()
    started = threading.Event()
    scrapes = serve_metrics(host, port, started)
    threading.Thread(target=asyncio.run, args=(scrapes,), name="metrics", daemon=True).start()
    await asyncio.to_thread(started.wait)

    app = web.Application()
    app.add_routes([web.get("/hold", hold)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, 0).start()
        print("try: http://{}:{}/hold?seconds=3".format(*runner.addresses[0][:2]), flush=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A service whose event loop can stand.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(options.host, options.port))
