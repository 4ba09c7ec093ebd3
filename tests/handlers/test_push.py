"""The function push: what it sends, and what it raises."""

from __future__ import annotations

import asyncio
import base64
import inspect
import pickle
import re
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import aioprometheus
from aioprometheus import REGISTRY, Counter, Gauge, PushError, PushTimeout, Registry, push, pusher
from aioprometheus.families import GaugeFamily
from support.certificates import certificate
from support.loops import run
from support.processes import wait_until
from support.push_receiver import PushReceiver, Reply, push_receiver, raw_receiver
from support.pushing import PAYLOAD, VALUES, VICTORIA_PATH, decode_path, make_registry

NOWHERE = "http://127.0.0.1:1"


def failure(*arguments: Any, **options: Any) -> PushError:
    with pytest.raises(PushError) as caught:
        push(*arguments, **options)
    return caught.value


def test_it_is_at_both_paths() -> None:
    assert pusher.push is push is aioprometheus.push
    assert inspect.signature(push).parameters["timeout"].default == 10.0
    assert issubclass(PushError, OSError) and issubclass(PushTimeout, TimeoutError)


@pytest.mark.parametrize(
    ("method", "sent", "body"),
    [("replace", "PUT", PAYLOAD), ("add", "POST", PAYLOAD), ("delete", "DELETE", None)],
)
def test_requests(method: str, sent: str, body: bytes | None) -> None:
    with push_receiver() as receiver:
        assert push("a b", receiver.addr, make_registry(), method=method) is None  # type: ignore[func-returns-value]
        push(
            "j",
            receiver.addr + "/prefix/",
            make_registry(),
            grouping_key={"instance": "h:1"},
            path=VICTORIA_PATH,
            method=method,
        )
    first, second = receiver.got
    assert first[:3] == (sent, "/metrics/job/a%20b", body)
    target = f"/prefix{VICTORIA_PATH}?extra_label=job=j&extra_label=instance=h%3A1"
    assert second[:3] == (sent, target, body)
    kind = None if body is None else "text/plain; version=0.0.4; charset=utf-8"
    assert first.headers.get("content-type") == kind


def test_default_registry_and_an_empty_one() -> None:
    gauge = Gauge("of_the_default_registry", "Default.")
    try:
        gauge.set(1)
        with push_receiver() as receiver:
            push("j", receiver.addr)
            push("j", receiver.addr, Registry())
    finally:
        REGISTRY.deregister(gauge.name)
    assert b"\nof_the_default_registry 1\n" in (receiver.got[0].body or b"")
    assert receiver.got[1].body == b""


def test_every_value_arrives() -> None:
    with push_receiver() as receiver:
        for value in VALUES:
            push(value or "j", receiver.addr, make_registry(), grouping_key={"a": value})
            assert decode_path(receiver.got[-1].path) == {"job": value or "j", "a": value}


def test_views_and_lists_of_registries() -> None:
    other = Registry()
    Counter("other_total", "Other.", registry=other).inc()
    both = [make_registry(), other]
    with push_receiver() as receiver:
        push("j", receiver.addr, both)
        push("j", receiver.addr, tuple(both))
        push("j", receiver.addr, make_registry().restricted(["other_total"]))
    bodies = [got.body or b"" for got in receiver.got]
    for body in bodies[:2]:
        assert PAYLOAD in body and b"other_total 1\n" in body
    assert bodies[2] == b""


def test_functions_and_collectors_are_asked_as_at_a_scrape() -> None:
    class Fetched:
        async def collect(self) -> AsyncIterator[GaugeFamily]:
            await asyncio.sleep(0)
            yield GaugeFamily("fetched", "Fetched.", 7)

    class Broken:
        def collect(self) -> list[GaugeFamily]:
            raise LookupError

    async def asked() -> float:
        await asyncio.sleep(0)
        return 5.0

    registry = Registry()
    registry.register(Fetched())
    registry.register(Broken())
    Gauge("computed", "Computed.", registry=registry).set_function(lambda: 3)
    Gauge("asked", "Asked.", registry=registry).set_function(asked)
    registry.before_scrape(Counter("pushes_total", "Pushes.", registry=registry).inc)
    with push_receiver() as receiver:
        push("j", receiver.addr, registry)
    body = (receiver.got[0].body or b"").decode()
    for line in ("fetched 7", "computed 3", "asked 5.0", "pushes_total 1"):
        assert re.search(f"^{line}$", body, re.M), body
    assert "aioprometheus_collector_errors_total" in body


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        addr = f"http://me:secret@127.0.0.1:{taken.getsockname()[1]}/a?token=secret"
    error = failure("nightly", addr, make_registry())
    assert re.fullmatch(
        r"PUT of the metrics of job 'nightly' to http://127\.0\.0\.1:\d+/a/metrics/job/nightly "
        r"failed: no answer: .*Connection refused\. Nothing listens there: see whether the "
        "receiver runs, and whether addr is right",
        str(error),
    )
    assert (error.status, error.body) == (None, "")
    assert isinstance(error.__cause__, OSError)


