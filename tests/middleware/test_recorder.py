"""The recorder of the core: how it is called, and the labels of methods."""

import asyncio

import pytest

from aioprometheus import MetricsMiddleware, Registry
from aioprometheus._core import HttpRecorder
from support.asgi_driver import PLAIN_OK, answering, drive, request, scope_of
from support.standard import in_progress, samples, standard, totals

BOTH = ["counters", "standard"]
UNMATCHED = ("GET", "<unmatched>", "200")


# --- Calls of the core


def by_position(recorder, scope, receive, send):
    exchange = recorder.begin(scope, receive, send)
    return exchange, exchange.send, exchange.received


def by_keyword(recorder, scope, receive, send):
    exchange = recorder.begin(scope=scope, receive=receive, send=send)
    return (
        exchange,
        lambda message: exchange.send(message=message),
        lambda message: exchange.received(message=message),
    )


@pytest.mark.parametrize("method", ["GET", "BREW"])
def test_an_exchange_by_keyword_arguments(method):
    def run(begin):
        sent = []
        app, registry = standard(answering(*PLAIN_OK))
        request(app, method="OPTIONS")
        exchange, send, received = begin(app._recorder, scope_of(method=method), None, sent.append)
        opened = samples(registry, "http_requests_in_progress")
        received({"type": "http.request", "body": b"abc"})
        received({"type": "http.disconnect"})
        for message in PLAIN_OK:
            send(message)
        gone = exchange.client_is_gone
        exchange.ended()
        counts = [totals(registry, name) for name in SIZES]
        return sent, opened, gone, counts, in_progress(registry)

    outcomes = [run(begin) for begin in (by_position, by_keyword)]
    assert outcomes[0] == outcomes[1]
    sent, opened, gone, counts, left = outcomes[1]
    label = "GET" if method == "GET" else "<other>"
    assert sent == PLAIN_OK and opened[(label,)] == 1 and gone and left == 0
    assert [each[(label, *UNMATCHED[1:])] for each in counts] == [1, 3, 2]


SIZES = ["http_requests_total", "http_request_size_bytes_sum", "http_response_size_bytes_sum"]


@pytest.mark.parametrize("begin", [by_position, by_keyword])
def test_what_a_server_raises_comes_out_of_an_exchange(begin):
    def send(message):
        raise OSError("the connection is lost")

    app, registry = standard(answering(*PLAIN_OK))
    request(app)
    exchange, send, _ = begin(app._recorder, scope_of(), None, send)
    with pytest.raises(OSError, match="the connection is lost"):
        send(PLAIN_OK[0])
    exchange.ended()
    # The message was noted before the server got it.
    assert totals(registry) == {UNMATCHED: 2}


def test_a_call_that_is_no_request_has_no_exchange():
    app, _ = standard(answering(*PLAIN_OK))
    request(app)
    scope = scope_of(type="lifespan")
    assert app._recorder.begin(scope, None, None) is None
    assert app._recorder.begin(scope=scope, receive=None, send=None) is None


# --- Methods


def test_the_methods_are_the_labels():
    app, registry = standard(answering(*PLAIN_OK))
    methods = HttpRecorder.METHODS
    assert len(methods) == len(set(methods)) == 11
    for method in methods:
        if method != "WEBSOCKET":
            request(app, method=method)
    asyncio.run(drive(app, scope_of(kind="websocket")))
    labels = {method for method, _, _ in totals(registry)}
    assert {*methods} == labels | {"WEBSOCKET"}


@pytest.mark.parametrize("excluded", HttpRecorder.METHODS)
def test_each_label_can_be_excluded(excluded):
    class Excluding(MetricsMiddleware):
        def _settings(self, **settings):
            return super()._settings(**settings)._replace(excluded_methods=[excluded])

    registry = Registry()
    app = Excluding(answering(*PLAIN_OK), registry=registry, metrics="standard")
    for method in HttpRecorder.METHODS:
        if method == "WEBSOCKET":
            asyncio.run(drive(app, scope_of(kind="websocket")))
        else:
            request(app, method=method)
    labels = {method for method, _, _ in totals(registry)}
    if samples(registry, "websocket_connections_total"):
        labels.add("WEBSOCKET")
    assert labels == {*HttpRecorder.METHODS} - {excluded}
