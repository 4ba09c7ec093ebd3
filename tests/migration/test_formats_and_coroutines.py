"""Formats, samples and coroutine functions: the tests of prometheus_client 0.26.0.

They are translated by the table in from-prometheus-client.md, and have the names that they have
there. What differs on purpose is in those that begin with `test_other`.
"""

from __future__ import annotations

import asyncio

import pytest

from aioprometheus import (
    Counter,
    Gauge,
    Histogram,
    Registry,
    names,
    render,
)
from aioprometheus.families import (
    Timestamp,
)
from support.migration import OPENMETRICS, Value, exposed


@pytest.mark.usefixtures("utf8_names")
class TestChooseEncoder:
    """The Content-Type is without `escaping` unless that is asked for."""

    @pytest.fixture
    def registry(self, registry: Registry) -> Registry:
        Counter("dotted.counter_total", "A counter", registry=registry).inc()
        return registry

    @pytest.mark.parametrize(
        ("accept", "line"),
        [
            ("text/plain; version=0.0.4; charset=utf-8", "dotted_counter_total 1"),
            (f"{OPENMETRICS}; charset=utf-8", "dotted_counter_total 1"),
            (f"{OPENMETRICS}; charset=utf-8; escaping=allow-utf-8", '{"dotted.counter_total"} 1'),
            (f"{OPENMETRICS}; charset=utf-8; escaping=dots", "dotted_dot_counter__total 1"),
            ("text/plain; version=1.0.0; charset=utf-8", "dotted_counter_total 1"),
            (
                "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
                '{"dotted.counter_total"} 1',
            ),
            (
                "text/plain; version=1.0.0; charset=utf-8; escaping=dots",
                "dotted_dot_counter__total 1",
            ),
        ],
    )
    def test_encoder(self, registry: Registry, accept: str, line: str) -> None:
        content, headers = render(registry, accept)
        assert headers == {"Content-Type": accept}
        assert f"\n{line}\n" in content.decode()
        assert content.endswith(b"# EOF\n") == accept.startswith("application/openmetrics-text")

    def test_default_encoder(self, registry: Registry) -> None:
        content, headers = render(registry)
        assert headers == {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        assert content.endswith(b"\ndotted_counter_total 1\n")

    def test_other_no_version(self, registry: Registry) -> None:
        """There `allow-utf-8` is refused without a version, and OpenMetrics is 1.0.0."""
        for kind, version in (("application/openmetrics-text", "0.0.1"), ("text/plain", "0.0.4")):
            content, headers = render(registry, f"{kind}; charset=utf-8; escaping=allow-utf-8")
            assert headers == {
                "Content-Type": f"{kind}; version={version}; charset=utf-8; escaping=allow-utf-8"
            }
            assert b'\n{"dotted.counter_total"} 1\n' in content


# A name, and how it is escaped with underscores, with dots and with values.
ESCAPED = [
    (
        "mysystem.prod.west.cpu.load",
        "mysystem_prod_west_cpu_load",
        "mysystem_dot_prod_dot_west_dot_cpu_dot_load",
        "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load",
    ),
    (
        "mysystem.prod.west.cpu.load_total",
        "mysystem_prod_west_cpu_load_total",
        "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
        "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total",
    ),
    ("label with 😱", "label_with__", "label__with____", "U__label_20_with_20__1f631_"),
    ("花火", "__", "____", "U___82b1__706b_"),
    ("label with \u0100", "label_with__", "label__with____", "U__label_20_with_20__100_"),
]
ESCAPED_METRICS = [
    ("", "", "", ""),
    # There it is no:escaping__required with dots.
    ("no:escaping_required",) * 4,
    ("http.status:sum", "http_status:sum", "http_dot_status:sum", "U__http_2e_status:sum"),
    *ESCAPED,
]
ESCAPED_LABELS = [
    # There it is no__escaping__required with dots.
    ("no_escaping_required",) * 4,
    ("http.status:sum", "http_status_sum", "http_dot_status__sum", "U__http_2e_status_3a_sum"),
    *ESCAPED,
]


@pytest.mark.parametrize(("name", "underscores", "dots", "values"), ESCAPED_METRICS)
def test_escape_metric_name(name: str, underscores: str, dots: str, values: str) -> None:
    assert names.escape_name(name, "underscores") == underscores
    assert names.escape_name(name, "dots") == dots
    assert names.escape_name(name, "values") == values


@pytest.mark.usefixtures("utf8_names")
@pytest.mark.parametrize(("name", "underscores", "dots", "values"), ESCAPED_LABELS)
def test_escape_label_name(
    registry: Registry, name: str, underscores: str, dots: str, values: str
) -> None:
    Gauge("g", "help", labelnames=[name], registry=registry).labels("x").set(1)
    for escaping, label in (("underscores", underscores), ("dots", dots), ("values", values)):
        text = exposed(registry, f"text/plain; version=1.0.0; escaping={escaping}")
        assert text.endswith(f'\ng{{{label}="x"}} 1\n')


class TestSamples:
    @pytest.mark.parametrize(
        ("first", "second"),
        [((1, 1), (1, 2)), ((1, 1), (2, 1)), ((1, 1), (2, 2)), ((0, 2), (1, 1)), ((1, 1), (2, 0))],
    )
    def test_order(self, first: tuple[int, int], second: tuple[int, int]) -> None:
        assert Timestamp(*first) < Timestamp(*second)
        assert Timestamp(*second) > Timestamp(*first)
        assert not Timestamp(*first) > Timestamp(*second)
        assert not Timestamp(*second) < Timestamp(*first)

    def test_equal(self) -> None:
        assert not Timestamp(1, 1) > Timestamp(1, 1)
        assert not Timestamp(1, 1) < Timestamp(1, 1)


class TestCoroutineFunctions:
    """prometheus_client measures the making of a coroutine only; the table says: async def too."""

    def test_all_decorators(self, registry: Registry, value: Value) -> None:
        seconds = Histogram("h", "help", labelnames=[], registry=registry)
        running = Gauge("g", "help", labelnames=[], registry=registry)
        failed = Counter("c_total", "help", labelnames=[], registry=registry)

        @seconds.time()
        @running.track_inprogress()
        @failed.count_exceptions(ValueError)
        async def f(fail: bool) -> str:
            await asyncio.sleep(0.01)
            assert value("g") == 1
            if fail:
                raise ValueError
            return "result"

        assert asyncio.run(f(False)) == "result"
        with pytest.raises(ValueError):
            asyncio.run(f(True))
        assert (value("g"), value("c_total"), value("h_count")) == (0, 1, 2)
        assert (value("h_sum") or 0) > 0.018

    def test_labels_in_an_async_block(self, registry: Registry, value: Value) -> None:
        seconds = Histogram("h", "help", labelnames=["l"], registry=registry)

        async def f() -> None:
            async with seconds.time() as timer:
                timer.labels("a")

        asyncio.run(f())
        assert value("h_count", {"l": "a"}) == 1