def test_an_unknown_host() -> None:
    error = failure("j", "http://no-such-host.invalid", make_registry())
    assert "http://no-such-host.invalid/metrics/job/j" in str(error)
    # A machine without any name server may wait for one.
    assert "The host is unknown" in str(error) or isinstance(error, PushTimeout)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "See which of the metrics or labels it does not take"),
        (401, "with auth= or headers="),
        (404, "See whether addr and path are those of the receiver"),
        (500, "See the log of the receiver"),
        (503, "See the log of the receiver"),
        (304, "See which of the metrics"),
    ],
)
@pytest.mark.parametrize("method", ["replace", "add", "delete"])
def test_an_error_status(status: int, advice: str, method: str) -> None:
    body = "pushed metrics are invalid: \N{SNOWMAN}\n".encode() + b"x" * 200_000
    if status == 304:
        body = b""
    with push_receiver() as receiver:
        receiver.replies = [Reply(status, body)]
        addr = receiver.addr.replace("//", "//me:secret@") + "?token=secret"
        error = failure("my job", addr, make_registry(), method=method)
        assert len(receiver.got) == 1
    words = str(error)
    verb = {"replace": "PUT", "add": "POST", "delete": "DELETE"}[method]
    where = f"{receiver.addr}/metrics/job/my%20job"
    assert words.startswith(f"{verb} of the metrics of job 'my job' to {where} failed: ")
    assert f"was answered with {status} " in words and advice in words
    assert "secret" not in words and len(words) < 1500
    if body:
        assert "pushed metrics are invalid: \N{SNOWMAN}\nxxx" in words
        assert error.body.startswith("pushed metrics are invalid: \N{SNOWMAN}\nxxx")
    assert error.status == status and not isinstance(error, PushTimeout)
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.status, copied.body) == (words, status, error.body)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_status_of_success(status: int) -> None:
    with push_receiver() as receiver:
        receiver.replies = [Reply(status)]
        push("j", receiver.addr, make_registry())
        assert len(receiver.got) == 1


@pytest.mark.parametrize("drips", [False, True])
def test_the_time_limit_is_for_all_of_it(drips: bool) -> None:
    with raw_receiver(drips=drips) as (addr, gone):
        error = failure("nightly", addr, make_registry(), timeout=0.2)
        assert isinstance(error, PushTimeout) and isinstance(error, TimeoutError)
        assert f"of job 'nightly' to {addr}/metrics/job/nightly failed: " in str(error)
        assert "no answer within 0.2 seconds. " in str(error) and "timeout=" in str(error)
        # The request is given up, and its thread ends.
        wait_until(lambda: gone, "the connection is closed")

    def threads() -> list[str]:
        return [t.name for t in threading.enumerate() if t.name == "aioprometheus push"]

    wait_until(lambda: not threads(), "the thread ends", lambda: str(threads()))


def test_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't create new thread at interpreter shutdown")

    with push_receiver() as receiver:
        monkeypatch.setattr("aioprometheus.pushing.exchange.Thread", NoThread)
        receiver.replies = [Reply(), Reply(500)]
        push("j", receiver.addr, make_registry())
        assert failure("j", receiver.addr, make_registry()).status == 500


def test_no_time_limit() -> None:
    with push_receiver() as receiver:
        push("j", receiver.addr, make_registry(), timeout=None)
        assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [200, 503])
def test_an_answer_that_breaks_off_has_its_status_all_the_same(status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: 9\r\n\r\nab".encode())
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

        thread = threading.Thread(target=answer)
        thread.start()
        addr = f"http://127.0.0.1:{server.getsockname()[1]}"
        if status == 200:
            push("j", addr, make_registry())
        else:
            assert "was answered with 503 X" in str(failure("j", addr, make_registry()))
        thread.join()


def test_what_is_not_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for content in (b"SSH-2.0-OpenSSH\r\n", b""):
                connection, _ = server.accept()
                with connection:
                    connection.recv(1)
                    connection.sendall(content)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass

        thread = threading.Thread(target=answer)
        thread.start()
        addr = f"http://127.0.0.1:{server.getsockname()[1]}"
        for words in ("SSH-2.0-OpenSSH", "without response"):
            error = failure("j", addr, make_registry())
            assert words in str(error) and "with http or https as it takes it" in str(error)
        thread.join()


def test_a_refusal_that_comes_before_the_body_is_read() -> None:
    registry = Registry()
    Gauge("big", "x" * 30_000_000, registry=registry).set(1)
    with push_receiver() as receiver:
        receiver.replies = [Reply(413, b"too large", reads=False)]
        error = failure("j", receiver.addr, registry)
    assert (error.status, error.body) == (413, "too large")


def test_in_a_thread_with_an_event_loop() -> None:
    async def scenario(receiver: PushReceiver) -> None:
        with pytest.raises(RuntimeError) as caught:
            push("nightly", receiver.addr, make_registry(), method="add")
        assert "await Pusher('nightly', addr).add(registry, raise_for_status=True)" in str(
            caught.value
        )
        assert receiver.got == []
        # A thread beside it has none.
        await asyncio.to_thread(push, "nightly", receiver.addr, make_registry())
        assert len(receiver.got) == 1

    with push_receiver() as receiver:
        run(scenario(receiver))
        push("j", receiver.addr, make_registry())
        assert len(receiver.got) == 2


def test_under_trio() -> None:
    trio = pytest.importorskip("trio")

    async def scenario() -> None:
        with pytest.raises(RuntimeError, match="await Pusher"):
            push("j", NOWHERE, make_registry())

    trio.run(scenario)


def test_authentication_and_headers() -> None:
    with push_receiver() as receiver:
        addr = receiver.addr.replace("//", "//Joe:43%40%C3%A9@")
        push("j", addr, make_registry())
        push("j", receiver.addr, make_registry(), auth=("Joe", "43@é"))
        push("j", addr, make_registry(), headers={"authorization": "Bearer t"})
        push("j", receiver.addr, make_registry(), headers={"X-Scope": "a", "content-TYPE": "x"})
    basic = "Basic " + base64.b64encode("Joe:43@é".encode()).decode()
    found = [got.headers.get("authorization") for got in receiver.got]
    assert found == [basic, basic, "Bearer t", None]
    assert receiver.got[-1].headers["x-scope"] == "a"
    assert receiver.got[-1].headers["content-type"].startswith("text/plain; version=0.0.4")
    assert all("@" not in got.headers["host"] for got in receiver.got)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["replace", "add"])
