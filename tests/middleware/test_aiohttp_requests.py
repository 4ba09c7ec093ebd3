"""The middleware of aiohttp's server: what it says of requests and answers of all kinds."""

import asyncio
import contextlib
import gzip
import io

import aiohttp
import pytest
from aiohttp import web

from aioprometheus import Registry, render
from aioprometheus.aiohttp import MetricsMiddleware, metrics_middleware
from support.aiohttp_apps import in_progress, requests_of, samples_of, served, status_of, until

PIECE = b"piece of a stream\n" * 100


async def hello(request):
    return web.Response(text="hello")


async def echo(request):
    return web.Response(body=await request.read())


async def half(request):
    return web.Response(body=await request.content.readexactly(10))


async def raised(request):
    raise web.HTTPConflict(text="conflict")


async def returned(request):
    response = web.HTTPConflict(text="conflict")
    return web.Response(status=response.status, text=response.text)


async def unavailable(request):
    raise web.HTTPServiceUnavailable()


async def moved(request):
    raise web.HTTPFound("/hello")


async def fails(request):
    raise LookupError("of the handler")


async def times_out(request):
    raise asyncio.TimeoutError


async def nothing(request):
    return None


async def stream(request):
    response = web.StreamResponse()
    if request.query.get("compress"):
        response.enable_compression(web.ContentCoding.gzip)
    if request.query.get("length"):
        response.content_length = 3 * len(PIECE)
    await response.prepare(request)
    for _ in range(3):
        await response.write(PIECE)
    return response


async def views(request):
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(memoryview(PIECE))
    await response.write_eof()
    return response


async def compressed(request):
    response = web.Response(body=PIECE)
    response.enable_compression(web.ContentCoding.gzip)
    return response


async def payload(request):
    return web.Response(body=io.BytesIO(PIECE))


async def generated(request):
    async def pieces():
        yield PIECE
        yield PIECE

    return web.Response(body=pieces())


async def chunked(request):
    response = web.Response(body=PIECE)
    response.enable_chunked_encoding()
    return response


def app_of(folder, *middlewares):
    inner = web.Application()
    inner.add_routes([web.get("/things/{id:[0-9]+}", hello), web.get("/", hello)])
    app = web.Application(middlewares=middlewares)
    app.add_routes(
        [
            web.get("/hello", hello),
            web.get("/users/{name}", hello),
            web.post("/echo", echo),
            web.put("/echo", echo),
            web.post("/half", half),
            *(
                web.get(f"/{handler.__name__}", handler)
                for handler in (raised, returned, unavailable, moved, fails, times_out, nothing)
            ),
            *(
                web.get(f"/{handler.__name__}", handler)
                for handler in (stream, views, compressed, payload, generated, chunked)
            ),
            web.static("/static", folder),
            web.view("/view", View),
        ]
    )
    app.add_subapp("/inner", inner)
    return app


class View(web.View):
    async def get(self):
        return web.Response(text="hello")


