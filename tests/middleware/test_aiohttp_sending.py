"""The middleware of aiohttp's server and answers on their way: streams, failures, sizes."""

import asyncio
import contextlib
import os

import aiohttp
import pytest
from aiohttp import web

from aioprometheus import Registry
from aioprometheus.aiohttp import metrics_middleware
from support.aiohttp_apps import (
    address_of,
    in_progress,
    requests_of,
    samples_of,
    served,
    status_of,
    until,
)

EVENTS = {"Content-Type": "text/event-stream"}
LARGE = 20_000_000
FIRST_BYTES = "http_request_first_byte_seconds_count"
SIZES = "http_response_size_bytes_sum"
LEAST = 100_000


def app_of(registry, handler, **options):
    app = web.Application(middlewares=[metrics_middleware(registry, **options)])
    app.router.add_route("*", "/", handler)
    return app


def get(handler, method="GET", **options):
    """Get an answer, which may break off, and return the registry."""
    registry = Registry()

    async def main():
        async with served(app_of(registry, handler, **options)) as client:
            with contextlib.suppress(aiohttp.ClientError):
                await status_of(client, "/", method)
            await until(lambda: requests_of(registry))

    asyncio.run(main())
    assert in_progress(registry) == 0
    return registry


def get_some(handler, **options):
    """Get the beginning of an answer, leave, and return the registry."""
    registry = Registry()

    async def main():
        async with address_of(app_of(registry, handler, **options)) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(LEAST)
            writer.transport.abort()
            await until(lambda: requests_of(registry))

    asyncio.run(main())
    return registry


def durations_of(registry):
    return sum(samples_of(registry, "http_request_duration_seconds_count").values())


def size_of(registry):
    return sum(samples_of(registry, SIZES).values())


def stream_of(pieces, headers=None, is_endless=False):
    async def stream(request):
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for _ in range(pieces):
            await response.write(b"data: x\n\n")
        while is_endless:
            await response.write(b"x" * 10_000)
            await asyncio.sleep(0)
        return response

    return stream


async def returned_events(request):
    return web.Response(text="data: x\n\n", content_type="text/event-stream")


@pytest.mark.parametrize(
    ("handler", "is_stream"),
    [
        (stream_of(0, EVENTS), True),
        (stream_of(1, EVENTS), True),
        (stream_of(2, {**EVENTS, "Content-Length": "18"}), True),
        (returned_events, True),
        (stream_of(2), True),
        (stream_of(1), False),
        (stream_of(2, {"Content-Length": "18"}), False),
    ],
)
def test_what_a_stream_is(handler, is_stream):
    assert durations_of(get(handler, streams="skip")) == (not is_stream)


@pytest.mark.parametrize("headers", [None, EVENTS])
@pytest.mark.parametrize("streams", ["skip", "first_byte"])
def test_a_stream_that_its_client_ends(headers, streams):
    registry = get_some(stream_of(0, headers, is_endless=True), streams=streams)
    assert requests_of(registry) == {("GET", "/", "499"): 1}
    assert durations_of(registry) == (streams == "first_byte")
    if streams == "first_byte":
        (duration,) = samples_of(registry, "http_request_duration_seconds_sum").values()
        (first,) = samples_of(registry, "http_request_first_byte_seconds_sum").values()
        assert duration == first


def test_a_stream_that_fails():
    async def fails(request):
        await stream_of(0, EVENTS)(request)
        raise LookupError

    assert durations_of(get(fails, streams="skip")) == 0


class OfTheSignal(Exception):
    pass


@pytest.mark.parametrize("error", [OfTheSignal, web.HTTPForbidden])
def test_a_signal_that_fails(error):
    registry = Registry()

    async def hello(request):
        return web.Response(text="hello")

    async def fails(request, response):
        raise error

    async def main():
        app = app_of(registry, hello, exception_label="exception")
        app.on_response_prepare.append(fails)
        async with served(app) as client:
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await status_of(client, "/", "POST")  # a client sends GET again
            await until(lambda: requests_of(registry))

    asyncio.run(main())
    labels = samples_of(registry, "http_requests_total", "status", "exception")
    assert labels == {("500", error.__name__): 1}
    assert size_of(registry) == sum(samples_of(registry, FIRST_BYTES).values()) == 0


