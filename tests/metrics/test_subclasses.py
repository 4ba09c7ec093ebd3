"""Classes derived from the metrics and the registry, and Python's operations on instances."""

import copy
import gc
import pickle
import weakref
from typing import ClassVar

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, histogram, render
from aioprometheus.collectors import Collector
from aioprometheus.formats.text import TextFormatter
from support.make import make, text_of

A = {"a": "x"}
KINDS = [Counter, Gauge, Summary, Histogram]


@pytest.mark.parametrize("kind", KINDS)
def test_a_subclass_that_adds_nothing(kind):
    class Derived(kind):
        pass

    metric, plain = make(Derived), make(kind)
    for one in (metric, plain):
        one.add(A, 2)
        one.add(3)
    assert text_of(metric) == text_of(plain)
    assert metric.samples == plain.samples
    assert metric.get_all() == plain.get_all()


@pytest.mark.parametrize("bare", [None, {}])
@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_get_all(kind, bare):
    class Derived(kind):
        def get_all(self):
            return [({"b": "2", "a": 1}, 5), (bare, 7)]

    metric = make(Derived, const_labels={"z": "0"})
    assert text_of(metric).splitlines()[2:] == [
        'm{a="1",b="2",z="0"} 5',
        'm{z="0"} 7',
    ]
    assert TextFormatter().marshall_collector(metric).splitlines()[2:] == [
        'm{a="1",b="2",z="0"} 5',
        'm{z="0"} 7',
    ]
    assert metric.samples[0] == ("m", {"z": "0", "b": "2", "a": "1"}, 5.0)
    assert list(metric.samples[0].labels) == ["z", "b", "a"]
    assert type(metric.samples[0].value) is float


def test_get_all_is_escaped():
    class Derived(Gauge):
        def get_all(self):
            return [({"a": 'quote " back \\ line \n'}, 1)]

    assert text_of(make(Derived)).endswith('\nm{a="quote \\" back \\\\ line \\n"} 1\n')


def test_get_all_of_a_histogram_and_a_summary():
    class DerivedHistogram(Histogram):
        def get_all(self):
            return [(A, {1.0: 1, float("inf"): 2, "count": 2, "sum": 5})]

    class DerivedSummary(Summary):
        def get_all(self):
            return [(A, {0.5: 1.0, "count": 2, "sum": 5.0})]

    assert text_of(make(DerivedHistogram)).splitlines()[2:] == [
        'm_bucket{a="x",le="1.0"} 1.0',
        'm_bucket{a="x",le="+Inf"} 2.0',
        'm_count{a="x"} 2.0',
        'm_sum{a="x"} 5.0',
    ]
    assert text_of(make(DerivedSummary)).splitlines()[2:] == [
        'm{a="x",quantile="0.5"} 1.0',
        'm_count{a="x"} 2',
        'm_sum{a="x"} 5.0',
    ]


@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_get(kind):
    class Doubled(kind):
        def get(self, labels=None):
            return super().get(labels) * 2

    metric = make(Doubled)
    metric.inc(A, 2)
    metric.inc()
    assert metric.get(A) == 4
    assert metric.get_all() == [(A, 4), ({}, 2)]
    assert text_of(metric).endswith('\nm{a="x"} 4\nm 2\n')
    metric.inc(A)
    assert metric.get_value(A) == 3


@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_add(kind):
    class Logging(kind):
        calls = ()

        def add(self, labels, value):
            self.calls += ((labels, value),)
            super().add(labels, value * 10)

    metric = make(Logging)
    metric.inc(A)
    metric.add(A, 2)
    assert metric.calls == ((A, 1), (A, 2))
    assert metric.get(A) == 30
    if kind is Gauge:
        metric.dec(A)
        metric.sub(A, 5)
        assert metric.calls[2:] == ((A, -1), (A, -5))
        assert metric.get(A) == -30


@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_set_value(kind):
    class Clamped(kind):
        def set_value(self, labels, value):
            super().set_value(labels, min(value, 10))

    metric = make(Clamped)
    metric.set(A, 50)
    assert metric.get(A) == 10
    metric.add(A, 5)
    metric.inc(A)
    assert metric.get(A) == 10
    metric.inc()
    assert metric.get() == 1


@pytest.mark.parametrize("kind", [Counter, Gauge])
def test_get_value(kind):
    class Offset(kind):
        def get_value(self, labels):
            return super().get_value(labels) + 100

    metric = make(Offset)
    metric.inc(A)  # no series yet, hence KeyError and 0 + 1
    assert metric.values[A] == 1
    assert metric.get(A) == 101
    metric.inc(A)  # 101 + 1
    assert metric.values[A] == 102
    assert metric.get_all() == [(A, 202)]
    assert text_of(metric).endswith('\nm{a="x"} 202\n')


def test_set_value_of_observers_sees_the_birth():
    for kind in (Summary, Histogram):

        class Logging(kind):
            calls = ()

            def set_value(self, labels, value):
                self.calls += ((labels, value),)
                super().set_value(labels, value)

        metric = make(Logging)
        metric.observe(A, 3)
        metric.observe(A, 4)
        assert [labels for labels, _ in metric.calls] == [A]
        assert metric.get(A)["count"] == 2
        assert metric.get(A)["sum"] == 7.0


def test_get_value_of_a_histogram():
    class Fixed(Histogram):
        def get_value(self, labels):
            alone = histogram.Histogram(1, 2)
            alone.observe(1.5)
            return alone

    metric = make(Fixed)
    expected = {1.0: 0, 2.0: 1, float("inf"): 1, "count": 1, "sum": 1.5}
    assert metric.get(A) == expected


