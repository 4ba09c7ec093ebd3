"""Services for tests: a registry to serve, a client, and what a service is before its start."""

from __future__ import annotations

import socket
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from aioprometheus import Counter, Registry
from aioprometheus.service import Service

TEXT_HEADERS = "text/plain; version=0.0.4; charset=utf-8"
NOT_RUNNING = "No URL available, Prometheus metrics server is not running"


def make_registry() -> Registry:
    registry = Registry()
    counter = Counter("requests_total", "Requests.", registry=registry)
    counter.inc({"path": "/"})
    return registry


async def fetch(method: str, url: str, **options: Any) -> tuple[aiohttp.ClientResponse, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, **options) as response,
    ):
        return response, await response.text()


def occupied_port() -> tuple[socket.socket, int]:
    """Return a listening socket and its port. While it is open, nobody else can bind the port."""
    listener = socket.create_server(("127.0.0.1", 0), reuse_port=False)
    return listener, listener.getsockname()[1]


def assert_as_before_start(server: Service) -> None:
    for attribute in ("base_url", "root_url", "metrics_url"):
        with pytest.raises(Exception, match=NOT_RUNNING) as caught:
            getattr(server, attribute)
        assert type(caught.value) is Exception
    fresh = Service(server.registry)
    assert vars(server) == vars(fresh)
