"""The function push: answers that come slowly, and those before the last one; time limits."""

from __future__ import annotations

import re
import socket
import threading
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from aioprometheus import Pusher, PushError, PushTimeout, push
from support.loops import run
from support.processes import DEADLINE
from support.push_receiver import Reply, push_receiver
from support.pushing import Receiver, make_registry


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """Answer a request to each connection with some bytes, and keep it open; gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(DEADLINE)
                    connection.recv(1)
                    connection.sendall(answer)
                    while connection.recv(65536):
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("status", [400, 503, 304])
def test_a_status_whose_body_is_late_decides(status: int) -> None:
    head = f"HTTP/1.1 {status} X\r\nContent-Length: 100\r\n\r\n".encode()
    with answering(head + b"it is b") as addr:
        with pytest.raises(PushError) as caught:
            push("j", addr, make_registry(), timeout=0.3)
        error = caught.value
    assert error.status == status and not isinstance(error, PushTimeout)
    if status != 304:  # which has no body
        assert error.body == "it is b" and "X: it is b. See" in str(error)


def test_a_chunked_body_that_is_late() -> None:
    head = b"HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n"
    with answering(head) as addr:
        with pytest.raises(PushError) as caught:
            push("j", addr, make_registry(), timeout=0.3)
        assert (caught.value.status, caught.value.body) == (503, "words")


def test_a_redirect_whose_body_is_late_is_followed() -> None:
    with push_receiver() as receiver:
        head = f"HTTP/1.1 307 X\r\nContent-Length: 9\r\nLocation: {receiver.addr}/there\r\n\r\n"
        with answering(head.encode()) as addr:
            push("j", addr, make_registry(), timeout=DEADLINE)
        assert [got.path for got in receiver.got] == ["/there"]


def test_a_redirect_to_a_server_that_does_not_answer_is_a_timeout() -> None:
    with answering(b"") as silent, push_receiver() as receiver:
        receiver.replies = [Reply(307, headers=(("Location", silent),))]
        with pytest.raises(PushTimeout):
            push("j", receiver.addr, make_registry(), timeout=0.3)


@pytest.mark.parametrize("interim", [(100,), (102,), (103,), (100, 102, 103, 103)])
@pytest.mark.parametrize("status", [200, 503])
def test_answers_before_the_last_one(interim: tuple[int, ...], status: int) -> None:
    early = "".join(f"HTTP/1.1 {each} X\r\nLink: </a>\r\n\r\n" for each in interim)
    last = f"HTTP/1.1 {status} Y\r\nContent-Length: 0\r\n\r\n"
    with answering((early + last).encode()) as addr:
        if status == 200:
            push("j", addr, make_registry(), timeout=DEADLINE)
        else:
            with pytest.raises(PushError, match="answered with 503 Y"):
                push("j", addr, make_registry(), timeout=DEADLINE)


def test_another_protocol_is_an_answer() -> None:
    answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
    with answering(answer) as addr, pytest.raises(PushError, match="answered with 101"):
        push("j", addr, make_registry(), timeout=DEADLINE)


NO_LIMITS = pytest.mark.parametrize(
    "timeout", [0, 0.0, -1, float("nan"), float("inf"), float("-inf")]
)


@NO_LIMITS
def test_time_limits_that_are_none(timeout: Any) -> None:
    words = f"timeout must be a number of seconds above 0, got: {timeout!r}. For no limit, give "
    with push_receiver() as receiver:
        with pytest.raises(ValueError, match=re.escape(words + "timeout=None")):
            push("j", receiver.addr, make_registry(), timeout=timeout)
        assert not receiver.got


@NO_LIMITS
@pytest.mark.parametrize("method", ["add", "replace", "delete"])
def test_time_limits_of_a_pusher_that_are_none(timeout: Any, method: str) -> None:
    async def scenario() -> None:
        words = "For no limit, give timeout=aiohttp.ClientTimeout(total=None)"
        async with Receiver() as receiver:
            with pytest.raises(ValueError, match=re.escape(words)):
                await getattr(Pusher("j", receiver.addr), method)(make_registry(), timeout=timeout)
            assert receiver.requests == []

    run(scenario())


@pytest.mark.parametrize("timeout", [10**400, 1e300, 60, 0.5e2])
def test_long_time_limits(timeout: Any) -> None:
    async def scenario() -> None:
        async with Receiver() as receiver:
            pusher = Pusher("j", receiver.addr)
            assert (await pusher.add(make_registry(), timeout=timeout)).status == 200

    with push_receiver() as receiver:
        push("j", receiver.addr, make_registry(), timeout=timeout)
        assert len(receiver.got) == 1
    run(scenario())


def test_the_type_of_the_method() -> None:
    method = typing.get_type_hints(push)["method"]
    assert typing.get_args(method) == ("replace", "add", "delete")
