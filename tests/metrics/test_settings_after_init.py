"""Attributes that an ``__init__`` of the user's class sets: targets, bounds, and new names."""

import threading

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from support.make import text_of

SETTINGS = [
    (Summary, "invariants", [(0.25, 0.01), (0.75, 0.01)], "quantile", ("0.25", "0.75")),
    (Histogram, "upper_bounds", [2.0, 4.0], "le", ("2.0", "4.0", "+Inf")),
]
parametrized = pytest.mark.parametrize(("kind", "name", "value", "label", "texts"), SETTINGS)


def _shown(metric, label):
    return tuple(s.labels[label] for s in metric.samples if label in s.labels)


@parametrized
def test_set_after_the_constructor(kind, name, value, label, texts):
    class Own(kind):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            setattr(self, name, value)

    metric = Own("m", "d", registry=Registry())
    assert getattr(metric, name) is value
    metric.observe({"a": "x"}, 3)
    metric.labels(a="y").observe(1)
    assert _shown(metric, label) == texts * 2
    assert all(f'{label}="{text}"' in text_of(metric) for text in texts)
    assert [key for key in metric.get({"a": "x"}) if isinstance(key, float)] == [
        float(text) for text in texts
    ]


@parametrized
def test_set_before_the_constructor(kind, name, value, label, texts):
    class Own(kind):
        def __init__(self, *args, **options):
            setattr(self, name, value)
            super().__init__(*args, **options)

    metric, plain = Own("m", "d", registry=Registry()), kind("m", "d", registry=Registry())
    assert getattr(metric, name) == getattr(plain, name) != value
    metric.observe(3)
    plain.observe(3)
    assert metric.samples == plain.samples


@parametrized
def test_a_class_attribute_gives_way_to_what_the_constructor_takes(kind, name, value, label, texts):
    own = type("Own", (kind,), {name: value})
    metric, plain = own("m", "d", registry=Registry()), kind("m", "d", registry=Registry())
    assert getattr(metric, name) == getattr(plain, name)
    metric.observe(3)
    assert _shown(metric, label) != texts


@parametrized
def test_not_after_the_first_series(kind, name, value, label, texts):
    metric = kind("latency", "d", registry=Registry())
    before = getattr(metric, name)
    metric.observe(3)
    for _ in range(2):
        with pytest.raises(ValueError, match=f"^latency: {name} cannot be changed, as .* series"):
            setattr(metric, name, value)
        assert getattr(metric, name) is before
        metric.values.clear()  # Children of the removed series may still exist.
    metric.observe(3)
    assert _shown(metric, label) != texts


@pytest.mark.parametrize("bad", [[(2, 0.1)], [(0.5, 1)], [], 5, "text", [0.5], [(0.5,)], [None]])
def test_targets_are_checked(bad):
    metric = Summary("latency", "d", registry=Registry())
    before = metric.invariants
    with pytest.raises((ValueError, TypeError)) as refusal:
        metric.invariants = bad
    with pytest.raises(type(refusal.value)) as of_constructor:
        Summary("latency", "d", registry=Registry(), invariants=bad)
    assert str(refusal.value) == str(of_constructor.value)
    assert "latency" in str(refusal.value)
    assert metric.invariants is before
    metric.observe(1)
    assert _shown(metric, "quantile") == ("0.5", "0.9", "0.99")


@pytest.mark.parametrize("bad", [[2, 1], [float("nan")], [], 5, "12", ["x"], [None]])
def test_bounds_are_checked(bad):
    metric = Histogram("latency", "d", registry=Registry())
    before = metric.upper_bounds
    with pytest.raises((ValueError, TypeError)) as refusal:
        metric.upper_bounds = bad
    with pytest.raises(type(refusal.value)) as of_constructor:
        Histogram("latency", "d", registry=Registry(), buckets=bad)
    assert str(refusal.value) == str(of_constructor.value)
    assert metric.upper_bounds is before
    metric.observe(1)
    assert len(_shown(metric, "le")) == 12


