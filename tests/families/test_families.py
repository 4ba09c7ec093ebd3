"""Families under our own names: what each exposes in every format, and what is refused at once."""

from __future__ import annotations

import math
from typing import Any

import pytest

import aioprometheus
from aioprometheus import (
    CounterFamily,
    GaugeFamily,
    GaugeHistogramFamily,
    HistogramFamily,
    InfoFamily,
    StateSetFamily,
    SummaryFamily,
    UntypedFamily,
    _core,
)
from aioprometheus.families import Exemplar, Family, Timestamp
from support import protobuf_reader

CLASSES = [
    CounterFamily,
    GaugeFamily,
    GaugeHistogramFamily,
    HistogramFamily,
    InfoFamily,
    StateSetFamily,
    SummaryFamily,
    UntypedFamily,
]


def lines(*families: Any, kind: str = "text", **options: Any) -> list[str]:
    """The lines of an exposition but those of HELP."""
    found = _core.encode(kind, list(families), **options).decode().splitlines()
    return [line for line in found if not line.startswith("# HELP")]


def message(family: Any, **options: Any) -> dict[str, Any]:
    """The only family of an exposition in protocol buffers."""
    [found] = protobuf_reader.families(_core.encode("protobuf", [family], **options))
    return found


def test_a_counter_is_called_as_it_is_given() -> None:
    family = CounterFamily("hits", "Hits", labels=["a"])
    family.add_metric({"a": "1"}, 5, created=12.5, timestamp=3.25)
    family.add_metric(["2"], 1.5)
    expected = ["# TYPE hits counter", 'hits{a="1"} 5 3250', 'hits{a="2"} 1.5']
    assert lines(family) == expected
    # OpenMetrics has no counter of that name.
    assert lines(family, kind="openmetrics", created=True) == [
        'hits{a="1"} 5 3.250',
        'hits{a="2"} 1.5',
        "# EOF",
    ]
    total = CounterFamily("hits_total", "Hits", 7, exemplar={"trace_id": "x"}, created=12.5)
    assert lines(total) == ["# TYPE hits_total counter", "hits_total 7"]
    assert lines(total, kind="openmetrics", created=True) == [
        "# TYPE hits counter",
        'hits_total 7 # {trace_id="x"} 7.0',
        "hits_created 12.500",
        "# EOF",
    ]
    found = message(total)
    assert (found["name"], found["type"]) == ("hits_total", 0)
    [metric] = found["metric"]
    assert metric["counter"] == {
        "value": 7.0,
        "exemplar": {"label": [{"name": "trace_id", "value": "x"}], "value": 7.0},
        "start": {"seconds": 12, "nanos": 500_000_000},
    }


@pytest.mark.parametrize(
    ("timestamp", "text", "seconds"),
    [
        (0, "0", "0.000"),
        (5, "5000", "5.000"),
        (1_520_879_607.789, "1520879607789", "1520879607.789"),
        (-1.5, "-1500", "-1.500"),
        (Timestamp(12, 345_000_000), "12345", "12.345"),
        (0.0004, "0", "0.000"),
        (0.0006, "1", "0.001"),
    ],
)
def test_times_are_seconds(timestamp: Any, text: str, seconds: str) -> None:
    family = GaugeFamily("g", "G")
    family.add_metric({"a": "b"}, 1, timestamp=timestamp)
    family.add_metric({"a": "c"}, 2)
    assert lines(family)[1:] == [f'g{{a="b"}} 1 {text}', 'g{a="c"} 2']
    found = lines(family, kind="openmetrics")[1:-1]
    assert found == [f'g{{a="b"}} 1 {seconds}', 'g{a="c"} 2']
    with_time, without = message(family)["metric"]
    assert with_time["timestamp_ms"] == int(text) % 2**64 and "timestamp_ms" not in without
    # Where all samples carry the time of the rendering, one that has a time of its own keeps it.
    assert lines(family, timestamp=99)[1:] == [f'g{{a="b"}} 1 {text}', 'g{a="c"} 2 99']
    times = [metric["timestamp_ms"] for metric in message(family, timestamp=99)["metric"]]
    assert times == [int(text) % 2**64, 99]


