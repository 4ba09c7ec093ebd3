"""Several MetricsMiddlewares around one request, and counters of other classes."""

import asyncio
from unittest import mock

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from aioprometheus import Counter, MetricsMiddleware, Registry, render
from support.asgi_apps import Copying, Passing, ok
from support.asgi_driver import COUNTERS, PLAIN_OK, answering, drive, request, scope_of, totals


def app_of(*options):
    """An application with a route, in middlewares with these options, the outermost first."""
    app = Starlette(routes=[Route("/items/{id}", ok)])
    for each in reversed(options):
        app = MetricsMiddleware(app, **each)
    return app


def counted(registry):
    return sum(totals(registry, "requests_total_counter").values())


# --- One set of counters


def test_added_twice():
    registry = Registry()
    app = app_of({"registry": registry}, {"registry": registry}, {"registry": registry})
    for turn in range(1, 4):
        request(app, "/items/7")
        assert totals(registry) == {("GET", "/items/{id}", "200"): turn}
        assert totals(registry, "responses_total_counter") == {("GET", "/items/{id}"): turn}


@pytest.mark.parametrize("between", [None, Copying, Passing])
def test_in_an_application_and_in_one_mounted_in_it(between):
    registry = Registry()
    ours = Middleware(MetricsMiddleware, registry=registry)
    inner = Starlette(routes=[Route("/items/{id}", ok)], middleware=[ours])
    app = Starlette(
        routes=[Mount("/sub", app=inner), Route("/", ok)],
        middleware=[ours, *([Middleware(between)] if between else [])],
    )
    for path in ("/sub/items/7", "/", "/sub/nothing"):
        request(app, path)
    assert totals(registry) == {
        ("GET", "/sub/items/{id}", "200"): 1,
        ("GET", "/", "200"): 1,
        ("GET", "<unmatched>", "404"): 1,
    }


def test_the_outermost_decides():
    registry = Registry()
    outer = {"registry": registry, "group_status_codes": True, "exclude_paths": ["/items/8"]}
    app = app_of(outer, {"registry": registry, "use_template_urls": False})
    for path in ("/items/7", "/items/8"):
        request(app, path)
    assert totals(registry) == {("GET", "/items/{id}", "2xx"): 1}


def test_an_exception_through_both_counts_once():
    async def boom(scope, receive, send):
        raise RuntimeError("boom")

    registry = Registry()
    app = MetricsMiddleware(MetricsMiddleware(boom, registry), registry)
    with pytest.raises(RuntimeError):
        request(app, "/a")
    for name in COUNTERS[:3]:
        assert totals(registry, name) == {("GET", "/a"): 1}


def test_a_websocket_counts_once():
    registry = Registry()
    app = answering({"type": "websocket.accept"}, {"type": "websocket.close"})
    request(MetricsMiddleware(MetricsMiddleware(app, registry), registry), "/a", kind="websocket")
    assert totals(registry) == {("WEBSOCKET", "/a", "101"): 1}


@pytest.mark.parametrize("same", [{"zone": "a"}, {"zone": 1}])
def test_equal_const_labels_count_once(same):
    registry = Registry()
    options = {"registry": registry, "const_labels": same}
    request(app_of(options, {**options, "const_labels": dict(same)}), "/items/7")
    assert counted(registry) == 1


# --- Several sets


@pytest.mark.parametrize(
    ("outer", "inner"),
    [({"zone": "a"}, {"zone": "b"}), ({"zone": "a"}, None), (None, {"zone": "a"})],
)
def test_other_const_labels_count_too(outer, inner):
    registry = Registry()
    app = app_of(
        {"registry": registry, "const_labels": outer}, {"registry": registry, "const_labels": inner}
    )
    request(app, "/items/7")
    lines = render(registry, None)[0].decode().splitlines()
    expected = []
    for labels in (inner, outer):
        zone = f',zone="{labels["zone"]}"' if labels else ""
        expected.append(f'requests_total_counter{{method="GET",path="/items/{{id}}"{zone}}} 1')
    found = [line for line in lines if line.startswith("requests_total_counter")]
    assert sorted(found) == sorted(expected)


def test_another_registry_counts_too():
    outer, inner = Registry(), Registry()
    request(app_of({"registry": outer}, {"registry": inner}, {"registry": outer}), "/items/7")
    assert (counted(outer), counted(inner)) == (1, 1)


def test_a_request_inside_of_a_request_counts_too():
    registry = Registry()
    inner = MetricsMiddleware(answering(*PLAIN_OK), registry)

    async def app(scope, receive, send):
        await drive(inner, scope_of("/inner"))
        await answering(*PLAIN_OK)(scope, receive, send)

    request(MetricsMiddleware(app, registry), "/outer")
    assert totals(registry) == {("GET", "/inner", "200"): 1, ("GET", "/outer", "200"): 1}


