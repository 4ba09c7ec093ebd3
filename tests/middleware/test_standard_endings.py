"""How the core counts the ends of requests: what fails, streams, HEAD, scopes and places."""

import asyncio

import pytest

from aioprometheus import MetricsMiddleware, Registry
from aioprometheus.asgi.protocol import MIDDLEWARES, middlewares_around
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


# --- Streams


EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8")]


@pytest.fixture
def clock(monkeypatch):
    """The time, in a list."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def slow(clock, headers, *pieces):
    """An application that sends each piece of a body after a second, and returns after another."""

    async def app(scope, receive, send):
        await send({**PLAIN_OK[0], "headers": headers})
        for number, piece in enumerate(pieces, 1):
            clock[0] += 1
            more = number < len(pieces)
            await send({"type": "http.response.body", "body": piece, "more_body": more})
        clock[0] += 1

    return app


def of_one(registry, name):
    """The value of the one series of a metric; None if there is none."""
    (value,) = totals(registry, name).values() or [None]
    return value


def duration(registry):
    if of_one(registry, "http_request_duration_seconds_count"):
        return of_one(registry, "http_request_duration_seconds_sum")
    return None


@pytest.mark.parametrize(
    ("pieces", "first_byte"), [([], None), ([b""], None), ([b"a"], 1), ([b"a", b"b", b""], 1)]
)
@pytest.mark.parametrize("more", [[], [(b"content-length", b"2")]])
def test_events_are_a_stream_however_few(clock, pieces, first_byte, more):
    for streams, expected in (("first_byte", first_byte), ("skip", None)):
        app, registry = standard(slow(clock, EVENTS + more, *pieces), streams=streams)
        request(app)
        assert duration(registry) == expected
        assert list(totals(registry).values()) == [1]


@pytest.mark.parametrize(
    ("headers", "pieces", "seconds"),
    [
        ([], [b"a"], 1),
        ([], [], 1),
        ([(b"content-length", b"2")], [b"a", b"b"], 2),
        ([(b"content-type", b"text/plain")], [b"a"], 1),
    ],
)
def test_other_answers_are_none(clock, headers, pieces, seconds):
    for streams in ("first_byte", "skip"):
        app, registry = standard(slow(clock, headers, *pieces), streams=streams)
        request(app)
        assert duration(registry) == seconds


def test_the_duration_of_events_may_be_whole(clock):
    app, registry = standard(slow(clock, EVENTS))
    request(app)
    assert duration(registry) == 1


# --- Answers to HEAD


@pytest.mark.parametrize("pieces", [[b"abc"], [b"abc", b"de"]])
def test_an_answer_to_head_has_no_body(clock, pieces):
    for streams in ("whole", "first_byte"):
        app, registry = standard(slow(clock, [], *pieces), streams=streams)
        request(app, method="HEAD")
        assert not of_one(registry, "http_request_first_byte_seconds_count")
        assert of_one(registry, "http_response_size_bytes_count") == 1
        assert of_one(registry, "http_response_size_bytes_sum") == 0
        # The duration of a stream ends where it does for GET.
        assert duration(registry) == (len(pieces) if streams == "whole" else 1)


@pytest.mark.parametrize(("method", "first_bytes", "size"), [("HEAD", 0, 0), ("GET", 1, 5)])
def test_a_call_of_head_has_no_body(method, first_bytes, size):
    app, registry = standard(answering(*PLAIN_OK))
    app._place_of = lambda route: (None, route, False)
    request(app, method="OPTIONS")
    call = app._recorder.open(method)
    call.first_byte()
    call.close("/call", 200, 0, 5)
    key = (method, "/call", "200")
    assert totals(registry)[key] == 1
    assert totals(registry, "http_request_first_byte_seconds_count").get(key, 0) == first_bytes
    assert totals(registry, "http_response_size_bytes_sum")[key] == size


# --- Scopes that are restored


@pytest.mark.parametrize("given", [{}, {"asgi": None}, {"asgi": "3.0"}])
@pytest.mark.parametrize("how", [lambda scope: None, lambda scope: scope.pop(MIDDLEWARES, None)])
def test_a_scope_without_a_dict_is_left_as_it_was(given, how):
    async def changing(scope, receive, send):
        seen.append(middlewares_around(scope))
        how(scope)
        await inner(scope, receive, send)
        seen.append(middlewares_around(scope))

    seen = []
    inner, registry = standard(answering(*PLAIN_OK))
    outer, _ = standard(changing, registry, prefix="outer_")
    scope = scope_of()
    del scope["asgi"]
    scope.update(given)
    before = dict(scope)
    asyncio.run(drive(outer, scope))
    assert seen[0] == (outer,) and seen[1] in [(outer,), ()]
    assert scope == before
    assert totals(registry) == totals(registry, "outer_http_requests_total") == {UNMATCHED: 1}


def test_a_scope_without_a_dict_is_left_as_it_was_after_a_failure():
    app, _ = standard(boom)
    scope = scope_of()
    del scope["asgi"]
    before = dict(scope)
    with pytest.raises(RuntimeError, match="boom"):
        asyncio.run(drive(app, scope))
    assert scope == before


def test_a_copy_of_a_scope_has_the_middlewares_around_until_the_end():
    async def twice(scope, receive, send):
        copy = {**scope, "asgi": {**scope["asgi"]}}
        for _ in range(2):
            await inner(copy, receive, send)
            seen.append(middlewares_around(copy))

    seen = []
    inner, registry = standard(answering(*PLAIN_OK))
    outer, _ = standard(twice, registry, prefix="outer_")
    request(outer)
    assert seen == [(outer,)] * 2
    assert totals(registry) == {UNMATCHED: 2}


# --- Places that are looked for


class Placing(MetricsMiddleware):
    """Notes how often the place of a request is looked for."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.placed = []

    def _place(self, scope, requested, status):
        self.placed.append(status)
        return super()._place(scope, requested, status)

    def path_label(self, scope, path):
        return scope.get("late", path)