def test_a_histogram() -> None:
    family = HistogramFamily("h", "H")
    buckets = [(0.5, 1, Exemplar({"t": "1"}, 0.25, 1.5)), ("1", 1), (math.inf, 4)]
    family.add_metric({"a": "b"}, buckets, 9.5, created=2)
    family.add_metric({"a": "c"}, {-1: 2, "+Inf": 3}, None, timestamp=1)
    bucket_lines = ['h_bucket{a="b",le="0.5"} 1', 'h_bucket{a="b",le="1.0"} 1']
    assert lines(family, kind="openmetrics", created=True) == [
        "# TYPE h histogram",
        f'{bucket_lines[0]} # {{t="1"}} 0.25 1.500',
        bucket_lines[1],
        'h_bucket{a="b",le="+Inf"} 4',
        'h_count{a="b"} 4',
        'h_sum{a="b"} 9.5',
        'h_created{a="b"} 2.000',
        'h_bucket{a="c",le="-1.0"} 2 1.000',
        'h_bucket{a="c",le="+Inf"} 3 1.000',
        "# EOF",
    ]
    assert lines(family)[4:] == [
        'h_count{a="b"} 4.0',
        'h_sum{a="b"} 9.5',
        'h_bucket{a="c",le="-1.0"} 2.0 1000',
        'h_bucket{a="c",le="+Inf"} 3.0 1000',
        'h_count{a="c"} 3.0 1000',
    ]
    first, second = (metric["histogram"] for metric in message(family)["metric"])
    assert (first["count"], first["sum"], first["start"]) == (4, 9.5, {"seconds": 2, "nanos": 0})
    assert first["bucket"][0] == {
        "count": 1,
        "upper_bound": 0.5,
        "exemplar": {
            "label": [{"name": "t", "value": "1"}],
            "value": 0.25,
            "time": {"seconds": 1, "nanos": 500_000_000},
        },
    }
    assert "sum" not in second and second["bucket"][1] == {"count": 3, "upper_bound": math.inf}


def test_a_gauge_histogram() -> None:
    family = GaugeHistogramFamily("w", "W", labels=["q"])
    family.add_metric(["a"], [(1, 3), ("+Inf", 5)], 12.5)
    family.add_metric(["b"], {"1": 0, "+Inf": 0}, 0)
    assert lines(family, kind="openmetrics") == [
        "# TYPE w gaugehistogram",
        'w_bucket{le="1.0",q="a"} 3',
        'w_bucket{le="+Inf",q="a"} 5',
        'w_gcount{q="a"} 5',
        'w_gsum{q="a"} 12.5',
        'w_bucket{le="1.0",q="b"} 0',
        'w_bucket{le="+Inf",q="b"} 0',
        'w_gcount{q="b"} 0',
        'w_gsum{q="b"} 0.0',
        "# EOF",
    ]
    # The text format has no such type. Each group of lines has a header of its own.
    assert lines(family) == [
        "# TYPE w histogram",
        'w_bucket{le="1.0",q="a"} 3.0',
        'w_bucket{le="+Inf",q="a"} 5.0',
        'w_bucket{le="1.0",q="b"} 0.0',
        'w_bucket{le="+Inf",q="b"} 0.0',
        "# TYPE w_gcount gauge",
        'w_gcount{q="a"} 5.0',
        'w_gcount{q="b"} 0.0',
        "# TYPE w_gsum gauge",
        'w_gsum{q="a"} 12.5',
        'w_gsum{q="b"} 0.0',
    ]
    found = message(family)
    assert found["type"] == 5 and found["metric"][0]["histogram"]["count"] == 5


def test_a_summary() -> None:
    family = SummaryFamily("s", "S")
    family.add_metric({"a": "b"}, 3, 1.5, quantiles={0.9: 2, 0.5: 1}, created=1)
    assert lines(family, kind="openmetrics", created=True) == [
        "# TYPE s summary",
        's{a="b",quantile="0.5"} 1.0',
        's{a="b",quantile="0.9"} 2.0',
        's_count{a="b"} 3',
        's_sum{a="b"} 1.5',
        's_created{a="b"} 1.000',
        "# EOF",
    ]
    assert message(family)["metric"][0]["summary"]["start"] == {"seconds": 1, "nanos": 0}


def test_facts_states_and_numbers_of_no_type() -> None:
    for name in ("build", "build_info"):
        info = InfoFamily(name, "B")
        info.add_metric({"a": "b"}, {"version": "1"})
        assert lines(info, kind="openmetrics") == [
            "# TYPE build info",
            'build_info{a="b",version="1"} 1.0',
            "# EOF",
        ]
    states = StateSetFamily("st", "S", {"b": False, "a": True, "c": 1})
    for kind, word in (("text", "gauge"), ("openmetrics", "stateset")):
        found = lines(states, kind=kind)
        expected = [f"# TYPE st {word}", 'st{st="a"} 1.0', 'st{st="b"} 0.0', 'st{st="c"} 1.0']
        assert found[:4] == expected
    assert [metric["gauge"]["value"] for metric in message(states)["metric"]] == [1.0, 0.0, 1.0]
    assert lines(UntypedFamily("u", "U", 2)) == ["# TYPE u untyped", "u 2"]
    assert message(UntypedFamily("u", "U", 2))["type"] == 3