def test_a_redirect_keeps_the_metrics(status: int, method: str) -> None:
    with push_receiver() as receiver, push_receiver() as other:
        receiver.replies = [
            Reply(status, headers=(("Location", "/elsewhere é?a=b"),)),
            Reply(status, headers=(("Location", f"{other.addr}/there"),)),
        ]
        push("j", receiver.addr, make_registry(), method=method, auth=("a", "secret"))
    first, second = receiver.got
    (third,) = other.got
    assert first.method == second.method == third.method
    assert second.path == "/elsewhere%20%C3%A9?a=b" or second.path.startswith("/elsewhere")
    assert first.body == second.body == third.body == PAYLOAD
    # The password is for the first server alone.
    assert "authorization" in first.headers and "authorization" in second.headers
    assert "authorization" not in third.headers


@pytest.mark.parametrize(
    ("status", "location"), [(303, "/a"), (300, "/a"), (302, "ftp://127.0.0.1/a"), (302, "/loop")]
)
def test_a_redirect_that_loses_the_metrics_is_an_error(status: int, location: str) -> None:
    with push_receiver() as receiver:
        receiver.replies = [Reply(status, headers=(("Location", location),)) for _ in range(20)]
        error = failure("j", receiver.addr, make_registry(), method="add")
        assert len(receiver.got) == (6 if location == "/loop" else 1)
    assert error.status == status
    where = location if "ftp" in location else f"{receiver.addr}{location}"
    assert f"See whether {where} is the receiver, and give its address" in str(error)


def test_a_redirect_to_nonsense() -> None:
    with push_receiver() as receiver:
        receiver.replies = [Reply(302, headers=(("Location", "http://h:port/"),))]
        assert "failed: " in str(failure("j", receiver.addr, make_registry()))


def test_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with push_receiver() as proxy:
        monkeypatch.setenv("http_proxy", proxy.addr.replace("//", "//u:secret@"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        push("j", "http://pushgateway.invalid:9091", make_registry())
        assert proxy.got[0].path == "http://pushgateway.invalid:9091/metrics/job/j"
        assert "proxy-authorization" in proxy.got[0].headers
        error = failure("j", NOWHERE, make_registry())
        assert "proxy" not in str(error) and len(proxy.got) == 1
    error = failure("j", "http://pushgateway.invalid:9091", make_registry())
    host = proxy.addr.removeprefix("http://")
    assert f"no answer, through the proxy {host} of the environment: " in str(error)
    assert "secret" not in str(error)


def test_https(tmp_path: Path) -> None:
    trusted, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, key)
    trusting = ssl.create_default_context(cafile=str(trusted))
    with push_receiver(context) as receiver, push_receiver() as plain:
        push("j", receiver.addr, make_registry(), ssl=trusting)
        assert receiver.got[0][:3] == ("PUT", "/metrics/job/j", PAYLOAD)
        error = failure("j", receiver.addr, make_registry())
        assert "ssl=ssl.create_default_context(cafile=...)" in str(error)
        error = failure("j", plain.addr.replace("http", "https"), make_registry(), ssl=trusting)
        assert "See whether the receiver takes https" in str(error)
        # Never from a line that is secret to one that is not.
        receiver.replies = [Reply(308, headers=(("Location", plain.addr),))]
        assert failure("j", receiver.addr, make_registry(), ssl=trusting).status == 308
        # But the other way, and with the password where the server is the same.
        plain.replies = [Reply(308, headers=(("Location", receiver.addr),))]
        push("j", plain.addr, make_registry(), ssl=trusting)
    assert len(receiver.got) == 3
