"""A FastAPI service with routers, a mounted application and other middlewares."""

import sys
from pathlib import Path

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware

from aioprometheus import REGISTRY, Counter, MetricsMiddleware, Summary, render, timer
from aioprometheus.asgi.starlette import metrics

sys.path.append(str(Path(__file__).parents[1] / "differential"))
from asgi import visit

REQUIRES = ("fastapi",)


DIFFERS = [
    ("a mount is part of the template", 'path="/admin"', 'path="/admin/users/{user}"'),
]

ORDERS = Counter("orders", "Orders by kind")
SECONDS = Summary("order_seconds", "Time of orders")

router = APIRouter(prefix="/orders", tags=["orders"])


@router.post("/{kind}")
async def order(kind: str):
    ORDERS.inc({"kind": kind})
    return {"kind": kind}


@router.get("/{kind}")
@timer(SECONDS, labels={"method": "GET"})
async def show(kind: str):
    if kind == "none":
        raise HTTPException(status_code=404, detail="no such kind")
    return {"kind": kind}


admin = FastAPI()


@admin.get("/users/{user}")
async def user(user: int):
    return user


app = FastAPI()
app.add_middleware(MetricsMiddleware, const_labels={"service": "orders"})
app.add_middleware(GZipMiddleware)
app.add_middleware(CORSMiddleware, allow_origins=["*"])
app.add_route("/metrics", metrics)
app.include_router(router)
app.mount("/admin", admin)

visits = [("POST", "/orders/books"), ("GET", "/orders/books"), ("GET", "/orders/none")]
for answer in visit(app, *visits, ("GET", "/admin/users/7"), ("GET", "/metrics")):
    print(answer[0])
seconds = SECONDS.get({"method": "GET"})
print(seconds["count"], 0 <= seconds["sum"] < 60)
for line in render(REGISTRY, [])[0].decode().splitlines():
    if "order_seconds" not in line:
        print(line)
