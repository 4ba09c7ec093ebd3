"""How the middleware finds those around it; how it leaves scopes, and reads messages."""

import asyncio
import copy
import inspect

import pytest

from aioprometheus.asgi.protocol import MIDDLEWARES, middlewares_around
from support.asgi_apps import starlette_app
from support.asgi_driver import PLAIN_OK, answering, drive, request, scope_of
from support.standard import in_progress, samples, standard, totals

SERIES = {("GET", "/items/{id:int}", "200"): 1}
UNMATCHED = ("GET", "<unmatched>", "200")


@pytest.mark.parametrize("asgi", [{"version": "3.0"}, None])
@pytest.mark.parametrize("is_kept", [True, False])
def test_the_scope_is_left_as_it_was(asgi, is_kept):
    seen = []

    async def looking(scope, receive, send):
        seen.append(middlewares_around(scope))
        await app(scope, receive, send)

    outer, registry = standard(looking)
    app, _ = standard(starlette_app(), registry, prefix="inner_")
    # Either the test keeps the dict, as a server may, or the scope alone has it.
    scope = scope_of("/items/7", asgi=asgi if is_kept or asgi is None else dict(asgi))
    given = id(scope["asgi"])
    asyncio.run(drive(outer, scope))
    assert seen == [(outer,)]
    assert id(scope["asgi"]) == given and scope["asgi"] == asgi
    assert middlewares_around(scope) == ()
    assert totals(registry) == totals(registry, "inner_http_requests_total") == SERIES


def test_requests_that_share_what_their_server_says():
    given = {"version": "3.0"}
    seen = []

    async def app(scope, receive, send):
        seen.append((given == {"version": "3.0"}, middlewares_around(scope)))
        await both.wait()
        await answering_app(scope, receive, send)

    async def overlapping():
        requests = [asyncio.ensure_future(drive(outer, scope_of(asgi=given))) for _ in range(2)]
        while len(seen) < 2:
            await asyncio.sleep(0)
        both.set()
        await asyncio.gather(*requests)

    both = asyncio.Event()
    answering_app = answering(*PLAIN_OK)
    outer, registry = standard(app)
    asyncio.run(overlapping())
    assert seen == [(True, (outer,))] * 2
    assert totals(registry) == {UNMATCHED: 2}
    assert given == {"version": "3.0"}


@pytest.mark.parametrize("copy", [dict, lambda scope: {**scope, "asgi": {**scope["asgi"]}}])
def test_a_copy_of_a_scope_is_the_same_request(copy):
    async def copying(scope, receive, send):
        await inner(copy(scope), receive, send)

    inner, registry = standard(starlette_app())
    outer, _ = standard(copying, registry)
    scope = scope_of("/items/7")
    asyncio.run(drive(outer, scope))
    assert list(totals(registry).values()) == [1]
    assert MIDDLEWARES not in scope["asgi"]


@pytest.mark.parametrize("how", [dict.clear, lambda asgi: asgi.pop(MIDDLEWARES, None)])
def test_an_application_that_empties_what_the_scope_says(how):
    async def emptying(scope, receive, send):
        how(scope["asgi"])
        await answering_app(scope, receive, send)

    answering_app = answering(*PLAIN_OK)
    app, registry = standard(emptying)
    assert len(request(app)) == 2
    assert totals(registry) == {UNMATCHED: 1}


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, GeneratorExit])
def test_a_scope_is_left_as_it_was_after_a_failure(error):
    async def failing(scope, receive, send):
        raise error

    app, registry = standard(failing)
    scope = scope_of()
    with pytest.raises(error):
        asyncio.run(drive(app, scope))
    assert scope["asgi"] == {"version": "3.0"}
    assert sum(totals(registry).values()) == 1
    assert in_progress(registry) == 0


def test_a_scope_is_left_as_it_was_when_a_metric_fails_at_the_beginning(caplog):
    def failing(method):
        raise ValueError("no gauge")

    seen = []

    async def looking(scope, receive, send):
        seen.append(middlewares_around(scope))
        await answering_app(scope, receive, send)

    answering_app = answering(*PLAIN_OK)
    app, _ = standard(looking)
    app._in_progress = failing
    scope = scope_of()
    assert len(asyncio.run(drive(app, scope))) == 2
    assert "no gauge" in caplog.text
    assert seen == [()] and scope["asgi"] == {"version": "3.0"}


# --- Messages


class Key(str):
    """A key that is equal to a constant, and no str of the interpreter's own."""


def other(text):
    """The same text in another object."""
    return "".join(list(text))


def messages(key, **more):
    """The messages of an answer whose keys are made by a function."""
    more = {key(name): value for name, value in more.items()}
    return [
        {key("type"): "http.response.start", key("status"): 200, key("headers"): [], **more},
        {key("type"): "http.response.body", key("body"): b"ab", key("more_body"): True, **more},
        {**more, key("body"): b"cd", key("type"): "http.response.body"},
    ]


@pytest.mark.parametrize("key", [str, other, Key])
@pytest.mark.parametrize("more", [{}, {"trailers": False, "x": 1}])
def test_messages_are_read_whatever_their_keys_are(key, more):
    sent = messages(key, **more)
    app, registry = standard(answering(*sent))
    assert request(app) == sent
    assert totals(registry) == {UNMATCHED: 1}
    assert list(samples(registry, "http_response_size_bytes_sum").values()) == [4]


@pytest.mark.parametrize("key", [str, other, Key])
def test_a_body_that_is_received_is_read_whatever_its_keys_are(key):
    bodies = [
        {key("type"): "http.request", key("body"): b"abc", key("more_body"): True},
        {key("body"): b"de", key("type"): "http.request", key("extra"): None},
    ]

    async def reading(scope, receive, send):
        for body in bodies:
            assert await receive() is body
        for message in messages(key):
            await send(message)

    async def send(message):
        pass

    async def receive():
        return remaining.pop(0)

    remaining = list(bodies)
    app, registry = standard(reading)
    asyncio.run(app(scope_of(method="POST"), receive, send))
    assert list(samples(registry, "http_request_size_bytes_sum").values()) == [5]


@pytest.mark.parametrize("asgi", [{"version": "3.0"}, None])
def test_a_deep_copy_of_a_scope_is_the_same_request(asgi):
    """Hypercorn's ProxyFixMiddleware makes one."""

    async def copying(scope, receive, send):
        await inner(copy.deepcopy(scope), receive, send)

    outer, registry = standard(copying)
    inner, _ = standard(starlette_app(), registry)
    asyncio.run(drive(outer, scope_of("/items/7", asgi=asgi)))
    assert sum(totals(registry).values()) == 1


def test_what_the_application_gets_are_coroutine_functions():
    """As those of servers: asgiref's `async_to_sync` warns of others."""
    asked = []

    async def app(scope, receive, send):
        asked.extend(map(inspect.iscoroutinefunction, (receive, send)))
        await answering(*PLAIN_OK)(scope, receive, send)

    request(standard(app)[0])
    assert asked == [True, True]
