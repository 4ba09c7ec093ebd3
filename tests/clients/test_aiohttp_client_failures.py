"""The metrics of aiohttp's client where requests fail: errors, time-outs, cancellations."""

import asyncio
import contextlib

import aiohttp
import pytest

from aioprometheus import Registry
from aioprometheus.aiohttp import client_trace_config
from aioprometheus.http.client import ClientMetrics
from support.aiohttp_apps import samples_of, until
from support.measured_clients import get, in_progress, requests_of, run


def test_raise_for_status_is_no_error():
    async def steps(session, port):
        with pytest.raises(aiohttp.ClientResponseError):
            await session.get("/unavailable")

    registry = run(steps, raise_for_status=True)
    assert requests_of(registry) == {("GET", "503"): 1}
    assert samples_of(registry, "http_client_errors_total") == {}


class Refused(aiohttp.ClientResponseError):
    """What a function of a user's raises for an answer."""


def test_what_a_function_raises_for_an_answer_is_no_error():
    async def raises(response):
        if response.status >= 400:
            raise Refused(
                response.request_info,
                response.history,
                status=response.status,
                headers=response.headers,
            )

    async def steps(session, port):
        with pytest.raises(Refused):
            await session.get("/unavailable", raise_for_status=raises)

    registry = run(steps)
    assert requests_of(registry) == {("GET", "503"): 1}
    assert samples_of(registry, "http_client_errors_total") == {}


def test_a_proxy_that_refuses_is_an_error():
    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def steps(session, port):
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with aiohttp.ClientSession(trace_configs=session.trace_configs) as other:
            with pytest.raises(aiohttp.ClientHttpProxyError):
                await get(other, "https://example.org/", proxy=proxy)
        server.close()

    assert requests_of(run(steps)) == {("GET", "error"): 1}


def test_time_outs():
    async def steps(session, port):
        with pytest.raises(asyncio.TimeoutError):
            await get(session, "/hangs", timeout=aiohttp.ClientTimeout(total=0.01))

    registry = run(steps)
    assert requests_of(registry) == {("GET", "error"): 1}
    (((error,), count),) = samples_of(registry, "http_client_errors_total", "error").items()
    assert "TimeoutError" in error and count == 1


def test_a_server_that_is_not_there():
    async def steps(session, port):
        with pytest.raises(aiohttp.ClientConnectorError):
            await dead(session)

    async def dead(session):
        async with aiohttp.ClientSession(trace_configs=session.trace_configs) as other:
            await get(other, "http://127.0.0.1:1/")

    registry = run(steps)
    assert samples_of(registry, "http_client_errors_total", "method", "host", "error") == {
        ("GET", "127.0.0.1:1", "ClientConnectorError"): 1
    }
    created = samples_of(registry, "http_client_connections_created_total", "host")
    assert created.get(("127.0.0.1:1",), 0) == 0


@pytest.mark.parametrize(
    "answer",
    [b"", b"junk\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 20"],
)
def test_answers_that_are_none(answer):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def steps(session, port):
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with aiohttp.ClientSession(trace_configs=session.trace_configs) as other:
            with pytest.raises(aiohttp.ClientError):
                await get(other, f"http://127.0.0.1:{port}/")
        server.close()

    registry = run(steps)
    assert requests_of(registry) == {("GET", "error"): 1}


def test_cancelled_requests():
    async def steps(session, port):
        async def cancel(path):
            task = asyncio.ensure_future(get(session, path))
            await until(lambda: in_progress(registry) > 0)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

        await cancel("/hangs")
        # While it waits for the pool, too.
        hanging = asyncio.ensure_future(get(session, "/hangs"))
        await until(lambda: in_progress(registry) == 1)
        waiting = asyncio.ensure_future(get(session, "/hello"))
        await until(lambda: in_progress(registry) == 2)
        for task in (waiting, hanging):
            task.cancel()
        await asyncio.gather(waiting, hanging, return_exceptions=True)

    registry = Registry()

    async def limited(session, port):
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(
            session._base_url, connector=connector, trace_configs=session.trace_configs
        ) as other:
            await steps(other, port)

    run(limited, registry)
    assert requests_of(registry) == {("GET", "cancelled"): 3}
    assert samples_of(registry, "http_client_errors_total") == {}


def test_another_trace_that_fails_leaves_nothing_in_progress():
    failing = aiohttp.TraceConfig()

    async def fail(*arguments):
        raise LookupError("of another trace")

    failing.on_request_start.append(fail)
    registry = Registry()

    async def steps(session, port):
        with pytest.raises(LookupError):
            await get(session, "/hello")

    run(steps, registry, trace_configs=[client_trace_config(registry), failing])


def test_metrics_that_fail_do_not_reach_the_request(monkeypatch, caplog):
    def fail(*arguments):
        raise LookupError("of a metric")

    async def steps(session, port):
        for _ in range(2):
            await get(session, "/hello")
            async with aiohttp.ClientSession(trace_configs=session.trace_configs) as other:
                with pytest.raises(aiohttp.ClientConnectorError):
                    await get(other, "http://127.0.0.1:1/")

    monkeypatch.setattr(ClientMetrics, "host", fail)
    registry = run(steps)
    assert requests_of(registry) == {}
    monkeypatch.undo()
    monkeypatch.setattr(ClientMetrics, "connections", fail)
    monkeypatch.setattr(ClientMetrics, "failed", fail)
    assert requests_of(run(steps)) == {("GET", "200"): 2}
    assert [r.levelname for r in caplog.records if r.name.startswith("aioprom")] == ["ERROR"] * 2
