"""Options of the standard metrics: names, what is left out, more labels, exemplars."""

import re

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from aioprometheus import MetricsMiddleware, Registry, render
from aioprometheus.http.exemplar import of_traceparent
from support.asgi_apps import boom, ok, starlette_app
from support.asgi_driver import COUNTERS, request
from support.standard import standard, totals

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def names(registry):
    return sorted(metric.name for metric in registry.collect())


def lines(registry, accept=None):
    return render(registry, accept)[0].decode().splitlines()


# --- Names


def test_a_prefix_and_other_names():
    app, registry = standard(
        starlette_app(),
        prefix="shop_",
        names={"http_requests_total": "calls_total", "http_request_size_bytes": None},
    )
    request(app, "/items/7")
    assert names(registry) == [
        "shop_calls_total",
        "shop_http_request_duration_seconds",
        "shop_http_request_first_byte_seconds",
        "shop_http_requests_in_progress",
        "shop_http_response_size_bytes",
    ]


def test_every_metric_can_be_left_out():
    app, registry = standard(starlette_app())
    request(app)
    for left_out in names(registry):
        app, registry = standard(starlette_app(), names={left_out: None})
        request(app)
        assert left_out not in names(registry) and len(names(registry)) == 5


def test_the_names_of_opentelemetry():
    app, registry = standard(starlette_app(), names="opentelemetry", exception_label="error_type")
    request(app, "/items/7")
    assert names(registry) == [
        "http_server_active_requests",
        "http_server_request_body_size_bytes",
        "http_server_request_duration_seconds",
        "http_server_response_body_size_bytes",
    ]
    count = (
        'http_server_request_duration_seconds_count{error_type="",http_request_method="GET",'
        'http_response_status_code="200",http_route="/items/{id:int}"} 1.0'
    )
    assert count in lines(registry)
    assert 'http_server_active_requests{http_request_method="GET"} 0' in lines(registry)


def test_two_prefixes_in_one_registry():
    registry = Registry()
    app, _ = standard(starlette_app(), registry, prefix="a_")
    app, _ = standard(app, registry, prefix="b_")
    request(app)
    for prefix in "ab":
        assert totals(registry, f"{prefix}_http_requests_total") == {("GET", "/", "200"): 1}


def test_the_settings_of_a_registry():
    registry = Registry(prefix="shop_", const_labels={"zone": "a"})
    app, _ = standard(standard(starlette_app(), registry)[0], registry)
    request(app)
    line = 'shop_http_requests_total{method="GET",path="/",status="200",zone="a"} 1'
    assert line in lines(registry)


def test_constant_labels():
    registry = Registry()
    for zone in "ab":
        app, _ = standard(starlette_app(), registry, const_labels={"zone": zone})
        request(app)
    assert totals(registry) == {("GET", "/", "200", zone): 1 for zone in "ab"}


# --- Buckets


def test_buckets():
    app, registry = standard(starlette_app(), buckets=[1, 2], size_buckets=[10])
    request(app)
    bounds = {
        name: re.findall(rf'{name}_bucket.*?le="(.+?)"', "\n".join(lines(registry)))
        for name in ("http_request_duration_seconds", "http_response_size_bytes")
    }
    assert bounds == {
        "http_request_duration_seconds": ["1.0", "2.0", "+Inf"],
        "http_response_size_bytes": ["10.0", "+Inf"],
    }


def test_native_histograms():
    app, registry = standard(starlette_app(), native=True)
    request(app)
    accept = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily"
    _, headers = render(registry, f"{accept}; encoding=delimited")
    assert headers["Content-Type"].startswith("application/vnd.google.protobuf")


# --- What is not counted


