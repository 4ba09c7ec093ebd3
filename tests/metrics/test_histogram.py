"""Histograms: bounds, every way to observe, and what they report."""

import decimal
import math
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioprometheus import Histogram, Registry, Sample, render
from aioprometheus.collectors import MetricsTypes

INF = math.inf
A = {"a": "x"}
ORDER_MESSAGE = "Buckets not in sorted order"
COUNT_MESSAGE = "Must have at least two buckets"


def _histogram(**options):
    return Histogram("h", "d", registry=Registry(), **options)


def _bounds(histogram):
    histogram.observe({}, 0)
    return [key for key in histogram.get() if isinstance(key, float)]


def test_kind_and_defaults():
    assert _histogram().kind is MetricsTypes.histogram
    assert (
        *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
        INF,
    ) == Histogram.DEFAULT_BUCKETS
    assert (Histogram.SUM_KEY, Histogram.COUNT_KEY) == ("sum", "count")
    assert Histogram.REPR_STR == "histogram"
    assert _bounds(_histogram()) == list(Histogram.DEFAULT_BUCKETS)


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.0, INF]),
        ([1.0, 2.0, INF], [1.0, 2.0, INF]),
        ((0.1, 0.2, 0.5, 1.0), [0.1, 0.2, 0.5, 1.0, INF]),
        ([1, 2, 5], [1.0, 2.0, 5.0, INF]),
        ([1], [1.0, INF]),
        ([1, 1.0, 2, 2, 2], [1.0, 2.0, INF]),
        ([1, INF, INF], [1.0, INF]),
        ([-5, 0, 5], [-5.0, 0.0, 5.0, INF]),
        ([-INF, 1], [-INF, 1.0, INF]),
        ([decimal.Decimal("0.5"), 1], [0.5, 1.0, INF]),
        ((bound for bound in (1, 2)), [1.0, 2.0, INF]),
        (range(1, 4), [1.0, 2.0, 3.0, INF]),
    ],
)
def test_good_buckets(buckets, expected):
    assert _bounds(_histogram(buckets=buckets)) == expected


def test_zero_and_minus_zero_are_equal_bounds():
    assert len(_bounds(_histogram(buckets=[-0.0, 0.0, 1]))) == 3


@pytest.mark.parametrize(
    ("buckets", "message"),
    [
        ([2, 1], ORDER_MESSAGE),
        ([1, 3, 2, INF], ORDER_MESSAGE),
        ([INF, 1], ORDER_MESSAGE),
        ([], COUNT_MESSAGE),
        ((), COUNT_MESSAGE),
        ([INF], COUNT_MESSAGE),
    ],
)
def test_bad_buckets_have_the_old_message(buckets, message):
    registry = Registry()
    with pytest.raises(ValueError) as caught:
        Histogram("h", "d", registry=registry, buckets=buckets)
    assert str(caught.value) == message
    assert registry.get_all() == []


@pytest.mark.parametrize("buckets", [[math.nan], [1, math.nan], [math.nan, 1], [1, math.nan, INF]])
def test_nan_is_not_a_bound(buckets):
    registry = Registry()
    with pytest.raises(ValueError):
        Histogram("h", "d", registry=registry, buckets=buckets)
    assert registry.get_all() == []


@pytest.mark.parametrize(
    "buckets", [["a", "b"], [None], [1, None], [object()], [[1]], 5, object(), [1j], "ab"]
)
def test_what_is_not_a_list_of_numbers(buckets):
    registry = Registry()
    with pytest.raises((TypeError, ValueError)):
        Histogram("h", "d", registry=registry, buckets=buckets)
    assert registry.get_all() == []


@pytest.mark.parametrize("error", [RuntimeError("no"), ZeroDivisionError("no")])
def test_a_generator_that_raises(error):
    def bounds():
        yield 1
        raise error

    registry = Registry()
    with pytest.raises(type(error)) as caught:
        Histogram("h", "d", registry=registry, buckets=bounds())
    assert caught.value is error
    assert registry.get_all() == []


def test_changing_the_list_of_buckets_later_changes_nothing():
    buckets = [1, 2]
    histogram = _histogram(buckets=buckets)
    buckets.append(3)
    assert _bounds(histogram) == [1.0, 2.0, INF]


