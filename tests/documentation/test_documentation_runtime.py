"""The page of the process and the event loop: its table and its queries, with a real Prometheus."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aioprometheus import Registry, render
from aioprometheus.runtime import install, installing
from aioprometheus.service import Service
from support import documents
from support.documents import DOCS
from support.prometheus_server import SERVERS, Target, prometheus, serving
from tests.support.runtime import LoopInAThread

PAGE = DOCS / "runtime.md"
QUERIES = [block for block in documents.blocks(PAGE) if block.language == "promql"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")


@pytest.fixture(autouse=True)
def new_collectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Collectors that do not know the threads of other tests: only the first ones have labels."""
    monkeypatch.setattr(installing, "_collectors", {})
    monkeypatch.setattr(installing, "_registries", WeakSet())


def table() -> dict[str, tuple[str, set[str]]]:
    """The kinds and the labels in the table of the page, by the names of the metrics."""
    text = PAGE.read_text("utf-8")
    [found] = re.findall(r"^\| metric \|.*\n\|[ |-]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [row.split("|")[1:-1] for row in found.splitlines()]
    return {
        name.strip().strip("`"): (kind.strip(), set(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels, _ in rows
    }


@contextmanager
def busy_loop(registry: Registry) -> Iterator[LoopInAThread]:
    """A loop whose executor is full. It can be made to stand."""
    ended = threading.Event()
    with LoopInAThread(asyncio.new_event_loop(), "busy") as loop:
        executor = ThreadPoolExecutor(1)

        async def calls() -> None:
            wait = (loop.loop.run_in_executor(None, ended.wait, 600) for _ in range(3))
            await asyncio.gather(*wait)

        def begin() -> asyncio.Task[None]:
            install(registry)
            loop.loop.set_default_executor(executor)
            return loop.loop.create_task(calls())

        task = loop.call(begin)
        try:
            yield loop
        finally:
            loop.go_on()
            ended.set()

            async def end() -> None:
                await task

            loop.run(end())
            executor.shutdown()


def test_the_table_is_what_there_is() -> None:
    registry = Registry()
    installed = install(registry)
    with busy_loop(registry):
        text = render(registry)[0].decode()
    found = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        found[name] = family.type, labels
    assert table() == found
    installed.uninstall()


@pytest.mark.parametrize("generation", SERVERS)
def test_queries_find_something(generation: str, tmp_path: Path) -> None:
    registry = Registry()
    installed = install(registry)
    with busy_loop(registry) as loop, serving(Service(registry)) as url:
        loop.block()
        with prometheus(generation, tmp_path / "server", Target("runtime", url)) as server:
            server.wait_for_scrape("runtime")
            standing = 'asyncio_loop_pending_lag_seconds{thread="busy"} > 1'
            server.program.wait_for(lambda: bool(server.query(standing)), "the loop stands")
            stalls = 'rate(asyncio_loop_stalls_total{thread="busy"}[5m]) > 0'
            for query in QUERIES:
                is_found = server.program.wait_for
                is_found(lambda code=query.code: bool(server.query(code)), query.code)
            assert server.query(stalls) == []
            loop.go_on()
            server.program.wait_for(lambda: bool(server.query(stalls)), "the stall is counted")
            server.assert_nothing_was_dropped("runtime")
    installed.uninstall()
