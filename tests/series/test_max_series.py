"""``max_series``: what would be born beyond it goes to one series, is logged once, and counted."""

import gc
import logging
import sys

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from support import many_threads, text_parser
from support.series import UPDATES

COUNTER = "aioprometheus_series_overflow_total"
OVERFLOW = "<overflow>"


def exposed(registry):
    return text_parser.values(render(registry, None)[0])


def refused(registry, name):
    return exposed(registry).get((COUNTER, (("metric", name),)))


def full(kind, **options):
    registry = Registry()
    return registry, kind("full", "doc", registry=registry, max_series=1, **options)


@pytest.mark.parametrize("kind", UPDATES)
def test_every_kind_has_one_series_for_all_others(kind, caplog):
    options = {"states": ["off", "on"]} if kind is Enum else {}
    registry, metric = full(kind, **options)
    update = UPDATES[kind]
    update(metric, {"path": "/", "method": "GET"})
    assert refused(registry, "full") is None
    for number in range(10):
        update(metric, {"path": str(number), "method": "GET"})
        update(metric, {"other": str(number)})
        update(metric, None)
    labels = [labels for labels, _ in metric.get_all()]
    overflow = {"method": OVERFLOW, "path": OVERFLOW}
    assert labels == [{"method": "GET", "path": "/"}, overflow]
    assert refused(registry, "full") == "30"
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    message = caplog.records[0].getMessage()
    assert "metric full has 1 series" in message and COUNTER in message
    if kind in (Counter, Histogram, Summary):
        value = metric.get(overflow)
        assert (value if kind is Counter else value["count"]) == 30
    for known in (overflow, {"path": "/", "method": "GET"}):
        update(metric, known)
    assert refused(registry, "full") == "30" and len(caplog.records) == 1


@pytest.mark.parametrize("on_child", [False, True])
def test_functions_go_there_too(on_child, caplog):
    registry, gauge = full(Gauge)

    def ask(name, function):
        if on_child:
            gauge.labels({"a": name}).set_function(function)
        else:
            gauge.set_function({"a": name}, function)

    for number in range(4):
        ask(str(number), lambda number=number: number)
    assert exposed(registry)[("full", (("a", OVERFLOW),))] == "3"
    assert exposed(registry)[("full", (("a", "0"),))] == "0"
    assert refused(registry, "full") == "3"
    assert len(caplog.records) == 1
    gauge.set_function({"a": OVERFLOW}, None)
    gauge.set_function({"a": OVERFLOW}, lambda: 7)
    assert exposed(registry)[("full", (("a", OVERFLOW),))] == "7"
    assert refused(registry, "full") == "3"


def test_values_that_are_set_go_there_too():
    registry, gauge = full(Gauge)
    gauge.set({"a": "1"}, 1)
    gauge.set_value({"a": "2"}, 2)
    assert gauge.get({"a": OVERFLOW}) == 2
    gauge.values[{"a": "3"}] = 3
    assert gauge.get({"a": OVERFLOW}) == 3
    gauge.dec({"a": "4"})
    assert gauge.get({"a": OVERFLOW}) == 2
    assert refused(registry, "full") == "3"


def test_who_reads_what_has_overflowed_finds_nothing():
    _, gauge = full(Gauge)
    gauge.set({"a": "1"}, 1)
    gauge.set({"a": "2"}, 2)
    for read in (gauge.get, gauge.get_value, gauge.values.__getitem__):
        with pytest.raises(KeyError):
            read({"a": "2"})
    assert {"a": "2"} not in gauge.values


def test_children_beyond_the_limit_are_those_of_the_overflow(caplog):
    registry, counter = full(Counter, labelnames=["a"])
    first = counter.labels("1")
    child = counter.labels("2")
    assert refused(registry, "full") is None and not caplog.records
    child.inc()
    child.inc(2)
    child.set_value(7)
    first.inc()
    assert counter.get({"a": OVERFLOW}) == child.get() == 7
    assert first.get() == 1
    assert refused(registry, "full") == "3"
    assert len(caplog.records) == 1


def test_a_child_whose_series_went_away_overflows_while_there_is_no_room():
    registry, counter = full(Counter)
    child = counter.labels({"a": "1"})
    child.inc()
    del counter.values[{"a": "1"}]
    counter.inc({"a": "2"})
    child.inc()
    child.inc()
    assert counter.get({"a": OVERFLOW}) == 2
    assert refused(registry, "full") == "2"
    del counter.values[{"a": "2"}]
    child.inc()
    assert counter.get({"a": "1"}) == 1


def test_after_removals_there_is_room_again():
    _, counter = full(Counter)
    counter.inc({"a": "1"})
    labels = {"a": "2"}
    for _ in range(100):  # so often that a cache would know it
        counter.inc(labels)
    del counter.values[{"a": "1"}]
    counter.inc(labels)
    assert counter.get(labels) == 1
    assert counter.get({"a": OVERFLOW}) == 100
    del counter.values[{"a": OVERFLOW}]
    counter.inc({"a": "3"})
    assert counter.get({"a": OVERFLOW}) == 1
    counter.values.clear()
    counter.inc({"a": "4"})
    assert counter.get_all() == [({"a": "4"}, 1)]


def test_the_first_series_that_has_labels_names_those_of_the_overflow():
    _, counter = full(Counter)
    counter.inc()
    counter.inc({"a": "1"})
    counter.inc({"b": "1"})
    assert counter.get_all() == [({}, 1), ({"a": OVERFLOW}, 2)]


