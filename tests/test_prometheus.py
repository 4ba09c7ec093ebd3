"""Real Prometheus servers scrape what this package exposes, and say what they got."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp.web
import peers
import pytest
from processes import DEADLINE, Program, python, request, running

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from aioprometheus.service import Service

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

#: The program of each generation: its name, and the variable that says where it is.
SERVERS = {"2": ("prometheus", "PROMETHEUS"), "3": ("prometheus3", "PROMETHEUS3")}
TOOLS = {"2": ("promtool", "PROMTOOL"), "3": ("promtool3", "PROMTOOL3")}

#: Label values that a scraper might trip over.
HOSTILE = [
    'a "quoted" word',
    "C:\\new\\table\\",
    "\\n",
    "line\nbreak",
    "\n",
    "\0",
    "nul\0inside",
    "carriage\rreturn",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "\N{PILE OF POO}\N{FAMILY}",
    "\ufeff\ufffe\U0010ffff",
    "e\u0301 \xe9",
    "\x01\x7f",
    " ",
    "#",
    '"} 1\ninjected_total{x="',
    "x" * 1_000_000,
    '"' * 1_000_000,
    "\N{PILE OF POO}" * 250_000,
]

#: The labels, and the value as text: `repr` tells NaN and -0.0 from others.
Series = tuple[frozenset[tuple[str, str]], str]


class Target(NamedTuple):
    """What a Prometheus shall scrape: the name of the job, and its address."""

    job: str
    url: str


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
            # On a machine that is busy, one second may be too short for once.
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


@contextlib.contextmanager
def prometheus(generation: str, directory: Path, *targets: Target) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes targets once a second."""
    command = [peers.find(*SERVERS[generation])]
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert f"prometheus, version {generation}." in version.stdout + version.stderr
    configuration = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [
            {
                "job_name": target.job,
                "static_configs": [{"targets": [target.url.split("/")[2]]}],
            }
            for target in targets
        ],
    }
    directory.mkdir()
    # JSON is YAML.
    (directory / "prometheus.yml").write_text(json.dumps(configuration), "utf-8")
    command += [
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--web.listen-address=127.0.0.1:0",
        # Targets are found after five seconds, and taken over at the next of these intervals.
        "--scrape.discovery-reload-interval=100ms",
    ]
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


@contextlib.contextmanager
def example(name: str, directory: Path) -> Iterator[str]:
    """Run a program of examples/ and give the URL of its metrics."""
    directory.mkdir()
    with running(python(ROOT / "examples" / name), directory) as program:
        url = program.first_url()
        url = url if url.endswith("/metrics") else f"{url}/metrics"
        program.get(url)
        yield url


def make_registry(all_that_text_has: bool) -> Registry:
    """Make metrics of all types, with values and labels that need care."""
    registry = Registry()
    const = {"const": 'c"\\\n\N{PILE OF POO}'}
    counter = Counter("hostile_total", 'H\\ \n"}\u2028', const, registry=registry)
    for amount, value in enumerate(HOSTILE, start=1):
        counter.inc({"v": value, "number": amount}, amount)
    gauge = Gauge("special", "Values that are special.", const, registry=registry)
    infinity = float("inf")
    nan = float("nan")
    for number in (nan, infinity, -infinity, 5e-324, 1.7976931348623157e308, -0.0, 0.1):
        gauge.set({"v": repr(number)}, number)
    for integer in (0, -1, 2**53, 2**63 - 1, -(2**63), 2**64):
        gauge.set({"v": str(integer)}, integer)
    Counter("bare_total", "Without labels.", registry=registry).inc(0.5)
    Counter("nothing_total", "Without series.", registry=registry)
    buckets = [1e-05, 0.5, 1, 10_000_000, 1e16]
    histogram = Histogram("h_seconds", "A histogram.", const, buckets=buckets, registry=registry)
    quantiles = {0: 0.0, 0.5: 0.01, 1: 0.0}
    summary = Summary("s_seconds", "A summary.", const, quantiles=quantiles, registry=registry)
    for labels in ({}, {"v": 'a"\\\n'}):
        for number in (0, 1e-06, 0.5, 3, 1e9, infinity):
            histogram.observe(labels, number)
            summary.observe(labels, number)
    if all_that_text_has:
        # OpenMetrics has neither sums that are no numbers nor negative buckets.
        odd = Histogram("odd_seconds", "Odd.", buckets=[-1, 0], registry=registry)
        odd_summary = Summary("strange_seconds", "Odd.", registry=registry)
        for number in (-2, nan, 1):
            odd.observe({"v": "nan"}, number)
            odd_summary.observe({"v": "nan"}, number)
        odd.observe(-2)
        odd_summary.observe(-2)
        odd_summary.observe({"v": "only nan"}, nan)
    return registry


def normalise(name: str, labels: dict[str, str], value: float) -> Series:
    """Make samples comparable: Prometheus 3 spells bounds in its own way."""
    labels = {**labels, "__name__": name}
    for bound in ("le", "quantile"):
        if bound in labels:
            labels[bound] = repr(float(labels[bound]))
    return frozenset(labels.items()), repr(value)


