"""The text that is exposed: the tests of prometheus_client 0.26.0.

They are translated by the table in from-prometheus-client.md, and have the names that they have
there. What differs on purpose is in those that begin with `test_other`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aioprometheus import (
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Registry,
    Summary,
    render,
    write_to_textfile,
)
from aioprometheus.families import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
    Timestamp,
)
from support.migration import BOUNDS, JUNK, UTF8, Collecting, exposed


class TestGenerateText:
    def test_counter(self, registry: Registry) -> None:
        Counter("cc_total", "A counter", registry=registry).inc()
        text = "# HELP cc_total A counter\n# TYPE cc_total counter\ncc_total 1\n"
        assert exposed(registry) == text

    @pytest.mark.usefixtures("utf8_names")
    def test_counter_utf8(self, registry: Registry) -> None:
        Counter("utf8.cc_total", "A counter", registry=registry).inc()
        assert exposed(registry, UTF8) == (
            '# HELP "utf8.cc_total" A counter\n'
            '# TYPE "utf8.cc_total" counter\n'
            '{"utf8.cc_total"} 1\n'
        )

    @pytest.mark.usefixtures("utf8_names")
    def test_counter_utf8_escaped_underscores(self, registry: Registry) -> None:
        Counter("utf8.cc_total", "A counter", registry=registry).inc()
        assert exposed(registry) == (
            "# HELP utf8_cc_total A counter\n# TYPE utf8_cc_total counter\nutf8_cc_total 1\n"
        )

    def test_counter_name_unit_append(self, registry: Registry) -> None:
        """The name that is made there, written out."""
        Counter("requests_total_total", "Request counter", unit="total", registry=registry).inc()
        assert exposed(registry).endswith("\nrequests_total_total 1\n")

    def test_gauge(self, registry: Registry) -> None:
        Gauge("gg", "A gauge", registry=registry).set(17)
        assert exposed(registry) == "# HELP gg A gauge\n# TYPE gg gauge\ngg 17\n"

    def test_summary(self, registry: Registry) -> None:
        summary = Summary("ss", "A summary", labelnames=["a", "b"], registry=registry)
        summary.labels("c", "d").observe(17)
        lines = exposed(registry).splitlines()
        assert lines[:2] == ["# HELP ss A summary", "# TYPE ss summary"]
        assert lines[-2:] == ['ss_count{a="c",b="d"} 1', 'ss_sum{a="c",b="d"} 17.0']

    def test_histogram(self, registry: Registry) -> None:
        """The default buckets of prometheus_client have 0.075, 0.75 and 7.5 as well."""
        Histogram("hh", "A histogram", registry=registry).observe(0.05)
        smaller, larger = ["0.005", "0.01", "0.025"], ["0.05", "0.1", "0.25", "0.5", *BOUNDS]
        larger.insert(-1, "10.0")
        assert exposed(registry).splitlines() == [
            "# HELP hh A histogram",
            "# TYPE hh histogram",
            *(f'hh_bucket{{le="{le}"}} 0.0' for le in smaller),
            *(f'hh_bucket{{le="{le}"}} 1.0' for le in larger),
            "hh_count 1.0",
            "hh_sum 0.05",
        ]

    def test_gaugehistogram(self, registry: Registry) -> None:
        buckets = [("1.0", 4), ("+Inf", 5)]
        family = GaugeHistogramMetricFamily("gh", "help", buckets=buckets, gsum_value=7)
        registry.register(Collecting(family))
        assert exposed(registry) == (
            "# HELP gh help\n# TYPE gh histogram\n"
            'gh_bucket{le="1.0"} 4.0\ngh_bucket{le="+Inf"} 5.0\n'
            "# HELP gh_gcount help\n# TYPE gh_gcount gauge\ngh_gcount 5.0\n"
            "# HELP gh_gsum help\n# TYPE gh_gsum gauge\ngh_gsum 7.0\n"
        )

    def test_info(self, registry: Registry) -> None:
        info = Info("ii", "A info", labelnames=["a", "b"], registry=registry)
        info.labels("c", "d").info({"foo": "bar"})
        assert exposed(registry) == (
            '# HELP ii_info A info\n# TYPE ii_info gauge\nii_info{a="c",b="d",foo="bar"} 1.0\n'
        )

    def test_enum(self, registry: Registry) -> None:
        enum = Enum(
            "ee", "An enum", labelnames=["a", "b"], registry=registry, states=["foo", "bar"]
        )
        enum.labels("c", "d").state("bar")
        assert exposed(registry) == (
            "# HELP ee An enum\n# TYPE ee gauge\n"
            'ee{a="c",b="d",ee="foo"} 0.0\nee{a="c",b="d",ee="bar"} 1.0\n'
        )

    def test_unicode(self, registry: Registry) -> None:
        Gauge("cc", "\u4500", labelnames=["l"], registry=registry).labels("\u4500").inc()
        assert exposed(registry) == '# HELP cc \u4500\n# TYPE cc gauge\ncc{l="\u4500"} 1\n'

    def test_escaping(self, registry: Registry) -> None:
        gauge = Gauge("cc", "A\ngaug\\e", labelnames=["a"], registry=registry)
        gauge.labels('\\x\n"').inc(1)
        assert exposed(registry) == (
            '# HELP cc A\\ngaug\\\\e\n# TYPE cc gauge\ncc{a="\\\\x\\n\\""} 1\n'
        )

    def test_nonnumber(self, registry: Registry) -> None:
        class MyNumber:
            def __float__(self) -> float:
                return 123.0

        metric = Metric("nonnumber", "Non number", "untyped")
        metric.add_sample("nonnumber", {}, MyNumber())
        registry.register(Collecting(metric))
        assert exposed(registry) == (
            "# HELP nonnumber Non number\n# TYPE nonnumber untyped\nnonnumber 123.0\n"
        )

    def test_timestamp(self, registry: Registry) -> None:
        times: dict[float | Timestamp, int] = {
            123.456: 123456,
            -123.456: -123456,
            123: 123000,
            Timestamp(123, 456000000): 123456,
            Timestamp(123, 456000): 123000,
            Timestamp(123, 456): 123000,
        }
        metric = Metric("ts", "help", "untyped")
        for foo, timestamp in zip("abcdef", times, strict=True):
            metric.add_sample("ts", {"foo": foo}, 0, timestamp)
        registry.register(Collecting(metric))
        assert exposed(registry).splitlines() == [
            "# HELP ts help",
            "# TYPE ts untyped",
            *(
                f'ts{{foo="{foo}"}} 0 {at}'
                for foo, at in zip("abcdef", times.values(), strict=True)
            ),
        ]

    def test_textfile(self, registry: Registry, tmp_path: Path) -> None:
        Gauge("gg", "A gauge", registry=registry).set(17)
        write_to_textfile(str(tmp_path / "x.prom"), registry, tmpdir=str(tmp_path))
        assert (tmp_path / "x.prom").read_bytes() == render(registry)[0]
        assert [path.name for path in tmp_path.iterdir()] == ["x.prom"]


class TestFamiliesThatAreWrong:
    """There the scrape fails; here the family is left out, and the log says why."""

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            *(
                (kind, (value,))
                for kind in (CounterMetricFamily, GaugeMetricFamily)
                for value in JUNK
            ),
            *((SummaryMetricFamily, (value, 0)) for value in JUNK),
            *((SummaryMetricFamily, (0, value)) for value in JUNK),
            (GaugeHistogramMetricFamily, ([("spam", 0), ("eggs", 0)], None)),
            (GaugeHistogramMetricFamily, ([("spam", 0), ("eggs", None)], 0)),
            (GaugeHistogramMetricFamily, ([("spam", 0), (None, 0)], 0)),
            (GaugeHistogramMetricFamily, ([("spam", None), ("eggs", 0)], 0)),
            (GaugeHistogramMetricFamily, ([(None, 0), ("eggs", 0)], 0)),
            (GaugeHistogramMetricFamily, ([("spam", 0), ("eggs", 0)], "")),
            (GaugeHistogramMetricFamily, ([("spam", 0), ("eggs", "")], 0)),
            (GaugeHistogramMetricFamily, ([("spam", ""), ("eggs", 0)], 0)),
        ],
    )
    def test_metric_families(
        self,
        registry: Registry,
        caplog: pytest.LogCaptureFixture,
        kind: Any,
        values: tuple[Any, ...],
    ) -> None:
        class Collector:
            def collect(self) -> list[Any]:
                family = kind("family", "help")
                family.add_metric([], *values)
                return [family]

        registry.register(Collector())
        Gauge("gg", "A gauge", registry=registry).set(17)
        text = exposed(registry)
        assert "family" not in text and "\ngg 17\n" in text
        assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] in (
            [TypeError],
            [ValueError],
        )
