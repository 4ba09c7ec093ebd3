"""Direct calls of the formatters: whole metrics, their lines, and single series."""

from __future__ import annotations

import math
from typing import Any

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary
from aioprometheus.collectors import Collector
from aioprometheus.formats.base import IFormatter
from aioprometheus.formats.openmetrics import OpenMetricsFormatter
from aioprometheus.formats.protobuf import ProtobufFormatter
from aioprometheus.formats.text import TextFormatter
from support import openmetrics_grammar, protobuf_model, text_grammar

LABELS = {"z": "1", "a": 'b"\n'}
CONST = {"m": "2"}
SUMMARY = {0.5: 1.0, 0.9: 2.5, "count": 3, "sum": 4.5}
HISTOGRAM = {0.5: 1, 1e6: 2, math.inf: 3, "count": 3, "sum": 4.5}
SHOWN = 'a="b\\"\\n",m="2"'


def metrics() -> tuple[Registry, list[Any]]:
    registry = Registry()
    made = [
        Counter("a_total", "d", CONST, registry),
        Gauge("b", 'a doc "\\\n', CONST, registry),
        Summary("c", "d", CONST, registry, quantiles={0.5: 0}),
        Histogram("d_s", "d", CONST, registry, buckets=[1], unit="s"),
        Info("e", "d", CONST, registry),
        Enum("f", "d", CONST, registry, states=["on", "off"]),
    ]
    counter, gauge, summary, histogram, info, enum = made
    counter.inc(LABELS, 2, exemplar={"trace": "1"})
    counter.inc()
    gauge.set(LABELS, -math.inf)
    summary.observe(LABELS, 2)
    histogram.observe(LABELS, 2, exemplar={"trace": "1"})
    info.info(LABELS, {"v": "1"})
    enum.state(LABELS, "off")
    return registry, made


@pytest.mark.parametrize("formatter", [TextFormatter, OpenMetricsFormatter])
def test_metrics_as_text(formatter: Any) -> None:
    registry, made = metrics()
    end = b"# EOF\n" if formatter is OpenMetricsFormatter else b""
    one = formatter()
    parts = [one.marshall_collector(metric) for metric in made]
    assert all(type(part) is str and not part.endswith("\n") for part in parts)
    assert [one.marshall_lines(metric) for metric in made] == [part.split("\n") for part in parts]
    assert "".join(f"{part}\n" for part in parts).encode() + end == one.marshall(registry)
    text_or_open = openmetrics_grammar if end else text_grammar
    assert len(text_or_open.parse(one.marshall(registry))) == len(made)


def test_metrics_as_protocol_buffers() -> None:
    registry, made = metrics()
    one = ProtobufFormatter()
    parts = [one.marshall_collector(metric) for metric in made]
    assert all(type(part) is bytes for part in parts)
    assert b"".join(parts) == one.marshall(registry)
    assert [b"".join(one.marshall_lines(metric)) for metric in made] == parts
    assert all(len(protobuf_model.parse(part)) == 1 for part in parts)


@pytest.mark.parametrize(
    ("formatter", "expected"),
    [
        (
            TextFormatter,
            {
                "counter": [f'x_total{{{SHOWN},z="1"}} 5'],
                "gauge": [f'x{{{SHOWN},z="1"}} -2.5'],
                "summary": [
                    f'x{{{SHOWN},quantile="0.5",z="1"}} 1.0',
                    f'x{{{SHOWN},quantile="0.9",z="1"}} 2.5',
                    f'x_count{{{SHOWN},z="1"}} 3',
                    f'x_sum{{{SHOWN},z="1"}} 4.5',
                ],
                "histogram": [
                    'x_bucket{a="b\\"\\n",le="0.5",m="2",z="1"} 1.0',
                    'x_bucket{a="b\\"\\n",le="1000000.0",m="2",z="1"} 2.0',
                    'x_bucket{a="b\\"\\n",le="+Inf",m="2",z="1"} 3.0',
                    f'x_count{{{SHOWN},z="1"}} 3.0',
                    f'x_sum{{{SHOWN},z="1"}} 4.5',
                ],
            },
        ),
        (
            OpenMetricsFormatter,
            {
                "counter": [f'x_total{{{SHOWN},z="1"}} 5'],
                "gauge": [f'x{{{SHOWN},z="1"}} -2.5'],
                "summary": [
                    f'x{{{SHOWN},quantile="0.5",z="1"}} 1.0',
                    f'x{{{SHOWN},quantile="0.9",z="1"}} 2.5',
                    f'x_count{{{SHOWN},z="1"}} 3',
                    f'x_sum{{{SHOWN},z="1"}} 4.5',
                ],
                "histogram": [
                    'x_bucket{a="b\\"\\n",le="0.5",m="2",z="1"} 1',
                    'x_bucket{a="b\\"\\n",le="1000000.0",m="2",z="1"} 2',
                    'x_bucket{a="b\\"\\n",le="+Inf",m="2",z="1"} 3',
                    f'x_count{{{SHOWN},z="1"}} 3',
                    f'x_sum{{{SHOWN},z="1"}} 4.5',
                ],
            },
        ),
    ],
)
def test_single_series_as_text(formatter: Any, expected: dict[str, list[str]]) -> None:
    one = formatter()
    assert {
        "counter": one._format_counter((LABELS, 5), "x_total", CONST),
        "gauge": one._format_gauge((LABELS, -2.5), "x", CONST),
        "summary": one._format_summary((LABELS, SUMMARY), "x", CONST),
        "histogram": one._format_histogram((LABELS, HISTOGRAM), "x", CONST),
    } == expected
    assert one._format_counter((None, 5), "x_total", {}) == ["x_total 5"]
    assert one._format_gauge(({}, 5.0), "x", None) == ["x 5.0"]