def test_inc():
    class Logging(Counter):
        calls = ()

        def inc(self, labels=None):
            self.calls += (labels,)
            super().inc(labels)

    metric = make(Logging)
    metric.inc(A)
    assert metric.calls == (A,)
    assert metric.get(A) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_another_constructor(kind):
    class Derived(kind):
        def __init__(self, suffix, *, extra, registry):
            super().__init__("m_" + suffix, doc="the doc", registry=registry)
            self.extra = extra

    registry = Registry()
    metric = Derived("x", extra=5, registry=registry)
    metric.add(A, 1)
    assert (metric.name, metric.doc, metric.extra) == ("m_x", "the doc", 5)
    assert registry.get("m_x") is metric


@pytest.mark.parametrize("kind", KINDS)
def test_a_constructor_that_never_calls_its_parent(kind):
    class Derived(kind):
        def __init__(self):
            pass

    metric = Derived()
    for use in (
        lambda: metric.add(A, 1),
        lambda: metric.get(A),
        lambda: metric.get_all(),
        lambda: metric.samples,
        lambda: metric.name,
        lambda: metric.values,
        lambda: Registry().register(metric),
        lambda: kind.__new__(kind).add(A, 1),
        lambda: repr(metric),
        lambda: metric == metric,
        lambda: hash(metric),
    ):
        try:
            use()
        except Exception as error:
            assert type(error) is not SystemError


def test_a_constructor_called_twice():
    metric = make(Counter)
    metric.inc()
    try:
        metric.__init__("n", "other", registry=Registry())
    except Exception as error:
        assert type(error) is not SystemError
    text_of(metric)


def test_multiple_inheritance():
    class Mixin:
        def __init__(self, *args, tag="none", **kwargs):
            super().__init__(*args, **kwargs)
            self.tag = tag

        def twice(self, labels):
            self.inc(labels)
            self.inc(labels)

    class Derived(Mixin, Counter):
        pass

    metric = Derived("m", "d", registry=Registry(), tag="t")
    metric.twice(A)
    assert (metric.get(A), metric.tag) == (2, "t")
    assert isinstance(metric, Collector)


@pytest.mark.parametrize("kind", KINDS)
def test_attributes_and_weak_references(kind):
    metric = make(kind)
    metric.anything = 5
    assert metric.anything == 5 == vars(metric)["anything"]
    del metric.anything
    with pytest.raises(AttributeError):
        metric.anything  # noqa: B018
    seen = []
    reference = weakref.ref(metric, seen.append)
    assert reference() is metric
    assert weakref.WeakSet([metric])
    del metric
    gc.collect()
    assert reference() is None and seen == [reference]
    registry = Registry()
    registry.anything = weakref.ref(registry)
    assert registry.anything() is registry


def test_registry_overrides():
    class Derived(Registry):
        def __init__(self, prefix):
            super().__init__()
            self.prefix = prefix

        def register(self, collector):
            self.last = collector
            super().register(collector)

        def get_all(self):
            return [one for one in super().get_all() if one.name.startswith(self.prefix)]

    registry = Derived("k")
    kept = Counter("keep", "d", registry=registry)
    other = Counter("other", "d", registry=registry)
    assert registry.last is other
    assert registry.get("other") is other
    assert registry.get_all() == [kept]
    assert render(registry, None)[0] == b"# HELP keep d\n# TYPE keep counter\n"


@pytest.mark.parametrize("kind", KINDS)
def test_equality_and_hash(kind):
    one, same, other = make(kind), make(kind), kind("n", "d", registry=Registry())
    assert one == one and one == same and one != other and one != "m"
    assert one != kind("m", "another doc", registry=Registry())
    assert hash(one) == hash(same)
    assert len({one, same, other}) == 2
    before = hash(one)
    one.add(A, 1)
    assert hash(one) == before
    assert one != same
    assert one in {one: 1}
    if kind in (Counter, Gauge):
        same.add(A, 1)
        assert one == same and hash(one) == hash(same)


COPIES = [pickle.dumps, copy.copy, copy.deepcopy, lambda one: pickle.dumps(one, 0)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("derived", [False, True])
@pytest.mark.parametrize("operation", COPIES)
def test_no_pickles_and_no_copies(kind, derived, operation):
    metric = (type("Derived", (kind,), {}) if derived else kind)(
        "my_metric", "d", registry=Registry()
    )
    with pytest.raises(TypeError, match="my_metric"):
        operation(metric)


@pytest.mark.parametrize("operation", COPIES)
def test_no_pickles_and_no_copies_of_registries(operation):
    with pytest.raises(TypeError, match=r"cannot copy or pickle a Shop: its metrics .*render"):
        operation(type("Shop", (Registry,), {})())


class Found(Counter):
    """Is the same object after it was pickled: the process has one of each name."""

    made: ClassVar[dict] = {}

    def __init__(self, name):
        super().__init__(name, "d", registry=Registry())
        self.made[name] = self

    def __reduce__(self):
        return self.made.__getitem__, (self.name,)


def test_classes_that_know_how_they_are_pickled():
    found = Found("my_metric")
    restore, arguments = found.__reduce_ex__(2)
    assert restore(*arguments) is found
    assert copy.copy(found) is found is copy.deepcopy(found)


def test_a_live_histogram_can_be_read_after_a_failed_pickle():
    metric = make(Histogram)
    metric.observe(3)
    with pytest.raises(TypeError):
        pickle.dumps({"deep": [metric]})
    assert metric.get()["count"] == 1
