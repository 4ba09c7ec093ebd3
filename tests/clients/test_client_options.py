"""Options of the metrics of clients that have no meaning: they are refused when they are given."""

import httpx
import pytest

from aioprometheus import Registry
from aioprometheus.aiohttp import client_trace_config
from aioprometheus.httpx import AsyncMetricsTransport, MetricsTransport
from support.measured_clients import requests_of


@pytest.fixture(params=["client_trace_config", "MetricsTransport", "AsyncMetricsTransport"])
def make(request):
    def made(registry=None, **options):
        registry = Registry() if registry is None else registry
        if request.param == "client_trace_config":
            return client_trace_config(registry, **options)
        outer = {"MetricsTransport": MetricsTransport}.get(request.param, AsyncMetricsTransport)
        inner = httpx.MockTransport(lambda request: httpx.Response(200))
        return outer(inner, registry, **options)

    made.owner = request.param
    return made


@pytest.mark.parametrize("name", ["method", "host", "status", "error"])
def test_a_const_label_of_the_name_of_another_label(make, name):
    words = f"{make.owner}: there are two labels of the name {name!r}"
    with pytest.raises(ValueError, match=words):
        make(const_labels={"a": 1, name: "x"})


@pytest.mark.parametrize("name", ["a b", "", "le", "__name__", "9"])
def test_a_const_label_whose_name_is_none(make, name):
    registry = Registry()
    with pytest.raises(ValueError, match="label"):
        make(registry, const_labels={name: 1})
    assert len(registry) == 0


@pytest.mark.parametrize("labels", ["service", ["service"], [("service", "shop")], 5, {"a"}])
def test_const_labels_that_are_no_dict(make, labels):
    with pytest.raises(TypeError, match=f"{make.owner}: const_labels is a dict of labels"):
        make(const_labels=labels)


def test_a_const_label_without_utf8(make):
    with pytest.raises(ValueError):
        make(const_labels={"a": "\ud800"})


@pytest.mark.parametrize("prefix", [5, b"shop_", ["shop_"]])
def test_a_prefix_that_is_no_text(make, prefix):
    with pytest.raises(TypeError, match=f"{make.owner}: prefix is a str, not "):
        make(prefix=prefix)


@pytest.mark.parametrize(
    "options",
    [{"prefix": "1-"}, {"buckets": (9, 1)}, {"buckets": [float("nan")]}, {"max_series": 0}],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_the_metrics_refuse(make, options, is_first):
    registry = Registry()
    if not is_first:
        make(registry)
    before = len(registry)
    with pytest.raises(ValueError):
        make(registry, **options)
    assert len(registry) == before


def test_none_stands_for_the_default(make):
    registry = Registry()
    make(registry, prefix=None, buckets=None, native=None, const_labels=None, max_series=None)
    assert "http_client_requests_total" in registry.collectors
    made = Registry()
    make(made)
    name = "http_client_request_duration_seconds"
    bounds = [each.collectors[name].upper_bounds for each in (registry, made)]
    assert bounds[0] == bounds[1]


def test_const_labels_are_on_all_series():
    registry = Registry()
    inner = httpx.MockTransport(lambda request: httpx.Response(200))
    transport = MetricsTransport(inner, registry, const_labels={"service": "shop", "empty": ""})
    with httpx.Client(transport=transport) as client:
        client.get("http://x/")
    assert requests_of(registry, "service", "host") == {("shop", "x"): 1}


@pytest.mark.parametrize("outer", [MetricsTransport, AsyncMetricsTransport])
def test_a_registry_in_the_place_of_the_transport(outer):
    with pytest.raises(TypeError, match=rf"{outer.__name__}\(registry=registry\)"):
        outer(Registry())


def test_native_is_no_text(make):
    with pytest.raises(TypeError, match="native is True or False, not 'no'"):
        make(native="no")
    make(native=True, buckets=map(float, "12"))
