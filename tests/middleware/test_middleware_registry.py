"""The counters of MetricsMiddleware in their registry, which middlewares share."""

import asyncio
import logging

import pytest

from aioprometheus import REGISTRY, Counter, Gauge, MetricsMiddleware, Registry, render
from support.asgi_driver import COUNTERS, PLAIN_OK, answering, request, totals


def test_wrong_registry():
    with pytest.raises(Exception, match="registry must be a Registry, got: <class 'str'>"):
        MetricsMiddleware(answering(), "registry")


def test_a_function_in_the_place_of_the_registry():
    """`app.middleware("http")(MetricsMiddleware)` gives the function that goes on."""
    with pytest.raises(
        Exception, match="registry must be a Registry, got: <class 'function'>"
    ) as e:
        MetricsMiddleware(answering(), answering())
    assert "app.add_middleware(MetricsMiddleware, ...)" in e.value.__notes__[0]


def test_default_registry():
    assert MetricsMiddleware(answering()).registry is REGISTRY


def test_metrics_are_created_at_the_first_call():
    registry = Registry()
    middleware = MetricsMiddleware(answering(), registry)
    assert not middleware.metrics_created
    assert registry.get_all() == []
    asyncio.run(middleware({"type": "lifespan"}, None, None))
    assert middleware.metrics_created
    assert sorted(metric.name for metric in registry.get_all()) == sorted(COUNTERS)
    content, _ = render(registry, [])
    for line in (
        "# HELP requests_total_counter Total number of requests received",
        "# HELP responses_total_counter Total number of responses sent",
        "# HELP exceptions_total_counter Total number of requested which generated an exception",
        "# HELP status_codes_counter Total number of response status codes",
    ):
        assert line in content.decode().splitlines()


def test_two_apps_share_the_counters_of_a_registry():
    registry = Registry()
    apps = [MetricsMiddleware(answering(*PLAIN_OK), registry) for _ in range(2)]
    for app in apps:
        request(app, "/a")
    assert totals(registry) == {("GET", "/a", "200"): 2}
    assert apps[0].requests_counter is apps[1].requests_counter


def test_two_apps_with_other_const_labels():
    registry = Registry()
    for const_labels in ({"app": "a"}, {"app": "b"}, None, {"zone": "z", "app": "c"}):
        request(MetricsMiddleware(answering(*PLAIN_OK), registry, const_labels=const_labels), "/a")
    lines = render(registry, [])[0].decode().splitlines()
    assert [line for line in lines if line.startswith("requests_total_counter")] == [
        'requests_total_counter{app="a",method="GET",path="/a"} 1',
        'requests_total_counter{app="b",method="GET",path="/a"} 1',
        'requests_total_counter{method="GET",path="/a"} 1',
        'requests_total_counter{app="c",method="GET",path="/a",zone="z"} 1',
    ]


def test_counters_that_have_the_const_labels_themselves():
    registry = Registry()
    for name in COUNTERS:
        Counter(name, "doc", {"app": "a"}, registry=registry)
    request(MetricsMiddleware(answering(*PLAIN_OK), registry, const_labels={"app": "a"}), "/a")
    assert totals(registry) == {("GET", "/a", "200"): 1}
    assert b'requests_total_counter{app="a",method="GET",path="/a"} 1\n' in render(registry, [])[0]


@pytest.mark.parametrize("kind", ["gauge", "const labels"])
def test_counters_that_cannot_be_shared_are_reported_once(kind, caplog):
    registry = Registry()
    if kind == "gauge":
        taken = Gauge("responses_total_counter", "doc", registry=registry)
    else:
        taken = Counter("responses_total_counter", "doc", {"app": "a"}, registry=registry)
    app = MetricsMiddleware(answering(*PLAIN_OK), registry)
    for _ in range(3):
        assert len(request(app, "/a")) == 2
    assert taken.get_all() == []
    (record,) = caplog.records
    assert record.name == "aioprometheus.asgi.middleware"
    assert "responses_total_counter" in str(record.exc_info[1])


def test_an_error_of_a_metric_is_logged_once_and_never_reaches_a_request(caplog):
    class Broken(MetricsMiddleware):
        def get_full_or_template_path(self, scope):
            raise LookupError("broken")

    app = Broken(answering(*PLAIN_OK), Registry())
    for _ in range(3):
        assert len(request(app, "/a")) == 2
    (record,) = caplog.records
    assert (record.levelno, record.exc_info[0]) == (logging.ERROR, LookupError)


def test_an_error_of_a_metric_does_not_hide_that_of_the_app(caplog):
    async def app(scope, receive, send):
        raise RuntimeError("boom")

    middleware = MetricsMiddleware(app, Registry(), const_labels={"job": "is a reserved name"})
    with pytest.raises(RuntimeError, match="boom") as caught:
        request(middleware, "/a")
    assert caught.value.__context__ is None
    assert len(caplog.records) == 1


def test_counters_survive_that_the_registry_is_cleared():
    registry = Registry()
    app = MetricsMiddleware(answering(*PLAIN_OK), registry)
    request(app, "/a")
    registry.clear()
    request(app, "/a")
    assert app.requests_counter.get({"method": "GET", "path": "/a"}) == 2