@pytest.mark.parametrize("method", ["observe", "add"])
@pytest.mark.parametrize(
    ("args", "kwargs", "labels"),
    [
        ((A, 3), {}, A),
        ((3,), {}, None),
        ((3.0,), {}, None),
        ((A,), {"value": 3}, A),
        ((), {"value": 3}, None),
        ((), {"labels": A, "value": 3}, A),
        ((None, 3), {}, None),
        (({}, 3), {}, None),
        (("", 3), {}, None),
    ],
)
def test_forms(method, args, kwargs, labels):
    histogram = _histogram(buckets=[1, 5])
    getattr(histogram, method)(*args, **kwargs)
    report = histogram.get(labels)
    assert isinstance(report, OrderedDict)
    assert list(report.items()) == [(1.0, 0), (5.0, 1), (INF, 1), ("count", 1), ("sum", 3.0)]
    assert type(report["sum"]) is float
    assert type(report["count"]) is type(report[5.0]) is int
    assert len(histogram.values) == 1
    if labels is None:
        assert histogram.get() == report


@pytest.mark.parametrize("method", ["observe", "add"])
@pytest.mark.parametrize("args", [(), (A,), (None,), (A, 1, 2)])
def test_a_value_is_needed(method, args):
    histogram = _histogram()
    with pytest.raises(TypeError):
        getattr(histogram, method)(*args)
    assert len(histogram.values) == 0


@pytest.mark.parametrize("method", ["inc", "dec", "set", "sub"])
def test_no_other_verbs(method):
    assert not hasattr(_histogram(), method)


@pytest.mark.parametrize("labels", [None, A])
def test_get_of_an_unknown_series(labels):
    with pytest.raises(KeyError) as caught:
        _histogram().get(labels)
    assert caught.value.args == (("__EMPTY__",) if labels is None else (b'{"a":"x"}',))


@pytest.mark.parametrize("value", ["1", None, True, False, b"1", [], {}, 1j, object()])
@pytest.mark.parametrize("born", [False, True])
def test_what_is_not_a_number(value, born):
    histogram = _histogram(buckets=[1])
    if born:
        histogram.observe(A, 5)
    before = histogram.get_all()
    with pytest.raises((TypeError, ValueError)):
        histogram.observe(A, value)
    assert histogram.get_all() == before
    assert len(before) == born


@pytest.mark.parametrize("value", ["1", True, None])
def test_the_old_message_for_what_is_not_a_number(value):
    with pytest.raises(TypeError) as caught:
        _histogram().observe(A, value)
    assert str(caught.value) == "Histogram only works with digits (int, float)"


def test_bounds_are_inclusive():
    histogram = _histogram(buckets=[1, 2, 3])
    for value in (1, 1.0, math.nextafter(1, 2), 2, 3, math.nextafter(3, 4), -INF, INF):
        histogram.observe(value)
    report = histogram.get()
    assert [report[bound] for bound in (1.0, 2.0, 3.0, INF)] == [3, 5, 6, 8]
    assert report["count"] == 8


def test_nan_counts_in_count_sum_and_the_last_bucket():
    histogram = _histogram(buckets=[1, 2])
    histogram.observe(1.5)
    histogram.observe(math.nan)
    report = histogram.get()
    assert [report[key] for key in (1.0, 2.0, INF, "count")] == [0, 1, 2, 2]
    assert math.isnan(report["sum"])
    text = render_text(histogram)
    assert 'h_bucket{le="+Inf"} 2.0\nh_count 2.0\nh_sum nan\n' in text


def render_text(histogram):
    registry = Registry()
    registry.register(histogram)
    return render(registry, None)[0].decode()


def test_int_beyond_64_bits():
    histogram = _histogram(buckets=[1])
    histogram.observe(2**70)
    assert histogram.get()["sum"] == 2.0**70
    before = histogram.get()
    with pytest.raises((TypeError, ValueError)):
        histogram.observe(10**400)
    assert histogram.get() == before


