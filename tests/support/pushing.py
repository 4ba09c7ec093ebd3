"""What the tests of the pusher push, and a server that keeps what it gets."""

from __future__ import annotations

import base64
import urllib.parse
from typing import Any

import aiohttp.web

from aioprometheus import Counter, Registry

VICTORIA_PATH = "/api/v1/import/prometheus"
PAYLOAD = (
    b"# HELP pushed_total Pushed.\n# TYPE pushed_total counter\n"
    b'pushed_total{c_sample="1",type="counter"} 400\n'
)

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