@pytest.mark.parametrize(
    ("options", "counted"),
    [
        ({"exclude_methods": ["head", "POST"]}, {"GET"}),
        ({"exclude_statuses": [405]}, {"GET", "HEAD"}),
        ({"exclude_statuses": ["4xx"]}, {"GET", "HEAD"}),
        ({"exclude_statuses": ["200", 405]}, set()),
        ({"exclude_paths": [re.compile("^/it")]}, set()),
        ({"exclude_paths": [re.compile("x")]}, {"GET", "HEAD", "POST"}),
        ({"exclude_paths": ["/items/{id:int}"]}, set()),
        ({"exclude_paths": [re.compile("{id:int}$")]}, set()),
        ({"exclude_paths": ("/items/7",)}, set()),
    ],
)
@pytest.mark.parametrize("metrics", ["standard", ["standard", "counters"]])
def test_exclusions(options, counted, metrics):
    registry = Registry()
    app = MetricsMiddleware(starlette_app(), registry=registry, metrics=metrics, **options)
    for method in ("GET", "HEAD", "POST"):
        request(app, "/items/7", method)
    assert {method for method, _, _ in totals(registry)} == counted
    if metrics != "standard":
        labels = [labels["method"] for labels, _ in registry.get(COUNTERS[0]).get_all()]
        assert set(labels) == counted
    in_progress = registry.get("http_requests_in_progress").get_all()
    assert all(value == 0 for _, value in in_progress)


def test_statuses_in_groups():
    app, registry = standard(starlette_app(), group_status_codes=True)
    for path in ("/", "/items/7", "/nothing"):
        request(app, path)
    assert {status for _, _, status in totals(registry)} == {"2xx", "4xx"}


# --- More labels


def tenant(scope):
    return dict(scope["headers"]).get(b"tenant", b"").decode("latin-1")


def test_labels_of_requests_and_answers():
    async def endpoint(request):
        return PlainTextResponse("ok", headers={"x-cache": request.query_params["cache"]})

    def cache(start):
        return dict(start["headers"])[b"x-cache"].decode()

    app, registry = standard(
        Starlette(routes=[Route("/", endpoint)]),
        request_labels={"tenant": tenant},
        response_labels={"cache": cache},
    )
    for name, found in (("a", "hit"), ("a", "hit"), ("b", "miss")):
        request(app, headers=[(b"tenant", name.encode())], query_string=f"cache={found}".encode())
    assert totals(registry) == {
        ("GET", "/", "200", "hit", "a"): 2,
        ("GET", "/", "200", "miss", "b"): 1,
    }


def test_labels_of_strangers_are_bounded():
    app, registry = standard(starlette_app(), request_labels={"tenant": tenant}, max_series=10)
    for number in range(100):
        request(app, headers=[(b"tenant", str(number).encode() * 1000)])
    series = registry.get("http_requests_total").get_all()
    assert len(series) == 11
    assert sum(value for _, value in series) == 100
    assert max(len(labels["tenant"]) for labels, _ in series) <= 200


def test_a_label_function_that_fails(caplog):
    app, registry = standard(
        starlette_app(), request_labels={"tenant": lambda scope: scope["no such key"]}
    )
    for _ in range(2):
        assert request(app)[0]["status"] == 200
    assert totals(registry) == {("GET", "/", "200", ""): 2}
    assert caplog.text.count("counted a request without a label") == 1


def test_an_exemplar_that_is_refused(caplog):
    app, registry = standard(starlette_app(), exemplars=lambda scope: {"a b": "x" * 200})
    for _ in range(2):
        assert request(app)[0]["status"] == 200
    assert totals(registry) == {("GET", "/", "200"): 2}


def test_values_of_labels_become_text():
    values = iter([None, 5, "\udcff", "é"])
    app, registry = standard(starlette_app(), request_labels={"x": lambda scope: next(values)})
    for _ in range(4):
        request(app)
    assert sorted(labels[3] for labels in totals(registry)) == ["", "5", "?", "é"]


