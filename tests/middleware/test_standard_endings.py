"""How the core counts the ends of requests: what fails, streams, HEAD, scopes and places."""

import asyncio

import pytest

from aioprometheus import MetricsMiddleware, Registry
from aioprometheus.exemplars import set_exemplar_hook
from support.asgi_driver import COUNTERS, PLAIN_OK, answering, drive, request, scope_of
from support.standard import samples, standard, totals

BOTH = ["counters", "standard"]
UNMATCHED = ("GET", "<unmatched>", "200")


async def boom(scope, receive, send):
    raise RuntimeError("boom")


# --- One part that fails


class Failing:
    """What stands in the place of a counter, and fails."""

    def __init__(self, error):
        self.error = error

    def inc(self, labels):
        raise self.error


def with_failing(app, **counters):
    """An application in a middleware with both sets, some of whose counters fail."""

    class Broken(MetricsMiddleware):
        def create_metrics(self):
            super().create_metrics()
            for name, error in counters.items():
                setattr(self, name, Failing(error))

    registry = Registry()
    return Broken(app, registry=registry, metrics=BOTH), registry


def counted(registry):
    """The names of the four counters that have counted."""
    return {name for name in COUNTERS if registry.get(name).get_all()}


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ("requests_counter", COUNTERS[0]),
        ("responses_counter", COUNTERS[1]),
        ("exceptions_counter", COUNTERS[2]),
        ("status_codes_counter", COUNTERS[3]),
    ],
)
def test_a_counter_that_fails_leaves_the_others(caplog, attribute, name):
    app, registry = with_failing(boom, **{attribute: ValueError("no counter")})
    with pytest.raises(RuntimeError, match="boom"):
        request(app)
    assert counted(registry) == {*COUNTERS} - {name}
    assert totals(registry) == {("GET", "<unmatched>", "500"): 1}
    assert caplog.text.count("ValueError: no counter") == 1


def test_the_first_failure_is_logged(caplog):
    app, _ = with_failing(
        boom, responses_counter=ValueError("first"), exceptions_counter=ValueError("second")
    )
    with pytest.raises(RuntimeError, match="boom"):
        request(app)
    assert "ValueError: first" in caplog.text and "ValueError: second" not in caplog.text


def test_an_interrupt_goes_before_failures(caplog):
    app, registry = with_failing(
        boom, requests_counter=ValueError("first"), responses_counter=KeyboardInterrupt()
    )
    with pytest.raises(KeyboardInterrupt):
        request(app)
    assert counted(registry) == {*COUNTERS[2:]}


def test_standard_metrics_that_fail_leave_the_counters(caplog):
    def failing(*_):
        raise ValueError("no row")

    app, registry = with_failing(boom)
    app._row = failing
    with pytest.raises(RuntimeError, match="boom"):
        request(app)
    assert counted(registry) == {*COUNTERS}
    assert "ValueError: no row" in caplog.text


@pytest.mark.parametrize("fails_at", range(5))
def test_a_standard_metric_that_fails_leaves_the_others(fails_at):
    asked = []

    def hook():
        asked.append(True)
        if len(asked) == fails_at + 1:
            raise KeyboardInterrupt

    app, registry = standard(answering(*PLAIN_OK))
    request(app)
    set_exemplar_hook(hook)
    try:
        # Sizes have exemplars of the hook, too.
        with pytest.raises(KeyboardInterrupt):
            request(app)
    finally:
        set_exemplar_hook(None)
    counts = [
        "http_requests_total",
        "http_request_duration_seconds_count",
        "http_request_first_byte_seconds_count",
        "http_request_size_bytes_count",
        "http_response_size_bytes_count",
    ]
    values = [totals(registry, name)[UNMATCHED] for name in counts]
    assert values == [1 if at == fails_at else 2 for at in range(5)]


def test_a_counter_that_fails_leaves_the_open_websocket():
    async def talking(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "a"})
        seen.append(samples(registry, "websocket_connections_open"))
        await send({"type": "websocket.close"})

    seen = []
    app, registry = with_failing(talking, requests_counter=ValueError("no counter"))
    asyncio.run(drive(app, scope_of(kind="websocket")))
    assert seen == [{("<unmatched>",): 1}]
    assert samples(registry, "websocket_messages_total") == {
        ("received", "<unmatched>"): 0,
        ("sent", "<unmatched>"): 1,
    }
    assert samples(registry, "websocket_connections_open") == {("<unmatched>",): 0}
