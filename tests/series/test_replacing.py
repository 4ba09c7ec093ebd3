"""All series of a metric are replaced at once: ``replace`` and ``replacing``."""

import threading

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from aioprometheus.metricdict import MetricDict
from support import protobuf_reader
from support.series import UPDATES, labels_of, make

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
PROTOBUF = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)


@pytest.mark.parametrize("kind", UPDATES)
def test_a_block_replaces_all_series_at_its_end(kind):
    metric = make(kind)
    update = UPDATES[kind]
    for number in range(3):
        update(metric, {"a": str(number)})
    before = metric.get_all()
    with metric.replacing() as new:
        assert type(new) is kind and new.get_all() == []
        for number in range(2, 5):
            update(new, {"a": str(number)})
        assert metric.get_all() == before
    assert labels_of(metric) == [{"a": "2"}, {"a": "3"}, {"a": "4"}]
    update(metric, {"a": "5"})
    update(new, {"a": "6"})
    assert {"a": "5"} in labels_of(metric) and {"a": "6"} not in labels_of(metric)


@pytest.mark.parametrize("kind", UPDATES)
def test_after_an_exception_all_is_as_it_was(kind):
    metric = make(kind)
    UPDATES[kind](metric, {"a": "1"})
    before = metric.get_all()
    with pytest.raises(ZeroDivisionError), metric.replacing() as new:
        UPDATES[kind](new, {"a": "2"})
        raise ZeroDivisionError
    assert metric.get_all() == before


def test_values_replace_all_series():
    gauge = make(Gauge, labelnames=["a", "b"])
    gauge.set({"a": "0", "b": "0"}, 0)
    gauge.replace([({"a": "1", "b": "2"}, 3), (("4", "5"), 6), (["7", "8"], 9.5)])
    assert [value for _, value in gauge.get_all()] == [3, 6, 9.5]
    gauge.replace({("1", "1"): 1})
    assert gauge.get_all() == [({"a": "1", "b": "1"}, 1)]
    single = make(Gauge, labelnames=["queue"])
    single.replace({"mail": 5, "video": 6})
    assert single.get({"queue": "video"}) == 6
    single.replace(dict(single.values.items()))
    assert len(single.values) == 2
    single.replace(iter([]))
    assert single.get_all() == []
    bare = make(Gauge)
    bare.replace([(None, 5), ({"a": "1"}, 6), ({"a": "1"}, 7)])
    assert bare.get() == 5 and bare.get({"a": "1"}) == 7


