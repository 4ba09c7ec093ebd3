"""Subclasses of the middleware: with counters in another process, latencies, other templates."""

import sys
from pathlib import Path
from typing import ClassVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from aioprometheus import Counter, Histogram, MetricsMiddleware, Registry, render

sys.path.append(str(Path(__file__).parents[1] / "differential"))
from asgi import visit

REQUIRES = ("starlette",)


class Forwarding(MetricsMiddleware):
    """Sends every increment to a process that keeps the metrics."""

    sent: ClassVar[list] = []

    def stand_in(self, name):
        class Remote:
            @staticmethod
            def inc(labels):
                self.sent.append((name, sorted(labels.items())))

        return Remote

    def create_metrics(self):
        self.requests_counter = self.stand_in("requests")
        self.responses_counter = self.stand_in("responses")
        self.exceptions_counter = self.stand_in("exceptions")
        self.status_codes_counter = self.stand_in("status codes")
        self.metrics_created = True


class Timing(MetricsMiddleware):
    """Observes beside the counters, with the same const labels and the same path."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.latency = Histogram(
            "latency_seconds", "Latency", const_labels=self.const_labels, registry=self.registry
        )

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            await super().__call__(scope, receive, send)
        finally:
            path = self.get_full_or_template_path(scope)
            self.latency.observe({"method": scope["method"], "path": path}, 0.02)


class Versions(MetricsMiddleware):
    """Knows a version in each path, and counts under names of its own."""

    def create_metrics(self):
        super().create_metrics()
        self.requests_counter = Counter("api_requests", "By version", registry=self.registry)

    def get_full_or_template_path(self, scope):
        path = super().get_full_or_template_path(scope)
        return path.replace("/v1/", "/{version}/").replace("/v2/", "/{version}/")


async def hello(request):
    return PlainTextResponse("hello")


async def boom(request):
    raise ValueError("boom")


def application(kind, registry):
    routes = [
        Route("/v1/users/{id}", hello),
        Route("/v2/users/{id}", hello),
        Route("/boom", boom),
        Route("/metrics", hello),
    ]
    options = {"registry": registry, "const_labels": {"app": "shop"}}
    return Starlette(routes=routes, middleware=[Middleware(kind, **options)])


PATHS = ("/v1/users/7", "/v2/users/8", "/boom", "/metrics")
for kind in (Forwarding, Timing, Versions):
    registry = Registry()
    answers = visit(application(kind, registry), *(("GET", path) for path in PATHS))
    print(kind.__name__, answers)
    for line in sorted(render(registry, [])[0].decode().splitlines()):
        print(line)
for name, labels in sorted(Forwarding.sent):
    print(name, labels)
