"""Labels with values from requests, in an aiohttp application.

    python examples/dynamic_labels.py [--host 127.0.0.1] [--port 8000]
    curl -d '{"user": "member", "platform": "ios"}' http://127.0.0.1:8000/login

It prints its address and serves until Ctrl-C. Any text is safe as a label value, but each new value
makes a series that stays. A value that a client can choose freely is therefore mapped to a known
set of values first.
"""

import argparse
import socket

from aiohttp import web
from aiohttp.hdrs import ACCEPT

from aioprometheus import Counter, Registry, render

PLATFORMS = {"web", "ios", "android"}

registry = Registry()
LOGINS = Counter(
    "logins_total",
    "Logins by kind of user and platform.",
    labelnames=["user", "platform"],
    registry=registry,
)


async def login(request: web.Request) -> web.Response:
    data = await request.json()
    platform = data.get("platform", "web")
    if platform not in PLATFORMS:
        platform = "other"
    try:
        LOGINS.inc({"user": data.get("user", "guest"), "platform": platform})
    except ValueError as exc:
        # Half of a surrogate pair, such as "\ud83d" in JSON, cannot be exposed.
        raise web.HTTPBadRequest(text=str(exc)) from exc
    return web.json_response({"status": "welcome"})


async def metrics(request: web.Request) -> web.Response:
    content, headers = render(registry, request.headers.getall(ACCEPT, []))
    return web.Response(body=content, headers=headers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Labels from requests.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    listener = socket.create_server((options.host, options.port))
    print("http://{}:{}".format(*listener.getsockname()), flush=True)
    app = web.Application()
    app.add_routes([web.post("/login", login), web.get("/metrics", metrics)])
    web.run_app(app, sock=listener, print=None)