VALUES = {
    Counter: [5, 7.5],
    Gauge: [-5, 7.5],
    Info: [{"version": "1"}, {"version": "2"}],
    Enum: ["on", "off"],
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_are_those_of_the_kind(kind):
    metric = make(kind)
    metric.replace([({"n": str(n)}, value) for n, value in enumerate(VALUES[kind])])
    assert [value for _, value in metric.get_all()] == VALUES[kind]


@pytest.mark.parametrize("kind", [Histogram, Summary])
def test_live_objects_are_values_of_observations(kind):
    metric, other = make(kind), make(kind)
    other.observe({"a": "1"}, 2)
    metric.replace([({"b": "1"}, other.get_value({"a": "1"}))])
    assert metric.get({"b": "1"}) == other.get({"a": "1"})
    metric.observe({"b": "1"}, 2)
    assert metric.get({"b": "1"})["count"] == 2


@pytest.mark.parametrize(
    ("series", "error"),
    [
        ([({"a": "1"}, "x")], TypeError),
        ([({"a": "1"}, 1), ({"b": "1"}, 2)], ValueError),
        ([("1", 1), 5], TypeError),
        ([({"a": "1"}, 1, 2)], TypeError),
        (5, TypeError),
        ("ab", TypeError),
        ([(("1", "2"), 1)], ValueError),
    ],
)
def test_what_is_refused_changes_nothing(series, error):
    gauge = make(Gauge, labelnames=["a"])
    gauge.set({"a": "0"}, 5)
    with pytest.raises(error, match="removed"):
        gauge.replace(series)
    assert gauge.get_all() == [({"a": "0"}, 5)]
    with pytest.raises(TypeError, match="need declared labelnames"):
        make(Gauge).replace({"mail": 5})
    with pytest.raises(ValueError):
        make(Counter).replace([({}, -1)])


def test_facts_that_go_from_one_series_to_another_are_no_clash():
    info = make(Info)
    info.info({"a": "1"}, {"b": "2"})
    with info.replacing() as new:
        new.info({"b": "2"}, {"a": "1"})
    assert labels_of(info) == [{"b": "2"}]
    with pytest.raises(ValueError):
        info.info({"a": "1"}, {"b": "2"})
    info.clear()
    info.info({"a": "1"}, {"b": "2"})


class Scaled(Gauge):
    """A class of the user's that takes an argument, and has attributes and a slot."""

    __slots__ = ("__private", "unit_of_slot")

    def __init__(self, *args, factor, **options):
        super().__init__(*args, **options)
        self.factor = factor
        self.unit_of_slot = 1
        self.__private = 2

    def set_value(self, labels, value):
        assert self.unit_of_slot * self.__private == 2
        super().set_value(labels, value * self.factor)

    def get_all(self):
        return super().get_all()


def test_overrides_of_a_class_are_called():
    gauge = Scaled("removed", "doc", factor=10, registry=Registry())
    gauge.set({"a": "1"}, 1)
    gauge.replace([({"a": "2"}, 2)])
    assert gauge.get_all() == [({"a": "2"}, 20)]
    with gauge.replacing() as new:
        new.set({"a": "3"}, 3)
    assert gauge.get_all() == [({"a": "3"}, 30)]


def test_objects_that_are_values_replace_others():
    class Kept(Gauge):
        def get(self, labels=None):
            return self.get_value(labels).number

    class Value:
        def __init__(self, number):
            self.number = number

    gauge = make(Kept)
    gauge.set_value({"a": "1"}, Value(1))
    gauge.replace([({"a": "1"}, Value(2)), ({"a": "2"}, Value(3))])
    assert gauge.get_all() == [({"a": "1"}, 2), ({"a": "2"}, 3)]


def test_a_child_of_before_goes_on_with_the_new_series():
    counter = make(Counter, labelnames=["a"])
    kept, gone = counter.labels("1"), counter.labels("2")
    kept.inc()
    gone.inc()
    counter.replace([(("1",), 10)])
    kept.inc()
    assert counter.get_all() == [({"a": "1"}, 11)]
    gone.inc()
    assert counter.get({"a": "2"}) == 1
    with counter.replacing() as new:
        child = new.labels("3")
        child.inc()
    child.inc()
    assert counter.get_all() == [({"a": "3"}, 2)]


def test_limits_hold_for_the_new_series():
    counter = make(Counter, max_series=2)
    counter.inc({"a": "1"})
    counter.replace([({"a": str(number)}, 1) for number in range(5)])
    assert labels_of(counter) == [{"a": "0"}, {"a": "1"}, {"a": "<overflow>"}]
    counter.inc({"a": "7"})
    assert len(counter.values) == 3
    counter.replace([({"b": "1"}, 1)])
    counter.inc({"b": "2"})
    counter.inc({"b": "3"})
    assert labels_of(counter) == [{"b": "1"}, {"b": "2"}, {"a": "<overflow>"}]


def test_a_block_is_entered_once():
    block = make(Gauge).replacing()
    with block:
        pass
    with pytest.raises(RuntimeError, match=r"^removed: "), block:
        pass


def test_settings_that_change_meanwhile_are_told():
    histogram = make(Histogram, buckets=[1])
    with pytest.raises(RuntimeError, match=r"^removed: "), histogram.replacing() as new:
        new.observe({}, 1)
        histogram.upper_bounds = [2, float("inf")]
    assert histogram.get_all() == []
    with histogram.replacing() as new:
        new.observe({}, 1.5)
    assert histogram.get()[2.0] == 1


def _values(page, accept):
    if accept == PROTOBUF:
        (family,) = protobuf_reader.families(page)
        return [metric["gauge"]["value"] for metric in family["metric"]]
    lines = [line for line in page.decode().splitlines() if not line.startswith("#")]
    return [float(line.rsplit(" ", 1)[1]) for line in lines]


def _mapping(series):
    mapping = MetricDict()
    for labels, value in series:
        mapping[labels] = value
    return mapping


def _replace(gauge, way, series):
    if way == "replace":
        gauge.replace(series)
    elif way == "values":
        gauge.values = _mapping(series)
    else:
        with gauge.replacing() as new:
            for labels, value in series:
                new.set(labels, value)


@pytest.mark.parametrize("accept", [None, OPENMETRICS, PROTOBUF])
@pytest.mark.parametrize("way", ["replace", "replacing", "values"])
def test_no_scrape_sees_a_half(accept, way):
    registry = Registry()
    gauge = Gauge("turn", "doc", registry=registry)
    count, stop, errors = 200, threading.Event(), []

    def series(turn):
        return [({"n": str((number + turn) % 1000)}, turn) for number in range(count)]

    def replace():
        turn = 0
        try:
            while not stop.is_set():
                turn += 1
                _replace(gauge, way, series(turn))
        except BaseException as error:
            errors.append(error)

    gauge.replace(series(0))
    seen = set()
    threads = [threading.Thread(target=replace) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        while len(seen) < 5 and not errors:
            page = render(registry, accept, accept_encoding=())[0]
            values = _values(page, accept)
            assert len(values) == count and len(set(values)) == 1
            seen.update(values)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors
