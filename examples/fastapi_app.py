"""A FastAPI application whose requests are counted by the middleware.

    python examples/fastapi_app.py [--host 127.0.0.1] [--port 8000]

It prints its address and serves until Ctrl-C. Try /users/7 and /nowhere, then /metrics. The path
label is the template of the route, so that the number of series stays bounded. It needs fastapi and
uvicorn.
"""

import argparse
import contextlib
import socket

import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException

from aioprometheus import Counter, MetricsMiddleware, Registry
from aioprometheus.asgi.starlette import metrics

registry = Registry()
GREETINGS = Counter("greetings_total", "Users that were greeted.", registry=registry)

router = APIRouter(prefix="/users")


@router.get("/{user_id}")
async def greet(user_id: int) -> dict[str, str]:
    if user_id == 0:
        raise HTTPException(418)
    GREETINGS.inc({"premium": "yes" if user_id < 10 else "no"})
    return {"greeting": f"Hello, {user_id}!"}


app = FastAPI()
app.include_router(router)
app.add_middleware(MetricsMiddleware, registry=registry, const_labels={"app": "greeter"})
# The handler of /metrics takes the registry from here, or else the default registry.
app.state.registry = registry
app.add_route("/metrics", metrics)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="FastAPI.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    options = parser.parse_args()
    listener = socket.create_server((options.host, options.port))
    print("http://{}:{}".format(*listener.getsockname()), flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
