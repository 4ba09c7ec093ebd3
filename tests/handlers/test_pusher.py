"""The pusher: its URLs, its requests, and the result in real receivers."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from aioprometheus import REGISTRY, Counter, Registry
from aioprometheus.formats.text import TextFormatter
from aioprometheus.pusher import Pusher
from support.pushgateway import pushgateway
from support.victoria_server import victoria_metrics

ADDR = "http://127.0.0.1:9091"
VICTORIA_PATH = "/api/v1/import/prometheus"
PAYLOAD = (
    b"# HELP pushed_total Pushed.\n# TYPE pushed_total counter\n"
    b'pushed_total{c_sample="1",type="counter"} 400\n'
)

DEADLINE = 60
"""The limit that only a hang reaches, in seconds."""

LONG = 10
"""More seconds than a client takes to connect; three times less than the limit."""

# Label values that need encoding somewhere on their way, and each printable ASCII character.
VALUES = [
    *(f"a{chr(code)}b" for code in range(0x20, 0x7F)),
    *(chr(code) for code in range(0x20, 0x7F)),
    "",
    ".",
    "..",
    "...",
    "../..",
    "/",
    "//",
    "/var/tmp",
    "a/../b",
    " leading and trailing ",
    "a  b",
    "%20",
    "%2F",
    "%2e%2e",
    "100%",
    "a+b c",
    "=",
    "@base64",
    "x@base64/eA==",
    "127.0.0.1:1234",
    "line\nbreak\ttab\r",
    "\x01\x7f",
    "Προμηθεύς",
    "日本語/パス",
    "\U0001f525",
    "\u202e\ufeff",
    "x" * 3000,
]


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run one test's coroutine, in which nothing may get stuck."""
    asyncio.run(asyncio.wait_for(coroutine, DEADLINE))


def make_registry(amount: int = 400) -> Registry:
    registry = Registry()
    counter = Counter("pushed_total", "Pushed.", {"type": "counter"}, registry=registry)
    counter.set({"c_sample": "1"}, amount)
    return registry


class Receiver:
    """A server that takes whatever is pushed to it, and keeps the requests."""

    def __init__(self, *answers: aiohttp.web.Response) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        self.headers: list[Any] = []
        self.answers = list(answers)

    async def __aenter__(self) -> Receiver:
        # Not an Application, whose routes cannot match a path with a newline in it.
        self.runner = aiohttp.web.ServerRunner(aiohttp.web.Server(self.handle))
        await self.runner.setup()
        await aiohttp.web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.addr = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()

    async def handle(self, request: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        # raw_path is the target of the request line as it was sent.
        self.requests.append((request.method, request.raw_path, await request.read()))
        self.headers.append(request.headers)
        return self.answers.pop(0) if self.answers else aiohttp.web.Response()


def decode_path(path: str) -> dict[str, str]:
    """Read a Pushgateway's path the way its `splitLabels` does."""
    segments = path.removeprefix("/metrics/").split("/")
    assert len(segments) % 2 == 0
    labels = {}
    for name, value in zip(segments[::2], segments[1::2], strict=True):
        value = urllib.parse.unquote(value, errors="strict")
        if name.endswith("@base64"):
            name = name.removesuffix("@base64")
            value = base64.urlsafe_b64decode(
                value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4)
            ).decode()
        labels[name] = value
    return labels


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
            aiohttp.web.Response(status=399, text="fine"),
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
            assert (await pusher.delete(make_registry())).status == 399
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


# Real receivers


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=DEADLINE) as response:
        return str(response.read().decode())


def groups(addr: str) -> list[dict[str, Any]]:
    """Return the groups that a Pushgateway holds."""
    found: list[dict[str, Any]] = json.loads(get(f"{addr}/api/v1/metrics"))["data"]
    return found


def is_emptied(addr: str) -> bool:
    """Whether a Pushgateway gets empty: it answers a DELETE before it has done it (202)."""
    deadline = time.monotonic() + DEADLINE
    while groups(addr) and time.monotonic() < deadline:
        time.sleep(0.01)
    return groups(addr) == []