def test_a_series_of_the_users_that_has_its_labels_becomes_the_overflow():
    registry = Registry()
    counter = Counter("full", "doc", registry=registry, max_series=2)
    counter.inc({"a": OVERFLOW})
    counter.inc({"a": "1"})
    for number in range(2, 5):
        counter.inc({"a": str(number)})
    assert len(counter.values) == 3
    assert sum(value for _, value in counter.get_all()) == 5


def test_labels_that_are_one_series_are_found_when_there_is_no_room():
    registry, counter = full(Counter, const_labels={"zone": "x"})
    counter.inc({"a": "1"})
    counter.inc({"a": "1", "b": ""})
    counter.inc({"zone": "x", "a": "1"})
    assert counter.get_all() == [({"a": "1"}, 3)]
    assert refused(registry, "full") is None


def test_labels_that_are_refused_are_refused_all_the_same():
    registry, counter = full(Counter, labelnames=["a"])
    counter.inc({"a": "1"})
    for labels in ({"b": "1"}, {"a": "1", "b": "2"}, {}):
        with pytest.raises(ValueError):
            counter.inc(labels)
    with pytest.raises(ValueError):
        counter.inc({"a": "2"}, -1)
    with pytest.raises(TypeError):
        counter.inc({"a": "2"}, "x")
    assert refused(registry, "full") is None


def test_facts_that_the_overflow_cannot_have_are_left_out():
    registry, info = full(Info)
    info.info({"a": "1"}, {"b": "2"})
    info.info({"c": "1"}, {"a": "2", "d": "3"})
    assert info.get({"a": OVERFLOW}) == {"d": "3"}
    info.info({"e": "1"}, {"b": "2"})
    assert refused(registry, "full") == "2"


def test_objects_that_are_values_go_there_too():
    class Kept(Gauge):
        def get(self, labels=None):
            return self.get_value(labels).number

    class Value:
        def __init__(self, number):
            self.number = number

    registry = Registry()
    metric = Kept("full", "doc", registry=registry, max_series=1)
    for number in range(3):
        metric.set_value({"a": str(number)}, Value(number))
    assert metric.get_all() == [({"a": "0"}, 0), ({"a": OVERFLOW}, 2)]
    assert refused(registry, "full") == "2"


def test_the_counter_is_that_of_the_registries_that_hold_the_metric():
    registry, counter = full(Counter)
    other, empty = Registry(), Registry()
    other.register(counter)
    for number in range(3):
        counter.inc({"a": str(number)})
    assert refused(registry, "full") == refused(other, "full") == "2"
    assert not exposed(empty)
    scrape = b"# TYPE " + COUNTER.encode() + b" counter"
    assert render(registry, None)[0].count(scrape) == 1
    openmetrics = render(registry, "application/openmetrics-text; version=1.0.0")[0]
    assert f'{COUNTER}{{metric="full"}} 2'.encode() in openmetrics
    registry.deregister("full")
    assert not exposed(registry)


def test_a_metric_of_the_name_of_the_counter_is_left_alone():
    registry, counter = full(Counter)
    Gauge(COUNTER, "doc", registry=registry).set(7)
    counter.inc({"a": "1"})
    counter.inc({"a": "2"})
    assert exposed(registry)[COUNTER, ()] == "7"
    assert refused(registry, "full") is None


@pytest.mark.parametrize("kind", UPDATES)
@pytest.mark.parametrize(
    ("most", "error"),
    [(0, ValueError), (-5, ValueError), (True, TypeError), ("5", TypeError), (5.0, TypeError)],
)
def test_a_limit_is_an_int_of_at_least_one(kind, most, error):
    options = {"states": ["a"]} if kind is Enum else {}
    with pytest.raises(error, match=r"^limited: max_series must be"):
        kind("limited", "doc", registry=Registry(), max_series=most, **options)


def test_a_limit_may_be_larger_than_any_number_of_series():
    counter = Counter("limited", "doc", registry=Registry(), max_series=10**30)
    counter.inc({"a": "1"})
    assert counter.get({"a": "1"}) == 1


class Handler(logging.Handler):
    """Does something of its own with each record of the overflow, within the block."""

    def __init__(self, work):
        super().__init__()
        self.work = work

    def emit(self, record):
        self.work()

    def __enter__(self):
        logging.getLogger("aioprometheus.overflow").addHandler(self)

    def __exit__(self, *exception):
        logging.getLogger("aioprometheus.overflow").removeHandler(self)


def test_an_error_of_the_log_does_not_reach_the_update(monkeypatch):
    _, counter = full(Counter)
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: unraisable.append(args.exc_type))
    with Handler(lambda: 1 / 0):
        for number in range(3):
            counter.inc({"a": str(number)})
    assert counter.get({"a": OVERFLOW}) == 2
    assert unraisable == [ZeroDivisionError]


def test_a_log_that_updates_the_same_metric_is_no_circle():
    _, counter = full(Counter)
    with Handler(lambda: counter.inc({"a": "from the log"})):
        counter.inc({"a": "1"})
        counter.inc({"a": "2"})
    assert counter.get({"a": OVERFLOW}) == 2


def test_strangers_in_many_threads_are_counted_and_leave_nothing(caplog):
    registry = Registry()
    counter = Counter("full", "doc", registry=registry, max_series=100)
    each = 20_000

    def strangers(thread):
        for number in range(each):
            counter.inc({"user": f"{thread}-{number}"})

    def blocks():
        gc.collect()
        return sys.getallocatedblocks()

    many_threads.run(strangers)
    before = blocks()
    many_threads.run(strangers)
    assert blocks() - before < each
    assert len(counter.values) == 101
    total = sum(value for _, value in counter.get_all())
    # Those that have a series of their own were counted twice there.
    assert total == 2 * 8 * each
    assert int(refused(registry, "full")) == total - 200
    assert len(caplog.records) == 1
