"""Under a limit of memory a scrape or a birth is a MemoryError, and the service goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems do not hold to RLIMIT_AS"
)

DEADLINE = 300

PRELUDE = """
    import asyncio, gzip, resource, sys
    import zstandard
    from aioprometheus import Counter, Gauge, Histogram, Info, Registry, Summary, render
    from aioprometheus import render_async
    from aioprometheus.collectors import Collector

    MIB = 1 << 20
    OPENMETRICS = "application/openmetrics-text;version=1.0.0"
    PROTOBUF = (
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
    )
    DECOMPRESS = {
        "identity": bytes,
        "gzip": gzip.decompress,
        "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    }

    def run(more, work):
        '''Run work with so many MiB more than there are; return what it gives, or None.'''
        with open("/proc/self/statm") as statm:
            now = int(statm.read().split()[0]) * resource.getpagesize()
        unlimited = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (now + int(more * MIB), unlimited[1]))
        try:
            return work()
        except MemoryError:
            return None
        finally:
            resource.setrlimit(resource.RLIMIT_AS, unlimited)

    def with_and_without(work, expected, limits):
        failed = 0
        for more in limits:
            got = run(more, work)
            failed += got is None
            assert got is None or got == expected, more
        assert failed, "no limit was too low"
        assert work() == expected
        assert run(2_000, work) == expected
"""

SCRAPES = """
    import random
    registry = Registry()
    counter = Counter("c_total", "d", registry=registry)
    noise = random.Random(5)
    for number in range(8_000):
        # It cannot be compressed to much less.
        counter.inc({"path": noise.randbytes(200).hex(), "number": str(number)})
    histogram = Histogram("h", "d", registry=registry)
    native = Histogram("native", "d", registry=registry, native=True)
    summary = Summary("s", "d", registry=registry)
    info = Info("i", "d", registry=registry)
    for number in range(500):
        for metric in (histogram, native, summary):
            metric.observe({"number": str(number)}, number)
        info.info({"number": str(number)}, {"fact": "x"})

    how, accept = sys.argv[1], {"text": None, "openmetrics": OPENMETRICS}.get(sys.argv[2], PROTOBUF)
    def scrape(encoding):
        if how == "sync":
            body, _ = render(registry, accept, accept_encoding=encoding)
        else:
            body, _ = asyncio.run(render_async(registry, accept, accept_encoding=encoding))
        return DECOMPRESS[encoding](body)
    for encoding in DECOMPRESS:
        expected = scrape(encoding)
        def work():
            # What decompresses takes memory as well.
            body = render if how == "sync" else lambda *a, **o: asyncio.run(render_async(*a, **o))
            return body(registry, accept, accept_encoding=encoding)[0]
        with_and_without(work, work(), [0.5, 1, 2, 3, 4, 6, 9, 15])
        assert scrape(encoding) == expected
    print("goes on")
"""

FAMILIES = """
    registry = Registry()
    for number in range(3_000):
        Counter(f"c_{number}_total", "a help " * 40, registry=registry).inc()
        Gauge(f"g_{number}", "a help " * 40, registry=registry).set(number)
    class Own(Collector):
        def get_all(self):
            return [({"number": str(number)}, number) for number in range(10_000)]
    Own("own", "d", registry=registry)
    for accept in (None, OPENMETRICS, PROTOBUF):
        def work():
            body, _ = render(registry, accept, accept_encoding="gzip")
            return gzip.decompress(body)
        expected = work()
        for more in (1, 2, 3, 4, 6, 8, 12, 20):
            got = run(more, work)
            # A class of the user's that finds no memory is left out, as whatever fails there.
            assert got is None or b"c_1" in got
        assert b"c_2999" in work()
    print("goes on")
"""

LISTS = """
    gauge = Gauge("g", "d", registry=Registry())
    for number in range(30_000):
        gauge.set({"number": str(number), "text": "x" * 200}, number)
    for work in (lambda: gauge.samples, gauge.get_all, lambda: list(gauge.values.keys())):
        with_and_without(work, work(), [1, 2, 4, 8])
    print("goes on")
"""

COLLECTED = """
    from aioprometheus.families import GaugeFamily, HistogramFamily, Metric

    gauge = GaugeFamily("g", "d")
    for number in range(20_000):
        gauge.add_metric({"number": number, "path": "x" * 50}, number, timestamp=number)
    histogram = HistogramFamily("h", "d")
    for number in range(10_000):
        histogram.add_metric({"number": number}, {0.5: 1, "+Inf": 2}, 1, created=1)
    buckets = HistogramFamily("o", "d")
    buckets.add_metric({}, {**{number: number for number in range(99_999)}, "+Inf": 100_000}, 1)
    names = Metric("m", "d", "gauge")
    for number in range(10_000):
        names.add_sample(f"s_{number}", {}, 1)
    class Collector:
        def collect(self):
            yield family
    for family in (gauge, histogram, buckets, names):
        registry = Registry()
        registry.register(Collector())
        with_all = render(registry)[0]
        assert len(with_all) > 100_000
        failed = 0
        for more in (0.5, 1, 1.5, 2, 3, 5, 8, 12):
            got = run(more, lambda: render(registry)[0])
            # A collector that finds no memory is left out, as whatever fails there.
            # The counter of failures stands before it.
            whole = got is not None and got.endswith(with_all)
            failed += not whole
            assert whole or got is None or len(got) < 1_000, (family.name, more, len(got))
        assert failed, "no limit was too low"
        assert render(registry)[0].endswith(with_all)
    print("goes on")
"""


BIRTHS = """
    def labels(number):
        return {"number": str(number), "path": "x" * int(sys.argv[2])}
    kind, registry = sys.argv[1], Registry()
    if kind == "info":
        metric = Info("m", "d", registry=registry)
        update = lambda labels: metric.info(labels, {"fact": "y"})
    elif kind in ("counter", "child"):
        metric = Counter("m", "d", registry=registry)
        update = metric.inc if kind == "counter" else lambda labels: metric.labels(labels).inc()
    else:
        options = {"native": True} if kind == "native" else {}
        of = Summary if kind == "summary" else Histogram
        metric = of("m", "d", registry=registry, **options)
        update = lambda labels: metric.observe(labels, 1)
    born = 0
    def bear():
        global born
        while True:
            update(labels(born))
            born += 1
    for more in (4, 6, 11):
        before = born
        assert run(more, bear) is None
        assert len(metric.values) == born > before
        # What was refused for want of memory is born when there is some.
        update(labels(born))
        born += 1
        assert len(metric.values) == born
    assert len(metric.get_all()) == born
    print("goes on")
"""


def check(program: str, *arguments: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PRELUDE + program), *arguments]
    # What is large is given back to the system when it is free, and not kept for the next one.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "131072"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=DEADLINE, env=environment
    )
    assert (done.returncode, done.stdout) == (0, "goes on\n"), done.stderr[-3000:]


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize("kind", ["text", "openmetrics", "protobuf"])
def test_a_page_that_is_too_large(how: str, kind: str) -> None:
    check(SCRAPES, how, kind)


def test_a_registry_of_many_families() -> None:
    check(FAMILIES)


def test_lists_of_series() -> None:
    check(LISTS)


def test_families_of_collectors() -> None:
    check(COLLECTED)


@pytest.mark.parametrize("length", [3, 5_000])
@pytest.mark.parametrize("kind", ["counter", "child", "histogram", "native", "summary", "info"])
def test_births(kind: str, length: int) -> None:
    check(BIRTHS, kind, str(length))