def test_an_iterator_is_taken():
    summary = Summary("s", "d", registry=Registry())
    summary.invariants = iter([(0.5, 0.1)])
    assert summary.invariants == ((0.5, 0.1),)
    histogram = Histogram("h", "d", registry=Registry())
    histogram.upper_bounds = (float(bound) for bound in range(3))
    assert histogram.upper_bounds == (0.0, 1.0, 2.0)


def test_native_buckets_stay():
    metric = Histogram("m", "d", registry=Registry(), native=True)
    metric.upper_bounds = [1]
    metric.observe(3)
    assert _shown(metric, "le") == ("1.0", "+Inf")
    metric = Histogram("m", "d", registry=Registry(), native=True)
    metric.upper_bounds = []
    metric.observe(3)
    assert _shown(metric, "le") == ("+Inf",)


def test_bounds_that_change_while_a_value_is_read():
    metric = Histogram("m", "d", registry=Registry())

    class Value:
        def __float__(self):
            metric.upper_bounds = [1.0]
            return 5.0

    metric.observe({"a": "x"}, Value())
    assert metric.get({"a": "x"}) == {1.0: 0, float("inf"): 1, "count": 1, "sum": 5.0}


def test_many_threads_set_and_observe():
    for _ in range(10):
        metric = Histogram("m", "d", registry=Registry())
        go = threading.Barrier(3)

        def change(metric=metric, go=go):
            go.wait()
            try:
                for bound in range(1, 200):
                    metric.upper_bounds = [float(bound)] * (bound % 5 + 1)
            except ValueError:
                pass

        def observe(metric=metric, go=go):
            go.wait()
            for value in range(50):
                metric.observe(value)
                text_of(metric)

        threads = [threading.Thread(target=work) for work in (change, observe, observe)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert metric.get()["count"] == 100
        bounds = sorted({*map(float, metric.upper_bounds), float("inf")})
        assert list(metric.get())[:-2] == bounds


@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram])
@pytest.mark.parametrize("name", ["labelnames", "samples", "unit", "labels", "states"])
def test_names_that_23_12_0_did_not_have(kind, name):
    class Own(kind):
        def __init__(self, *args, **options):
            setattr(self, name, ["before"])
            super().__init__(*args, **options)
            setattr(self, name, ["own"])

    metric, plain = Own("m", "d", registry=Registry()), kind("m", "d", registry=Registry())
    for one in (metric, plain):
        one.add({"a": "x"}, 2)
    assert getattr(metric, name) == ["own"]
    assert text_of(metric) == text_of(plain)


@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram])
def test_a_constructor_that_fails_registers_nothing(kind):
    registry = Registry()
    failures = [
        {"const_labels": {"job": "x"}},
        {"const_labels": 5},
        {"labelnames": ["a", "a"]},
        {"labelnames": 5},
        {"unit": "seconds"},
        {"invariants": [(2, 2)]} if kind is Summary else {"buckets": [2, 1]},
    ]
    for options in failures:
        with pytest.raises((ValueError, TypeError)):
            kind("m", "d", registry=registry, **options)
    assert registry.get_all() == []
    with pytest.raises(AttributeError):
        kind("m", "d", registry=object())
    first = kind("m", "d", registry=registry)
    with pytest.raises(ValueError, match="already registered"):
        kind("m", "d", registry=registry)
    assert registry.get_all() == [first]


@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram])
def test_constant_labels_that_are_changed_in_place(kind):
    metric = kind("m", "d", {"site": 1, "host": "a"}, Registry())
    metric.add({"a": "x"}, 2)
    before = text_of(metric)
    assert metric.const_labels == {"site": 1, "host": "a"}
    assert text_of(metric) == before
    metric.const_labels["host"] = "b"
    metric.const_labels.update(rack="7")
    assert text_of(metric) == before.replace('host="a"', 'host="b"').replace(
        "site", 'rack="7",site'
    )
    assert metric.samples[0].labels["rack"] == "7"
    metric.const_labels.update(host="a")
    del metric.const_labels["rack"]
    assert text_of(metric) == before
