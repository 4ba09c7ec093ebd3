"""MetricsMiddleware around a plain ASGI application."""

import asgi
from aioprometheus import MetricsMiddleware, Registry
from aioprometheus.asgi import middleware as module
from aioprometheus.collectors import REGISTRY
from record import returns, returns_text, step, text


async def _app(scope, receive, send):
    if scope["type"] == "lifespan":
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})
        return
    path = scope["path"]
    if path == "/raise":
        raise RuntimeError("broken")
    status = int(path[1:4]) if path[1:4].isdigit() else 200
    await send({"type": "http.response.start", "status": status, "headers": []})
    if path == "/late":
        raise RuntimeError("broken late")
    await send({"type": "http.response.body", "body": path.encode()})


def _made(**options):
    registry = Registry()
    return MetricsMiddleware(_app, registry=registry, **options), registry


def made():
    middleware, registry = _made()
    step("before", lambda: (middleware.metrics_created, text(registry)))
    step(
        "attributes",
        lambda: (
            middleware.use_template_urls,
            middleware.group_status_codes,
            middleware.const_labels,
            middleware.starlette_app,
        ),
    )
    step("exclude_paths", lambda: middleware.exclude_paths)
    step("EXCLUDE_PATHS", lambda: module.EXCLUDE_PATHS)
    step("callable", lambda: middleware.asgi_callable is _app)
    step("registry", lambda: middleware.registry is registry)
    step("default registry", lambda: MetricsMiddleware(_app).registry is REGISTRY)
    step(
        "positional",
        lambda: MetricsMiddleware(_app, registry, ("/x",), False, True, {"a": "b"}).const_labels,
    )
    for wrong in ("text", 5, {}):
        step(f"registry {wrong!r}", MetricsMiddleware, _app, wrong)
    step("no registry", lambda: MetricsMiddleware(_app, None).registry)
    step("no excluded paths", lambda: MetricsMiddleware(_app, exclude_paths=None).exclude_paths)
    step("no application", MetricsMiddleware, words=False)


def ordinary():
    for lifespan in (True, False):
        middleware, registry = _made()
        step(
            f"answers {lifespan}",
            lambda: asgi.visit(
                middleware,
                ("GET", "/a"),
                ("GET", "/a?b=c"),
                ("POST", "/a"),
                ("PUT", "/b/c"),
                ("DELETE", "/204"),
                ("PATCH", "/301"),
                ("HEAD", "/a"),
                ("OPTIONS", "/503"),
                ("GET", "/ünï/🙂"),
                ("GET", "/metrics"),
                ("GET", "/metrics/"),
                ("GET", "/docs"),
                ("GET", "/favicon.ico"),
                ("GET", "/"),
                lifespan=lifespan,
            ),
        )
        step(f"text {lifespan}", text, registry)
        step(f"order {lifespan}", lambda: [metric.name for metric in registry.get_all()])
        step(f"created {lifespan}", lambda: middleware.metrics_created)
        step(f"counter {lifespan}", lambda: middleware.requests_counter.get_all()[0])
        step(
            f"others {lifespan}",
            lambda: (
                middleware.responses_counter.name,
                middleware.exceptions_counter.name,
                middleware.status_codes_counter.name,
            ),
        )


def raising():
    middleware, registry = _made()
    step("answers", asgi.visit, middleware, ("GET", "/raise"), ("GET", "/a"), ("GET", "/raise"))
    step("text", text, registry)


def options():
    for name, options in (
        ("grouped", {"group_status_codes": True}),
        ("const labels", {"const_labels": {"app": "shop"}}),
        ("excluded", {"exclude_paths": ["/a"]}),
        ("nothing excluded", {"exclude_paths": None}),
        ("empty exclusion", {"exclude_paths": []}),
        ("no templates", {"use_template_urls": False}),
    ):
        middleware, registry = _made(**options)
        step(
            f"{name} answers",
            asgi.visit,
            middleware,
            ("GET", "/a"),
            ("POST", "/201"),
            ("GET", "/503"),
            ("GET", "/metrics"),
            ("GET", "/raise"),
        )
        step(f"{name} text", text, registry)


def the_default_registry():
    middleware = MetricsMiddleware(_app)
    step("answers", asgi.visit, middleware, ("GET", "/a"))
    step("text", text, REGISTRY)


def paths():
    middleware, _ = _made()
    for scope in (
        {"path": "/a"},
        {"path": "/a", "root_path": ""},
        {},
        {"root_path": "/r", "path": "/a"},
    ):
        step(f"{scope}", middleware.get_full_or_template_path, {"type": "http", **scope})