@pytest.mark.parametrize("bucket", [(None, 1), 5, ("1",), None, ([], 1)])
def test_buckets_that_are_none(bucket):
    for kind in (HistogramFamily, GaugeHistogramFamily):
        family = kind("h", "doc", labels=["a"])
        with pytest.raises(TypeError, match=r"^h: a bucket is a pair of its upper bound"):
            family.add_metric(["x"], [("0.5", 1), bucket, ("+Inf", 2)], 3)
        assert list(family.samples) == []


@pytest.mark.parametrize("rank", [None, "high"])
def test_ranks_that_are_none(rank):
    family = SummaryFamily("s", "doc", labels=["a"])
    with pytest.raises(TypeError, match=r"^s: a quantile has its rank as a number"):
        family.add_metric(["x"], 1, 2, quantiles={0.5: 1, rank: 2})
    assert list(family.samples) == []


def test_a_unit_is_the_end_of_the_name() -> None:
    family = CounterFamily("wait_seconds_total", "W", 1, unit="seconds")
    assert "# UNIT wait_seconds seconds" in lines(family, kind="openmetrics")
    assert message(family)["unit"] == "seconds"
    with pytest.raises(ValueError, match="wait_seconds_total; rename it"):
        CounterFamily("wait_total", "W", unit="seconds")
    with pytest.raises(ValueError, match="must be named so: wait_seconds"):
        GaugeFamily("wait", "W", unit="seconds")


@pytest.mark.parametrize("make", CLASSES)
def test_labels_are_those_that_were_declared(make: Any) -> None:
    rest: dict[Any, tuple[Any, ...]] = {
        SummaryFamily: (1, 2),
        HistogramFamily: ({"+Inf": 1}, 2),
        GaugeHistogramFamily: ({"+Inf": 1}, 2),
        InfoFamily: ({"v": "1"},),
        StateSetFamily: ({"s": True},),
    }
    more = rest.get(make, (1,))
    family = make("x", "d", labels=["a", "b"])
    assert isinstance(family, Family)
    for wrong in (["1"], ["1", "2", "3"], "12", {"a": "1"}, {"a": "1", "c": "2"}, {}, None):
        with pytest.raises(ValueError, match=r"^x: .*a, b"):
            family.add_metric(wrong, *more)
        assert family.samples == []
    family.add_metric({"b": "2", "a": "1"}, *more)
    family.add_metric(("3", "4"), *more)
    assert any('a="1",b="2"' in line for line in lines(family))
    anyhow = make("x", "d")
    anyhow.add_metric({"k": 7}, *more)
    anyhow.add_metric([], *more)
    anyhow.add_metric(None, *more)
    with pytest.raises(ValueError, match=r"^x: give its labels as a dict"):
        anyhow.add_metric(["1"], *more)
    with pytest.raises(ValueError, match="not a str"):
        make("x", "d", labels="ab")
    with pytest.raises(ValueError, match="Invalid metric name: a b"):
        make("a b", "d")
    with pytest.raises(ValueError, match="Invalid label name: a b"):
        make("x", "d", labels=["a b"])


def test_a_family_is_read_at_each_exposition() -> None:
    family = GaugeFamily("g", "G", 1)
    assert lines(family)[1:] == ["g 1"]
    family.add_metric({"a": "b"}, 2)
    assert lines(family)[1:] == ["g 1", 'g{a="b"} 2']
    family.samples.clear()
    assert lines(family) == ["# TYPE g gauge"]
    family.samples = [("g", {}, 3)]  # type: ignore[list-item]
    assert lines(family)[1:] == ["g 3"]


def test_metrics_of_any_registry_are_families_too() -> None:
    registry = aioprometheus.Registry()
    counter = aioprometheus.Counter("c_total", "C", registry=registry)
    counter.inc({"a": "b"})
    enum = aioprometheus.Enum("e", "E", states=["x", "y"], registry=registry)
    enum.state("y")
    found = lines(counter, enum, GaugeFamily("g", "G", 1))
    assert found[1::2] == ['c_total{a="b"} 1', 'e{e="x"} 0.0', "# TYPE g gauge"]


def test_the_root_says_where_the_classes_of_prometheus_client_are() -> None:
    for name in ("Metric", "GaugeMetricFamily", "UntypedMetricFamily"):
        with pytest.raises(AttributeError) as raised:
            getattr(aioprometheus, name)
        [note] = getattr(raised.value, "__notes__", [])
        assert "import it from aioprometheus.families" in note
        assert hasattr(aioprometheus.families, name)


def test_the_root_has_the_classes_and_imports_them_late() -> None:
    names = {make.__name__ for make in CLASSES}
    assert names <= set(dir(aioprometheus))
    star: dict[str, Any] = {}
    exec("from aioprometheus import *", star)
    assert names <= star.keys()