def test_single_series_as_protocol_buffers() -> None:
    one = ProtobufFormatter()
    found = {}
    for kind, series in (
        ("counter", (LABELS, 5)),
        ("gauge", (LABELS, -2.5)),
        ("summary", (LABELS, SUMMARY)),
        ("histogram", (LABELS, HISTOGRAM)),
    ):
        parts = getattr(one, f"_format_{kind}")(series, "x_total", CONST)
        ((family,),) = (protobuf_model.parse(part) for part in parts)
        (metric,) = family.metric
        assert (family.name, protobuf_model.TYPES[family.type]) == ("x_total", kind.upper())
        assert protobuf_model.pairs(metric) == [("a", 'b"\n'), ("m", "2"), ("z", "1")]
        found[kind] = getattr(metric, kind)
    assert (found["counter"].value, found["gauge"].value) == (5.0, -2.5)
    assert [(one.quantile, one.value) for one in found["summary"].quantile] == [
        (0.5, 1),
        (0.9, 2.5),
    ]
    assert (found["summary"].sample_count, found["summary"].sample_sum) == (3, 4.5)
    buckets = [(one.upper_bound, one.cumulative_count) for one in found["histogram"].bucket]
    assert buckets == [(0.5, 1), (1e6, 2), (math.inf, 3)]
    assert (found["histogram"].sample_count, found["histogram"].sample_sum) == (3, 4.5)


@pytest.mark.parametrize("formatter", [TextFormatter, OpenMetricsFormatter])
def test_series_of_a_metric_make_its_lines(formatter: Any) -> None:
    _, made = metrics()
    one = formatter()
    for metric in made[:4]:
        lines = [line for line in one.marshall_lines(metric) if not line.startswith("#")]
        method = getattr(one, f"_format_{type(metric).__name__.lower()}")
        single = [
            line
            for series in metric.get_all()
            for line in method(series, metric.name, metric.const_labels)
        ]
        # The result of `get_all` does not contain exemplars.
        assert single == [line.partition(" # ")[0] for line in lines]


@pytest.mark.parametrize("formatter", [TextFormatter, OpenMetricsFormatter, ProtobufFormatter])
def test_every_formatter_is_one(formatter: Any) -> None:
    one = formatter()
    assert isinstance(one, IFormatter)
    assert one.timestamp is False
    assert formatter(True).timestamp is formatter(timestamp=True).timestamp is True
    assert formatter().get_headers() == {"Content-Type": formatter.content_type}
    assert one.marshall(Registry()) == (b"# EOF\n" if formatter is OpenMetricsFormatter else b"")


def test_a_plain_collector() -> None:
    class Said(Collector):
        def get_all(self) -> Any:
            return [({"l": "1"}, 5)]

    collector = Said("x", "d", registry=Registry())
    with pytest.raises(TypeError, match=r"^Not a valid object format$"):
        TextFormatter().marshall_collector(collector)
    lines = ["# HELP x d", 'x{l="1"} 5']
    assert OpenMetricsFormatter().marshall_lines(collector) == lines
    (family,) = protobuf_model.parse(ProtobufFormatter().marshall_collector(collector))
    assert (family.name, family.metric[0].untyped.value) == ("x", 5.0)