#: Requests, and what is counted: the path, the status, the bytes of the request and of the answer.
#: None stands for the bytes that the client has got.
CASES = [
    ("GET", "/hello", {}, "/hello", 200, 0, 5),
    ("HEAD", "/hello", {}, "/hello", 200, 0, 0),
    ("GET", "/users/a", {}, "/users/{name}", 200, 0, 5),
    ("GET", "/users/%F0%9F%90%8D?x=1", {}, "/users/{name}", 200, 0, 5),
    ("POST", "/echo", {"data": b"x" * 700}, "/echo", 200, 700, 700),
    ("PUT", "/echo", {"data": b""}, "/echo", 200, 0, 0),
    ("POST", "/half", {"data": b"x" * 700}, "/half", 200, 700, 10),
    ("GET", "/raised", {}, "/raised", 409, 0, 8),
    ("GET", "/returned", {}, "/returned", 409, 0, 8),
    ("GET", "/unavailable", {}, "/unavailable", 503, 0, None),
    ("GET", "/moved", {}, "/moved", 302, 0, None),
    ("GET", "/fails", {}, "/fails", 500, 0, None),
    ("GET", "/times_out", {}, "/times_out", 504, 0, None),
    ("GET", "/stream", {}, "/stream", 200, 0, 3 * len(PIECE)),
    ("GET", "/stream?length=1", {}, "/stream", 200, 0, 3 * len(PIECE)),
    ("GET", "/views", {}, "/views", 200, 0, len(PIECE)),
    ("GET", "/compressed", {}, "/compressed", 200, 0, None),
    ("GET", "/payload", {}, "/payload", 200, 0, len(PIECE)),
    ("GET", "/generated", {}, "/generated", 200, 0, 2 * len(PIECE)),
    ("GET", "/chunked", {}, "/chunked", 200, 0, len(PIECE)),
    ("GET", "/static/file.txt", {}, "/static", 200, 0, 123_456),
    (
        *("GET", "/static/file.txt", {"headers": {"Range": "bytes=0-9"}}),
        *("/static", 206, 0, 10),
    ),
    ("HEAD", "/static/file.txt", {}, "/static", 200, 0, 0),
    ("GET", "/static/absent", {}, "/static", 404, 0, None),
    ("GET", "/view", {}, "/view", 200, 0, 5),
    ("DELETE", "/view", {}, "/view", 405, 0, None),
    ("GET", "/inner/things/7", {}, "/inner/things/{id}", 200, 0, 5),
    ("GET", "/inner/things/x", {}, "<unmatched>", 404, 0, None),
    ("GET", "/inner/", {}, "/inner/", 200, 0, 5),
    ("GET", "/absent", {}, "<unmatched>", 404, 0, None),
    ("DELETE", "/hello", {}, "<unmatched>", 405, 0, None),
    ("PURGE", "/hello", {}, "<unmatched>", 405, 0, None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}")
def test_requests(case, tmp_path):
    method, url, options, path, status, request_bytes, response_bytes = case
    (tmp_path / "file.txt").write_bytes(b"x" * 123_456)
    registry = Registry()

    async def main():
        app = app_of(tmp_path, metrics_middleware(registry))
        async with (
            served(app) as client,
            client.request(method, url, allow_redirects=False, **options) as response,
        ):
            body = await response.read()
            assert response.status == status
            length = response.headers.get("Content-Length")
            return int(length) if length is not None and method != "HEAD" else len(body)

    got = asyncio.run(main())
    known = method if method != "PURGE" else "<other>"
    assert requests_of(registry) == {(known, path, str(status)): 1}
    expected = got if response_bytes is None else response_bytes
    assert samples_of(registry, "http_response_size_bytes_sum", "path") == {(path,): expected}
    assert samples_of(registry, "http_request_size_bytes_sum", "path") == {(path,): request_bytes}
    (duration,) = samples_of(registry, "http_request_duration_seconds_sum").values()
    (first_byte,) = samples_of(registry, "http_request_first_byte_seconds_sum").values()
    firsts = samples_of(registry, "http_request_first_byte_seconds_count", "path")
    assert firsts == {(path,): bool(expected)}
    assert 0 <= first_byte <= duration
    assert in_progress(registry) == 0


def test_a_handler_that_returns_nothing(tmp_path):
    registry = Registry()

    async def main():
        async with served(app_of(tmp_path, metrics_middleware(registry))) as client:
            with contextlib.suppress(aiohttp.ServerDisconnectedError):  # aiohttp 3.9
                assert await status_of(client, "/nothing") == 500
            await until(lambda: requests_of(registry))

    asyncio.run(main())
    assert requests_of(registry) == {("GET", "/nothing", "500"): 1}
    assert in_progress(registry) == 0


def test_a_compressed_stream_has_the_bytes_that_are_sent(tmp_path):
    registry = Registry()

    async def main():
        async with (
            served(app_of(tmp_path, metrics_middleware(registry))) as client,
            aiohttp.ClientSession(client._base_url, auto_decompress=False) as raw,
            raw.get("/stream?compress=1") as response,
        ):
            return await response.read()

    body = asyncio.run(main())
    assert gzip.decompress(body) == 3 * PIECE
    (size,) = samples_of(registry, "http_response_size_bytes_sum").values()
    # The frames of its chunks are among them: a length in hexadecimal, and two ends of lines.
    assert len(body) < size < len(body) + 60


@pytest.mark.parametrize(("streams", "durations"), [("whole", 1), ("first_byte", 1), ("skip", 0)])
def test_durations_of_streams(streams, durations, tmp_path):
    registry = Registry()

    async def main():
        async with served(
            app_of(tmp_path, metrics_middleware(registry, streams=streams))
        ) as client:
            assert await status_of(client, "/stream") == 200
            assert await status_of(client, "/stream?length=1") == 200

    asyncio.run(main())
    counts = samples_of(registry, "http_request_duration_seconds_count", "path")
    assert counts == {("/stream",): durations + 1}
    assert requests_of(registry) == {("GET", "/stream", "200"): 2}
    firsts = samples_of(registry, "http_request_first_byte_seconds_sum", "path")[("/stream",)]
    duration = samples_of(registry, "http_request_duration_seconds_sum", "path")[("/stream",)]
    assert (duration > firsts) or streams == "skip"


def test_labels_of_requests_answers_and_exceptions(tmp_path):
    registry = Registry()
    middleware = metrics_middleware(
        registry,
        const_labels={"app": "shop"},
        request_labels={"tenant": lambda request: request.headers.get("X-Tenant")},
        response_labels={"kind": lambda response: getattr(response, "content_type", None)},
        exception_label="exception",
        group_status_codes=True,
        exclude_statuses=["302"],
        exclude_methods=["DELETE"],
    )

    async def main():
        async with served(app_of(tmp_path, middleware)) as client:
            await status_of(client, "/hello", headers={"X-Tenant": "a"})
            for path in ("/raised", "/unavailable", "/fails", "/moved"):
                await status_of(client, path)
            await status_of(client, "/hello", "DELETE")

    asyncio.run(main())
    names = ("app", "path", "status", "tenant", "kind", "exception")
    assert samples_of(registry, "http_requests_total", *names) == {
        ("shop", "/hello", "2xx", "a", "text/plain", ""): 1,
        ("shop", "/raised", "4xx", "", "text/plain", ""): 1,
        ("shop", "/unavailable", "5xx", "", "text/plain", ""): 1,
        ("shop", "/fails", "5xx", "", "", "LookupError"): 1,
    }


def test_exemplars(tmp_path):
    registry = Registry()
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

    async def main():
        middleware = metrics_middleware(registry, exemplars="traceparent")
        async with served(app_of(tmp_path, middleware)) as client:
            await status_of(client, "/hello", headers={"traceparent": f"00-{trace}-{span}-01"})

    asyncio.run(main())
    text, _ = render(registry, "application/openmetrics-text; version=1.0.0")
    (line,) = [line for line in text.decode().splitlines() if "http_requests_total{" in line]
    assert trace in line and span in line


def test_a_subclass_gives_labels(tmp_path):
    registry = Registry()

    class Own(MetricsMiddleware):
        def path_label(self, request, path):
            assert isinstance(request, web.Request)
            if path == "/hello":
                return "/metrics"  # which is excluded
            return f"{request.query.get('v', '0')} {path}"

    async def main():
        async with served(app_of(tmp_path, Own(registry))) as client:
            await status_of(client, "/hello")
            for path in ("/users/a?v=1", "/users/b?v=2", "/users/c", "/absent"):
                await status_of(client, path)

    asyncio.run(main())
    assert requests_of(registry) == {
        ("GET", "1 /users/{name}", "200"): 1,
        ("GET", "2 /users/{name}", "200"): 1,
        ("GET", "0 /users/{name}", "200"): 1,
        ("GET", "0 <unmatched>", "404"): 1,
    }
    assert in_progress(registry) == 0


def test_two_middlewares_see_the_same(tmp_path):
    registry, other = Registry(), Registry()

    async def main():
        middlewares = [metrics_middleware(registry), metrics_middleware(other)]
        async with served(app_of(tmp_path, *middlewares)) as client:
            for path in ("/stream", "/hello", "/generated", "/fails"):
                await status_of(client, path)

    asyncio.run(main())
    for name in ("http_response_size_bytes_sum", "http_request_first_byte_seconds_count"):
        seen = samples_of(registry, name, "path")
        assert len(seen) == 4 and seen == samples_of(other, name, "path") and all(seen.values())
