"""Scrapes of this package by real Prometheus servers, and the series that they have then."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from aioprometheus.service import Service
from support.label_values import HOSTILE
from support.processes import python, request, running
from support.prometheus_server import SERVERS, Prometheus, Target, TextService, prometheus, serving
from support.promtool import TOOLS, check_metrics

ROOT = Path(__file__).resolve().parents[2]
# These serve no page: they end by themselves.
ENDING = {ROOT / "examples" / name for name in ("batch_job.py", "textfile.py", "timing.py")}
EXAMPLES = sorted(set((ROOT / "examples").glob("*.py")) - ENDING)

#: The labels, and the value as text: `repr` distinguishes NaN and -0.0 from others.
Series = tuple[frozenset[tuple[str, str]], str]


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
        # OpenMetrics has neither sums that are NaN nor negative buckets.
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
        for job, url, _ in targets:
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
    # They are also found by their labels.
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

            # The traffic goes on, so the value is between the earlier one and the current one.
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


@pytest.mark.parametrize("generation", TOOLS)
def test_promtool_accepts_everything(generation: str) -> None:
    text, _ = render(make_registry(all_that_text_has=True), None)
    assert check_metrics(generation, text) == (0, "")
    # It does check its input.
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
    # promtool complains about the middleware's names, which are those of 23.12.0.
    names = "(?:requests_total|responses_total|exceptions_total|status_codes)_counter"
    complaints = [line for line in said.splitlines() if not re.match(names, line)]
    assert complaints == []
    assert status == (3 if said else 0)
    assert bool(said) == (path.name in ("fastapi_app.py", "quart_app.py"))
