"""Durations, first bytes and sizes in the standard metrics."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_apps import Passing
from support.asgi_driver import PLAIN_OK, answering, request, scope_of
from support.standard import in_progress, standard, totals


class Clock:
    """A clock that a test advances."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def streaming(clock, *chunks, headers=(), seconds=1.0):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        clock.sleep(seconds)
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            clock.sleep(seconds)
        await send({"type": "http.response.body", "body": b""})
        clock.sleep(100)  # a background task

    return app


def times(registry):
    (duration,) = totals(registry, "http_request_duration_seconds_sum").values() or [None]
    (first,) = totals(registry, "http_request_first_byte_seconds_sum").values()
    return duration, first


def test_first_byte_and_whole_answer(clock):
    app, registry = standard(streaming(clock, b"abc", b"de"))
    request(app)
    assert times(registry) == (3.0, 1.0)
    assert list(totals(registry, "http_response_size_bytes_sum").values()) == [5]


@pytest.mark.parametrize(
    ("headers", "streams", "duration"),
    [
        ([], "whole", 3.0),
        ([], "first_byte", 1.0),
        ([(b"content-length", b"5")], "first_byte", 3.0),
        ([(b"content-length", b"5"), (b"content-type", b"text/event-stream")], "first_byte", 1.0),
        ([(b"content-length", b"5")], "skip", 3.0),
        ([], "skip", 0.0),
    ],
)
def test_where_the_duration_of_a_stream_ends(clock, headers, streams, duration):
    app, registry = standard(streaming(clock, b"abc", b"de", headers=headers), streams=streams)
    request(app)
    assert times(registry) == (duration, 1.0)
    counts = totals(registry, "http_request_duration_seconds_count")
    assert sum(counts.values()) == (0 if duration == 0 else 1)
    assert list(totals(registry).values()) == [1]


def test_an_answer_in_one_piece_is_no_stream(clock):
    async def app(scope, receive, send):
        clock.sleep(2)
        await send(PLAIN_OK[0])
        await send(PLAIN_OK[1])

    app, registry = standard(app, streams="skip")
    request(app)
    assert times(registry) == (2.0, 2.0)


def test_background_tasks_are_not_in_the_latency(clock):
    seen = []

    async def late():
        seen.append(in_progress(registry))
        clock.sleep(100)

    async def endpoint(request):
        clock.sleep(1)
        return PlainTextResponse("ok", background=BackgroundTask(late))

    app, registry = standard(Starlette(routes=[Route("/", endpoint)]))
    request(app)
    assert times(registry) == (1.0, 1.0)
    assert seen == [0]


@pytest.mark.parametrize("between", [Passing, GZipMiddleware])
def test_streams_through_other_middlewares(between):
    async def endpoint(request):
        async def pieces():
            for _ in range(10):
                yield b"x" * 1000

        return StreamingResponse(pieces())

    registry = Registry()
    ours = Middleware(MetricsMiddleware, registry=registry, metrics="standard")
    routes = [Route("/", endpoint)]
    app = Starlette(routes=routes, middleware=[ours, Middleware(between)])
    sent = request(app, headers=[(b"accept-encoding", b"gzip")])
    size = sum(len(message.get("body", b"")) for message in sent)
    assert totals(registry, "http_response_size_bytes_sum") == {("GET", "/", "200"): size}
    assert (size < 1000) == (between is GZipMiddleware)


def test_sizes_of_requests():
    async def reading(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        for message in PLAIN_OK:
            await send(message)

    async def deaf(scope, receive, send):
        for message in PLAIN_OK:
            await send(message)

    async def post(app, pieces, length):
        messages = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces) - 1}
            for number, piece in enumerate(pieces)
        ]

        async def receive():
            return messages.pop(0)

        async def send(message):
            pass

        headers = [] if length is None else [(b"content-length", length)]
        await app(scope_of("/", "POST", headers=headers), receive, send)

    for inner, pieces, length, expected in [
        (reading, [b"ab", b"cde"], None, 5),
        (reading, [b"ab", b"cde"], b"5", 5),
        (deaf, [b"ab", b"cde"], b"5", 5),
        (deaf, [b"ab"], None, 0),
        (deaf, [b"ab"], b"-5", 0),
        (deaf, [b"ab"], b"9" * 50, 0),
        (deaf, [b"ab"], b"5, 5", 0),
    ]:
        app, registry = standard(inner)
        asyncio.run(post(app, pieces, length))
        assert list(totals(registry, "http_request_size_bytes_sum").values()) == [expected]


def test_an_answer_to_head_has_no_body():
    app, registry = standard(answering(*PLAIN_OK))
    request(app, "/", "HEAD")
    assert list(totals(registry, "http_response_size_bytes_sum").values()) == [0]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "http.response.pathsend", "path": "/etc/hostname"},
        {"type": "http.response.zerocopysend", "file": None},
    ],
)
def test_files_that_the_server_sends(message):
    start = {**PLAIN_OK[0], "headers": [(b"Content-Length", b"1234")]}
    app, registry = standard(answering(start, message))
    asyncio.run(_served(app))
    assert list(totals(registry, "http_response_size_bytes_sum").values()) == [1234]
    assert in_progress(registry) == 0


async def _served(app):
    async def nothing(*_):
        return {"type": "http.request"}

    await app(scope_of("/"), nothing, nothing)


@pytest.mark.parametrize("body", [bytearray(b"abc"), memoryview(b"abc")])
def test_bodies_that_are_not_bytes(body):
    app, registry = standard(answering(PLAIN_OK[0], {"type": "http.response.body", "body": body}))
    request(app)
    assert list(totals(registry, "http_response_size_bytes_sum").values()) == [3]
