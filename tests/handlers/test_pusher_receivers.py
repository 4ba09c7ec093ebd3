"""Pushes to a Pushgateway and to VictoriaMetrics, and what they have then."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from aioprometheus import Counter, Registry
from aioprometheus.formats.text import TextFormatter
from aioprometheus.pusher import Pusher
from support.loops import DEADLINE, run
from support.pushgateway import pushgateway
from support.pushing import VALUES, VICTORIA_PATH, make_registry
from support.victoria_server import victoria_metrics


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
