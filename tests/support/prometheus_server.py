"""Prometheus servers that tests run, and a thread for the services that they scrape."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import aiohttp.web

from aioprometheus import render
from aioprometheus.service import Service
from support import peers
from support.processes import DEADLINE, Program, request, running

#: The program of each generation: its name, and the variable that has its path.
SERVERS = {"2": ("prometheus", "PROMETHEUS"), "3": ("prometheus3", "PROMETHEUS3")}


class Target(NamedTuple):
    """What a Prometheus shall scrape: a job, its address, and other settings."""

    job: str
    url: str
    settings: Mapping[str, Any] = MappingProxyType({})


class Prometheus:
    """A Prometheus that runs, and its API."""

    def __init__(self, program: Program, url: str) -> None:
        self.program = program
        self.url = url

    def api(self, path: str, **parameters: str) -> Any:
        data = urllib.parse.urlencode(parameters).encode() if parameters else None
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if data else {}
        answer = request(f"{self.url}/api/v1/{path}", data=data, headers=headers)
        assert answer.status == 200, answer.text
        return answer.json()["data"]

    def query(self, expression: str) -> list[tuple[dict[str, str], str]]:
        """Return the series of an instant query, and their values as Prometheus spells them."""
        result = self.api("query", query=expression)["result"]
        return [(series["metric"], series["value"][1]) for series in result]

    def wait_for_scrape(self, job: str) -> None:
        """Wait until a scrape of a job is in its storage; one that it refuses fails the test."""

        def probe() -> bool:
            (target,) = (
                target
                for target in self.api("targets")["activeTargets"]
                if target["labels"]["job"] == job
            )
            # On a busy machine, one second may be too short once.
            refused = target["lastError"] and "deadline exceeded" not in target["lastError"]
            assert not refused, target["lastError"]
            healthy = target["health"] == "up" and target["lastError"] == ""
            return healthy and self.query(f'up{{job="{job}"}} == 1') != []

        self.program.wait_for(lambda: self.has_target(job), f"target {job}")
        self.program.wait_for(probe, f"a scrape of {job}")

    def has_target(self, job: str) -> bool:
        targets = self.api("targets")["activeTargets"]
        return any(target["labels"]["job"] == job for target in targets)

    def value(self, expression: str) -> float:
        ((_, text),) = self.query(expression)
        return float(text)

    def assert_nothing_was_dropped(self, job: str) -> None:
        scraped = self.value(f'scrape_samples_scraped{{job="{job}"}}')
        assert self.value(f'scrape_samples_post_metric_relabeling{{job="{job}"}}') == scraped
        assert self.value(f'count({{job="{job}",__name__!~"up|scrape_.*"}})') == scraped
        complaints = re.findall(r".*level=(?:warn|error).*scrape.*", self.program.stderr, re.I)
        assert complaints == []


def make_configuration(targets: Sequence[Target]) -> dict[str, Any]:
    """Return the configuration of a server that scrapes targets once a second."""
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [
            {
                "job_name": target.job,
                "static_configs": [{"targets": [target.url.split("/")[2]]}],
                **target.settings,
            }
            for target in targets
        ],
    }


@contextlib.contextmanager
def prometheus(
    generation: str, directory: Path, *targets: Target, features: str = ""
) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes targets once a second.

    :param features: What its option ``--enable-feature`` says, if it has one.
    """
    command = [peers.find(*SERVERS[generation])]
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert f"prometheus, version {generation}." in version.stdout + version.stderr
    directory.mkdir()
    # JSON is YAML.
    (directory / "prometheus.yml").write_text(json.dumps(make_configuration(targets)), "utf-8")
    command += [
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--web.listen-address=127.0.0.1:0",
        # Targets are found after five seconds, and used from the next of these intervals on.
        "--scrape.discovery-reload-interval=100ms",
    ]
    if features:
        command.append(f"--enable-feature={features}")
    with running(command, directory) as program:
        port = program.find(r"Listening on.* address=127\.0\.0\.1:([1-9]\d*)")
        url = f"http://127.0.0.1:{port}"
        program.get(f"{url}/-/ready")
        yield Prometheus(program, url)


class TextService(Service):
    """A service that does not negotiate: everybody gets text 0.0.4."""

    async def handle_metrics(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        content, headers = render(self.registry, None)
        return aiohttp.web.Response(body=content, headers=headers)


@contextlib.contextmanager
def serving(service: Service) -> Iterator[str]:
    """Run a service of this process in a thread, and give the URL of its metrics."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        start = service.start("127.0.0.1", 0)
        asyncio.run_coroutine_threadsafe(start, loop).result(DEADLINE)
        try:
            yield service.metrics_url
        finally:
            asyncio.run_coroutine_threadsafe(service.stop(), loop).result(DEADLINE)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(DEADLINE)
        loop.close()
