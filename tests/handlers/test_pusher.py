"""The pusher: its URLs, its requests, and its answers."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from aioprometheus import REGISTRY, Counter
from aioprometheus.formats.text import TextFormatter
from aioprometheus.pusher import Pusher
from support.loops import run
from support.pushing import PAYLOAD, VALUES, VICTORIA_PATH, Receiver, decode_path, make_registry

ADDR = "http://127.0.0.1:9091"
LONG = 10
"""More seconds than a client takes to connect; three times less than the limit."""


def test_attributes() -> None:
    key = {"instance": "127.0.0.1:1234"}
    pusher = Pusher("my-job", ADDR, grouping_key=key)
    assert pusher.job_name == "my-job"
    assert pusher.addr == ADDR
    assert pusher.grouping_key is key
    assert isinstance(pusher.formatter, TextFormatter)
    assert pusher.headers == pusher.formatter.get_headers()
    assert Pusher.PROMETHEUS_PATH == "/metrics"
    assert Pusher("my-job", ADDR).grouping_key == {}


@pytest.mark.parametrize(
    ("job", "key", "expected"),
    [
        ("my-job", None, "/metrics/job/my-job"),
        ("my-job", {}, "/metrics/job/my-job"),
        (
            "my-job",
            {"instance": "127.0.0.1:1234"},
            "/metrics/job/my-job/instance/127.0.0.1%3A1234",
        ),
        (
            "example",
            {"second": "foo", "first": ""},
            "/metrics/job/example/first@base64/=/second/foo",
        ),
        (
            "directory_cleaner",
            {"path": "/var/tmp"},
            "/metrics/job/directory_cleaner/path@base64/L3Zhci90bXA=",
        ),
        ("a/b", None, "/metrics/job@base64/YS9i"),
        ("Προμηθεύς", None, "/metrics/job/%CE%A0%CF%81%CE%BF%CE%BC%CE%B7%CE%B8%CE%B5%CF%8D%CF%82"),
        ("j", {"b": 1, "a": 2.5, "c": None}, "/metrics/job/j/a/2.5/b/1/c/None"),
        (7, {(8.0).__class__.__name__: True}, "/metrics/job/7/float/True"),
        # 23.12.0 wrote `a+b`, which is a plus, and `..`, which is another path.
        ("a b", {"c": "d e"}, "/metrics/job/a%20b/c/d%20e"),
        ("a+b", None, "/metrics/job/a%2Bb"),
        (".", {"x": ".."}, "/metrics/job@base64/Lg==/x@base64/Li4="),
        ("j", {"x": "\xff\xff/"}, "/metrics/job/j/x@base64/w7_Dvy8="),
    ],
)
def test_pushgateway_path(job: Any, key: Any, expected: str) -> None:
    assert Pusher(job, ADDR, grouping_key=key).path == ADDR + expected


@pytest.mark.parametrize(
    ("addr", "path", "expected"),
    [
        ("http://h:9091", "/metrics", "http://h:9091/metrics/job/j"),
        ("http://h:9091/", "/metrics", "http://h:9091/metrics/job/j"),
        ("http://h:9091///", "/metrics", "http://h:9091/metrics/job/j"),
        ("https://h/prefix", "/metrics", "https://h/prefix/metrics/job/j"),
        ("https://h/a/b/", "/metrics", "https://h/a/b/metrics/job/j"),
        ("http://[::1]:9091/p", "/metrics", "http://[::1]:9091/p/metrics/job/j"),
        ("http://u:p%40@h/p", "/metrics", "http://u:p%40@h/p/metrics/job/j"),
        ("http://h/p?token=1", "/metrics", "http://h/p/metrics/job/j?token=1"),
        ("http://h/p#x", "/metrics", "http://h/p/metrics/job/j"),
        ("", "/metrics", "/metrics/job/j"),
        ("http://h", "/i", "http://h/i?extra_label=job=j"),
        ("http://h/p/", "/i", "http://h/p/i?extra_label=job=j"),
        ("http://h/p", "i", "http://h/p/i?extra_label=job=j"),
        ("http://h", "import:csv", "http://h/import:csv?extra_label=job=j"),
        ("http://h", "/i?a=b", "http://h/i?a=b&extra_label=job=j"),
        ("http://h?t=1", "/i?a=b#x", "http://h/i?t=1&a=b&extra_label=job=j"),
        ("http://h", "/metrics/", "http://h/metrics/?extra_label=job=j"),
        ("http://h/p", "http://other/i", "http://other/i?extra_label=job=j"),
    ],
)
def test_address_and_path(addr: str, path: str, expected: str) -> None:
    assert Pusher("j", addr, path=path).path == expected


def test_custom_path_keeps_job_and_grouping_key() -> None:
    key = {"z": "a b&c=d+e", "instance": "h:1", "empty": ""}
    pusher = Pusher("my job", ADDR, grouping_key=key, path=VICTORIA_PATH)
    assert pusher.path == (
        f"{ADDR}{VICTORIA_PATH}?extra_label=job=my%20job&extra_label=empty="
        "&extra_label=instance=h%3A1&extra_label=z=a%20b%26c%3Dd%2Be"
    )


def test_custom_path_may_do_without_a_job() -> None:
    assert Pusher("", ADDR, path="/i").path == f"{ADDR}/i"
    assert Pusher("", ADDR, {"a": "b"}, path="/i").path == f"{ADDR}/i?extra_label=a=b"


def test_subclass_may_move_the_pushgateway() -> None:
    class Moved(Pusher):
        PROMETHEUS_PATH = "/gateway/metrics"

    moved = Moved("j", ADDR, path="/gateway/metrics")
    assert moved.path == f"{ADDR}/gateway/metrics/job/j"


@pytest.mark.parametrize("addr", ["localhost:9091", "10.0.0.1:9091", "//h:9091", "http:/h", "h"])
@pytest.mark.parametrize("path", ["/metrics", VICTORIA_PATH])
def test_address_without_a_scheme_is_refused(addr: str, path: str) -> None:
    with pytest.raises(ValueError, match="addr must be a URL such as http://hostname:9091, got: "):
        Pusher("j", addr, path=path)


def test_empty_job_is_refused() -> None:
    with pytest.raises(ValueError, match="job_name must not be empty"):
        Pusher("", ADDR)


@pytest.mark.parametrize(
    "name", ["", "a b", "a-b", "1a", "a/b", "é", "a@base64", "__name__", "a\n"]
)
@pytest.mark.parametrize("path", ["/metrics", VICTORIA_PATH])
def test_invalid_label_name_is_refused(name: str, path: str) -> None:
    with pytest.raises(ValueError, match=f"invalid label name: {re.escape(repr(name))}"):
        Pusher("j", ADDR, grouping_key={name: "x"}, path=path)


def test_contradicting_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="grouping_key says job='b', but 'a' is given already"):
        Pusher("a", ADDR, grouping_key={"job": "b"})
    assert Pusher("a", ADDR, grouping_key={"job": "a"}).path == f"{ADDR}/metrics/job/a"


@pytest.mark.parametrize("path", ["/metrics", VICTORIA_PATH])
def test_values_without_utf8_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"the label job has no UTF-8 form: .*ud800"):
        Pusher("a\ud800", ADDR, path=path)
    with pytest.raises(ValueError, match="the label x has no UTF-8 form"):
        Pusher("a", ADDR, {"x": "/\udcff"}, path=path)


@pytest.mark.parametrize(
    ("push", "method"),
    [(Pusher.add, "POST"), (Pusher.replace, "PUT"), (Pusher.delete, "DELETE")],
)
def test_requests(push: Callable[..., Any], method: str) -> None:
    async def scenario() -> None:
        async with Receiver() as receiver:
            pusher = Pusher("my-job", receiver.addr, grouping_key={"instance": "h:1"})
            response = await push(pusher, make_registry())
            assert response.status == 200
            assert receiver.requests == [
                (method, "/metrics/job/my-job/instance/h%3A1", PAYLOAD),
            ]
            assert receiver.headers[0].getall("Content-Type") == [
                "text/plain; version=0.0.4; charset=utf-8"
            ]

    run(scenario())


def test_default_registry() -> None:
    async def scenario() -> None:
        counter = Counter("of_the_default_registry", "Default.")
        try:
            counter.inc({})
            async with Receiver() as receiver:
                await Pusher("j", receiver.addr).add()
                assert b"\nof_the_default_registry 1\n" in receiver.requests[0][2]
        finally:
            REGISTRY.deregister("of_the_default_registry")

    run(scenario())


def test_custom_path_requests() -> None:
    async def scenario() -> None:
        async with Receiver() as receiver:
            path = f"/prefix{VICTORIA_PATH}?a=%2F"
            pusher = Pusher("a b", receiver.addr, {"x": "+&#/"}, path)
            await pusher.add(make_registry())
            await pusher.replace(make_registry())
            await pusher.delete(make_registry())
            target = f"{path}&extra_label=job=a%20b&extra_label=x=%2B%26%23%2F"
            # VictoriaMetrics would store the body of a DELETE.
            assert receiver.requests == [
                ("POST", target, PAYLOAD),
                ("PUT", target, PAYLOAD),
                ("DELETE", target, b""),
            ]

    run(scenario())


def test_every_value_arrives() -> None:
    async def scenario() -> None:
        async with Receiver() as receiver:
            for value in VALUES:
                job = value or "j"
                pusher = Pusher(job, receiver.addr, grouping_key={"a": value, "b": "end"})
                await pusher.add(make_registry())
                target = receiver.requests[-1][1]
                assert receiver.addr + target == pusher.path
                assert decode_path(target) == {"job": job, "a": value, "b": "end"}

                pusher = Pusher(job, receiver.addr, {"a": value}, path="/i")
                await pusher.add(make_registry())
                target = receiver.requests[-1][1]
                assert receiver.addr + target == pusher.path
                query = urllib.parse.parse_qsl(target.removeprefix("/i?"), strict_parsing=True)
                assert query == [("extra_label", f"job={job}"), ("extra_label", f"a={value}")]

    run(scenario())


def test_what_is_not_url_text_is_encoded() -> None:
    async def scenario() -> None:
        async with Receiver() as receiver:
            pusher = Pusher("a b%", receiver.addr + "/ä ö", path="/100%/ü?q=ß x")
            await pusher.add(make_registry())
            path, _, query = receiver.requests[-1][1].partition("?")
            assert path == "/%C3%A4%20%C3%B6/100%25/%C3%BC"
            assert urllib.parse.parse_qsl(query) == [("q", "ß x"), ("extra_label", "job=a b%")]

            pusher.path = f"{receiver.addr}/set by hand"
            await pusher.add(make_registry())
            assert receiver.requests[-1][1] == "/set%20by%20hand"

    run(scenario())


def test_session_options() -> None:
    async def scenario() -> None:
        async with Receiver() as receiver:
            await Pusher("j", receiver.addr).add(make_registry(), headers={"X-Test": "1"})
            assert receiver.headers[-1]["X-Test"] == "1"
            assert receiver.headers[-1]["Content-Type"].startswith("text/plain")

            await Pusher("j", receiver.addr.replace("//", "//Joe:43%40@")).add(make_registry())
            authorization = "Basic " + base64.b64encode(b"Joe:43@").decode()
            assert receiver.headers[-1]["Authorization"] == authorization

            await Pusher("j", "").add(make_registry(), base_url=receiver.addr)
            assert receiver.requests[-1][1] == "/metrics/job/j"
            with pytest.raises(TypeError):
                await Pusher("j", receiver.addr).add(make_registry(), no_such_option=1)
        with pytest.raises(aiohttp.InvalidURL):
            await Pusher("j", "").add(make_registry())

    run(scenario())


def test_connector_of_the_caller_is_given_back() -> None:
    async def scenario() -> None:
        async with Receiver() as receiver, aiohttp.TCPConnector(limit=1) as connector:
            pusher = Pusher("j", receiver.addr)
            for _ in range(3):
                await pusher.add(make_registry(), connector=connector, connector_owner=False)
            assert not connector.closed
            assert len(receiver.requests) == 3

    run(scenario())


def test_answer_can_be_read_after_the_push() -> None:
    async def scenario() -> None:
        answer = {"status": "success", "text": "ä"}
        big = "x" * 1_000_000
        async with Receiver(
            aiohttp.web.json_response(answer), aiohttp.web.Response(text=big)
        ) as receiver:
            pusher = Pusher("j", receiver.addr)
            response = await pusher.add(make_registry())
            for _ in range(2):
                assert await response.json() == answer
                assert json.loads(await response.text()) == answer
                assert json.loads(await response.read()) == answer
            response = await pusher.delete(make_registry())
            assert await response.text() == big
            response = await pusher.replace(make_registry())
            assert await response.read() == b""

    run(scenario())


def test_error_answer_is_logged_and_returned(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        body = "pushed metrics are invalid\n" + "ä" * 2000
        async with Receiver(
            aiohttp.web.Response(status=400, text=body),
            aiohttp.web.Response(status=503, body=b"\xff\xfe", content_type="text/x"),
            aiohttp.web.Response(status=500, headers={"Content-Type": "text/plain; charset=hex"}),
            aiohttp.web.Response(status=299, text="fine"),
        ) as receiver:
            addr = receiver.addr.replace("//", "//user:secret@") + "?token=secret"
            pusher = Pusher("my job", addr)
            response = await pusher.replace(make_registry())
            assert response.status == 400
            assert await response.text() == body
            message = caplog.records[0].getMessage()
            assert message.startswith(
                f"PUT of the metrics of job 'my job' to {receiver.addr}/metrics/job/my%20job was "
                "answered with 400 Bad Request: pushed metrics are invalid\nää"
            )
            assert len(message) < 1200
            assert "secret" not in message

            assert (await pusher.add(make_registry())).status == 503
            assert (await pusher.delete(make_registry())).status == 500
            assert (await pusher.delete(make_registry())).status == 299
            assert [(r.levelname, r.name) for r in caplog.records] == [
                ("WARNING", "aioprometheus.pusher"),
            ] * 3

    run(scenario())


def test_raise_for_status_goes_to_aiohttp(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with Receiver(aiohttp.web.Response(status=418)) as receiver:
            pusher = Pusher("j", receiver.addr)
            with pytest.raises(aiohttp.ClientResponseError) as caught:
                await pusher.add(make_registry(), raise_for_status=True)
            assert caught.value.status == 418
            assert (await pusher.add(make_registry(), raise_for_status=True)).status == 200

    run(scenario())
    assert not caplog.records


def test_no_answer_raises() -> None:
    async def scenario() -> None:
        async with Receiver() as receiver:
            pusher = Pusher("j", receiver.addr)
        with pytest.raises(aiohttp.ClientConnectionError):
            await pusher.add(make_registry())

        closed = asyncio.Semaphore(0)
        loop = asyncio.get_running_loop()
        time, ahead = loop.time, 0.0
        loop.time = lambda: time() + ahead  # type: ignore[method-assign]

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal ahead
            ahead += LONG  # now that the client is connected, its time is over
            await reader.read()  # until the client gives up
            writer.close()
            await writer.wait_closed()
            closed.release()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        pusher = Pusher("j", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        for push in (pusher.add, pusher.replace, pusher.delete):
            with pytest.raises(asyncio.TimeoutError):
                await push(make_registry(), timeout=aiohttp.ClientTimeout(total=LONG))
            await closed.acquire()
        server.close()

    run(scenario())
