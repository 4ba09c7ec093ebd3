"""MetricsMiddleware and the metrics endpoint under Quart."""

import asyncio

from quart import Quart

from aioprometheus import Counter, MetricsMiddleware, Registry
from aioprometheus.asgi.quart import metrics
from record import returns_text, step, text

REQUIRES = ("quart",)


def _app(**options):
    app = Quart("shop")
    registry = Registry()
    app.registry = registry
    app.asgi_app = MetricsMiddleware(app.asgi_app, registry=registry, **options)

    @app.route("/")
    async def root():
        return "root"

    @app.route("/users/<name>", methods=["GET", "POST"])
    async def user(name):
        return name, 201

    @app.route("/gone")
    async def gone():
        return "gone", 410

    @app.route("/raise")
    async def broken():
        raise RuntimeError("broken")

    app.add_url_rule("/metrics", "metrics", metrics, methods=["GET"])
    return app, registry


async def _visit(app, requests):
    client = app.test_client()
    answers = []
    for method, path in requests:
        response = await client.open(path, method=method)
        answers.append((response.status_code, (await response.get_data())[:40]))
    return answers


ORDINARY = (
    ("GET", "/"),
    ("GET", "/?a=b"),
    ("GET", "/users/bob"),
    ("POST", "/users/bob"),
    ("GET", "/users/alice"),
    ("GET", "/gone"),
    ("GET", "/metrics"),
    ("HEAD", "/"),
)


def ordinary():
    app, registry = _app()
    step("answers", lambda: asyncio.run(_visit(app, ORDINARY)))
    step("text", text, registry)


def raising():
    app, registry = _app()
    step("answers", lambda: [s for s, _ in asyncio.run(_visit(app, [("GET", "/raise")]))])
    step("text", text, registry)


def options():
    for name, options in (
        ("grouped", {"group_status_codes": True}),
        ("const labels", {"const_labels": {"app": "shop"}}),
        ("excluded", {"exclude_paths": ["/users/bob"]}),
        ("no templates", {"use_template_urls": False}),
    ):
        app, registry = _app(**options)
        step(f"{name} answers", lambda: asyncio.run(_visit(app, ORDINARY)))
        step(f"{name} text", text, registry)


async def _get(app, path):
    response = await app.test_client().get(path)
    return response.headers["Content-Type"], await response.get_data()


def the_endpoint():
    app, _ = _app()
    step("of the application", lambda: asyncio.run(_get(app, "/metrics")))
    plain = Quart("plain")
    plain.add_url_rule("/metrics", "metrics", metrics, methods=["GET"])
    Counter("in_default", "doc").inc({})
    step("of the default registry", lambda: asyncio.run(_get(plain, "/metrics")))


def unmatched():
    app, registry = _app()
    requests = (("GET", "/no"), ("POST", "/gone"))
    step("answers", lambda: [status for status, _ in asyncio.run(_visit(app, requests))])
    step(
        "text",
        text,
        registry,
        differs="a 404 or 405 of Quart gives <unmatched>",
        now=returns_text(
            contains=[
                'requests_total_counter{method="GET",path="<unmatched>"} 1',
                'responses_total_counter{method="POST",path="<unmatched>"} 1',
                'status_codes_counter{method="GET",path="<unmatched>",status_code="404"} 1',
                'status_codes_counter{method="POST",path="<unmatched>",status_code="405"} 1',
            ],
            lacks=["/no", "/gone"],
        ),
    )
