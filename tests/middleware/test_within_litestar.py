"""A middleware in Litestar, which answers exceptions around its middlewares."""

import asyncio

import pytest
from starlette.exceptions import HTTPException

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_driver import drive, request, scope_of
from support.standard import samples, totals

litestar = pytest.importorskip("litestar")

from litestar.exceptions import NotAuthorizedException  # noqa: E402
from litestar.middleware import AbstractAuthenticationMiddleware, DefineMiddleware  # noqa: E402


class NotAllowed(AbstractAuthenticationMiddleware):
    async def authenticate_request(self, connection):
        raise NotAuthorizedException


@litestar.get("/users")
async def users() -> str:
    return "users"


@litestar.websocket("/ws")
async def live(socket: litestar.WebSocket) -> None:
    raise AssertionError("not to be called")


class NotAllowedByStarlette(AbstractAuthenticationMiddleware):
    async def authenticate_request(self, connection):
        raise HTTPException(401)


@pytest.mark.parametrize("inner", [NotAllowed, NotAllowedByStarlette])
def test_an_exception_has_the_status_of_its_answer(inner):
    registry = Registry()
    app = litestar.Litestar(
        [users, live],
        middleware=[
            DefineMiddleware(
                MetricsMiddleware, registry=registry, metrics=["counters", "standard"]
            ),
            inner,
        ],
        logging_config=None,
        openapi_config=None,
    )
    for _ in range(2):
        assert request(app, "/users")[0]["status"] == 401
    assert totals(registry) == {("GET", "/users", "401"): 2}
    assert samples(registry, "status_codes_counter") == {("GET", "/users", "401"): 2}
    assert samples(registry, "exceptions_total_counter") == {}
    asyncio.run(drive(app, scope_of("/ws", kind="websocket")))
    assert samples(registry, "websocket_connections_total") == {("403", "/ws"): 1}
