"""The standard metrics of the middleware: what they are, and what they say of requests."""

import asyncio
import collections
from collections import UserDict
from types import MappingProxyType

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

import aioprometheus
from aioprometheus import Counter, MetricsMiddleware, Registry, render
from support.asgi_apps import boom, fastapi_app, needs_fastapi, ok, starlette_app
from support.asgi_driver import COUNTERS, PLAIN_OK, answering, request, scope_of
from support.standard import in_progress, samples, standard, totals

SERIES = {("GET", "/items/{id:int}", "200"): 1}

NAMES = [
    "http_request_duration_seconds",
    "http_request_first_byte_seconds",
    "http_request_size_bytes",
    "http_requests_in_progress",
    "http_requests_total",
    "http_response_size_bytes",
]


# --- What there is


def test_a_request_is_in_all_metrics():
    app, registry = standard(starlette_app())
    request(app, "/items/7")
    assert sorted(metric.name for metric in registry.collect()) == NAMES
    assert totals(registry) == SERIES
    for name in NAMES[:3] + NAMES[-1:]:
        assert totals(registry, f"{name}_count") == SERIES
    assert samples(registry, "http_requests_in_progress") == {("GET",): 0}
    assert totals(registry, "http_response_size_bytes_sum") == {
        ("GET", "/items/{id:int}", "200"): 2
    }


def test_nothing_is_made_before_the_first_call():
    _, registry = standard(starlette_app())
    assert list(registry.collect()) == []


def test_the_default_registry_is_used():
    before = set(aioprometheus.REGISTRY.collectors)
    app = MetricsMiddleware(starlette_app(), metrics="standard", prefix="of_this_test_")
    try:
        request(app, "/items/7")
        made = set(aioprometheus.REGISTRY.collectors) - before
        assert made == {f"of_this_test_{name}" for name in NAMES}
    finally:
        for name in set(aioprometheus.REGISTRY.collectors) - before:
            aioprometheus.REGISTRY.deregister(name)


@pytest.mark.parametrize("sets", [["counters", "standard"], ("standard", "counters")])
def test_both_sets(sets):
    registry = Registry()
    app = MetricsMiddleware(starlette_app(), registry=registry, metrics=sets)
    request(app, "/items/7")
    assert totals(registry) == SERIES
    assert (
        registry.get("requests_total_counter").get({"method": "GET", "path": "/items/{id:int}"})
        == 1
    )


@pytest.mark.parametrize("order", [("counters", "standard"), ("standard", "counters")])
def test_beside_the_four_counters(order):
    registry = Registry()
    app = starlette_app()
    for metrics in order:
        app = MetricsMiddleware(app, registry=registry, metrics=metrics)
    for _ in range(3):
        request(app, "/items/7")
    assert totals(registry) == {("GET", "/items/{id:int}", "200"): 3}
    for name in (COUNTERS[0], COUNTERS[1]):
        labels = {"method": "GET", "path": "/items/{id:int}"}
        assert registry.get(name).get(labels) == 3


def test_twice_counts_once():
    app, registry = standard(starlette_app())
    app, _ = standard(app, registry)
    inner = Starlette(routes=[Mount("/sub", app=app)])
    outer, _ = standard(inner, registry)
    for _ in range(2):
        request(outer, "/sub/items/7")
    assert totals(registry) == {("GET", "/sub/items/{id:int}", "200"): 2}
    assert in_progress(registry) == 0


def test_both_sets_within_one_of_them():
    registry = Registry()
    app = MetricsMiddleware(starlette_app(), registry=registry, metrics=["counters", "standard"])
    app = MetricsMiddleware(app, registry=registry)
    request(app, "/items/7")
    assert totals(registry) == SERIES
    assert registry.get(COUNTERS[0]).get({"method": "GET", "path": "/items/{id:int}"}) == 1


# --- What the labels say


@pytest.mark.parametrize(
    ("path", "method", "labels"),
    [
        ("/nothing/7", "GET", ("GET", "<unmatched>", "404")),
        ("/missing/7", "GET", ("GET", "/missing/{id}", "404")),
        ("/only-post", "GET", ("GET", "/only-post", "405")),
        ("/items/7", "BREW", ("<other>", "/items/{id:int}", "405")),
        ("/items/7", "get", ("<other>", "/items/{id:int}", "405")),
        ("/tenants/a/deep/b", "GET", ("GET", "/tenants/{tenant}/deep/{rest:path}", "200")),
        ("/tenants/x/deep/c", "HEAD", ("HEAD", "/tenants/{tenant}/deep/{rest:path}", "200")),
        ("/sub/items/7", "GET", ("GET", "/sub/items/{id}", "200")),
        ("/static/nothing", "GET", ("GET", "/static", "404")),
        ("/slash", "GET", ("GET", "/slash/", "307")),
        ("/boom", "GET", ("GET", "/boom", "500")),
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_labels(path, method, labels, inside):
    registry = Registry()
    if inside:
        ours = Middleware(MetricsMiddleware, registry=registry, metrics="standard")
        app = starlette_app(middleware=[ours])
    else:
        app, _ = standard(starlette_app(), registry)
    for _ in range(3):
        try:
            request(app, path, method)
        except RuntimeError as error:
            assert str(error) == "boom"
    assert totals(registry) == {labels: 3}
    assert in_progress(registry) == 0


@needs_fastapi
@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/items/7", "/items/{id}"),
        ("/users/7", "/users/{id}"),
        ("/users/nested/leaf/x", "/users/nested/leaf/{name}"),
        ("/orders/nested/leaf/x", "/orders/nested/leaf/{name}"),
        ("/leaf/x", "/leaf/{name}"),
        ("/sub/items/7", "/sub/items/{id}"),
        ("/sub/included/leaf/7", "/sub/included/leaf/{name}"),
        ("/tenants/a/items/7", "/tenants/{tenant}/items/{id}"),
        ("/tenants/b/included/leaf/7", "/tenants/{tenant}/included/leaf/{name}"),
        ("/users/starlette/7", "/users/starlette/{id}"),
        ("/starlette/7", "/starlette/{id}"),
    ],
)
def test_routes_that_share_objects(path, template):
    # One router is included several times, and one application is mounted twice.
    app, registry = standard(fastapi_app())
    others = {
        "/users/1": "/users/{id}",
        "/orders/1": "/orders/{id}",
        "/leaf/1": "/leaf/{name}",
        "/sub/items/1": "/sub/items/{id}",
        "/tenants/q/items/1": "/tenants/{tenant}/items/{id}",
    }
    for each in [*others, path] * 3:
        request(app, each)
    counted = collections.Counter([*others.values(), template] * 3)
    assert totals(registry) == {("GET", each, "200"): n for each, n in counted.items()}


