"""Reports of ``get_all`` overrides: numbers as text, and objects that change while read."""

import json
import logging

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from aioprometheus.formats.openmetrics import OpenMetricsFormatter
from aioprometheus.formats.protobuf import ProtobufFormatter
from aioprometheus.formats.text import TextFormatter
from support.protobuf_reader import families

INF = float("inf")


def _reporting(kind, *series):
    class Reporting(kind):
        def get_all(self):
            return list(series)

    registry = Registry()
    Gauge("ok", "d", registry=registry).set(1)
    return Reporting("m", "d", registry=registry), registry


def _values(registry):
    lines = render(registry, None)[0].decode().splitlines()
    return [line.rpartition(" ")[2] for line in lines if line.startswith("m")]


@pytest.mark.parametrize("kind", [Counter, Gauge])
@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("12.50", "12.5"),
        ("12", "12"),
        (" 7\n", "7"),
        ("1e3", "1000.0"),
        ("1_000", "1000"),
        ("007", "7"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("0.1", "0.1"),
        (str(2**70), "1.1805916207174113e+21"),
        ("9" * 400, "inf"),
        ("9" * 5000, "inf"),
    ],
)
def test_text_that_float_takes_is_a_number(kind, text, written):
    metric, registry = _reporting(kind, ({"a": "x"}, text))
    assert _values(registry) == [written]
    assert TextFormatter().marshall_collector(metric).endswith(f"}} {written}")
    for made in (text, type("Text", (str,), {})(text)):
        metric.get_all = lambda made=made: [({}, made)]
        assert _values(registry) == [written]


@pytest.mark.parametrize("text", ["-1.5", "-3"])
def test_negative_text(text):
    assert _values(_reporting(Gauge, ({}, text))[1]) == [text]


@pytest.mark.parametrize("value", ["", "on", "1,5", "0x10", None, True, b"12.5", [1], {}, object()])
def test_what_float_does_not_take_costs_its_family_alone(value, caplog):
    for kind in (Counter, Gauge):
        _, registry = _reporting(kind, ({}, value))
        with caplog.at_level(logging.ERROR):
            text = render(registry, None)[0].decode()
        assert "\nm" not in text and "\nok 1\n" in text
        assert 'aioprometheus_collector_errors_total{collector="m"}' in text
        assert "must be an int or a float" in caplog.text


def test_in_every_format():
    metric, registry = _reporting(Gauge, ({"a": "x"}, "12.50"))
    assert 'm{a="x"} 12.5\n' in OpenMetricsFormatter().marshall(registry).decode()
    family = families(ProtobufFormatter().marshall(registry))[0]
    assert family["metric"][0]["gauge"]["value"] == 12.5
    assert metric.samples[0].value == 12.5


def test_in_histograms_and_summaries():
    report = {1.0: "1", INF: "2.0", "count": "2", "sum": "2.50"}
    metric, registry = _reporting(Histogram, ({}, report))
    assert _values(registry) == ["1.0", "2.0", "2.0", "2.5"]
    assert [sample.value for sample in metric.samples] == [1.0, 2.0, 2.0, 2.5]
    [family, _] = families(ProtobufFormatter().marshall(registry))
    histogram = family["metric"][0]["histogram"]
    assert (histogram["count"], histogram["sum"]) == (2, 2.5)
    assert [bucket["count"] for bucket in histogram["bucket"]] == [1, 2]

    metric, registry = _reporting(Summary, ({}, {0.5: "1.50", "count": "2", "sum": "3.0"}))
    assert _values(registry) == ["1.5", "2", "3.0"]
    assert 'm{quantile="0.5"} 1.5\n' in OpenMetricsFormatter().marshall(registry).decode()
    [family, _] = families(ProtobufFormatter().marshall(registry))
    assert family["metric"][0]["summary"]["count"] == 2


