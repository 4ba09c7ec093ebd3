"""A service with metrics of every kind, and its traffic."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import httpx
import pytest

from aioprometheus import (
    Counter,
    Enum,
    Gauge,
    GaugeHistogramFamily,
    Histogram,
    Info,
    MetricsMiddleware,
    Registry,
    Summary,
    UntypedFamily,
    parse,
    render,
    runtime,
)
from aioprometheus.cli import fetch
from aioprometheus.families import Metric
from aioprometheus.httpx import MetricsTransport
from support.asgi_apps import starlette_app
from support.asgi_driver import request


class Rooms:
    """Families that no metric of this package has."""

    def __init__(self, gauge_histogram: bool) -> None:
        self.gauge_histogram = gauge_histogram

    def collect(self) -> Iterator[Metric]:
        sizes = GaugeHistogramFamily("shop_basket_items", "Articles in the baskets of now")
        sizes.add_metric({"shop": "north"}, [(1, 4), (5, 9), ("+Inf", 10)], 31)
        if self.gauge_histogram:
            yield sizes
        yield family(UntypedFamily("legacy_load", "What nobody remembers"), {}, 0.7)


def family(one, labels, value):
    one.add_metric(labels, value)
    return one


class Example:
    """A service: its registry, and what makes its metrics move.

    :param native: Whether it has native histograms.

    :param gauge_histogram: Whether it has a gauge histogram.
    """

    def __init__(self, *, native: bool = True, gauge_histogram: bool = True) -> None:
        self.registry = registry = Registry()
        self.turns = 0
        self.apps = [
            MetricsMiddleware(starlette_app(), registry, metrics=["standard", "counters"]),
            MetricsMiddleware(
                starlette_app(), registry, metrics="standard", prefix="both_", native=native
            ),
            MetricsMiddleware(starlette_app(), registry, metrics="standard", names="opentelemetry"),
        ]
        runtime.install(registry)
        registry.register(Rooms(gauge_histogram))
        transport = MetricsTransport(httpx.MockTransport(answer), registry)
        self.client = httpx.Client(transport=transport)
        self.orders = Counter("shop_orders_total", "Orders taken", registry=registry)
        self.reads = Counter("shop_disk_read_bytes_total", "Bytes read", registry=registry)
        self.busy = Counter("shop_busy_seconds_total", "Seconds of work", registry=registry)
        self.fill = Gauge("shop_queue_fill_ratio", "How full the queue is", registry=registry)
        self.hits = Gauge("shop_cache_hit_ratio", "Hits of the cache", registry=registry)
        self.heat = Gauge("rack_temperature_celsius", "Heat of the rack", registry=registry)
        self.disk = Gauge("rack_disk_free_bytes", "Free space", registry=registry)
        self.stamp = Gauge("shop_backup_timestamp_seconds", "The last backup", registry=registry)
        self.many = Gauge("shop_user_score", "A score for each user", registry=registry)
        self.quantiles = Summary(
            "shop_payment_seconds",
            "Payments",
            quantiles={0.5: 0.05, 0.99: 0.001},
            registry=registry,
        )
        self.plain = Summary("shop_refund_seconds", "Refunds", registry=registry)
        self.classic = Histogram(
            "shop_pick_seconds", "Picking", buckets=[0.1, 0.5, 1, 5], registry=registry
        )
        Info("shop_build_info", "The build", registry=registry).info({"version": "1.2"})
        self.state = Enum(
            "shop_door_state", "The door", states=["open", "closed"], registry=registry
        )
        self.lights = Enum(
            "shop_lights", "The lights", states=["on", "off"], label="state", registry=registry
        )
        self.native = native
        if native:
            self.sparse = Histogram("shop_parse_seconds", "Parsing", native=True, registry=registry)

    def families(self) -> list[Metric]:
        """What the command line makes of its exposition."""
        accept = fetch.ACCEPT["protobuf" if self.native else "openmetrics"]
        body, headers = render(self.registry, accept, accept_encoding="")
        return parse(body, headers["Content-Type"])

    def work(self) -> None:
        """One turn of everything; no two are alike."""
        self.turns += 1
        wave = 1 + math.sin(self.turns / 3)
        for app in self.apps:
            for path in ("/items/7", "/items/8", "/missing/7", "/nowhere"):
                request(app, path)
            with pytest.raises(RuntimeError):
                request(app, "/boom")
            request(app, "/ws/7", kind="websocket")
        self.client.get("http://stock.example.org/")
        with pytest.raises(httpx.ConnectError):
            self.client.get("http://broken.example.org/")
        for shop in ("north", "south"):
            self.orders.inc({"shop": shop}, int(3 * wave))
        self.reads.inc({}, 1000 * self.turns)
        self.busy.inc({}, wave / 4)
        self.fill.set({}, 0.45 * wave)
        self.hits.set({}, 1 - wave / 4)
        self.heat.set({"rack": "a"}, 40 + 20 * wave)
        self.disk.set({"disk": "sda"}, 7e9 - self.turns)
        self.stamp.set({}, time.time() - 60)
        for user in range(30):
            self.many.set({"user": str(user)}, user * wave)
        for number in range(10):
            seconds = wave * 0.1 * (number + 1)
            for metric in (self.quantiles, self.plain, self.classic):
                metric.observe({"shop": "north"}, seconds)
            if self.native:
                self.sparse.observe({}, seconds)
        self.state.state("open" if self.turns % 4 < 2 else "closed")
        for room, period in [("hall", 3), ("store", 5)]:
            self.lights.state({"room": room}, "on" if self.turns % period else "off")


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.host == "broken.example.org":
        raise httpx.ConnectError("refused")
    return httpx.Response(200, text="hello")
