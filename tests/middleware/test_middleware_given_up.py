"""Requests whose client goes before the answer: they have status 499, and count no exception."""

import asyncio
import builtins
import socket
from contextlib import suppress

import pytest
from quart import Quart
from quart import request as quart_request
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.websockets import WebSocketDisconnect

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_apps import Passing, fastapi, needs_fastapi
from support.asgi_driver import (
    COUNTERS,
    PLAIN_OK,
    hypercorn_server,
    scope_of,
    totals,
    uvicorn_server,
)

try:
    from support.django_app import django_app
except ImportError:
    django_app = None


def given_up(registry, method="GET", path="/wait"):
    """Check that the one request is counted as one that was given up."""
    assert totals(registry) == {(method, path, "499"): 1}
    for name in COUNTERS[:2]:
        assert totals(registry, name) == {(method, path): 1}
    assert totals(registry, COUNTERS[2]) == {}


# --- Under real servers


async def reached(scope):
    scope["reached"].set()


def quart_app():
    app = Quart(__name__)

    @app.route("/wait", methods=["GET", "POST"])
    async def wait():
        await reached(quart_request.scope)
        await quart_request.get_data()
        await asyncio.Event().wait()

    return app


async def wait_for_disconnect(request):
    await reached(request.scope)
    await request.body()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    raise ClientDisconnect


def starlette_app(**options):
    return Starlette(
        routes=[Route("/wait", wait_for_disconnect, methods=["GET", "POST"])], **options
    )


def starlette_app_with_a_middleware():
    return starlette_app(middleware=[Middleware(Passing)])


def fastapi_app():
    app = fastapi.FastAPI()

    @app.get("/wait")
    async def wait(request: fastapi.Request):
        await wait_for_disconnect(request)

    @app.post("/wait")
    async def wait_for_body(body: dict):
        raise AssertionError("the body is never whole")

    return app


class Plain:
    """An application without a framework, which ends silently when its client has gone."""

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            await reached(scope)
            while (await receive())["type"] != "http.disconnect":
                pass


def plain_app_below_a_middleware():
    """Starlette's BaseHTTPMiddleware raises RuntimeError where the app below ends silently."""
    return Starlette(
        routes=[Route("/wait", Plain(), methods=["GET", "POST"])], middleware=[Middleware(Passing)]
    )


APPS = [
    quart_app,
    starlette_app,
    starlette_app_with_a_middleware,
    pytest.param(fastapi_app, marks=needs_fastapi),
    Plain,
    plain_app_below_a_middleware,
    pytest.param(
        django_app, marks=pytest.mark.skipif(django_app is None, reason="DJANGO IS NOT INSTALLED")
    ),
]

