"""The pusher: what it refuses to send, its time limits, and what is left of its sessions."""

from __future__ import annotations

import asyncio
import gc
import logging
import re
from collections.abc import Callable
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from aioprometheus import Counter, Gauge, Registry
from aioprometheus.formats.text import TextFormatter
from aioprometheus.pusher import Pusher
from support.loops import run
from support.pushing import PAYLOAD, VICTORIA_PATH, Receiver, make_registry

PUSHES = pytest.mark.parametrize("push", [Pusher.add, Pusher.replace, Pusher.delete])

NO_REGISTRIES = {
    "the class": lambda: Registry,
    "text": lambda: "registry",
    "bytes": lambda: b"",
    "nothing": lambda: None,
    "a dict": lambda: {"instance": "h:1"},
    "a number": lambda: 9091,
    "an object": object,
    "a formatter": TextFormatter,
    "a child": lambda: Gauge("g", "d", registry=Registry()).labels(),
    "an empty list": list,
    "a list of others": lambda: [Registry(), "registry"],
    "a list of metrics": lambda: [Gauge("g", "d", registry=Registry())],
}


@PUSHES
@pytest.mark.parametrize("path", ["/metrics", VICTORIA_PATH])
@pytest.mark.parametrize("make", NO_REGISTRIES.values(), ids=NO_REGISTRIES)
def test_what_is_not_a_registry_is_not_sent(
    push: Callable[..., Any], path: str, make: Callable[[], Any]
) -> None:
    async def scenario() -> None:
        got = make()
        async with Receiver() as receiver:
            with pytest.raises(Exception, match="registry must be a Registry, got: ") as caught:
                await push(Pusher("j", receiver.addr, path=path), got)
            assert receiver.requests == []
        assert type(caught.value) is Exception
        assert str(caught.value) == f"registry must be a Registry, got: {type(got)}"
        (note,) = caught.value.__notes__
        where = f"{push.__name__}() takes the object that holds the metrics: REGISTRY, or a Reg"
        assert note.startswith("this is a class" if got is Registry else where)

    run(scenario())


@PUSHES
@pytest.mark.parametrize("path", ["/metrics", VICTORIA_PATH])
@pytest.mark.parametrize("values", [0, 1])
def test_a_metric_is_not_sent(push: Callable[..., Any], path: str, values: int) -> None:
    async def scenario() -> None:
        counter = Counter("c_total", "d", registry=Registry())
        for _ in range(values):
            counter.inc()
        async with Receiver() as receiver:
            with pytest.raises(TypeError) as caught:
                await push(Pusher("j", receiver.addr, path=path), counter)
            assert receiver.requests == []
        assert str(caught.value) == "Not a valid object format"  # as in 23.12.0
        assert f"{push.__name__}() takes the object" in caught.value.__notes__[0]
        assert "that the metric is registered in" in caught.value.__notes__[0]

    run(scenario())


def test_formatters_of_the_user_get_no_other_objects() -> None:
    class Own(TextFormatter):
        def marshall(self, registry: Registry) -> bytes:
            return f"registries {len(registry)}\n".encode()

    async def scenario() -> None:
        async with Receiver() as receiver:
            pusher = Pusher("j", receiver.addr)
            pusher.formatter = Own()
            with pytest.raises(Exception, match="registry must be a Registry, got: "):
                await pusher.add("text")  # type: ignore[arg-type]
            await pusher.add([make_registry(), Registry()])
            assert [body for _, _, body in receiver.requests] == [b"registries 1\n"]

    run(scenario())


@PUSHES
def test_lists_and_views_of_registries(push: Callable[..., Any]) -> None:
    async def scenario() -> None:
        other = Registry()
        Counter("other_total", "Other.", registry=other).inc()
        async with Receiver() as receiver:
            pusher = Pusher("j", receiver.addr)
            for registry in ([make_registry(), other], (make_registry(), other)):
                await push(pusher, registry)
            await push(pusher, make_registry().restricted(["pushed_total"]))
            await push(pusher, make_registry().restricted(["other_total"]))
            await push(pusher, make_registry().restricted([]))
            bodies = [body for _, _, body in receiver.requests]
        for body in bodies[:2]:
            assert PAYLOAD in body and b"other_total 1\n" in body
        assert bodies[2:] == [PAYLOAD, b"", b""]

    run(scenario())


def limit_of(**options: Any) -> aiohttp.ClientTimeout:
    """The time limit of the session of a push with these options."""
    limits: list[aiohttp.ClientTimeout] = []

    async def started(session: aiohttp.ClientSession, *_: object) -> None:
        limits.append(session.timeout)

    async def scenario() -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(started)
        async with Receiver() as receiver:
            await Pusher("j", receiver.addr).add(make_registry(), trace_configs=[trace], **options)

    run(scenario())
    (limit,) = limits
    return limit


