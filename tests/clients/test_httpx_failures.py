"""The metrics of httpx's clients where requests fail: errors, time-outs, cancellations."""

import asyncio

import httpx
import pytest

from aioprometheus import Registry
from aioprometheus.http.client import ClientMetrics
from aioprometheus.httpx import AsyncMetricsTransport, MetricsTransport
from support.aiohttp_apps import samples_of, until
from support.measured_clients import CLIENTS, Sync, errors_of, http_server, in_progress, requests_of
from support.processes import DEADLINE


@pytest.fixture(scope="module")
def port():
    with http_server() as port:
        yield port


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def steps(request):
    return request.param


@pytest.mark.parametrize(
    ("path", "timeout", "error"),
    [("hangs", 0.05, "ReadTimeout"), ("cuts", DEADLINE, "RemoteProtocolError")],
)
def test_errors(steps, port, path, timeout, error):
    registry = Registry()
    transport = steps.outer(registry=registry)
    sent = steps.send([("GET", f"http://127.0.0.1:{port}/{path}")], transport, timeout=timeout)
    assert sent == [error]
    assert requests_of(registry) == {("GET", "error"): 1}
    assert errors_of(registry) == {(error,): 1}
    assert in_progress(registry) == 0


def test_a_server_that_is_not_there(steps):
    registry = Registry()
    transport = steps.outer(steps.inner(retries=1), registry)
    assert steps.send([("GET", "http://127.0.0.1:1/")], transport) == ["ConnectError"]
    assert errors_of(registry) == {("ConnectError",): 1}
    assert requests_of(registry) == {("GET", "error"): 1}
    created = samples_of(registry, "http_client_connections_created_total", "host")
    assert sum(created.values()) == 0


def test_a_full_pool(steps, port):
    """A stream that is not read keeps its connection."""
    registry = Registry()
    limits = httpx.Limits(max_connections=1)
    transport = steps.outer(steps.inner(limits=limits), registry)
    url = f"http://127.0.0.1:{port}/hello"
    timeout = httpx.Timeout(DEADLINE, pool=0.01)

    async def main():
        async with httpx.AsyncClient(transport=transport, timeout=timeout) as client:
            async with client.stream("GET", url):
                with pytest.raises(httpx.PoolTimeout):
                    await client.get(url)
            return await client.get(url)

    if isinstance(steps, Sync):
        with httpx.Client(transport=transport, timeout=timeout) as client:
            with client.stream("GET", url), pytest.raises(httpx.PoolTimeout):
                client.get(url)
            client.get(url)
    elif steps.backend == "trio":
        pytest.importorskip("trio").run(main)
    else:
        asyncio.run(main())
    assert requests_of(registry) == {("GET", "200"): 2, ("GET", "error"): 1}
    assert errors_of(registry) == {("PoolTimeout",): 1}
    counts = samples_of(registry, "http_client_connection_wait_seconds_count")
    assert sum(counts.values()) == 3


def test_cancelled_requests(port):
    registry = Registry()
    url = f"http://127.0.0.1:{port}/hangs"
    limits = httpx.Limits(max_connections=1)

    async def main():
        transport = AsyncMetricsTransport(httpx.AsyncHTTPTransport(limits=limits), registry)
        async with httpx.AsyncClient(transport=transport, timeout=DEADLINE) as client:
            tasks = [asyncio.ensure_future(client.get(url)) for _ in range(3)]
            await until(lambda: in_progress(registry) == 3)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())
    assert requests_of(registry) == {("GET", "cancelled"): 3}
    assert in_progress(registry) == 0 and errors_of(registry) == {}


def test_cancelled_requests_under_trio(port):
    trio = pytest.importorskip("trio")
    registry = Registry()

    async def main():
        async with httpx.AsyncClient(transport=AsyncMetricsTransport(registry=registry)) as client:
            with trio.move_on_after(0.05):
                await client.get(f"http://127.0.0.1:{port}/hangs")

    trio.run(main)
    assert requests_of(registry) == {("GET", "cancelled"): 1}
    assert in_progress(registry) == 0


def test_what_a_transport_raises_and_returns_comes_through():
    registry = Registry()
    errors = [KeyboardInterrupt("k"), LookupError("l"), httpx.ReadError("r")]
    waiting = list(errors)
    answer = httpx.Response(200)

    def handle(request):
        if waiting:
            raise waiting.pop(0)
        return answer

    transport = MetricsTransport(httpx.MockTransport(handle), registry)
    request = httpx.Request("GET", "http://x/")
    for error in errors:
        with pytest.raises(type(error)) as raised:
            transport.handle_request(request)
        assert raised.value is error
    assert transport.handle_request(request) is answer
    assert requests_of(registry, "status") == {("cancelled",): 1, ("error",): 2, ("200",): 1}
    assert errors_of(registry) == {("LookupError",): 1, ("ReadError",): 1}
    assert request.extensions == {}


def test_metrics_that_fail_do_not_reach_the_request(steps, port, monkeypatch, caplog):
    def fail(*arguments):
        raise LookupError("of a metric")

    requests = [("GET", f"http://127.0.0.1:{port}/hello"), ("GET", "http://127.0.0.1:1/")]
    expected = [200, "ConnectError"]
    registry = Registry()
    monkeypatch.setattr(ClientMetrics, "host", fail)
    assert steps.send(requests, steps.outer(registry=registry)) == expected
    monkeypatch.undo()
    monkeypatch.setattr(ClientMetrics, "connections", fail)
    monkeypatch.setattr(ClientMetrics, "failed", fail)
    assert steps.send(requests, steps.outer(registry=registry)) == expected
    assert requests_of(registry) == {("GET", "200"): 1}
    assert in_progress(registry) == 0
    assert [r.levelname for r in caplog.records if r.name.startswith("aioprom")] == ["ERROR"] * 2


class Panic(BaseException):
    """Such as those of extensions in Rust."""


@pytest.mark.parametrize(
    ("error", "status"),
    [(Panic(), "error"), (SystemExit(), "error"), (asyncio.CancelledError(), "cancelled")],
)
def test_what_is_no_exception(error, status):
    def fail(_request):
        raise error

    registry = Registry()
    transport = MetricsTransport(httpx.MockTransport(fail), registry)
    with pytest.raises(type(error)) as caught, httpx.Client(transport=transport) as client:
        client.get("http://127.0.0.1:1/")
    assert caught.value is error
    assert requests_of(registry) == {("GET", status): 1}
    assert in_progress(registry) == 0
