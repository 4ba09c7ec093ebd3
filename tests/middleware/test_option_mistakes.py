"""Mistakes in the options of middlewares, which are refused when a middleware is made."""

import re
import sys
from http import HTTPStatus

import pytest

from aioprometheus import Counter, MetricsMiddleware, Registry
from aioprometheus.aiohttp import metrics_middleware
from support.asgi_apps import starlette_app
from support.asgi_driver import request
from support.standard import samples, standard, totals


def asgi(registry=None, **options):
    return MetricsMiddleware(starlette_app(), registry=registry, metrics="standard", **options)


both = pytest.mark.parametrize("make", [asgi, metrics_middleware])


def label(_request):
    return "one"


async def waiting_label(_request):
    return "one"


class WaitingLabel:
    async def __call__(self, _request):
        return "one"


NO_STATUS = "404, or a class such as '4xx'"
NAMES_ARE = "names is 'opentelemetry' or a dict of names"
MISTAKES = [
    ({"bucket": [1]}, TypeError, "unexpected keyword argument 'bucket'"),
    ({"buckets": [1, 0.1]}, ValueError, "Buckets not in sorted order"),
    ({"buckets": []}, ValueError, "two buckets"),
    ({"buckets": [1, float("nan")]}, ValueError, "duration_seconds: .* cannot be NaN"),
    ({"buckets": "0.1"}, TypeError, "duration_seconds: buckets must be a list of numbers"),
    ({"buckets": 5}, TypeError, "duration_seconds: buckets must be a list of numbers"),
    ({"size_buckets": [2, 1]}, ValueError, "Buckets not in sorted order"),
    ({"size_buckets": ["a"]}, ValueError, "size_bytes: buckets must be numbers"),
    ({"max_series": 0}, ValueError, "max_series must be 1 or more"),
    ({"max_series": "10"}, TypeError, "max_series must be an int"),
    ({"native": "yes"}, TypeError, "native is True or False"),
    ({"prefix": "my-app_"}, ValueError, "Invalid metric name: my-app_http_requests_total"),
    ({"prefix": 5}, TypeError, "prefix is a str"),
    ({"names": "otel"}, ValueError, NAMES_ARE),
    ({"names": ["http_requests_total"]}, TypeError, NAMES_ARE),
    ({"names": {"http_requests_total": "a b"}}, ValueError, "Invalid metric name: a b"),
    ({"names": {"http_requests_total": 5}}, TypeError, "is a str, or None, not 5"),
    ({"names": {"http_request_total": "x"}}, ValueError, "no standard metric 'http_request_total'"),
    (
        {"names": {"http_request_size_bytes": "x", "http_response_size_bytes": "x"}},
        ValueError,
        "two metrics of the name 'x'",
    ),
    ({"streams": "half"}, ValueError, "streams is 'whole'"),
    ({"exclude_methods": "GET"}, TypeError, r"a list, such as \['HEAD'\], not 'GET'"),
    ({"exclude_methods": 5}, TypeError, "a list"),
    ({"exclude_methods": ["PROPFIND"]}, ValueError, "'PROPFIND', .* there are GET, .*<other>"),
    ({"exclude_methods": [5]}, ValueError, "exclude_methods has 5"),
    ({"exclude_statuses": 404}, TypeError, r"a list, such as \[404, '5xx'\]"),
    ({"exclude_statuses": ["2.."]}, ValueError, NO_STATUS),
    ({"exclude_statuses": ["OK"]}, ValueError, NO_STATUS),
    ({"exclude_statuses": [4]}, ValueError, NO_STATUS),
    ({"exclude_statuses": [range(400, 500)]}, ValueError, NO_STATUS),
    ({"exclude_paths": [..., "<unmatched>"]}, TypeError, "exclude_paths has Ellipsis"),
    ({"exclude_paths": [b"/x"]}, TypeError, "exclude_paths has b'/x'"),
    ({"exclude_paths": [re.compile(b"/x")]}, TypeError, "a path is a str"),
    ({"exclude_paths": re.compile("/x")}, TypeError, "exclude_paths is a list"),
    ({"request_labels": [label]}, TypeError, "request_labels is a dict of functions"),
    ({"request_labels": {"a": "b"}}, TypeError, "constant labels go into const_labels"),
    ({"request_labels": {"a": waiting_label}}, TypeError, "cannot be an async function"),
    ({"response_labels": {"a": WaitingLabel()}}, TypeError, "cannot be an async function"),
    ({"request_labels": {"a b": label}}, ValueError, "Invalid label name: a b"),
    ({"request_labels": {"le": label}}, ValueError, "Invalid label name: le"),
    ({"request_labels": {"path": label}}, ValueError, "two labels of the name 'path'"),
    ({"response_labels": {"__x": label}}, ValueError, "Invalid label prefix: __x"),
    ({"exception_label": "a b"}, ValueError, "Invalid label name: a b"),
    ({"exception_label": 5}, TypeError, "exception_label is a str"),
    ({"const_labels": {"le": 1}}, ValueError, "Invalid label name: le"),
    ({"const_labels": {"job": 1}}, ValueError, "Invalid label name: job"),
    ({"const_labels": {"code": 1}}, ValueError, "two labels of the name 'code'"),
    ({"const_labels": ["a"]}, TypeError, "const_labels is a dict"),
    ({"const_labels": {"a": 1}, "exception_label": "a"}, ValueError, "two labels of the name 'a'"),
    ({"exemplars": "zipkin"}, ValueError, "exemplars is 'traceparent'"),
    ({"exemplars": waiting_label}, TypeError, "exemplars cannot be an async function"),
]


