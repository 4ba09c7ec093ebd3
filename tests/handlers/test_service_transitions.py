"""Starts and stops of the service: several of them, failures, and cancellation."""

from __future__ import annotations

import asyncio
import gc
import unittest.mock
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from aioprometheus import service
from aioprometheus.service import Service
from support.loops import run
from support.services import assert_as_before_start, fetch, make_registry, occupied_port


def test_second_start_only_warns() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        await server.start(addr="127.0.0.1")
        url = server.metrics_url
        with unittest.mock.patch.object(service.logger, "warning") as warning:
            await server.start(addr="127.0.0.1", metrics_url="/other")
        warning.assert_called_once_with("Prometheus metrics server is already running")
        assert server.metrics_url == url
        response, _ = await fetch("GET", url)
        assert response.status == 200
        await server.stop()

    run(scenario())


def test_stop_of_a_stopped_server_only_warns() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        for _ in range(2):
            with unittest.mock.patch.object(service.logger, "warning") as warning:
                await server.stop()
            warning.assert_called_once_with("Prometheus metrics server is already stopped")
            await server.start(addr="127.0.0.1")
            await server.stop()
        assert_as_before_start(server)

    run(scenario())


def test_starts_again_after_a_stop_on_the_same_port() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        await server.start(addr="127.0.0.1")
        port = int(server.base_url.rpartition(":")[2])
        for path in ("/metrics", "/again"):
            await server.stop()
            assert_as_before_start(server)
            await server.start(addr="127.0.0.1", port=port, metrics_url=path)
            assert server.metrics_url == f"http://127.0.0.1:{port}{path}"
            response, _ = await fetch("GET", server.metrics_url)
            assert response.status == 200
        await server.stop()

    run(scenario())


def test_works_in_one_event_loop_after_another() -> None:
    server = Service(make_registry())

    async def scenario() -> None:
        await asyncio.gather(server.start(addr="127.0.0.1"), server.start(addr="127.0.0.1"))
        response, _ = await fetch("GET", server.metrics_url)
        assert response.status == 200
        await asyncio.gather(server.stop(), server.stop())

    run(scenario())
    run(scenario())


def test_failed_bind_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        listener, port = occupied_port()
        runners = []
        original = aiohttp.web.AppRunner

        def make_runner(*args: Any, **kwargs: Any) -> aiohttp.web.AppRunner:
            runners.append(original(*args, **kwargs))
            return runners[-1]

        with listener:
            with (
                unittest.mock.patch.object(service.logger, "exception") as exception,
                unittest.mock.patch.object(aiohttp.web, "AppRunner", make_runner),
            ):
                for _ in range(2):
                    with pytest.raises(OSError, match="address already in use"):
                        await server.start(addr="127.0.0.1", port=port, metrics_url="/failed")
                    assert_as_before_start(server)
            assert (
                exception.mock_calls
                == [
                    unittest.mock.call("error creating metrics server"),
                ]
                * 2
            )
            for runner in runners:
                assert runner.server is None
                assert runner.sites == set()

            with unittest.mock.patch.object(service.logger, "warning") as warning:
                await server.stop()
            warning.assert_called_once_with("Prometheus metrics server is already stopped")

            await server.start(addr="127.0.0.1")
            assert server.metrics_url.endswith("/metrics")
            response, _ = await fetch("GET", server.metrics_url)
            assert response.status == 200
            await server.stop()

        await server.start(addr="127.0.0.1", port=port)
        response, _ = await fetch("GET", f"http://127.0.0.1:{port}/metrics")
        assert response.status == 200
        await server.stop()

    run(scenario())
    gc.collect()  # an unclosed socket would warn here, and warnings are errors


@pytest.mark.parametrize("path", ["no-slash", "/{", "/"])
def test_start_with_an_unusable_path_leaves_nothing_behind(path: str) -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        with pytest.raises((ValueError, RuntimeError)):
            await server.start(addr="127.0.0.1", metrics_url=path)
        assert_as_before_start(server)
        await server.start(addr="127.0.0.1")
        await server.stop()

    run(scenario())


def test_concurrent_starts_make_one_server() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        with unittest.mock.patch.object(service.logger, "warning") as warning:
            await asyncio.gather(*(server.start(addr="127.0.0.1") for _ in range(5)))
        assert (
            warning.mock_calls
            == [
                unittest.mock.call("Prometheus metrics server is already running"),
            ]
            * 4
        )
        response, _ = await fetch("GET", server.metrics_url)
        assert response.status == 200
        await server.stop()
        assert_as_before_start(server)

    run(scenario())
    gc.collect()


def test_concurrent_start_goes_on_where_the_first_one_fails() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        listener, port = occupied_port()
        with listener:
            failed, succeeded = await asyncio.gather(
                server.start(addr="127.0.0.1", port=port),
                server.start(addr="127.0.0.1"),
                return_exceptions=True,
            )
        assert isinstance(failed, OSError)
        assert succeeded is None
        response, _ = await fetch("GET", server.metrics_url)
        assert response.status == 200
        await server.stop()

    run(scenario())


def test_stop_during_a_start_stops_what_was_started() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        await asyncio.gather(server.start(addr="127.0.0.1"), server.stop())
        assert_as_before_start(server)

    run(scenario())


@pytest.mark.parametrize("steps", range(8))
def test_cancelled_start_leaves_nothing_behind(steps: int) -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        task = asyncio.create_task(server.start(addr="127.0.0.1"))
        for _ in range(steps):
            await asyncio.sleep(0)
        if task.cancel():
            with pytest.raises(asyncio.CancelledError):
                await task
            assert_as_before_start(server)
            await server.start(addr="127.0.0.1")
        response, _ = await fetch("GET", server.metrics_url)
        assert response.status == 200
        await server.stop()

    run(scenario())
    gc.collect()


def test_cancelled_stop_can_be_repeated() -> None:
    async def scenario() -> None:
        entered, leave = asyncio.Event(), asyncio.Event()

        class Slow(Service):
            async def handle_metrics(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
                entered.set()
                await leave.wait()
                return await super().handle_metrics(request)

        server = Slow(make_registry())
        await server.start(addr="127.0.0.1")
        scrape = asyncio.create_task(fetch("GET", server.metrics_url))
        await entered.wait()
        stop = asyncio.create_task(server.stop())
        for _ in range(5):
            await asyncio.sleep(0)
        stop.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stop
        leave.set()
        await server.stop()
        assert_as_before_start(server)
        await asyncio.gather(scrape, return_exceptions=True)
        await server.start(addr="127.0.0.1")
        await server.stop()

    run(scenario())


def test_log_messages(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> str:
        server = Service(make_registry())
        await server.start(addr="127.0.0.1")
        url = server.metrics_url
        await server.stop()
        return url

    caplog.set_level("DEBUG", logger="aioprometheus.service")
    url = asyncio.run(scenario())
    assert [r.getMessage() for r in caplog.records if r.name == "aioprometheus.service"] == [
        "Prometheus metrics server starting on 127.0.0.1:0/metrics",
        f"Prometheus metrics server started on {url}",
        "Prometheus metrics server stopping",
        "Prometheus metrics server stopped",
    ]
