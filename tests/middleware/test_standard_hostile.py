"""Hostile requests: nothing leaks, nothing is masked, and no label comes from a stranger."""

import asyncio
import gc
import os
import random

import pytest

from aioprometheus import MetricsMiddleware, Registry, render
from support.asgi_apps import fastapi, needs_fastapi, starlette_app
from support.asgi_driver import drive, scope_of
from support.standard import in_progress, samples, standard, totals

REQUESTS = 100_000 if os.environ.get("AIOPROMETHEUS_LONG_TESTS") else 10_000

WORDS = ["GET", "HEAD", "POST", "get", "BREW", "", "\x00", "G" * 1000, "PATCH", None, 5, b"GET"]
ENDS = ["usual", "gone", "cancelled", "send fails", "receive fails"]


class Interrupt(BaseException):
    """What is no Exception."""


def application():
    app = fastapi.FastAPI()

    @app.get("/items/{name}")
    async def item(name: str):
        return {"name": name}

    @app.post("/items/{name}")
    async def post(name: str, body: dict):
        return body

    @app.get("/boom/{name}")
    async def boom(name: str):
        raise KeyError(name)

    @app.get("/interrupt/{name}")
    async def interrupt(name: str):
        raise Interrupt(name)

    @app.get("/stream/{name}")
    async def stream(name: str):
        async def pieces():
            for number in range(5):
                yield b"x"
                await asyncio.sleep(0)
                if name.startswith("a") and number == 3:
                    raise RuntimeError("in the midst")

        return fastapi.responses.StreamingResponse(pieces())

    @app.get("/wait/{name}")
    async def wait(name: str):
        await asyncio.sleep(0.001)
        return name

    return app


PREFIXES = ["/items", "/boom", "/stream", "/wait", "/interrupt", "", "//", "/items/a/b", "/%2e"]


def text(chance, most=20):
    alphabet = 'abc/{}%?#\u00e9\udcff\x00\n"\\'
    return "".join(chance.choice(alphabet) for _ in range(chance.randrange(most)))


async def attack(app, chance):
    """Send a request, and return the exception that came out of the call."""
    end = chance.choice(ENDS)
    body = [{"type": "http.request", "body": b"{", "more_body": True}] * chance.randrange(3)
    body.append(chance.choice([{"type": "http.request", "body": b'"a": 1}'}, {}]))
    gone = chance.randrange(4)
    steps = 0

    async def step():
        nonlocal steps
        steps += 1
        await asyncio.sleep(0)
        return steps > gone

    async def receive():
        over = await step()
        if over and end == "receive fails":
            raise OSError("the connection is lost")
        if (over and end == "gone") or not body:
            return {"type": "http.disconnect"}
        return body.pop(0)

    async def send(message):
        if await step() and end == "send fails":
            raise OSError("the connection is lost")

    path = f"{chance.choice(PREFIXES)}/{text(chance)}"
    headers = [
        (b"content-length", b"9" * chance.randrange(30)),
        (b"x", text(chance).encode("utf-8", "replace")),
    ]
    scope = scope_of(path, chance.choice(WORDS), headers=headers)
    call = asyncio.create_task(app(scope, receive, send))
    if end == "cancelled":
        for _ in range(chance.randrange(8)):
            await asyncio.sleep(0)
        call.cancel()
    try:
        await call
    except BaseException as error:
        return error
    return None


@needs_fastapi
@pytest.mark.parametrize("inside", [True, False])
def test_hostile_requests(inside):
    chance = random.Random(7)
    registry = Registry()
    options = {"registry": registry, "metrics": ["counters", "standard"]}
    app = application()
    if inside:
        app.add_middleware(MetricsMiddleware, **options)
    else:
        app = MetricsMiddleware(app, **options)
    calls = 0

    async def called(scope, receive, send):
        nonlocal calls  # a task may be cancelled before its first step
        calls += 1
        await app(scope, receive, send)

    async def main():
        outcomes = {}
        for _ in range(REQUESTS // 100):
            for error in await asyncio.gather(*(attack(called, chance) for _ in range(50))):
                outcomes[type(error).__name__] = outcomes.get(type(error).__name__, 0) + 1
        return outcomes

    outcomes = asyncio.run(main())
    # Exceptions of the application come out as they went in.
    assert {"NoneType", "CancelledError", "KeyError", "Interrupt"} <= outcomes.keys()
    assert in_progress(registry) == 0
    counted = totals(registry)
    templates = {"/items/{name}", "/boom/{name}", "/stream/{name}", "/wait/{name}"}
    assert {path for _, path, _ in counted} <= templates | {"/interrupt/{name}", "<unmatched>"}
    methods = {"GET", "HEAD", "POST", "PATCH", "<other>"}
    assert {method for method, _, _ in counted} <= methods
    assert sum(counted.values()) == calls
    for name in ("http_request_duration_seconds", "http_response_size_bytes"):
        assert sum(totals(registry, f"{name}_count").values()) == calls
    requests = registry.get("requests_total_counter").get_all()
    assert sum(value for _, value in requests) == calls
    render(registry, None)[0].decode("utf-8")


def test_random_requests_make_no_series():
    chance = random.Random(8)
    app, registry = standard(starlette_app())

    async def main():
        for _ in range(REQUESTS // 2):
            scope = scope_of("/" + text(chance), chance.choice(WORDS))
            await drive(app, scope)

    asyncio.run(main())
    assert {path for _, path, _ in totals(registry)} <= {"<unmatched>", "/"}
    assert len(totals(registry)) < 30


def test_mounts_with_parameters_are_forgotten():
    app, registry = standard(starlette_app())

    async def main():
        for number in range(2000):
            await drive(app, scope_of(f"/tenants/{number}/deep/{number}"))

    asyncio.run(main())
    assert totals(registry) == {("GET", "/tenants/{tenant}/deep/{rest:path}", "200"): 2000}


def test_applications_go_away_with_their_routes():
    registry = Registry()

    class Marked:
        alive = 0

        def __init__(self):
            Marked.alive += 1

        def __del__(self):
            Marked.alive -= 1

        async def __call__(self, scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})

    async def main():
        for _ in range(50):
            routed = starlette_app()
            routed.state.mark = Marked()
            app, _ = standard(routed, registry)
            await drive(app, scope_of("/items/7"))

    asyncio.run(main())
    gc.collect()
    assert Marked.alive == 0
    assert totals(registry) == {("GET", "/items/{id:int}", "200"): 50}


def test_an_exchange_that_is_kept_goes_away():
    kept = []

    async def keeping(scope, receive, send):
        scope["kept"] = (receive, send)
        kept.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    app, registry = standard(keeping)
    asyncio.run(drive_without_end(app))
    assert in_progress(registry) == 0
    before = len(gc.get_objects())
    for _ in range(100):
        asyncio.run(drive_without_end(app))
    kept.clear()
    gc.collect()
    assert len(gc.get_objects()) < before + 100
    assert samples(registry, "http_requests_in_progress") == {("GET",): 0}


async def drive_without_end(app):
    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        pass

    await app(scope_of("/"), receive, send)


def test_an_interrupt_is_not_masked():
    def interrupted(scope):
        raise KeyboardInterrupt

    app, registry = standard(starlette_app(), request_labels={"x": interrupted})
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(drive(app, scope_of("/")))
    assert in_progress(registry) == 0