@both
@pytest.mark.parametrize(("options", "error", "words"), MISTAKES)
def test_mistakes(make, options, error, words):
    registry = Registry()
    with pytest.raises(error, match=words):
        make(registry, **options)
    assert list(registry.collect()) == []


@both
def test_a_check_leaves_nothing_in_a_registry(make):
    registry = Registry()
    make(registry)
    assert list(registry.collect()) == []


@both
def test_none_stands_for_the_default(make):
    names = ("prefix", "names", "buckets", "size_buckets", "native", "streams", "exclude_methods")
    make(**dict.fromkeys(names), exclude_statuses=None, request_labels=None, exception_label=None)


@both
def test_the_prefix_of_the_registry_is_part_of_a_name(make):
    registry = Registry(prefix="app_", const_labels={"zone": "a"})
    make(registry, names={"http_requests_total": "2xx_total"})
    with pytest.raises(ValueError, match="Invalid metric name: 2xx_total"):
        make(names={"http_requests_total": "2xx_total"})


@both
def test_opentelemetry_that_is_not_installed(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(ImportError, match=r"opentelemetry") as caught:
        make(exemplars="opentelemetry")
    if sys.version_info >= (3, 11):
        assert "needs opentelemetry-api" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"metrics": "standrad"}, ValueError, "metrics is 'counters', 'standard' or both"),
        ({"metrics": []}, ValueError, "metrics is 'counters', 'standard' or both"),
        ({"metrics": None}, ValueError, "metrics is 'counters', 'standard' or both"),
        ({"metrics": True}, ValueError, "metrics is 'counters', 'standard' or both"),
        ({"buckets": [1]}, ValueError, "buckets is an option of the standard metrics"),
        ({"bucket": [1]}, TypeError, "unexpected keyword argument 'bucket'"),
        ({"metrics": "standard", "use_template_urls": False}, ValueError, "path_label"),
    ],
)
def test_mistakes_of_sets(options, error, words):
    with pytest.raises(error, match=words):
        MetricsMiddleware(starlette_app(), registry=Registry(), **options)


def test_the_counters_check_nothing_of_the_standard_metrics():
    registry = Registry(const_labels={"path": "x", "le": "y"})
    MetricsMiddleware(starlette_app(), registry=registry, exclude_paths=[5, ...])


# --- What is excluded


@both
def test_what_can_be_gone_through_once(make):
    made = make(
        buckets=map(float, "12"),
        size_buckets=iter([1, 2]),
        exclude_statuses=(status for status in [404]),
        exclude_methods=iter(["GET"]),
        exclude_paths=iter(["/x"]),
        native=1,
    )
    assert made._options["buckets"] == [1, 2]
    assert made._options["exclude_statuses"] == [404]


@both
def test_a_label_of_metrics_that_are_left_out(make):
    left_out = dict.fromkeys(["websocket_connections_total", "websocket_duration_seconds"])
    make(const_labels={"code": "x"}, names=left_out)
    with pytest.raises(ValueError, match="two labels of the name 'direction'"):
        make(const_labels={"direction": "x"}, names=left_out)


@both
def test_no_path_is_excluded(make):
    registry = Registry()
    middleware = make(registry, exclude_paths=None)
    if isinstance(middleware, MetricsMiddleware):
        request(middleware, "/metrics")
        assert totals(registry) == {("GET", "<unmatched>", "404"): 1}
    else:
        assert not middleware._excludes_path("/metrics")


@pytest.mark.parametrize(
    ("statuses", "is_counted"),
    [
        ([200], False),
        (["200"], False),
        ([HTTPStatus.OK], False),
        (["2xx"], False),
        (["2XX"], False),
        ({404, "5xx"}, True),
        (range(400, 500), True),
    ],
)
def test_statuses(statuses, is_counted):
    app, registry = standard(starlette_app(), exclude_statuses=statuses)
    request(app, "/items/7")
    assert bool(totals(registry)) == is_counted


@pytest.mark.parametrize(
    ("methods", "sent", "is_counted"),
    [
        (["get"], "GET", False),
        (["<other>"], "PROPFIND", False),
        (["<OTHER>"], "purge", False),
        (["<other>"], "GET", True),
    ],
)
def test_methods(methods, sent, is_counted):
    app, registry = standard(starlette_app(), exclude_methods=methods)
    request(app, "/items/7", sent)
    assert bool(totals(registry)) == is_counted


# --- Metrics that are there


def test_a_metric_of_another_kind():
    registry = Registry()
    Counter("http_requests_in_progress", "no gauge", registry=registry)
    app, _ = standard(starlette_app(), registry)
    with pytest.raises(ValueError, match="in_progress in the registry is not a Gauge"):
        app.create_metrics()


def test_a_metric_with_labels_of_its_own(caplog):
    registry = Registry()
    Counter("http_requests_total", "mine", labelnames=["handler"], registry=registry)
    app, _ = standard(starlette_app(), registry)
    request(app, "/items/7")
    assert "http_requests_total in the registry is not a Counter of this middleware" in caplog.text
    assert "give prefix=" in caplog.text


def test_other_buckets_than_those_that_are_there(caplog):
    registry = Registry()
    for buckets in ([1, 2], [1, 2, float("inf")], [3, 4]):
        app, _ = standard(starlette_app(), registry, buckets=buckets)
        assert caplog.text == ""
        request(app, "/items/7")
    assert "http_request_duration_seconds in the registry has the buckets [1, 2]" in caplog.text
    assert len(samples(registry, "http_request_duration_seconds_bucket")) == 3
    with pytest.raises(ValueError, match="sorted"):
        standard(starlette_app(), registry, buckets=[2, 1])