GET = b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF_A_POST = (
    b"POST /wait HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)


@pytest.mark.parametrize("server", [uvicorn_server, hypercorn_server])
@pytest.mark.parametrize("sent", [GET, HALF_A_POST], ids=["GET", "half a POST"])
@pytest.mark.parametrize("make", APPS)
def test_a_client_that_leaves_a_real_server(make, sent, server):
    async def main():
        middleware = MetricsMiddleware(make(), registry)
        received, over = asyncio.Event(), asyncio.Event()

        async def outermost(scope, receive, send):
            """Report that the request is read from, and that it is over."""
            if scope["type"] != "http":
                return await middleware(scope, receive, send)

            async def reporting():
                message = await receive()
                received.set()
                return message

            scope["reached"] = received
            try:
                with suppress(ClientDisconnect, RuntimeError):
                    await middleware(scope, reporting, send)
            finally:
                over.set()

        with socket.create_server(("127.0.0.1", 0)) as sock:
            port = sock.getsockname()[1]
            stop = asyncio.Event()
            serving = asyncio.create_task(server(outermost, sock, stop))
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            await received.wait()
            writer.close()
            await over.wait()
            stop.set()
            await serving

    registry = Registry()
    asyncio.run(asyncio.wait_for(main(), 60))
    given_up(registry, sent.split()[0].decode())


# --- Ways in which a call ends


def call(app, *incoming, kind="http", registry=None, raises=(), **options):
    """Call an application that gets these messages, the last of them again and again."""
    registry = Registry() if registry is None else registry
    messages = list(incoming)

    async def receive():
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(message):
        pass

    async def main():
        with suppress(*raises):
            await MetricsMiddleware(app, registry, **options)(
                scope_of("/wait", kind=kind), receive, send
            )

    asyncio.run(main())
    return registry


def ending(end, *, after=1):
    """An application that receives some messages, and ends in a way of its own."""

    async def app(scope, receive, send):
        for _ in range(after):
            await receive()
        await end(scope, receive, send)

    return app


WHOLE = {"type": "http.request", "body": b"", "more_body": False}
HALF = {"type": "http.request", "body": b"{", "more_body": True}
GONE = {"type": "http.disconnect"}
WEBSOCKET_GONE = {"type": "websocket.disconnect", "code": 1006}


class Own(ClientDisconnect):
    pass


async def silence(scope, receive, send):
    pass


def raising(error):
    async def end(scope, receive, send):
        raise error

    return end


def answering_and_raising(status, error=None):
    async def end(scope, receive, send):
        await send({"type": "http.response.start", "status": status})
        await send({"type": "http.response.body", "body": b""})
        if error is not None:
            raise error

    return end


@pytest.mark.parametrize("error", [ClientDisconnect(), Own(), asyncio.CancelledError()])
@pytest.mark.parametrize("incoming", [[GONE], [WHOLE, GONE]])
def test_exceptions_that_give_up(error, incoming):
    app = ending(raising(error), after=len(incoming))
    given_up(call(app, *incoming, raises=(type(error),)))


def test_the_frameworks_answer_to_client_disconnect_does_not_count():
    """Starlette's ServerErrorMiddleware answers it with 500, to nobody, and raises it again."""
    error = ClientDisconnect()
    app = ending(answering_and_raising(500, error), after=2)
    given_up(call(app, WHOLE, GONE, raises=(ClientDisconnect,)))


@pytest.mark.parametrize("status", [400, 500])
def test_an_error_that_answers_half_a_request(status):
    given_up(call(ending(answering_and_raising(status), after=2), HALF, GONE))


@pytest.mark.parametrize(
    ("incoming", "status"), [((WHOLE, GONE), 500), ((WHOLE, GONE), 200), ((HALF, GONE), 204)]
)
def test_other_late_answers_count_as_what_they_are(incoming, status):
    registry = call(ending(answering_and_raising(status), after=2), *incoming)
    assert totals(registry) == {("GET", "/wait", str(status)): 1}
    assert totals(registry, "exceptions_total_counter") == {}


@pytest.mark.parametrize("end", [raising(ValueError()), answering_and_raising(500, ValueError())])
@pytest.mark.parametrize("half", [WHOLE, HALF])
def test_an_exception_of_the_application_stays_one(end, half):
    registry = call(ending(end, after=2), half, GONE, raises=(ValueError,))
    assert totals(registry) == {("GET", "/wait", "500"): 1}
    assert totals(registry, "exceptions_total_counter") == {("GET", "/wait"): 1}


def test_silence_is_a_500_while_the_client_is_there():
    registry = call(ending(silence), WHOLE)
    assert totals(registry) == {("GET", "/wait", "500"): 1}


@pytest.mark.parametrize(
    ("error", "status", "exceptions"),
    [
        ([ClientDisconnect(), ClientDisconnect()], "499", 0),
        ([ClientDisconnect(), ValueError()], "500", 1),
        ([asyncio.CancelledError(), ClientDisconnect()], "499", 0),
        ([asyncio.CancelledError(), ValueError()], "500", 1),
    ],
)
@pytest.mark.parametrize("depth", [1, 3])
def test_groups_of_exceptions(error, status, exceptions, depth):
    group = getattr(builtins, "BaseExceptionGroup", None)
    if group is None:
        pytest.skip("Python 3.10 has no groups of exceptions")
    error = group("some", error)
    for _ in range(depth - 1):
        error = group("one", [error])
    registry = call(ending(raising(error)), WHOLE, raises=(group,))
    assert totals(registry) == {("GET", "/wait", status): 1}
    assert sum(totals(registry, "exceptions_total_counter").values()) == exceptions


def test_a_client_that_leaves_while_the_answer_streams():
    async def endless(request):
        async def chunks():
            while True:
                yield b"."
                await asyncio.sleep(0)

        return StreamingResponse(chunks())

    registry = call(Starlette(routes=[Route("/wait", endless)]), WHOLE, GONE)
    assert totals(registry) == {("GET", "/wait", "200"): 1}
    assert totals(registry, "exceptions_total_counter") == {}


def test_a_send_that_fails_because_the_client_has_gone():
    """As Starlette streams: from version 2.4 of ASGI on, servers may raise OSError from send."""

    async def app(scope, receive, send):
        try:
            for message in PLAIN_OK:
                await send(message)
        except OSError:
            raise ClientDisconnect from None

    registry = Registry()

    async def send(message):
        if message["type"] == "http.response.body":
            raise OSError("broken pipe")

    with pytest.raises(ClientDisconnect):
        asyncio.run(MetricsMiddleware(app, registry)(scope_of("/wait"), None, send))
    assert totals(registry) == {("GET", "/wait", "200"): 1}
    assert totals(registry, "exceptions_total_counter") == {}


@pytest.mark.parametrize("end", [silence, raising(WebSocketDisconnect())])
def test_a_websocket_whose_client_leaves_before_it_is_accepted(end):
    connect = {"type": "websocket.connect"}
    registry = call(
        ending(end, after=2),
        connect,
        WEBSOCKET_GONE,
        kind="websocket",
        raises=(WebSocketDisconnect,),
    )
    given_up(registry, "WEBSOCKET")


def test_a_websocket_whose_client_leaves_is_not_an_exception():
    async def chat(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        raise WebSocketDisconnect(1001)

    connect = {"type": "websocket.connect"}
    registry = call(chat, connect, WEBSOCKET_GONE, kind="websocket", raises=(WebSocketDisconnect,))
    assert totals(registry) == {("WEBSOCKET", "/wait", "101"): 1}
    assert totals(registry, "exceptions_total_counter") == {}


def test_what_is_not_a_message_reaches_the_application():
    seen = []

    async def app(scope, receive, send):
        seen.extend([await receive(), await receive()])
        for message in PLAIN_OK:
            await send(message)

    assert totals(call(app, None, {"type": ["odd"]})) == {("GET", "/wait", "200"): 1}
    assert seen == [None, {"type": ["odd"]}]


def test_grouped():
    registry = call(ending(silence), GONE, group_status_codes=True)
    assert totals(registry) == {("GET", "/wait", "4xx"): 1}


def test_a_background_task_after_a_plain_answer(caplog):
    async def app(scope, receive, send):
        await PlainTextResponse("ok")(scope, receive, send)
        assert (await receive())["type"] == "http.disconnect"

    assert totals(call(app, GONE)) == {("GET", "/wait", "200"): 1}
    assert caplog.records == []