@pytest.mark.parametrize("generation", SERVERS)
def test_every_sample_arrives(generation: str, tmp_path: Path) -> None:
    services = {
        "negotiated": Service(make_registry(all_that_text_has=False)),
        "text": TextService(make_registry(all_that_text_has=True)),
    }
    with contextlib.ExitStack() as stack:
        targets = [
            Target(job, stack.enter_context(serving(service))) for job, service in services.items()
        ]
        server = stack.enter_context(prometheus(generation, tmp_path / "prometheus", *targets))
        for job, url in targets:
            check_every_sample(server, job, url, services[job].registry)


def check_every_sample(server: Prometheus, job: str, url: str, registry: Registry) -> None:
    server.wait_for_scrape(job)
    expected = {
        normalise(sample.name, sample.labels, sample.value)
        for metric in registry.collect()
        for sample in metric.samples
    }
    assert len(expected) > 50
    found = set()
    for labels, value in server.query(f'{{job="{job}",__name__!~"up|scrape_.*"}}'):
        assert labels.pop("job") == job
        assert labels.pop("instance") == url.split("/")[2]
        found.add(normalise(labels.pop("__name__"), labels, float(value)))
    assert found == expected
    server.assert_nothing_was_dropped(job)
    # And they are found by their labels.
    for number, value in enumerate(HOSTILE[:13], start=1):
        quoted = json.dumps(value, ensure_ascii=False)
        assert server.value(f'hostile_total{{job="{job}",v={quoted}}}') == number


@pytest.mark.parametrize("generation", SERVERS)
def test_examples_are_scraped(generation: str, tmp_path: Path) -> None:
    with (
        example("service.py", tmp_path / "service") as service,
        example("dynamic_labels.py", tmp_path / "labels") as labels,
    ):
        logins = {value: number for number, value in enumerate(HOSTILE[:-2], start=1)}
        for value, number in logins.items():
            for _ in range(number):
                data = {"user": value, "platform": "ios"}
                assert request(labels.replace("/metrics", "/login"), data=data).status == 200
        targets = (Target("service", service), Target("labels", labels))
        with prometheus(generation, tmp_path / "prometheus", *targets) as server:
            server.wait_for_scrape("labels")
            found = {series["user"]: value for series, value in server.query("logins_total")}
            assert found == {value: str(number) for value, number in logins.items()}
            server.assert_nothing_was_dropped("labels")

            # The traffic goes on: what is found lies between what was, and what is now.
            server.wait_for_scrape("service")
            before = count_requests(service)
            program = server.program
            found_requests = program.wait_for(
                lambda: at_least(server.query("sum(http_requests_total)"), before), "requests"
            )
            assert before <= found_requests <= count_requests(service)
            assert server.query("http_requests_in_progress") != []
            buckets = server.query('http_request_seconds_bucket{le="+Inf"}')
            assert len(buckets) == 1
            quantile = server.query('http_response_bytes{page="/",quantile="0.5"}')
            assert len(quantile) == 1


def count_requests(url: str) -> float:
    lines = request(url).text.splitlines()
    return sum(
        float(line.rpartition(" ")[2]) for line in lines if line.startswith("http_requests_total{")
    )


def at_least(found: list[tuple[dict[str, str], str]], minimum: float) -> float | None:
    return next((float(value) for _, value in found if float(value) >= minimum), None)


def check_metrics(generation: str, text: bytes) -> tuple[int, str]:
    """Return the exit status of ``promtool check metrics`` and what it said."""
    command = [peers.find(*TOOLS[generation]), "check", "metrics"]
    done = subprocess.run(command, input=text, capture_output=True, timeout=DEADLINE)
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("generation", TOOLS)
def test_promtool_accepts_everything(generation: str) -> None:
    text, _ = render(make_registry(all_that_text_has=True), None)
    assert check_metrics(generation, text) == (0, "")
    # It does look at what it gets.
    assert check_metrics(generation, text[:-1])[0] == 1
    assert check_metrics(generation, text.replace(b'\\"', b'"'))[0] == 1


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
@pytest.mark.parametrize("generation", TOOLS)
def test_promtool_accepts_examples(generation: str, path: Path, tmp_path: Path) -> None:
    with example(path.name, tmp_path / "example") as url:
        base = url.removesuffix("/metrics")
        for probe in ("/", "/hello", "/users/1", "/nowhere"):
            request(base + probe)
        status, said = check_metrics(generation, request(url).body)
    # The middleware's names are as old as aioprometheus, and promtool does not like them.
    names = "(?:requests_total|responses_total|exceptions_total|status_codes)_counter"
    complaints = [line for line in said.splitlines() if not re.match(names, line)]
    assert complaints == []
    assert status == (3 if said else 0)
    assert bool(said) == (path.name in ("fastapi_app.py", "quart_app.py"))