def test_a_scope_that_is_used_again_counts_again():
    registry = Registry()
    app = app_of({"registry": registry})
    scope = scope_of("/items/7")
    for _ in range(2):
        asyncio.run(drive(app, scope))
    assert counted(registry) == 2


# --- Counters of other classes


class Remote:
    """Has nothing but `inc`, which it reports."""

    def __init__(self, name, calls):
        self.name, self.calls = name, calls

    def inc(self, labels):
        self.calls.append((self.name, labels))


class RemoteMiddleware(MetricsMiddleware):
    stand_in = Remote

    def create_metrics(self):
        self.calls = []
        self.requests_counter = self.stand_in("requests", self.calls)
        self.responses_counter = self.stand_in("responses", self.calls)
        self.exceptions_counter = self.stand_in("exceptions", self.calls)
        self.status_codes_counter = self.stand_in("status codes", self.calls)
        self.metrics_created = True


@pytest.mark.parametrize("const_labels", [None, {"zone": "a"}])
def test_stand_ins_that_have_only_inc(const_labels, caplog):
    """As with 23.12.0 they get the labels of the request: const labels belong to a counter."""
    app = RemoteMiddleware(answering(*PLAIN_OK), Registry(), const_labels=const_labels)
    request(app, "/a")
    labels = {"method": "GET", "path": "/a"}
    assert app.calls == [
        ("requests", labels),
        ("responses", labels),
        ("status codes", {**labels, "status_code": "200"}),
    ]
    assert caplog.records == []


def test_stand_ins_get_exceptions():
    async def boom(scope, receive, send):
        raise RuntimeError("boom")

    app = RemoteMiddleware(boom, Registry(), const_labels={"zone": "a"})
    with pytest.raises(RuntimeError):
        request(app, "/a")
    assert app.calls[-1] == ("exceptions", {"method": "GET", "path": "/a"})


def test_stand_ins_that_answer_to_every_attribute():
    class Mocked(RemoteMiddleware):
        @staticmethod
        def stand_in(name, calls):
            return mock.MagicMock()

    app = Mocked(answering(*PLAIN_OK), Registry(), const_labels={"zone": "a"})
    request(app, "/a")
    app.requests_counter.inc.assert_called_once_with({"method": "GET", "path": "/a"})


def test_nested_stand_ins_of_two_middlewares_all_count():
    inner = RemoteMiddleware(answering(*PLAIN_OK), Registry())
    outer = RemoteMiddleware(inner, Registry())
    request(outer, "/a")
    assert len(inner.calls) == len(outer.calls) == 3


@pytest.mark.parametrize("own", [None, {"zone": "a"}])
def test_a_counter_of_the_users_own_keeps_its_labels(own):
    """One that an override makes gets the const labels that it was made with, and no others."""
    registry = Registry()

    class Named(MetricsMiddleware):
        def create_metrics(self):
            super().create_metrics()
            self.requests_counter = Counter("my_requests", "doc", own, registry=self.registry)

    request(
        Named(answering(*PLAIN_OK), registry, const_labels={"zone": "a"}),
        "/a",
    )
    lines = render(registry, None)[0].decode().splitlines()
    zone = ',zone="a"' if own else ""
    assert f'my_requests{{method="GET",path="/a"{zone}}} 1' in lines
    assert 'responses_total_counter{method="GET",path="/a",zone="a"} 1' in lines


def test_an_overridden_call_counts_with_the_const_labels():
    """A subclass that counts by itself need not know about them, as with 23.12.0."""

    class Own(MetricsMiddleware):
        async def __call__(self, scope, receive, send):
            if not self.metrics_created:
                self.create_metrics()
            self.requests_counter.inc({"method": "GET", "path": "/own"})
            self.status_codes_counter.add({"method": "GET", "status_code": "200"}, 2)
            await self.asgi_callable(scope, receive, send)

    registry = Registry()
    app = Own(answering(*PLAIN_OK), registry, const_labels={"zone": "a"})
    request(app, "/a")
    assert app.requests_counter.get({"method": "GET", "path": "/own"}) == 1
    assert app.requests_counter.const_labels == {"zone": "a"}
    assert app.requests_counter.name == "requests_total_counter"
    lines = render(registry, None)[0].decode().splitlines()
    assert 'requests_total_counter{method="GET",path="/own",zone="a"} 1' in lines
    assert 'status_codes_counter{method="GET",status_code="200",zone="a"} 2' in lines