def made_metrics():
    middleware, registry = _made(const_labels={"a": "b"})
    step("create_metrics", middleware.create_metrics)
    step("text", text, registry)
    step("answers", asgi.visit, middleware, ("GET", "/a"))
    step("text after", text, registry)


def unmatched():
    middleware, registry = _made()
    unknown = "a 404 or 405 where no router is known gives <unmatched>"
    step("answers", asgi.visit, middleware, ("GET", "/404"), ("POST", "/404/b"), ("GET", "/405"))
    step(
        "text",
        lambda: text(registry).splitlines()[3:],
        differs=unknown,
        now=returns_text(
            contains=[
                'requests_total_counter{method="GET",path="<unmatched>"} 2',
                'requests_total_counter{method="POST",path="<unmatched>"} 1',
                'responses_total_counter{method="GET",path="<unmatched>"} 2',
                'status_codes_counter{method="GET",path="<unmatched>",status_code="404"} 1',
                'status_codes_counter{method="GET",path="<unmatched>",status_code="405"} 1',
            ],
            lacks=["/404"],
        ),
    )


def unknown_methods():
    middleware, registry = _made()
    step("answers", asgi.visit, middleware, ("BREW", "/a"), ("GET", "/a"), ("get", "/b"))
    step(
        "text",
        text,
        registry,
        differs="unknown methods are <other>",
        now=returns_text(contains=['method="<other>"', 'method="GET"'], lacks=["BREW"]),
    )


def raising_late():
    middleware, registry = _made()
    twice = "an exception after a started response counts twice"
    step("answers", asgi.visit, middleware, ("GET", "/late"))
    step(
        "text",
        text,
        registry,
        differs=twice,
        now=returns_text(
            contains=[
                'exceptions_total_counter{method="GET",path="/late"} 1',
                'requests_total_counter{method="GET",path="/late"} 1',
                'responses_total_counter{method="GET",path="/late"} 1',
                'status_codes_counter{method="GET",path="/late",status_code="200"} 1',
            ],
            lacks=['status_code="500"'],
        ),
    )


def root_path_twice():
    middleware, registry = _made(use_template_urls=False)
    scope = asgi.scope_of("GET", "/api/a", root_path="/api")
    step("answers", asgi.visit, middleware, scope)
    step(
        "text",
        lambda: text(registry).splitlines()[-1],
        differs="root_path twice",
        now=returns('status_codes_counter{method="GET",path="/api/a",status_code="200"} 1'),
    )


def two_on_one_registry():
    registry = Registry()
    two = "two apps on one registry: 500"
    for number, differs in ((1, None), (2, two)):
        middleware = MetricsMiddleware(_app, registry=registry)
        marks = {"differs": differs, "now": returns([(200, b"/a")])} if differs else {}
        step(f"answers of {number}", asgi.visit, middleware, ("GET", "/a"), **marks)
    step(
        "text",
        lambda: text(registry).splitlines()[-1],
        differs=two,
        now=returns('status_codes_counter{method="GET",path="/a",status_code="200"} 2'),
    )


def a_metric_error_reaches_no_request():
    registry = Registry()
    middleware = MetricsMiddleware(_app, registry=registry, const_labels={"path": "x"})
    step("const label path", asgi.visit, middleware, ("GET", "/a"))
    middleware = MetricsMiddleware(_app, registry=registry, const_labels={"job": "x"})
    step(
        "const label job",
        asgi.visit,
        middleware,
        ("GET", "/a"),
        differs="no metric error ever reaches a request",
        now=returns([(200, b"/a")]),
    )
    wrong = MetricsMiddleware(_app, registry=Registry())
    step("counters gone", wrong.create_metrics)
    wrong.requests_counter = None
    step(
        "broken counter",
        asgi.visit,
        wrong,
        ("GET", "/a"),
        differs="no metric error ever reaches a request",
        now=returns([(200, b"/a")]),
    )


def websockets():
    middleware, registry = _made()
    scope = {**asgi.scope_of("GET", "/ws"), "type": "websocket"}
    del scope["method"]

    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})

    middleware.asgi_callable = app
    step("answers", asgi.visit, middleware, scope, lifespan=False)
    step(
        "text",
        text,
        registry,
        differs='websockets with method "None"',
        now=returns_text(lacks=['method="None"']),
    )


def an_attacker():
    middleware, registry = _made()
    step("answers", asgi.visit, middleware, ("GET", '/a"} 5\nevil{x="y'))
    step(
        "lines",
        lambda: [line for line in text(registry).splitlines() if "evil" in line[:6]],
        differs="a request path can inject series",
        now=returns([]),
    )