def test_time_limits() -> None:
    assert limit_of() == aiohttp.ClientTimeout(total=10)
    assert limit_of(timeout=70) == limit_of(timeout=70.0) == aiohttp.ClientTimeout(total=70)
    own = aiohttp.ClientTimeout(connect=3)
    assert limit_of(timeout=own) == own
    # As aiohttp takes it: its own limit.
    assert limit_of(timeout=None).total == 300


@pytest.mark.parametrize("option", ["read_timeout", "conn_timeout"])
def test_time_limits_of_old_versions_of_aiohttp(option: str) -> None:
    with pytest.warns(DeprecationWarning, match=option):
        limit = limit_of(**{option: 7})
    assert 7 in (limit.total, limit.connect)


def test_a_time_limit_that_is_none_is_refused_by_aiohttp() -> None:
    for wrong in ("5", True):
        with pytest.raises(ValueError, match="timeout parameter cannot be of"):
            limit_of(timeout=wrong)


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_loses_the_metrics_is_reported(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with Receiver() as receiver:

            def redirect() -> aiohttp.web.Response:
                where = {"Location": f"{receiver.addr}/elsewhere?token=secret"}
                return aiohttp.web.Response(status=status, headers=where)

            pusher = Pusher("j", receiver.addr)
            receiver.answers = [redirect()]
            response = await pusher.add(make_registry())
            assert (response.method, response.status) == ("GET", 200)
            words = f"this redirect to {receiver.addr}/elsewhere has made a GET of it"
            (message,) = [record.getMessage() for record in caplog.records]
            begin = f"POST of the metrics of job 'j' to {receiver.addr}/metrics/job/j was answered"
            assert message.startswith(f"{begin} with {status} ")
            assert words in message and "secret" not in message

            receiver.answers = [redirect()]
            with pytest.raises(aiohttp.ClientResponseError) as caught:
                await pusher.add(make_registry(), raise_for_status=True)
            assert caught.value.status == status and words in caught.value.message
            assert [got[0] for got in receiver.requests] == ["POST", "GET"] * 2

    with caplog.at_level(logging.WARNING, "aioprometheus.pusher"):
        run(scenario())


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_metrics(status: int, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with Receiver(
            aiohttp.web.Response(status=status, headers={"Location": "/elsewhere"})
        ) as receiver:
            await Pusher("j", receiver.addr).add(make_registry(), raise_for_status=True)
            assert receiver.requests[1] == ("POST", "/elsewhere", PAYLOAD)

    run(scenario())
    assert not caplog.records


def test_one_pusher_on_several_loops_and_in_several_tasks() -> None:
    async def scenario(pusher: Pusher, receiver: Receiver) -> None:
        for push in (pusher.add, pusher.replace, pusher.delete):
            answers = await asyncio.gather(*(push(make_registry()) for _ in range(20)))
            assert [answer.status for answer in answers] == [200] * 20
        assert len(receiver.requests) == 60

    async def served() -> None:
        nonlocal pusher
        async with Receiver() as receiver:
            pusher = pusher or Pusher("j", receiver.addr)
            pusher.path = f"{receiver.addr}/metrics/job/j"
            await scenario(pusher, receiver)

    pusher: Pusher | None = None
    for _ in range(3):
        run(served())
    gc.collect()  # what is not closed warns then, and that is an error


@pytest.mark.parametrize("waits_for", ["the connection", "the answer", "the body", "a collector"])
def test_a_push_that_is_cancelled_leaves_nothing(waits_for: str) -> None:
    async def scenario() -> None:
        reached, closed = asyncio.Event(), asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            assert length
            await reader.readexactly(int(length[1]))
            if waits_for == "the body":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
            reached.set()
            await reader.read()  # until the client gives up
            writer.close()
            closed.set()

        class Slow:
            async def collect(self) -> list[Any]:
                reached.set()
                await asyncio.Event().wait()
                return []

        class Connector(aiohttp.TCPConnector):
            async def _create_connection(self, *arguments: Any, **options: Any) -> Any:
                reached.set()
                await asyncio.Event().wait()

        registry = make_registry()
        options = {}
        if waits_for == "a collector":
            registry.register(Slow())
        if waits_for == "the connection":
            options["connector"] = Connector()
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        async with server:
            addr = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            push = asyncio.create_task(Pusher("j", addr).replace(registry, **options))
            await reached.wait()
            await asyncio.sleep(0)
            push.cancel()
            with pytest.raises(asyncio.CancelledError):
                await push
            if waits_for in ("the answer", "the body"):
                await closed.wait()

    run(scenario())
    gc.collect()