@pytest.mark.parametrize(("error", "status"), [(LookupError, "500"), (asyncio.TimeoutError, "504")])
def test_a_body_that_fails(error, status):
    async def breaks(request):
        async def rows():
            yield b"first row\n"
            raise error

        return web.Response(body=rows())

    registry = get(breaks, exception_label="exception")
    labels = samples_of(registry, "http_requests_total", "status", "exception")
    assert labels == {(status, error.__name__): 1}
    assert size_of(registry) == len(b"first row\n")


def test_a_shutdown_while_an_answer_is_sent():
    registry = Registry()

    async def hangs(request):
        async def rows():
            yield b"first row\n"
            await asyncio.sleep(3600)

        return web.Response(body=rows())

    async def main():
        app = app_of(registry, hangs, exception_label="exception")
        async with address_of(app, shutdown_timeout=0.01) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"first row\n")
        writer.close()
        await until(lambda: requests_of(registry))

    asyncio.run(main())
    labels = samples_of(registry, "http_requests_total", "status", "exception")
    assert labels == {("499", ""): 1}


async def in_memory(request):
    return web.Response(body=b"x" * LARGE)


async def swallows(request):
    response = web.StreamResponse()
    response.content_length = LARGE
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        for _ in range(LARGE // 10_000):
            await response.write(b"x" * 10_000)
    return response


@pytest.fixture
def file_of(tmp_path):
    path = tmp_path / "file"
    with path.open("wb") as file:
        os.truncate(file.fileno(), LARGE)

    async def answers(request):
        return web.FileResponse(path)

    return answers


def test_the_size_of_an_answer_that_breaks_off(file_of):
    for handler in (in_memory, swallows, file_of):
        assert LEAST <= size_of(get_some(handler)) < LARGE


def test_the_size_of_an_answer_that_is_whole(file_of):
    for handler in (in_memory, swallows, file_of):
        assert size_of(get(handler)) == LARGE


def test_a_file_that_its_handler_sends(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1000)

    async def sends(request):
        response = web.FileResponse(path)
        await response.prepare(request)
        return response

    registry = get(sends)
    assert size_of(registry) == 1000
    assert samples_of(registry, FIRST_BYTES, "path") == {("/",): 1}
    assert sum(samples_of(get(sends, "HEAD"), FIRST_BYTES).values()) == 0


async def announces_too_much(request):
    response = web.StreamResponse()
    response.content_length = 1000
    response.force_close()
    await response.prepare(request)
    await response.write(b"x" * 10)
    return response


async def writes_too_much(request):
    response = web.StreamResponse()
    response.content_length = 10
    await response.prepare(request)
    await response.write(b"x" * 1000)
    return response


@pytest.mark.parametrize("handler", [announces_too_much, writes_too_much])
def test_a_length_that_is_wrong(handler):
    assert size_of(get(handler)) == 10


async def no_content(request):
    return web.Response(status=204, text="none")


async def not_modified(request):
    return web.Response(status=304, headers={"Content-Length": "500"})


async def absent(request):
    return web.FileResponse("/absent")


async def empty(request):
    return web.Response()


@pytest.mark.parametrize("handler", [no_content, not_modified, absent, empty, stream_of(0)])
def test_an_answer_without_a_body_has_no_first_byte(handler):
    registry = get(handler)
    assert samples_of(registry, FIRST_BYTES, "path") == {("/",): 0}
    assert size_of(registry) == 0


def test_an_answer_to_head_has_no_first_byte(file_of):
    for handler in (in_memory, file_of):
        registry = get(handler, "HEAD")
        assert samples_of(registry, FIRST_BYTES, "path") == {("/",): 0}
        assert size_of(registry) == 0