@pytest.mark.parametrize(
    ("app", "status"),
    [(answering(*PLAIN_OK), "200"), (answering(PLAIN_OK[0]), "200"), (boom, "500")],
)
def test_a_place_is_looked_for_once(app, status):
    registry = Registry()
    app = Placing(app, registry=registry, metrics=BOTH)
    for _ in range(2):
        try:
            request(app)
        except RuntimeError as error:
            assert str(error) == "boom"
    assert app.placed == [status] * 2
    assert totals(registry) == {("GET", "<unmatched>", status): 2}
    assert registry.get(COUNTERS[0]).get({"method": "GET", "path": "/"}) == 2


def test_the_place_of_a_websocket_is_looked_for_once():
    accepted = answering({"type": "websocket.accept"}, {"type": "websocket.close"})
    registry = Registry()
    app = Placing(accepted, registry=registry, metrics=BOTH)
    asyncio.run(drive(app, scope_of(kind="websocket")))
    assert app.placed == ["101"]
    assert samples(registry, "websocket_connections_total") == {("1000", "<unmatched>"): 1}


def test_a_place_is_looked_for_again_when_the_scope_has_more():
    async def routing_late(scope, receive, send):
        await send(PLAIN_OK[0])
        scope["late"] = "/late"
        await send(PLAIN_OK[1])

    registry = Registry()
    app = Placing(routing_late, registry=registry, metrics=BOTH)
    request(app)
    assert app.placed == ["200"] * 2
    assert totals(registry) == {("GET", "/late", "200"): 1}
    assert registry.get(COUNTERS[0]).get({"method": "GET", "path": "/"}) == 1


def test_a_place_is_looked_for_again_when_the_status_is_another():
    async def late(scope, receive, send):
        await receive()
        await receive()
        await send({"type": "websocket.accept"})

    async def main():
        messages = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1006}]

        async def receive():
            return messages.pop(0)

        async def send(message):
            pass

        await app(scope_of(kind="websocket"), receive, send)

    app = Placing(late, registry=Registry(), metrics=BOTH)
    asyncio.run(main())
    assert app.placed == ["101", "499"]


def test_a_file_in_several_messages(clock):
    start = {**PLAIN_OK[0], "headers": [(b"content-length", b"10")]}
    piece = {"type": "http.response.zerocopysend", "file": None, "count": 4}
    head = {"type": "http.response.body", "body": b"ab", "more_body": True}
    app, registry = standard(answering(start, head, {**piece, "more_body": True}, piece))
    scope = scope_of()

    async def nothing(*_):
        return {"type": "http.request"}

    asyncio.run(app(scope, nothing, nothing))
    assert of_one(registry, "http_response_size_bytes_sum") == 10
