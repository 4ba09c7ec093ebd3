"""The middleware of aiohttp's server where requests end early: cancelled, left, failed."""

import asyncio
import logging

import pytest
from aiohttp import web

from aioprometheus import Registry
from aioprometheus.aiohttp import metrics_middleware
from support.aiohttp_apps import (
    in_progress,
    requests_of,
    samples_of,
    send_and_leave,
    served,
    status_of,
    until,
)

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf"


def leave(handler, data=GET, **options):
    """Send a request, leave at once, and return what is counted when nothing is in progress."""
    registry = Registry()
    errors = []

    @web.middleware
    async def outermost(request, handler):
        try:
            return await handler(request)
        except BaseException as error:
            errors.append(type(error))
            raise

    async def main():
        middleware = metrics_middleware(registry, exception_label="exception")
        app = web.Application(middlewares=[outermost, middleware])
        app.router.add_route("*", "/", handler)
        async with served(app, **options) as client:
            await send_and_leave(client, data)
            await until(lambda: requests_of(registry))

    asyncio.run(main())
    assert in_progress(registry) == 0
    counted = samples_of(registry, "http_requests_total", "status", "exception")
    return counted, errors


async def sleeps(request):
    await asyncio.sleep(3600)


async def reads(request):
    return web.Response(body=await request.read())


async def refuses(request):
    try:
        return web.Response(body=await request.read())
    except Exception:
        raise web.HTTPBadRequest() from None


async def writes(request):
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 100_000)
        await asyncio.sleep(0)


async def works_on(request):
    while request.transport is not None:
        await asyncio.sleep(0.001)
    return web.Response(text="too late")


async def fails_after(request):
    while request.transport is not None:
        await asyncio.sleep(0.001)
    raise LookupError


def test_a_handler_that_is_cancelled():
    counted, errors = leave(sleeps, handler_cancellation=True)
    assert counted == {("499", ""): 1}
    assert errors == [asyncio.CancelledError]


def test_a_client_that_goes_while_its_body_is_read():
    counted, errors = leave(reads, HALF)
    assert counted == {("499", ""): 1}
    assert len(errors) == 1


def test_an_error_that_says_that_the_body_is_missing():
    assert leave(refuses, HALF) == ({("499", ""): 1}, [web.HTTPBadRequest])


def test_a_client_that_goes_during_a_stream():
    counted, errors = leave(writes)
    assert counted == {("499", ""): 1}
    assert issubclass(errors[0], ConnectionError)


def test_an_answer_that_comes_too_late_keeps_its_status():
    assert leave(works_on) == ({("200", ""): 1}, [])


def test_an_exception_after_the_client_has_gone_is_still_one():
    assert leave(fails_after) == ({("500", "LookupError"): 1}, [LookupError])


def test_exceptions_are_not_masked():
    registry = Registry()
    seen = []

    @web.middleware
    async def outermost(request, handler):
        try:
            return await handler(request)
        except BaseException as error:
            seen.append(error)
            raise

    class Own(Exception):
        pass

    raised = [Own("a"), web.HTTPGone(text="b"), web.HTTPBadGateway(), ConnectionResetError("c")]
    errors = iter(raised)

    async def fails(request):
        raise next(errors)

    async def main():
        middleware = metrics_middleware(registry, exception_label="exception")
        app = web.Application(middlewares=[outermost, middleware])
        app.router.add_get("/", fails)
        async with served(app) as client:
            for status in (500, 410, 502, 500):
                assert await status_of(client, "/") == status

    asyncio.run(main())
    assert all(one is other for one, other in zip(seen, raised, strict=True))
    assert samples_of(registry, "http_requests_total", "status", "exception") == {
        ("500", "Own"): 1,
        ("410", ""): 1,
        ("502", ""): 1,
        ("500", "ConnectionResetError"): 1,
    }


@pytest.mark.parametrize("broken", [LookupError("half-way"), asyncio.TimeoutError()])
def test_a_stream_that_breaks_off(broken):
    registry = Registry()

    async def breaks(request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x" * 1000)
        raise broken

    async def main():
        app = web.Application(middlewares=[metrics_middleware(registry)])
        app.router.add_get("/", breaks)
        async with served(app) as client:
            with pytest.raises(Exception, match="payload"):
                await status_of(client, "/")
            await until(lambda: requests_of(registry))

    asyncio.run(main())
    status = "504" if isinstance(broken, asyncio.TimeoutError) else "500"
    assert requests_of(registry) == {("GET", "/", status): 1}
    assert samples_of(registry, "http_response_size_bytes_sum", "path") == {("/",): 1000}
    assert in_progress(registry) == 0


def test_a_request_in_progress_is_one():
    registry = Registry()

    async def main():
        inside, go_on = asyncio.Event(), asyncio.Event()

        async def waits(request):
            inside.set()
            await go_on.wait()
            return web.Response()

        app = web.Application(middlewares=[metrics_middleware(registry)])
        app.router.add_get("/", waits)
        async with served(app) as client:
            request = asyncio.ensure_future(status_of(client, "/"))
            await inside.wait()
            assert samples_of(registry, "http_requests_in_progress") == {("GET",): 1}
            go_on.set()
            assert await request == 200
        assert in_progress(registry) == 0

    asyncio.run(main())


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_a_request_is_kept(fails, monkeypatch):
    """The objects of a request are freed when it ends, without the garbage collector."""
    import gc
    import weakref

    # Pytest keeps what is logged, with tracebacks.
    monkeypatch.setattr(logging.getLogger("aiohttp.server"), "disabled", True)
    registry = Registry()
    kept = []

    async def hello(request):
        kept.append(weakref.ref(request))
        if fails:
            raise ValueError
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        return response

    async def main():
        app = web.Application(middlewares=[metrics_middleware(registry)])
        app.router.add_get("/", hello)
        async with served(app) as client:
            gc.collect()
            gc.disable()
            try:
                for _ in range(3):
                    await status_of(client, "/")
                # The last one belongs to the connection until the next one comes.
                return [reference() is None for reference in kept[:2]]
            finally:
                gc.enable()

    assert asyncio.run(main()) == [True, True]
