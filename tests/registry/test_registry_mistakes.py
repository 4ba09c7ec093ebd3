"""Mistakes with registries: another object in place of one, or the wrong one of two."""

import asyncio
import logging

import pytest
from quart import Quart
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from aioprometheus import REGISTRY, Counter, Gauge, MetricsMiddleware, Pusher, Registry, Service
from aioprometheus.asgi import quart as quart_handler
from aioprometheus.asgi import starlette as starlette_handler
from aioprometheus.formats.openmetrics import OpenMetricsFormatter
from aioprometheus.formats.protobuf import ProtobufFormatter
from aioprometheus.formats.text import TextFormatter
from support.asgi_driver import answering, request, serve

LOGGER = "aioprometheus.asgi.middleware"


def notes_of(error):
    return "\n".join(error.__notes__)


# --- Objects that are not registries


@pytest.mark.parametrize("make", [Service, lambda got: MetricsMiddleware(answering(), got)])
@pytest.mark.parametrize(
    ("got", "advice"),
    [
        ("X", "registry= takes the object that holds the metrics"),
        (Registry, "Registry()"),
        (Gauge("g", "doc", registry=Registry()), "that the metric is registered in"),
    ],
)
def test_service_and_middleware(make, got, advice):
    with pytest.raises(Exception, match="registry must be a Registry, got: ") as caught:
        make(got)
    assert type(caught.value) is Exception
    assert advice in notes_of(caught.value)


@pytest.mark.parametrize("formatter", [TextFormatter, OpenMetricsFormatter, ProtobufFormatter])
@pytest.mark.parametrize("values", [0, 1])
def test_a_metric_is_not_a_registry_for_a_formatter(formatter, values):
    """With values 23.12.0 says so; without, it formats nothing, which empties a group."""
    gauge = Gauge("g", "doc", registry=Registry())
    for value in range(values):
        gauge.set({}, value)
    with pytest.raises(TypeError) as caught:
        formatter().marshall(gauge)
    assert str(caught.value) == "Not a valid object format"
    assert "that the metric is registered in" in notes_of(caught.value)


def test_what_only_looks_like_a_registry_is_formatted():
    class Some:
        def get_all(self):
            return [gauge]

    gauge = Gauge("g", "doc", registry=Registry())
    gauge.set({}, 1)
    assert TextFormatter().marshall(Some()) == b"# HELP g doc\n# TYPE g gauge\ng 1\n"


# --- The other registry


def starlette_app(served, counted):
    app = Starlette(
        routes=[Route("/metrics", starlette_handler.metrics)],
        middleware=[Middleware(MetricsMiddleware, registry=counted)],
    )
    if served is not None:
        app.state.registry = served
    return app


def quart_app(served, counted):
    app = Quart(__name__)
    app.add_url_rule("/metrics", view_func=quart_handler.metrics)
    app.asgi_app = MetricsMiddleware(app.asgi_app, counted)
    if served is not None:
        app.registry = served
    return app


BOTH = pytest.mark.parametrize(
    ("make", "setting"), [(starlette_app, "app.state.registry"), (quart_app, "app.registry")]
)


def warnings_after(app, caplog, times=3):
    async def use(client):
        for _ in range(times):
            assert (await client.get("/metrics")).status_code == 200

    with caplog.at_level(logging.WARNING, LOGGER):
        serve(app, use)
    return [record.getMessage() for record in caplog.records if record.name == LOGGER]


@BOTH
def test_the_handler_serves_another_registry(make, setting, caplog):
    counted = Registry()
    (warning,) = warnings_after(make(None, counted), caplog)
    assert "/metrics serves the default registry" in warning
    assert f"counts in {counted!r}" in warning
    assert f"set {setting} to the registry of the middleware" in warning


@BOTH
def test_the_middleware_counts_in_the_default_registry(make, setting, caplog):
    served = Registry()
    (warning,) = warnings_after(make(served, REGISTRY), caplog)
    assert f"/metrics serves {served!r}" in warning
    assert "counts in the default registry" in warning


@BOTH
def test_the_same_registry_is_not_a_mistake(make, setting, caplog):
    own = Registry()
    assert warnings_after(make(own, own), caplog) == []


@BOTH
def test_a_registry_that_shares_the_counters_is_not_a_mistake(make, setting, caplog):
    counted, served = Registry(), Registry()
    served.register(Counter("requests_total_counter", "doc", registry=counted))
    assert warnings_after(make(served, counted), caplog) == []


def test_one_of_two_middlewares_is_enough(caplog):
    counted, other = Registry(), Registry()
    app = MetricsMiddleware(starlette_app(counted, counted), other)
    request(app, "/metrics")
    app = MetricsMiddleware(starlette_app(counted, other), counted)
    request(app, "/metrics")
    assert caplog.records == []


def test_no_registry_in_the_state_of_an_application():
    app = starlette_app("X", REGISTRY)
    with pytest.raises(Exception, match="registry must be a Registry, got: ") as caught:
        request(app, "/metrics")
    assert "app.state.registry takes the object that holds the metrics" in notes_of(caught.value)


# --- Descriptions of registries


def test_representations():
    registry = Registry()
    middleware = MetricsMiddleware(len, registry, const_labels={"app": "shop"})
    for thing in (middleware, Service(registry)):
        assert repr(registry) in repr(thing)
    assert repr(middleware).startswith(f"<MetricsMiddleware of {len!r} in ")
    assert "{'app': 'shop'}" in repr(middleware)
    assert "not running" in repr(Service(registry))
    pusher = Pusher("nightly", "http://me:secret@localhost:9091/a?token=b", {"depot": "north"})
    assert repr(pusher) == (
        "<Pusher of job 'nightly' to http://localhost:9091/a/metrics/job/nightly/depot/north>"
    )
    assert repr(TextFormatter()) == (
        "<TextFormatter() for text/plain; version=0.0.4; charset=utf-8>"
    )
    assert "(timestamp=True, created=True)" in repr(OpenMetricsFormatter(True, True))


def test_a_service_that_runs_shows_where():
    async def main():
        service = Service(Registry())
        await service.start("127.0.0.1")
        assert f"at {service.metrics_url}>" in repr(service)
        await service.stop()

    asyncio.run(main())


# --- Address and port


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ((8000,), "start(port=8000)"),
        ((8000, "127.0.0.1"), "start(port=8000)"),
        (("http://127.0.0.1", 8000), "not a URL"),
        (("127.0.0.1:8000",), "start('127.0.0.1', 8000)"),
    ],
)
def test_address_and_port_of_a_service(arguments, advice):
    service = Service(Registry())
    with pytest.raises((TypeError, OSError)) as caught:
        asyncio.run(service.start(*arguments))
    assert advice in notes_of(caught.value)


def test_other_failures_of_a_service_have_no_advice():
    with pytest.raises(OverflowError) as caught:
        asyncio.run(Service(Registry()).start("127.0.0.1", 70_000))
    assert not hasattr(caught.value, "__notes__")
