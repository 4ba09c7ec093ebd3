"""A worker that serves its metrics with Service, and pushes them when it is done."""

import asyncio

import aiohttp
from aiohttp import web

from aioprometheus import REGISTRY, Counter, Gauge
from aioprometheus.pusher import Pusher
from aioprometheus.service import Service

REQUIRES = ("aiohttp",)

done = Counter("jobs_done_total", "Jobs that are done", {"worker": "w1"})
load = Gauge("load", "Load")
pushed = []


async def receive(request):
    body = (await request.read()).decode()
    pushed.append((request.method, request.path, request.headers["Content-Type"], body))
    return web.Response(status=202)


async def gateway():
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, site._server.sockets[0].getsockname()[1]


async def main():
    service = Service()
    await service.start(addr="127.0.0.1", port=0)
    for number in range(3):
        done.inc({"queue": "mail"})
        load.set({}, number / 2)
    async with aiohttp.ClientSession() as session:
        for accept in ("text/plain", "*/*", ""):
            async with session.get(service.metrics_url, headers={"Accept": accept}) as response:
                print(response.status, response.headers["Content-Type"])
                print(await response.text())
    await service.stop()

    runner, port = await gateway()
    pusher = Pusher("batch", f"http://127.0.0.1:{port}", grouping_key={"instance": "w1"})
    for push in (pusher.add, pusher.replace):
        print((await push(REGISTRY)).status)
    print((await pusher.delete(REGISTRY)).status)
    await runner.cleanup()
    for entry in pushed:
        print(*entry)


asyncio.run(main())
