"""User's objects as the values of series, as in classes derived from those of 23.12.0."""

import gc
import threading
import weakref

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from aioprometheus.collectors import Collector, Estimator
from aioprometheus.formats.protobuf import ProtobufFormatter
from aioprometheus.histogram import Histogram as PlainHistogram
from support.make import registry_of, text_of
from support.protobuf_reader import families

A, B = {"a": "x"}, {"a": "y"}


class Values:
    """Not the duck type of an estimator: only the class that keeps it knows what it says."""

    def __init__(self):
        self.values = []
        self.lock = threading.Lock()

    def observe(self, value):
        with self.lock:
            self.values.append(value)


class Median(Summary):
    def observe(self, labels, value):
        try:
            own = self.get_value(labels)
        except KeyError:
            own = Values()
            self.set_value(labels, own)
        own.observe(value)

    add = observe

    def get(self, labels):
        values = sorted(self.get_value(labels).values)
        return {0.5: values[len(values) // 2], "count": len(values), "sum": sum(values)}


class Ranks:
    """The duck type of an estimator: what the methods of a summary ask of one."""

    def __init__(self):
        self._invariants = Estimator((0.5, 0.1))._invariants
        self._observations, self._sum = 0, 0.0

    def observe(self, value):
        self._observations += 1
        self._sum += value

    def query(self, rank):
        return self._observations * rank


class Buckets:
    """The duck type of a histogram."""

    def __init__(self):
        self.buckets = {1.0: 0, float("inf"): 0}
        self.observations, self.sum = 0, 0.0

    def observe(self, value):
        self.buckets[float("inf")] += 1
        self.observations += 1
        self.sum += value


def _median():
    metric = Median("m", "d", registry=Registry())
    for labels, value in ((B, 3), (A, 1), (A, 5), (None, 2), (A, 2)):
        metric.observe(labels, value)
    return metric


def test_what_a_class_keeps_it_gets_back():
    metric = _median()
    own = metric.get_value(A)
    assert type(own) is Values and own.values == [1, 5, 2]
    assert own is metric.get_value({"a": "x"}) is metric.values[A] is metric.values[b'{"a":"x"}']
    assert metric.get(A) == {0.5: 2, "count": 3, "sum": 8}
    assert [labels for labels, _ in metric.get_all()] == [B, A, {}]
    assert list(metric.values) == [b'{"a":"y"}', b'{"a":"x"}', "__EMPTY__"]
    assert list(metric.values.values()) == [metric.get_value(key) for key in (B, A, None)]
    assert [sample.value for sample in metric.samples][:3] == [3.0, 1.0, 3.0]


def test_it_is_rendered_through_the_class_in_every_format():
    metric = _median()
    assert text_of(metric).splitlines() == [
        "# HELP m d",
        "# TYPE m summary",
        'm{a="y",quantile="0.5"} 3',
        'm_count{a="y"} 1',
        'm_sum{a="y"} 3',
        'm{a="x",quantile="0.5"} 2',
        'm_count{a="x"} 3',
        'm_sum{a="x"} 8',
        'm{quantile="0.5"} 2',
        "m_count 1",
        "m_sum 2",
    ]
    assert (
        'm{a="x",quantile="0.5"} 2.0'
        in text_of(metric, "application/openmetrics-text").splitlines()
    )
    [family] = families(ProtobufFormatter().marshall(registry_of(metric)))
    assert [one["summary"]["count"] for one in family["metric"]] == [1, 3, 1]


def test_removal_and_birth_anew():
    metric = _median()
    values, own = metric.values, metric.get_value(A)
    del values[A]
    assert A not in values and len(values) == 2
    with pytest.raises(KeyError):
        metric.get_value(A)
    metric.observe(A, 7)
    assert metric.get_value(A) is not own and metric.get_value(A).values == [7]
    assert list(values) == [b'{"a":"y"}', "__EMPTY__", b'{"a":"x"}']
    values.clear()
    assert metric.get_all() == [] and text_of(metric).splitlines() == [
        "# HELP m d",
        "# TYPE m summary",
    ]
    metric.observe(A, 1)
    assert metric.values.pop(A).values == [1]
    assert len(values) == 0


def test_assignment_keeps_the_place():
    metric = _median()
    for own in (Values(), Estimator(*metric.invariants), Values()):
        metric.values[B] = own
        assert metric.get_value(B) is own
    assert next(iter(metric.values)) == b'{"a":"y"}'


def test_equality_is_that_of_the_objects():
    one, two = _median(), _median()
    assert one != two
    two.values.clear()
    for key, own in one.values.items():
        two.values[key] = own
    assert one == two and hash(one) == hash(two)


@pytest.mark.parametrize(("kind", "own"), [(Summary, Ranks), (Histogram, Buckets)])
def test_the_duck_type_needs_no_methods_of_the_class(kind, own):
    for derived in (kind, type("Derived", (kind,), {})):
        options = {"buckets": [1.0]} if kind is Histogram else {}
        metric = derived("m", "d", registry=Registry(), **options)
        metric.observe(B, 1.5)
        value = own()
        metric.set_value(A, value)
        assert metric.get_value(A) is value
        metric.observe(A, 2)
        metric.add(A, 3)
        metric.observe(B, 1)
        assert metric.get(A)["count"] == 2 and metric.get(A)["sum"] == 5.0
        assert metric.get(B)["count"] == 2 and metric.get(B)["sum"] == 2.5
        lines = text_of(metric).splitlines()
        assert 'm_sum{a="x"} 5.0' in lines and 'm_sum{a="y"} 2.5' in lines
        assert lines.index('m_sum{a="y"} 2.5') < lines.index('m_sum{a="x"} 5.0')
        metric.labels(A).observe(1)
        assert metric.labels(A).get()["count"] == 3


def test_a_histogram_of_this_package_stays_the_callers():
    metric = Histogram("m", "d", registry=Registry(), buckets=[1.0])
    own = PlainHistogram(1.0)
    metric.set_value(A, own)
    own.observe(0.5)
    metric.observe(A, 3)
    assert metric.get_value(A) is own
    assert metric.get(A) == {1.0: 1, float("inf"): 2, "count": 2, "sum": 3.5}


def test_an_estimator_with_other_targets_in_a_class_of_the_users():
    metric = Median("m", "d", registry=Registry())
    own = Estimator((0.25, 0.1))
    metric.set_value(A, own)
    assert metric.get_value(A) is own


@pytest.mark.parametrize("kind", [Counter, Gauge, Collector])
def test_numbers_that_a_class_makes_of_objects(kind):
    class Window(list):
        def __add__(self, amount):
            return Window([*self, amount])

    class Total(kind):
        def get(self, labels):
            value = self.get_value(labels)
            return sum(value) if isinstance(value, list) else value

    metric = Total("m", "d", registry=Registry())
    metric.set_value(B, 4)
    own = Window([1])
    metric.set_value(A, own)
    assert metric.get_value(A) is own
    assert metric.get_all() == [(B, 4), (A, 1)]
    if kind is not Collector:
        metric.inc(A)
        metric.add(A, 2)
        metric.inc(B)
        assert metric.get_value(A) == [1, 1, 2]
        assert text_of(metric).splitlines()[2:] == ['m{a="y"} 5', 'm{a="x"} 4']
    metric.set_value(A, 7)
    metric.set_value(B, "text")
    assert (metric.get_value(A), metric.get_value(B)) == (7, "text")


@pytest.mark.parametrize("junk", [5, "text", None, object(), [1]])
@pytest.mark.parametrize("kind", [Summary, Histogram])
def test_junk_is_refused_where_no_method_reads_it(kind, junk):
    for derived in (kind, type("Derived", (kind,), {"name_of": lambda self: self.name})):
        metric = derived("m", "d", registry=Registry())
        metric.observe(A, 1)
        for labels in (A, B):
            with pytest.raises(TypeError, match=r"^m: a series of a (summary|histogram) must be"):
                metric.set_value(labels, junk)
        assert list(metric.values) == [b'{"a":"x"}'] and metric.get(A)["count"] == 1


@pytest.mark.parametrize("kind", [Counter, Gauge])
@pytest.mark.parametrize("junk", [None, "5", True, object()])
def test_updates_take_numbers_alone(kind, junk):
    class Derived(kind):
        def get_all(self):
            return super().get_all()

    metric = Derived("m", "d", registry=Registry())
    for update in (metric.set, metric.add):
        with pytest.raises(TypeError):
            update(A, junk)
    assert metric.get_all() == []


def test_labels_are_checked_as_ever():
    metric = Median("m", "d", registry=Registry(), labelnames=["a"])
    for labels in ({"b": "x"}, {}, {"a": "x", "quantile": "1"}):
        with pytest.raises(ValueError):
            metric.set_value(labels, Values())
    metric.set_value(A, Values())
    assert len(metric.values) == 1


def test_cycles_through_an_object_are_collected():
    metric = _median()
    own = metric.get_value(A)
    own.metric, own.mapping = metric, metric.values
    watched = [weakref.ref(metric), weakref.ref(own), weakref.ref(metric.get_value(B))]
    del metric, own
    gc.collect()
    assert [ref() for ref in watched] == [None] * 3


def test_garbage_is_collected_while_metrics_are_made():
    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for kind in (Counter, Gauge, Summary, Histogram, Collector, Median):
            metrics = [kind("m", "d", registry=Registry()) for _ in range(50)]
            assert len({id(metric.values) for metric in metrics}) > 0
    finally:
        gc.set_threshold(*before)


def test_objects_live_as_long_as_somebody_can_reach_them():
    metric = _median()
    values, own = metric.values, weakref.ref(metric.get_value(A))
    del metric
    gc.collect()
    assert values[A] is own()
    del values[A]
    assert own() is None


def test_an_object_whose_end_comes_back():
    metric = Median("m", "d", registry=Registry())

    class Last:
        def __del__(self):
            metric.set_value(A, Values())

    for labels in (A, B):
        metric.set_value(labels, Last())
    metric.values.clear()
    assert list(metric.values) == [b'{"a":"x"}']
    assert type(metric.get_value(A)) is Values


def test_threads(frequent_switches):
    metric = Median("m", "d", registry=Registry())
    for number in range(8):
        metric.set_value({"n": number}, Values())
        metric.observe({"n": number}, 1)

    def observe():
        for number in range(400):
            metric.observe({"n": number % 8}, 1)
            if number % 100 == 0:
                metric.get_all()

    threads = [threading.Thread(target=observe) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [value["count"] for _, value in metric.get_all()] == [201] * 8
