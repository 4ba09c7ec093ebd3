"""Service: its start on a free port of 127.0.0.1, its answers, and its stop."""

import asyncio

import aiohttp

from aioprometheus import Counter, Registry
from aioprometheus import service as module
from aioprometheus.service import Service
from record import returns, step

REQUIRES = ("aiohttp",)


def _registry():
    registry = Registry()
    Counter("served", "doc", registry=registry).inc({"a": "b"})
    return registry


async def _ask(url, method="GET", headers=None):
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers) as answer,
    ):
        return answer.status, answer.headers["Content-Type"], await answer.text()


def _without_port(text):
    head, _, tail = text.rpartition(":")
    return f"{head}:{tail.lstrip('0123456789')}"


def _with_service(call, registry=None, **options):
    async def run():
        service = Service(registry or _registry())
        await service.start(addr="127.0.0.1", **options)
        try:
            return await call(service)
        finally:
            await service.stop()

    return asyncio.run(run())


def before_and_after():
    service = Service(_registry())
    for name in ("base_url", "root_url", "metrics_url"):
        step(f"{name} before", getattr, service, name)
    step("stop before start", lambda: asyncio.run(service.stop()))
    step("constants", lambda: module.DEFAULT_METRICS_PATH)
    step("registry", lambda: type(Service().registry).__name__)
    for wrong in ("text", None, 5):
        step(f"registry {wrong!r}", Service, wrong)

    async def stopped():
        await service.start("127.0.0.1")
        await service.stop()
        await service.stop()
        return "stopped twice"

    step("stopped", lambda: asyncio.run(stopped()))
    step("base_url after", lambda: service.base_url)

    async def again():
        await service.start("127.0.0.1")
        first = service.base_url
        await service.start("127.0.0.1")
        same = first == service.base_url
        answer = await _ask(service.metrics_url)
        await service.stop()
        return same, answer

    step("started twice", lambda: asyncio.run(again()))
    step("once more", lambda: asyncio.run(again()))


def urls():
    async def read(service):
        return [
            _without_port(url) for url in (service.base_url, service.root_url, service.metrics_url)
        ]

    step("urls", lambda: _with_service(read))
    step("other path", lambda: _with_service(read, metrics_url="/other"))


def answers():
    for path in ("/", "/metrics", "/robots.txt"):

        async def get(service):
            return await _ask(service.base_url + path)

        step(f"GET {path}", lambda: _with_service(get))
        step(f"GET {path} with another", lambda: _with_service(get, metrics_url="/other"))

    async def missing(service):
        return [
            (await _ask(service.base_url + path))[0] for path in ("/no", "/metrics/x", "/other")
        ]

    step("not found", lambda: _with_service(missing))

    async def post(service):
        return [
            (await _ask(service.metrics_url, method))[0] for method in ("POST", "PUT", "DELETE")
        ]

    step("not allowed", lambda: _with_service(post))

    async def accepting(service):
        heads = ("text/plain", "*/*", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "junk")
        return [await _ask(service.metrics_url, headers={"Accept": head}) for head in heads]

    step("accepting", lambda: _with_service(accepting))

    async def empty(service):
        return await _ask(service.metrics_url)

    step("empty registry", lambda: _with_service(empty, registry=Registry()))


def head():
    async def ask(service):
        status, kind, body = await _ask(service.metrics_url, "HEAD")
        return status, kind.split(";")[0], body

    step(
        "HEAD",
        lambda: _with_service(ask),
        differs="HEAD is 405",
        now=returns((200, "text/plain", "")),
    )


def a_taken_port():
    async def run():
        first, second = Service(_registry()), Service(_registry())
        await first.start("127.0.0.1")
        port = int(first.base_url.rpartition(":")[2])
        try:
            await second.start("127.0.0.1", port)
            return "started on a taken port"
        except OSError:
            pass
        finally:
            await first.stop()
        await second.start("127.0.0.1", port)
        try:
            return (await _ask(second.metrics_url))[0]
        finally:
            await second.stop()

    step(
        "tried again",
        lambda: asyncio.run(run()),
        differs="a failed bind wedges the object",
        now=returns(200),
    )