def test_no_request_makes_a_label_without_a_router():
    app, registry = standard(answering(*PLAIN_OK))
    for path in ("/a", "/b", "/\udcff", "/%00", ""):
        request(app, path)
    assert totals(registry) == {("GET", "<unmatched>", "200"): 5}


def test_a_subclass_has_the_last_word_on_the_path():
    class Versions(MetricsMiddleware):
        def path_label(self, scope, path):
            return f"v{dict(scope['headers']).get(b'version', b'1').decode()}:{path}"

    registry = Registry()
    app = Versions(starlette_app(), registry=registry, metrics=["counters", "standard"])
    for version in (b"1", b"2", b"2"):
        request(app, "/items/7", headers=[(b"version", version)])
    assert totals(registry) == {
        ("GET", "v1:/items/{id:int}", "200"): 1,
        ("GET", "v2:/items/{id:int}", "200"): 2,
    }
    labels = {"method": "GET", "path": "v2:/items/{id:int}"}
    assert registry.get(COUNTERS[0]).get(labels) == 2


# --- Requests in progress


def test_requests_in_progress():
    seen = []

    async def endpoint(request):
        seen.append(samples(registry, "http_requests_in_progress"))
        return PlainTextResponse("ok")

    app, registry = standard(Starlette(routes=[Route("/", endpoint, methods=["GET", "POST"])]))
    request(app)
    request(app, method="POST")
    assert seen == [{("GET",): 1}, {("GET",): 0, ("POST",): 1}]
    assert in_progress(registry) == 0


def test_a_series_removed_meanwhile_does_not_come_back():
    async def endpoint(request):
        registry.get("http_requests_in_progress").clear()
        return PlainTextResponse("ok")

    app, registry = standard(Starlette(routes=[Route("/", endpoint)]))
    request(app)
    assert samples(registry, "http_requests_in_progress") == {}
    registry.get("http_requests_total").clear()
    request(app, "/nothing")
    assert totals(registry) == {("GET", "<unmatched>", "404"): 1}


def test_exceptions_pass_and_count():
    app, registry = standard(Starlette(routes=[Route("/boom", boom)]))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="boom"):
            request(app, "/boom")
    assert totals(registry) == {("GET", "/boom", "500"): 2}
    assert in_progress(registry) == 0


def test_the_status_of_a_handler_of_exceptions():
    async def teapot(request, error):
        return PlainTextResponse("short and stout", status_code=418)

    routes = [Route("/boom", boom), Route("/", ok)]
    app, registry = standard(
        Starlette(routes=routes, exception_handlers={Exception: teapot}),
        exception_label="exception",
    )
    with pytest.raises(RuntimeError):
        request(app, "/boom")
    request(app)
    assert totals(registry) == {
        ("GET", "/boom", "418", "RuntimeError"): 1,
        ("GET", "/", "200", ""): 1,
    }


def test_a_metric_that_fails_does_not_reach_the_request(caplog):
    registry = Registry()
    Counter("http_requests_total", "another", const_labels={"a": "b"}, registry=registry)
    Counter("http_request_duration_seconds", "no histogram", registry=registry)
    app, _ = standard(starlette_app(), registry)
    for _ in range(2):
        sent = request(app, "/items/7")
        assert sent[0]["status"] == 200
    assert "did not count a request" in caplog.text
    assert caplog.text.count("http_request_duration_seconds in the registry") == 1
    assert b'a="b"' not in render(registry, None)[0]


@pytest.mark.parametrize("mapping", [MappingProxyType, UserDict])
def test_messages_that_are_other_mappings(mapping):
    registry = Registry()
    app = answering(*map(mapping, PLAIN_OK))
    request(MetricsMiddleware(app, registry, metrics=["counters", "standard"]))
    assert totals(registry) == {("GET", "<unmatched>", "200"): 1}
    assert list(totals(registry, "http_response_size_bytes_sum").values()) == [2]
    assert registry.get(COUNTERS[0]).get({"method": "GET", "path": "/"}) == 1


@pytest.mark.parametrize("message", [None, 7, "start", {}, {"type": None}, {"type": 5}, []])
def test_what_is_no_message_passes(message):
    app, registry = standard(answering(message, *PLAIN_OK))
    sent = asyncio.run(_sent(app))
    assert sent == [message, *PLAIN_OK]
    assert totals(registry) == {("GET", "<unmatched>", "200"): 1}


async def _sent(app):
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    await app(scope_of("/"), receive, send)
    return sent
