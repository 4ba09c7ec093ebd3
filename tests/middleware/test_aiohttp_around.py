"""The middleware of aiohttp's server within others: those with tasks, those that retry, clones."""

import asyncio

import pytest
from aiohttp import web

from aioprometheus import Registry
from aioprometheus.aiohttp import metrics_middleware
from support.aiohttp_apps import in_progress, requests_of, samples_of, served, status_of, until

PIECES = 5


@web.middleware
async def in_a_task(request, handler):
    """What asyncio.wait_for() does in Python 3.11."""
    return await asyncio.ensure_future(handler(request))


@web.middleware
async def clones(request, handler):
    return await handler(request.clone(remote="10.0.0.1"))


@web.middleware
async def retries(request, handler):
    for _ in range(2):
        try:
            return await handler(request)
        except LookupError:
            pass
    return await handler(request)


@web.middleware
async def retries_clones(request, handler):
    try:
        return await handler(request.clone())
    except LookupError:
        return await handler(request.clone())


@web.middleware
async def retries_statuses(request, handler):
    response = await handler(request)
    return await handler(request) if response.status == 503 else response


@web.middleware
async def retries_after_time(request, handler):
    try:
        return await asyncio.wait_for(handler(request), 0.001)
    except asyncio.TimeoutError:
        return await handler(request)


def visit(handler, middlewares, times=1):
    """Get an answer of status 200 with some middlewares, which are within each other in turn."""

    async def main():
        inner = web.Application(middlewares=middlewares[1:])
        inner.router.add_get("/", handler)
        outer = web.Application(middlewares=middlewares[:1])
        outer.add_subapp("/sub", inner)
        async with served(outer) as client:
            for _ in range(times):
                assert await status_of(client, "/sub/") == 200

    asyncio.run(main())


def test_an_answer_from_a_task_is_counted_when_it_is_sent(tmp_path):
    registry = Registry()
    seen = []

    async def generated(request):
        async def pieces():
            for _ in range(PIECES):
                yield b"x" * 1000
                await asyncio.sleep(0)
            seen.append(in_progress(registry))

        return web.Response(body=pieces())

    visit(generated, [in_a_task, metrics_middleware(registry)])
    assert seen == [1]
    assert requests_of(registry) == {("GET", "/sub/", "200"): 1}
    assert samples_of(registry, "http_response_size_bytes_sum", "path") == {
        ("/sub/",): PIECES * 1000
    }


def test_a_file_from_a_task_is_counted_when_it_is_sent(tmp_path):
    registry = Registry()
    (tmp_path / "file").write_bytes(b"x" * 1_000_000)

    async def file(request):
        return web.FileResponse(tmp_path / "file")

    visit(file, [in_a_task, metrics_middleware(registry)])
    sizes = samples_of(registry, "http_response_size_bytes_sum", "path")
    assert sizes == {("/sub/",): 1_000_000}


def flaky(*answers):
    """A handler that answers differently each time."""
    rest = iter(answers)

    async def answer(request):
        status = next(rest)
        if status is None:
            await asyncio.sleep(3600)
        if isinstance(status, type):
            raise status
        return web.Response(status=status)

    return answer


@pytest.mark.parametrize(
    ("outer", "answers"),
    [
        (retries, [LookupError, LookupError, 200]),
        (retries_clones, [LookupError, 200]),
        (retries_statuses, [503, 200]),
        (retries_after_time, [None, 200]),
    ],
)
@pytest.mark.parametrize("is_in_a_task", [False, True])
def test_a_request_that_is_retried_is_one(outer, answers, is_in_a_task):
    registry, other = Registry(), Registry()
    labelled = metrics_middleware(registry, exception_label="exception")
    inner = [labelled, metrics_middleware(other), metrics_middleware(registry)]
    visit(flaky(*answers, 200), [outer, *([in_a_task] if is_in_a_task else []), *inner])
    for each in (registry, other):
        assert requests_of(each) == {("GET", "/sub/", "200"): 1}
        assert in_progress(each) == 0
    assert samples_of(registry, "http_requests_total", "exception") == {("",): 1}


def test_requests_of_one_connection_are_several():
    registry = Registry()
    visit(flaky(200, LookupError, 200, 200), [retries, metrics_middleware(registry)], times=3)
    assert requests_of(registry) == {("GET", "/sub/", "200"): 3}


def test_the_last_of_several_failures_counts():
    registry = Registry()

    async def main():
        app = web.Application(
            middlewares=[retries, metrics_middleware(registry, exception_label="exception")]
        )
        app.router.add_get("/", flaky(LookupError, LookupError, ValueError))
        async with served(app) as client:
            assert await status_of(client, "/") == 500

    asyncio.run(main())
    labels = samples_of(registry, "http_requests_total", "status", "exception")
    assert labels == {("500", "ValueError"): 1}


def test_websockets_of_clones():
    registry, other = Registry(), Registry()
    requests = []

    async def echo(request):
        requests.append(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request.clone())
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    async def main():
        app = web.Application(
            middlewares=[
                *(clones, metrics_middleware(registry), clones, clones),
                *(metrics_middleware(other), clones),
            ]
        )
        app.router.add_get("/", echo)
        async with served(app) as client:
            async with client.ws_connect("/") as socket:
                await socket.send_str("hello")
                await socket.receive()
                assert samples_of(registry, "websocket_connections_open") == {("/",): 1}
            await until(lambda: ended(registry) and ended(other))

    def ended(registry):
        return samples_of(registry, "websocket_connections_total", "path", "code")

    asyncio.run(main())
    for each in (registry, other):
        assert ended(each) == {("/", "1000"): 1}
        assert requests_of(each) == {} and in_progress(each) == 0
        messages = samples_of(each, "websocket_messages_total", "direction")
        assert messages == {("received",): 1, ("sent",): 1}
    assert not {"_prepare_hook", "clone"} & {*vars(requests[0])}
