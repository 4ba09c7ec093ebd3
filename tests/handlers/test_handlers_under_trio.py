"""The handlers of Starlette and of any ASGI application under trio, without asyncio."""

import pytest
import trio

from aioprometheus import Counter, Registry, make_asgi_app, render
from support.asgi_driver import scope_of
from support.scrape_servers import starlette_app
from support.scrapes import ACCEPT, FORMATS


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("make", [starlette_app, make_asgi_app])
def test_it_serves_as_under_asyncio(kind, encoding, make):
    """As with 23.12.0: Starlette runs on both, and Hypercorn has workers of both."""
    registry = Registry()
    Counter("c_total", "doc", registry=registry).inc()
    app = make(registry)
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    headers = [(b"accept", ACCEPT[kind].encode()), (b"accept-encoding", encoding.encode())]
    trio.run(app, scope_of("/metrics", headers=headers), receive, send)
    expected, _ = render(registry, ACCEPT[kind], accept_encoding=encoding)
    assert sent[0]["status"] == 200
    assert b"".join(message["body"] for message in sent[1:]) == expected
