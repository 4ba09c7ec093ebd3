"""The page on mistakes: every mistake is made, and says what the page says; what is right runs."""

from __future__ import annotations

import ast
import asyncio
import inspect
import logging
import pickle
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import aiohttp.test_utils
import pytest
from aiohttp import web
from starlette.applications import Starlette
from starlette.routing import Route

from aioprometheus import (
    REGISTRY,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    MetricsMiddleware,
    Registry,
    Summary,
    exemplars,
    push,
    render,
    timer,
)
from aioprometheus.asgi.starlette import metrics
from aioprometheus.pusher import Pusher
from aioprometheus.service import Service
from support.asgi_driver import PLAIN_OK, answering, request
from support.documents import DOCS
from support.mistakes import notes_of

PAGE = (DOCS / "mistakes.md").read_text("utf-8")


def rows(head: str) -> list[list[str]]:
    """Return the rows of the tables whose first column has this head."""
    tables = re.findall(rf"^\| {head} \|.*\n\|[ |-]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    lines = [line for table in tables for line in table.splitlines()]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def spans(cell: str) -> list[str]:
    """Return the pieces of code of a cell."""
    found = re.findall(r"`` (.+?) ``|(?<!`)`([^`]+)`(?!`)", cell)
    return [double or single for double, single in found]


MISTAKES = rows("mistake")
# An absent framework has tests of its own, in test_late_imports.py.
MADE = [row for row in MISTAKES if "import" not in row[0]]


@pytest.fixture
def names() -> Iterator[dict[str, Any]]:
    """The names that the code of the page uses."""
    Counter("requests_total", "Requests")
    registry = Registry()
    found = {
        "requests": Counter("requests_total", "d", registry=registry, labelnames=["method"]),
        "latency": Histogram("latency_seconds", "d", registry=registry),
        "queue": Gauge("queue_length", "d", registry=registry),
        "duration": Summary("duration_seconds", "d", registry=registry, labelnames=["path"]),
        "errors": Counter("errors_total", "d", registry=registry),
        "mode": Enum("mode", "d", registry=registry, states=["idle"]),
        "build": Info("build_info", "d", registry=registry),
        "len_of_queue": lambda: 5,
        "metric": Gauge("elsewhere", "d", registry=Registry()),
        "registry": registry,
        "service": Service(registry),
    }
    named = (REGISTRY, Counter, Histogram, Pusher, Registry, Service)
    named += (pickle, push, render, timedelta, timer)
    found |= {getattr(one, "__name__", "REGISTRY"): one for one in named}
    yield found
    REGISTRY.clear()


async def run(code: str, names: dict[str, Any]) -> None:
    """Run an expression of the page, with a Pushgateway at hand."""

    async def answer(received: web.Request) -> web.Response:
        await received.read()
        return web.Response()

    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", answer)
    async with aiohttp.test_utils.TestServer(application) as server:
        pusher = Pusher("job", str(server.make_url("")))
        # Any free port will do.
        code = code.replace("port=8000", "port=0")
        compiled = compile(code, "page", "eval", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        try:
            result = eval(compiled, {**names, "pusher": pusher})
            if inspect.isawaitable(result):
                result = await result
            if code.startswith("timer("):
                result(print)
        finally:
            await names["service"].stop()


@pytest.mark.parametrize("row", MADE, ids=lambda row: row[0])
def test_mistake_says_what_the_page_says(row: list[str], names: dict[str, Any]) -> None:
    [(code, *_), [words]] = spans(row[0]), spans(row[1])
    with pytest.raises(Exception) as caught:
        asyncio.run(run(code, names))
    assert words in "\n".join([str(caught.value), *notes_of(caught.value)])


# Calls alone are run, and none that needs a request.
RIGHT = [code for row in MADE for code in spans(row[2]) if "(" in code and "request." not in code]


@pytest.mark.parametrize("code", RIGHT)
def test_what_is_right_runs(code: str, names: dict[str, Any]) -> None:
    call = f"Counter('a', 'b', {code})" if code.startswith("registry=") else code
    asyncio.run(run(call, names))


def logged_words() -> list[tuple[str, str]]:
    """Return the messages of the log as patterns, and their loggers."""
    found = [(spans(row[0])[0].split("..."), spans(row[1])[0]) for row in rows("what it says")]
    return [(".*".join(map(re.escape, parts)), logger) for parts, logger in found]


def raises(*_: object) -> Any:
    raise ZeroDivisionError


async def raises_async(*_: object) -> Any:
    raise ZeroDivisionError


def log_all_at_scrapes(registry: Registry) -> None:
    """Do what the page says that is logged at a scrape."""
    failing = type("Failing", (Gauge,), {"get_all": raises})
    failing("failing", "d", registry=registry)
    twice = type("Twice", (Gauge,), {"get_all": lambda self: [({"a": "1"}, 1), ({"a": "1"}, 2)]})
    twice("twice", "d", registry=registry)
    type("Late", (Gauge,), {"get_all": raises_async})("late", "d", registry=registry)
    registry.register(type("Collecting", (), {"collect": raises})())
    registry.before_scrape(raises)
    Gauge("asked", "d", registry=registry).set_function(raises)
    other = Registry()
    for each in (registry, other):
        Gauge("of_two", "d", registry=each)
    render([registry, other])


def log_all_of_calls(registry: Registry) -> None:
    """Do what the page says that is logged of updates and calls."""
    counter = Counter("counted_total", "d", registry=registry, max_series=1)
    exemplars.set_hook(raises)
    try:
        counter.inc()
    finally:
        exemplars.set_hook(None)
    counter.inc({"a": "1"})
    counter.inc({"a": "2"})
    latency = Histogram("timed_seconds", "d", registry=registry, labelnames=["a"])
    latency.time(raises)(int)()
    with pytest.raises(ZeroDivisionError), latency.time():
        raises()

    refused = MetricsMiddleware(answering(*PLAIN_OK), Registry(), const_labels={"job": "reserved"})
    request(refused, "/a")
    app = Starlette(routes=[Route("/metrics", metrics)])
    app.add_middleware(MetricsMiddleware, registry=Registry())
    request(app, "/metrics")


async def log_all_of_pushes(registry: Registry) -> None:
    """Push to what refuses it."""
    async with aiohttp.test_utils.TestServer(web.Application()) as server:
        await Pusher("job", str(server.make_url(""))).add(registry)


def test_the_log_says_what_the_page_says(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    log_all_at_scrapes(Registry())
    log_all_of_calls(Registry())
    asyncio.run(log_all_of_pushes(Registry()))
    logged = [(record.getMessage(), record.name) for record in caplog.records]
    patterns = logged_words()
    assert len(patterns) == len(logged), logged
    for pattern, logger in patterns:
        found = [name for text, name in logged if re.search(pattern, text)]
        assert found == [logger], (pattern, logged)
    warnings = [record.name for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == [
        f"aioprometheus.{name}" for name in ("overflow", "asgi.middleware", "pusher")
    ]