@given(
    st.lists(st.floats(allow_nan=False) | st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.floats(allow_nan=False, max_value=1e300), min_size=1, max_size=20),
)
def test_against_a_plain_count(observations, bounds):
    bounds = sorted(set(bounds))
    histogram = _histogram(buckets=bounds)
    histogram.observe(bounds[0])
    total = 0.0 + float(bounds[0])
    for value in observations:
        histogram.observe(value)
        total += float(value)
    everything = [bounds[0], *observations]
    report = histogram.get()
    for bound in (*bounds, INF):
        assert report[float(bound)] == sum(float(value) <= bound for value in everything)
    assert report["count"] == len(everything)
    assert repr(report["sum"]) == repr(total)


def test_samples():
    registry = Registry()
    histogram = Histogram("h", "d", {"z": "0", "m": "1"}, registry, buckets=[1, 2.5])
    assert histogram.samples == []
    histogram.observe({"y": 1, "b": "2"}, 2)
    assert histogram.samples == [
        ("h_bucket", {"z": "0", "m": "1", "y": "1", "b": "2", "le": "1.0"}, 0.0),
        ("h_bucket", {"z": "0", "m": "1", "y": "1", "b": "2", "le": "2.5"}, 1.0),
        ("h_bucket", {"z": "0", "m": "1", "y": "1", "b": "2", "le": "+Inf"}, 1.0),
        ("h_count", {"z": "0", "m": "1", "y": "1", "b": "2"}, 1.0),
        ("h_sum", {"z": "0", "m": "1", "y": "1", "b": "2"}, 2.0),
    ]
    assert list(histogram.samples[0].labels) == ["z", "m", "y", "b", "le"]
    assert all(type(sample) is Sample for sample in histogram.samples)
    assert all(type(sample.value) is float for sample in histogram.samples)


def test_samples_are_in_the_order_of_the_text():
    registry = Registry()
    histogram = Histogram("h", "d", registry=registry, buckets=[1, 2.5])
    histogram.observe({"b": "2"}, 2)
    histogram.observe(3)
    lines = [line for line in render_text(histogram).splitlines() if not line.startswith("#")]
    assert [line.partition("{")[0].partition(" ")[0] for line in lines] == [
        sample.name for sample in histogram.samples
    ]
    assert [float(line.rpartition(" ")[2]) for line in lines] == [
        sample.value for sample in histogram.samples
    ]


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        (5, "5.0"),
        (1e6, "1000000.0"),
        (1e16, "1e+16"),
        (1e-05, "1e-05"),
        (0.1, "0.1"),
        (-INF, "-Inf"),
        (-2.5, "-2.5"),
        (123456789012345680, "1.2345678901234568e+17"),
    ],
)
def test_how_bounds_are_written(bound, text):
    histogram = _histogram(buckets=[bound])
    histogram.observe(0)
    assert f'h_bucket{{le="{text}"}} ' in render_text(histogram)
    assert histogram.samples[0].labels == {"le": text}
    assert 'h_bucket{le="+Inf"} 1.0\n' in render_text(histogram)


def test_declared_labels():
    histogram = _histogram(labelnames=["task_type"], buckets=[1])
    histogram.observe({"task_type": "light"}, 0.5)
    for labels, name in [({}, "task_type"), ({"task_type": "a", "other_one": "b"}, "other_one")]:
        with pytest.raises(ValueError, match=name):
            histogram.observe(labels, 1)
    with pytest.raises(ValueError, match="task_type"):
        histogram.observe(1)
    assert len(histogram.values) == 1


def test_le_is_reserved():
    for make in (
        lambda: _histogram(labelnames=["le"]),
        lambda: _histogram(const_labels={"le": "1"}),
        lambda: _histogram().observe({"le": "1"}, 1),
    ):
        with pytest.raises(ValueError) as caught:
            make()
        assert str(caught.value) == "Invalid label name: le"
    _histogram().observe({"quantile": "1"}, 1)


def test_parameters_by_position():
    registry = Registry()
    histogram = Histogram("h", "d", {"z": "1"}, registry, [1])
    assert _bounds(histogram) == [1.0, INF]
    assert registry.get("h") is histogram


@pytest.mark.parametrize("args", [(), ("h",)])
def test_a_constructor_without_name_or_doc(args):
    with pytest.raises(TypeError, match=r"__init__\(\) missing \d required positional argument"):
        Histogram(*args)