def test_real_pushgateway_add_replace_delete(tmp_path: Path) -> None:
    async def scenario(addr: str) -> None:
        pusher = Pusher("job one", addr, grouping_key={"instance": "h:1"})
        other = Registry()
        Counter("other_total", "Other.", registry=other).inc({})

        def names() -> list[str]:
            (group,) = groups(addr)
            assert group["labels"] == {"job": "job one", "instance": "h:1"}
            return sorted(name for name in group if name.endswith("_total"))

        response = await pusher.replace(make_registry())
        assert (response.status, await response.text()) == (200, "")
        assert names() == ["pushed_total"]
        line = 'pushed_total{c_sample="1",instance="h:1",job="job one",type="counter"} 400\n'
        assert line in get(f"{addr}/metrics")
        await pusher.add(other)
        assert names() == ["other_total", "pushed_total"]
        await pusher.replace(other)
        assert names() == ["other_total"]
        assert (await pusher.delete()).status == 202
        assert is_emptied(addr)

    with pushgateway(tmp_path) as addr:
        run(scenario(addr))


def test_real_pushgateway_gets_every_value(tmp_path: Path) -> None:
    async def scenario(addr: str) -> None:
        for value in VALUES:
            labels = {"job": value or "j", "a": value, "b": "end"}
            pusher = Pusher(labels["job"], addr, grouping_key={"b": "end", "a": value})
            response = await pusher.replace(make_registry())
            assert response.status == 200, await response.text()
            assert [group["labels"] for group in groups(addr)] == [labels]
            assert (await pusher.delete(make_registry())).status == 202
            assert is_emptied(addr)

    with pushgateway(tmp_path) as addr:
        run(scenario(addr))


def test_real_pushgateway_below_a_prefix(tmp_path: Path) -> None:
    async def scenario(addr: str) -> None:
        for slashes in ("", "/"):
            assert (
                await Pusher("j", f"{addr}/pre/fix{slashes}").add(make_registry())
            ).status == 200
        (group,) = groups(f"{addr}/pre/fix")
        assert group["labels"] == {"job": "j"}

    with pushgateway(tmp_path, "--web.route-prefix=/pre/fix") as addr:
        run(scenario(addr))


def test_real_pushgateway_complaint(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Junk(TextFormatter):
        def marshall(self, registry: Registry) -> bytes:
            return b"junk junk junk\n"

    async def scenario(addr: str) -> None:
        pusher = Pusher("j", addr)
        pusher.formatter = Junk()
        response = await pusher.add(make_registry())
        assert response.status == 400
        assert "text format parsing error in line 1" in await response.text()
        (record,) = caplog.records
        assert "text format parsing error in line 1" in record.getMessage()

    with pushgateway(tmp_path) as addr:
        run(scenario(addr))


def test_real_pushgateway_refuses_what_is_refused_here(tmp_path: Path) -> None:
    body = b"x 1\n"

    def status(addr: str, path: str) -> int:
        request = urllib.request.Request(addr + path, data=body, method="PUT")
        request.add_header("Content-Type", "text/plain; version=0.0.4")
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    with pushgateway(tmp_path) as addr:
        assert status(addr, "/metrics/job/j") == 200
        assert status(addr, "/metrics/job@base64/=") == 400
        assert status(addr, "/metrics/job/j/a-b/x") == 400
        assert status(addr, "/metrics/job/j/__name__/x") == 400


def test_real_victoria_metrics(tmp_path: Path) -> None:
    def export(addr: str) -> list[dict[str, str]]:
        get(f"{addr}/internal/force_flush")
        match = urllib.parse.quote('{__name__="pushed_total"}')
        lines = get(f"{addr}/api/v1/export?match={match}").splitlines()
        return [json.loads(line)["metric"] for line in lines]

    async def scenario(addr: str) -> None:
        expected = []
        for number, value in enumerate(VALUES):
            key = {"a": value, "number": number}
            pusher = Pusher(value or "j", addr, grouping_key=key, path=VICTORIA_PATH)
            response = await pusher.add(make_registry())
            assert response.status == 204, await response.text()
            assert (await pusher.delete(make_registry(7))).status == 204
            labels = {"__name__": "pushed_total", "type": "counter", "c_sample": "1"}
            labels |= {"job": value or "j", "number": str(number)}
            expected.append(labels | ({"a": value} if value else {}))
        # Pushed samples can be queried a moment later.
        deadline = time.monotonic() + DEADLINE
        while len(found := export(addr)) < len(expected) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert sorted(found, key=lambda labels: int(labels["number"])) == expected

    with victoria_metrics(tmp_path / "victoria") as server:
        run(scenario(server.url))
