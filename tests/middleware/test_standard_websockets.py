"""Websockets in the standard metrics."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from support.asgi_apps import accept, deny
from support.asgi_driver import answering, scope_of
from support.standard import samples, standard, totals


async def echo(websocket: WebSocket):
    await websocket.accept()
    while True:
        text = await websocket.receive_text()
        if text == "boom":
            raise RuntimeError(text)
        if text.startswith("close"):
            await websocket.close(int(text[5:]))
            return
        if text == "return":
            return
        await websocket.send_text(text)


async def polite(websocket: WebSocket):
    await websocket.accept()
    try:
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass


def starlette():
    return Starlette(
        routes=[
            WebSocketRoute("/echo/{room}", echo),
            WebSocketRoute("/polite/{room}", polite),
            WebSocketRoute("/denied/{room}", deny),
            WebSocketRoute("/accepted/{room}", accept),
            Mount("/rooms", routes=[WebSocketRoute("/{room}", polite)]),
        ]
    )


def connect(app, path, *texts, code=1000):
    """Open a websocket, send texts and leave with a close code; None is a client without one."""

    async def main():
        incoming = [
            {"type": "websocket.connect"},
            *({"type": "websocket.receive", "text": text} for text in texts),
            {"type": "websocket.disconnect", **({} if code is None else {"code": code})},
        ]
        sent = []

        async def receive():
            return incoming.pop(0)

        async def send(message):
            sent.append(message)

        try:
            await app(scope_of(path, kind="websocket"), receive, send)
        except Exception as error:
            sent.append(error)
        return sent

    return asyncio.run(main())


def ended(registry):
    """The number of websockets, by (path, code)."""
    return {
        (sample.labels["path"], sample.labels["code"]): sample.value
        for metric in registry.collect()
        if metric.name == "websocket_connections_total"
        for sample in metric.samples
    }


def messages(registry):
    return samples(registry, "websocket_messages_total")


def is_open(registry):
    return sum(samples(registry, "websocket_connections_open").values())


def test_a_websocket():
    app, registry = standard(starlette())
    connect(app, "/polite/7", "a", "b")
    assert ended(registry) == {("/polite/{room}", "1000"): 1}
    assert messages(registry) == {
        ("received", "/polite/{room}"): 2,
        ("sent", "/polite/{room}"): 2,
    }
    assert is_open(registry) == 0
    counts = samples(registry, "websocket_duration_seconds_count")
    assert counts == {("1000", "/polite/{room}"): 1}
    # They are not requests that have an answer.
    assert totals(registry) == {}
    assert samples(registry, "http_requests_in_progress") == {}


def test_a_websocket_below_a_mount():
    app, registry = standard(starlette())
    connect(app, "/rooms/7")
    connect(app, "/rooms/8")
    assert ended(registry) == {("/rooms/{room}", "1000"): 2}


@pytest.mark.parametrize(
    ("path", "texts", "code", "label"),
    [
        ("/echo/7", [], 1000, "1000"),
        ("/echo/7", [], 1001, "1001"),
        ("/echo/7", [], None, "1005"),
        ("/echo/7", [], 1006, "1006"),
        ("/echo/7", [], 4999, "<other>"),
        ("/echo/7", [], 3000, "<other>"),
        ("/echo/7", [], "junk", "<other>"),
        ("/echo/7", ["close4321"], 1000, "4321"),
        ("/echo/7", ["close1000"], 1000, "1000"),
        ("/echo/7", ["close77777"], 1000, "<other>"),
        ("/echo/7", ["boom"], 1000, "1011"),
        ("/echo/7", ["return"], 1000, "1000"),
        ("/denied/7", [], 1000, "403"),
        ("/nothing/7", [], 1000, "403"),
    ],
)
def test_codes(path, texts, code, label):
    app, registry = standard(starlette())
    for _ in range(2):
        connect(app, path, *texts, code=code)
    ((path_label, found), value) = next(iter(ended(registry).items()))
    assert (found, value) == (label, 2)
    assert path_label == ("<unmatched>" if path == "/nothing/7" else path.replace("7", "{room}"))
    assert is_open(registry) == 0


def test_codes_of_clients_are_bounded():
    app, registry = standard(starlette())
    for code in range(1000, 5000, 7):
        connect(app, "/polite/7", code=code)
    assert len(ended(registry)) <= 17


def test_a_refusal_with_an_answer():
    app, registry = standard(
        answering(
            {"type": "websocket.http.response.start", "status": 401, "headers": []},
            {"type": "websocket.http.response.body", "body": b"no"},
        )
    )
    connect(app, "/")
    assert ended(registry) == {("<unmatched>", "401"): 1}


def test_an_exception_before_the_websocket_is_accepted():
    async def broken(scope, receive, send):
        raise RuntimeError("boom")

    app, registry = standard(broken)
    connect(app, "/")
    assert ended(registry) == {("<unmatched>", "500"): 1}


def test_a_client_that_does_not_wait():
    async def slow(scope, receive, send):
        while (await receive())["type"] != "websocket.disconnect":
            pass

    app, registry = standard(slow)
    connect(app, "/")
    assert ended(registry) == {("<unmatched>", "499"): 1}


def test_open_websockets():
    seen = []

    async def endpoint(websocket):
        await websocket.accept()
        seen.append(samples(registry, "websocket_connections_open"))
        await websocket.close()
        seen.append(is_open(registry))

    app, registry = standard(Starlette(routes=[WebSocketRoute("/{room}", endpoint)]))
    connect(app, "/7")
    assert seen == [{("/{room}",): 1}, 0]


def test_cancelled_in_the_midst():
    async def endpoint(websocket):
        await websocket.accept()
        await asyncio.Event().wait()

    app, registry = standard(Starlette(routes=[WebSocketRoute("/{room}", endpoint)]))

    async def main():
        async def receive():
            return {"type": "websocket.connect"}

        accepted = asyncio.Event()

        async def send(message):
            accepted.set()

        call = asyncio.create_task(app(scope_of("/7", kind="websocket"), receive, send))
        await accepted.wait()
        assert is_open(registry) == 1
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(main())
    assert is_open(registry) == 0
    assert ended(registry) == {("/{room}", "1001"): 1}