def test_a_device_and_its_json():
    answer = json.loads(
        '{"relays": [{"name": "pump", "power": "12.50"}, {"name": "fan", "power": "3"}]}'
    )

    class Power(Gauge):
        def get_all(self):
            return [({"relay": one["name"]}, one["power"]) for one in answer["relays"]]

    registry = Registry()
    Power("power_watts", "Power drawn", {"site": "home"}, registry)
    assert render(registry, None)[0].decode().splitlines()[2:] == [
        'power_watts{relay="pump",site="home"} 12.5',
        'power_watts{relay="fan",site="home"} 3',
    ]


@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram])
def test_updates_take_no_text(kind):
    metric = kind("m", "d", registry=Registry())
    for update in (lambda: metric.add({}, "5"), lambda: metric.set_value({}, "5")):
        with pytest.raises(TypeError):
            update()
    assert metric.get_all() == []
    with pytest.raises(TypeError):
        metric.labels().add("5")
    assert metric.samples[-1].value == 0


class Growing:
    """A number that changes the dict it stands in while it is read."""

    def __init__(self, owner):
        self.owner = owner

    def __float__(self):
        self.owner[float(len(self.owner) + 100)] = self
        return 1.0


class Shrinking(Growing):
    def __float__(self):
        self.owner.clear()
        return 1.0


class Text(str):
    """A key that changes the dict when it is compared."""

    owner = None

    def __eq__(self, other):
        if self.owner is not None:
            self.owner.clear()
        return str.__eq__(self, other)

    __hash__ = str.__hash__


@pytest.mark.parametrize("kind", [Histogram, Summary])
@pytest.mark.parametrize("number", [Growing, Shrinking])
def test_a_dict_that_changes_while_it_is_read(kind, number):
    report = {0.5: 1, INF: 2, Text("count"): 2, "sum": 1.0}
    report[0.5] = number(report)
    next(key for key in report if type(key) is Text).owner = report
    metric, registry = _reporting(kind, ({"a": "x"}, report))
    for formatter in (TextFormatter, OpenMetricsFormatter, ProtobufFormatter):
        assert b"ok" in formatter().marshall(registry)
    kind_of_one = f"_format_{kind.__name__.lower()}"
    for formatter in (TextFormatter, OpenMetricsFormatter, ProtobufFormatter):
        try:
            getattr(formatter(), kind_of_one)(({}, report), "m", {})
        except Exception as error:  # and not an exception that passes `except Exception`
            assert isinstance(error, (RuntimeError, TypeError, ValueError))
    try:
        assert metric.samples is not None
    except RuntimeError as error:
        assert "changed size" in str(error)


def test_labels_that_change_while_they_are_read():
    labels = {}

    class Value:
        def __str__(self):
            labels.clear()
            return "v"

    labels.update(a=Value(), b=Value(), c="x")
    metric = Gauge("m", "d", registry=Registry())
    metric.set(labels, 1)
    assert metric.get_all() == [({"a": "v", "b": "v", "c": "x"}, 1)]


def test_a_series_list_that_changes_while_it_is_read():
    series = []

    class Value:
        def __float__(self):
            series.clear()
            return 1.0

    series += [({"n": str(n)}, Value()) for n in range(3)]
    metric, registry = _reporting(Gauge)
    metric.get_all = lambda: series
    for formatter in (TextFormatter, OpenMetricsFormatter, ProtobufFormatter):
        series[:] = [({"n": str(n)}, Value()) for n in range(3)]
        assert b"ok" in formatter().marshall(registry)


@pytest.mark.parametrize(
    "series", [5, None, [5], [({},)], [({}, 1, 2)], ["ab"], [(5, 1)], [("text", 1)], iter("ab")]
)
def test_what_is_not_a_list_of_series_costs_its_family_alone(series):
    metric, registry = _reporting(Gauge)
    metric.get_all = lambda: series
    for formatter in (TextFormatter, OpenMetricsFormatter, ProtobufFormatter):
        assert b"ok" in formatter().marshall(registry)
