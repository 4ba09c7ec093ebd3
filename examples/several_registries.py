"""Registries for the parts of an aiohttp application, and one with the metrics of all parts.

    python examples/several_registries.py [--host 127.0.0.1] [--port 8000]

It prints its address and serves until Ctrl-C. POST requests to /users and /orders are counted. GET
requests to /metrics/users, /metrics/orders and /metrics show the counts. A metric may be in any
number of registries.
"""

import argparse
import socket

from aiohttp import web
from aiohttp.hdrs import ACCEPT

from aioprometheus import Counter, Registry, render

users = Registry()
SIGNUPS = Counter("signups_total", "Users that signed up.", labelnames=["way"], registry=users)

orders = Registry()
ORDERS = Counter("orders_total", "Orders placed.", labelnames=["kind"], registry=orders)

everything = Registry()
for part in (users, orders):
    for metric in part.collect():
        everything.register(metric)


async def sign_up(request: web.Request) -> web.Response:
    SIGNUPS.inc({"way": request.query.get("way", "direct")})
    return web.Response(text="signed up\n")


async def order(request: web.Request) -> web.Response:
    ORDERS.inc({"kind": request.query.get("kind", "normal")})
    return web.Response(text="ordered\n")


async def metrics(request: web.Request) -> web.Response:
    parts = {"users": users, "orders": orders, "": everything}
    registry = parts.get(request.match_info.get("part", ""))
    if registry is None:
        raise web.HTTPNotFound
    content, headers = render(registry, request.headers.getall(ACCEPT, []))
    return web.Response(body=content, headers=headers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Several registries.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    listener = socket.create_server((options.host, options.port))
    print("http://{}:{}".format(*listener.getsockname()), flush=True)
    app = web.Application()
    app.add_routes([web.post("/users", sign_up), web.post("/orders", order)])
    app.add_routes([web.get("/metrics", metrics), web.get("/metrics/{part}", metrics)])
    web.run_app(app, sock=listener, print=None)
