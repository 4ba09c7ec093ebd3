"""Exceptions of applications reach their callers as they are, and count as errors."""

import asyncio
from collections import Counter

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_driver import PLAIN_OK, drive, request, scope_of
from support.standard import in_progress, samples, totals

BOTH = ("counters", "standard")


class Panic(BaseException):
    """Such as those of extensions in Rust."""


class Listing(Exception):
    def __init__(self, exceptions):
        super().__init__("some")
        self.exceptions = exceptions


class Refusing(Exception):
    @property
    def exceptions(self):
        raise RuntimeError("not to be asked")


class Forwarding(Exception):
    def __getattr__(self, name):
        return {"code": 7}[name]


class Nowhere(Exception):
    __module__ = None


def holding_itself():
    error = Listing([])
    error.exceptions.append(error)
    return error


def called(error):
    """Call an application that raises an exception. Returns what has been counted."""

    async def app(scope, receive, send):
        raise error

    registry = Registry()
    both = MetricsMiddleware(app, registry=registry, metrics=BOTH)
    with pytest.raises(type(error)) as caught:
        asyncio.run(drive(both, scope_of()))
    assert caught.value is error
    return registry


@pytest.mark.parametrize(
    "error",
    [
        Panic(),
        SystemExit(1),
        Listing(["the name is missing"]),
        Listing([{"name": "is missing"}]),
        Listing([ValueError]),
        Listing([asyncio.CancelledError()]),
        holding_itself(),
        Refusing(),
        Forwarding(),
        Nowhere(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors(error):
    registry = called(error)
    assert list(totals(registry)) == [("GET", "<unmatched>", "500")]
    assert list(samples(registry, "exceptions_total_counter").values()) == [1]
    assert in_progress(registry) == 0


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit(), KeyboardInterrupt()])
def test_what_is_given_up(error):
    registry = called(error)
    assert list(totals(registry)) == [("GET", "<unmatched>", "499")]
    assert samples(registry, "exceptions_total_counter") == {}


# --- Exceptions that a framework around the middleware answers


def counted(registry):
    """The requests of both sets, by their statuses, and those that count as exceptions."""
    ends = Counter()
    for (_, _, status), number in totals(registry).items():
        ends[status] += number
    counters = {
        status: number
        for (_, _, status), number in samples(registry, "status_codes_counter").items()
    }
    assert sum(counters.values()) == sum(ends.values()) and set(counters) == set(ends)
    return dict(ends), sum(samples(registry, "exceptions_total_counter").values())


def test_below_a_mount_of_starlette():
    registry = Registry()
    measured = Middleware(MetricsMiddleware, registry=registry, metrics=BOTH)
    routes = [Route("/a", lambda request: PlainTextResponse("a"))]
    app = Starlette(routes=[Mount("/m", routes=routes, middleware=[measured])])
    for path, method, status in (("/m/a", "GET", 200), ("/m/b", "GET", 404), ("/m/a", "PUT", 405)):
        assert request(app, path, method)[0]["status"] == status
    assert counted(registry) == ({"200": 1, "404": 1, "405": 1}, 0)


def test_around_starlette_nobody_answers_them():
    """The application raises it outside of what would answer it, so that a server answers 500."""

    async def forbidding(scope, receive, send):
        raise StarletteHTTPException(403)

    assert counted(called(StarletteHTTPException(403))) == ({"500": 1}, 1)
    registry = Registry()
    app = Starlette(middleware=[Middleware(lambda app: forbidding)])
    app.add_middleware(MetricsMiddleware, registry=registry, metrics=BOTH)
    with pytest.raises(StarletteHTTPException):
        request(app)
    assert counted(registry) == ({"500": 1}, 1)


def refusing(error):
    raise RuntimeError("not to be asked")


def of_litestar(status):
    """An exception of a class that looks like that of Litestar."""
    attributes = {"__module__": "litestar.exceptions", "status_code": status}
    return type("HTTPException", (Exception,), attributes)()


@pytest.mark.parametrize("status", [property(refusing), None, "401", True, 99, 600, -1])
def test_an_exception_that_does_not_say_its_status(status):
    assert counted(called(of_litestar(status))) == ({"500": 1}, 1)


def test_an_answer_that_has_started_stays():
    error = of_litestar(401)

    async def app(scope, receive, send):
        await send(PLAIN_OK[0])
        raise error

    registry = Registry()
    both = MetricsMiddleware(app, registry=registry, metrics=BOTH)
    with pytest.raises(type(error)):
        request(both)
    assert counted(registry) == ({"200": 1}, 1)


def test_what_is_around_says_the_first_request_and_not_the_lifespan():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            raise StarletteHTTPException(404)

    registry = Registry()
    both = MetricsMiddleware(app, registry=registry, metrics=BOTH)
    asyncio.run(both({"type": "lifespan", "asgi": {}}, None, None))
    with pytest.raises(StarletteHTTPException):
        request(both, **{"starlette.exception_handlers": ({}, {})})
    assert counted(registry) == ({"404": 1}, 0)