def test_the_class_of_an_exception():
    async def late(scope, receive, send):
        await ok_app(scope, receive, send)
        raise KeyError("late")

    ok_app = Starlette(routes=[Route("/", ok), Route("/boom", boom)])
    app, registry = standard(ok_app, exception_label="exception")
    request(app)
    with pytest.raises(RuntimeError):
        request(app, "/boom")
    late_app, _ = standard(late, registry, exception_label="exception")
    with pytest.raises(KeyError):
        request(late_app)
    assert totals(registry) == {
        ("GET", "/", "200", ""): 1,
        ("GET", "/boom", "500", "RuntimeError"): 1,
        ("GET", "/", "200", "KeyError"): 1,
    }


# --- Exemplars


def exemplars(registry):
    accept = "application/openmetrics-text; version=1.0.0"
    return [line for line in lines(registry, accept) if f'trace_id="{TRACE}"' in line]


def test_exemplars_of_traceparent():
    app, registry = standard(starlette_app(), exemplars="traceparent")
    request(app, headers=[(b"TraceParent", f"00-{TRACE}-{SPAN}-01".encode())])
    found = exemplars(registry)
    assert [line.partition("{")[0] for line in found] == [
        "http_request_duration_seconds_bucket",
        "http_request_first_byte_seconds_bucket",
        "http_requests_total",
    ]
    assert f'# {{span_id="{SPAN}",trace_id="{TRACE}"}}' in found[0] or SPAN in found[0]


@pytest.mark.parametrize(
    ("header", "is_there"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"00-{TRACE}-{SPAN}-ff", True),
        (f"cc-{TRACE}-{SPAN}-01-what-comes", True),
        (f"00-{TRACE}-{SPAN}-01-more", False),
        (f"ff-{TRACE}-{SPAN}-01", False),
        (f"00-{'0' * 32}-{SPAN}-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"00-{TRACE.upper()}-{SPAN}-01", False),
        (f"00-{TRACE}-{SPAN}-01\n", False),
        ("junk", False),
        ("", False),
    ],
)
def test_traceparent(header, is_there):
    expected = {"trace_id": TRACE, "span_id": SPAN} if is_there else None
    assert of_traceparent(header.encode()) == expected
    app, registry = standard(starlette_app(), exemplars="traceparent")
    request(app, headers=[(b"traceparent", header.encode())])
    assert bool(exemplars(registry)) == is_there
    assert totals(registry) == {("GET", "/", "200"): 1}


def test_exemplars_of_opentelemetry():
    context = SpanContext(int(TRACE, 16), int(SPAN, 16), False, TraceFlags(TraceFlags.SAMPLED))

    async def traced(scope, receive, send):
        with trace.use_span(NonRecordingSpan(context)):
            await app(scope, receive, send)

    app, registry = standard(starlette_app(), exemplars="opentelemetry")
    request(traced)
    assert len(exemplars(registry)) == 3


def test_exemplars_of_a_function():
    app, registry = standard(
        starlette_app(), exemplars=lambda scope: {"trace_id": TRACE, "path": scope["path"]}
    )
    request(app, "/items/7")
    assert 'path="/items/7"' in exemplars(registry)[0]


def test_header_values_as_labels():
    app, registry = standard(
        starlette_app(), request_labels={"agent": lambda scope: dict(scope["headers"])[b"agent"]}
    )
    request(app, "/items/7", headers=[(b"agent", "Bücher".encode("latin-1"))])
    assert totals(registry) == {("GET", "/items/{id:int}", "200", "Bücher"): 1}


def test_each_kind_of_failure_is_logged(caplog):
    app, _ = standard(starlette_app(), request_labels={"a": lambda scope: scope["absent"]})
    request(app, "/items/7")
    app._standard.duration = None
    app._standard.requests = object()  # has no series
    request(app, "/items/7", "POST")
    request(app, "/items/7", "PUT")
    assert caplog.text.count("counted a request without a label") == 1
    assert caplog.text.count("did not count a request") == 1
