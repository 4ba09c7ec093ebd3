"""MetricsMiddleware and the metrics endpoint under FastAPI and Starlette."""

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import asgi
from aioprometheus import Counter, MetricsMiddleware, Registry
from aioprometheus.asgi.starlette import metrics
from aioprometheus.collectors import REGISTRY
from record import returns_text, step, text

REQUIRES = ("fastapi", "starlette")


def _app(**options):
    app = FastAPI()
    registry = Registry()
    app.add_middleware(MetricsMiddleware, registry=registry, **options)
    app.state.registry = registry

    @app.get("/")
    async def root():
        return "root"

    @app.get("/users/{user_id}")
    async def user(user_id: str):
        return user_id

    @app.get("/users/{user_id}/orders/{order_id:int}")
    def orders(user_id: str, order_id: int):
        return order_id

    @app.post("/items", status_code=201)
    async def items():
        return {}

    @app.put("/items")
    async def put_items():
        return JSONResponse({}, status_code=202)

    @app.get("/gone")
    async def gone():
        raise HTTPException(status_code=410)

    @app.get("/raise")
    async def broken():
        raise RuntimeError("broken")

    @app.get("/files/{path:path}")
    async def files(path: str):
        return path

    app.add_route("/metrics", metrics)
    return app, registry


ORDINARY = (
    ("GET", "/"),
    ("GET", "/?a=b"),
    ("GET", "/users/bob"),
    ("GET", "/users/alice"),
    ("GET", "/users/bob/orders/5"),
    ("POST", "/items"),
    ("PUT", "/items"),
    ("GET", "/gone"),
    ("GET", "/files/a/b/c"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/metrics"),
    ("GET", "/users/carol"),
)


def _statuses(answers):
    return [status for status, _ in answers]


def ordinary():
    for lifespan in (True, False):
        app, registry = _app()
        step(
            f"answers {lifespan}", lambda: _statuses(asgi.visit(app, *ORDINARY, lifespan=lifespan))
        )
        step(f"text {lifespan}", text, registry)


def raising():
    app, registry = _app()
    step("answers", asgi.visit, app, ("GET", "/raise"), ("GET", "/"), ("GET", "/raise"))
    step("text", text, registry)


def options():
    for name, options in (
        ("grouped", {"group_status_codes": True}),
        ("const labels", {"const_labels": {"app": "shop"}}),
        ("excluded", {"exclude_paths": ["/users/{user_id}"]}),
        ("nothing excluded", {"exclude_paths": None}),
        ("no templates", {"use_template_urls": False}),
    ):
        app, registry = _app(**options)
        step(f"{name} answers", lambda: _statuses(asgi.visit(app, *ORDINARY)))
        step(f"{name} text", text, registry)


def included_routers():
    app = FastAPI()
    registry = Registry()
    app.add_middleware(MetricsMiddleware, registry=registry)
    router = APIRouter(prefix="/v1")

    @router.get("/things/{thing}")
    async def thing(thing: str):
        return thing

    app.include_router(router, prefix="/api")
    step("answers", asgi.visit, app, ("GET", "/api/v1/things/5"), ("GET", "/api/v1/things/6"))
    step("text", text, registry)


def the_endpoint():
    app, _ = _app()
    asgi.visit(app, ("GET", "/users/bob"))
    step("of the application", lambda: asgi.visit(app, ("GET", "/metrics")))
    step("content type", lambda: _content_type(app))
    plain = FastAPI()
    plain.add_route("/metrics", metrics)
    Counter("in_default", "doc").inc({})
    step("of the default registry", lambda: asgi.visit(plain, ("GET", "/metrics")))
    step("default", text, REGISTRY)


def _content_type(app):
    heads = []

    async def watching(scope, receive, send):
        async def watch(message):
            if message["type"] == "http.response.start":
                heads.append(dict(message["headers"])[b"content-type"])
            await send(message)

        await app(scope, receive, watch)

    asgi.visit(watching, ("GET", "/metrics"), lifespan=False)
    return heads


def starlette():
    async def hello(request):
        return PlainTextResponse(f"hello {request.path_params['name']}")

    registry = Registry()
    app = Starlette(routes=[Route("/hello/{name}", hello), Route("/metrics", metrics)])
    app.add_middleware(MetricsMiddleware, registry=registry)
    step("answers", asgi.visit, app, ("GET", "/hello/bob"), ("GET", "/hello/eve"))
    step("text", text, registry)


def wrapped_from_outside():
    app, _ = _app()
    registry = Registry()
    middleware = MetricsMiddleware(app, registry=registry)
    step("answers", lambda: _statuses(asgi.visit(middleware, ("GET", "/"), ("POST", "/items"))))
    step("text", text, registry)


def unmatched():
    app, registry = _app()
    step("answers", lambda: _statuses(asgi.visit(app, ("GET", "/no"), ("GET", "/nor/this"))))
    step(
        "text",
        text,
        registry,
        differs="a router that finds nothing gives <unmatched>",
        now=returns_text(
            contains=[
                'requests_total_counter{method="GET",path="<unmatched>"} 2',
                'responses_total_counter{method="GET",path="<unmatched>"} 2',
                'status_codes_counter{method="GET",path="<unmatched>",status_code="404"} 2',
            ],
            lacks=["/no"],
        ),
    )


def mounted():
    app, registry = _app()
    inner = FastAPI()

    @inner.get("/inner/{name}")
    async def inside(name: str):
        return name

    app.mount("/sub", inner)
    step("answers", lambda: _statuses(asgi.visit(app, ("GET", "/sub/inner/bob"))))
    step(
        "text",
        text,
        registry,
        differs="a mount collapses to its prefix",
        now=returns_text(contains=['path="/sub/inner/{name}"'], lacks=['path="/sub"']),
    )
