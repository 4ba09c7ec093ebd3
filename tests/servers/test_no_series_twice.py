"""Expositions of random registries, in which no series is twice, as real servers confirm."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioprometheus import Registry, render
from aioprometheus.pusher import Pusher
from aioprometheus.service import Service
from support.drawn import EXAMPLES
from support.prometheus_server import SERVERS, Target, prometheus, serving
from support.pushgateway import pushgateway
from support.random_registries import ESCAPINGS, FORMATTERS, make_registry, repeated, series_of_line

#: The number of registries for each real server.
JUDGED = 40


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "aioprometheus.failure")


def test_the_reader_of_lines() -> None:
    assert series_of_line("a 1") == ("a", frozenset())
    assert series_of_line('a{b="x\\"\\n}",c="",d="2"} 1 5') == (
        "a",
        frozenset([("b", 'x"\n}'), ("d", "2")]),
    )
    assert series_of_line('{"a.b","c\\"d"="{ ,",e="f"} 1') == (
        "a.b",
        frozenset([('c"d', "{ ,"), ("e", "f")]),
    )


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[*HealthCheck],
)
@given(st.randoms(use_true_random=False))
def test_no_series_is_there_twice(choose: random.Random) -> None:
    registry = make_registry(choose)
    for formatter in FORMATTERS:
        for escaping in ESCAPINGS:
            assert repeated(formatter, escaping, registry) == []
    for metric in registry.get_all():
        with contextlib.suppress(ValueError):
            seen = [
                (sample.name, frozenset(label for label in sample.labels.items() if label[1]))
                for sample in metric.samples
            ]
            assert len(set(seen)) == len(seen)


def drawn(count: int, utf8: bool | None) -> list[Registry]:
    return [make_registry(random.Random(seed), utf8) for seed in range(count)]


def has_series(registry: Registry) -> bool:
    body, _ = render(registry, None)
    return any(not line.startswith(b"#") for line in body.splitlines())


def test_a_real_pushgateway_takes_every_registry(tmp_path: Path) -> None:
    async def scenario(addr: str) -> list[Any]:
        answers = []
        pusher = Pusher("job", addr)
        for registry in drawn(JUDGED, None):
            # In one group, because all groups of a Pushgateway must agree on the type of a name.
            response = await pusher.replace(registry)
            answers.append((response.status, await response.text()))
        return answers

    with pushgateway(tmp_path) as addr:
        assert asyncio.run(scenario(addr)) == [(200, "")] * JUDGED


@pytest.mark.parametrize("generation", SERVERS)
def test_a_real_prometheus_keeps_every_series(generation: str, tmp_path: Path) -> None:
    registries = [registry for registry in drawn(20, None) if has_series(registry)][:8]
    with contextlib.ExitStack() as stack:
        targets = []
        for number, registry in enumerate(registries):
            url = stack.enter_context(serving(Service(registry)))
            targets.append(Target(f"job{number}", url))
        server = stack.enter_context(prometheus(generation, tmp_path / "server", *targets))
        for target in targets:
            server.wait_for_scrape(target.job)
        for target in targets:
            server.assert_nothing_was_dropped(target.job)
