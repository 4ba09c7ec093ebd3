"""Summaries: targets, every way to observe, and the errors of quantiles."""

import itertools
import math
import os
import random
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioprometheus import Registry, Sample, Summary
from aioprometheus.collectors import MetricsTypes
from support.make import text_of

A = {"a": "x"}
DEFAULT = {0.5: 0.05, 0.9: 0.01, 0.99: 0.001}
MANY = {0.0: 0.0, 0.001: 0.0005, 0.25: 0.02, 0.5: 0.01, 0.75: 0.02, 0.999: 0.0001, 1.0: 0.0}
ONE = {0.5: 0.1}
TARGETS = [DEFAULT, MANY, ONE]
LENGTH = 1_000_000 if os.environ.get("AIOPROMETHEUS_LONG_TESTS") else 100_000


def _summary(**options):
    return Summary("s", "d", registry=Registry(), **options)


def _rank(phi, count):
    """The nearest rank: the least integer >= phi * count, computed without rounding; at least 1."""
    return max(1, math.ceil(Fraction(repr(phi)) * count))


def _assert_near(summary, values, targets, labels=None):
    """Every quantile of the summary is within its rank error of the sorted values."""
    ordered, report = sorted(values), summary.get(labels)
    for phi, epsilon in targets.items():
        estimate, wanted = report[phi], _rank(phi, len(ordered))
        lowest, highest = bisect_left(ordered, estimate) + 1, bisect_right(ordered, estimate)
        assert lowest <= highest, f"{estimate} at {phi} was never observed"
        error = max(lowest - wanted, wanted - highest, 0)
        assert error <= epsilon * len(ordered), f"rank error {error} at {phi}"
    estimates = [report[phi] for phi in sorted(targets)]
    assert estimates == sorted(estimates)
    assert summary.get(labels) == report
    assert report["count"] == len(values)


def test_kind_and_defaults():
    assert _summary().kind is MetricsTypes.summary
    assert Summary.DEFAULT_INVARIANTS == ((0.50, 0.05), (0.90, 0.01), (0.99, 0.001))
    assert (Summary.SUM_KEY, Summary.COUNT_KEY, Summary.REPR_STR) == ("sum", "count", "summary")
    summary = _summary()
    summary.observe(1)
    assert list(summary.get()) == [0.5, 0.9, 0.99, "count", "sum"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"quantiles": {0.5: 0.05, 0.95: 0.01}}, [0.5, 0.95]),
        ({"quantiles": {0.95: 0.01, 0.5: 0.05}}, [0.5, 0.95]),
        ({"invariants": ((0.5, 0.05), (0.95, 0.01))}, [0.5, 0.95]),
        ({"invariants": [[0.95, 0.01], [0.5, 0.05]]}, [0.5, 0.95]),
        ({"invariants": [(0.25, 0.01)]}, [0.25]),
        ({"quantiles": {0: 0, 1: 0}}, [0.0, 1.0]),
        ({"quantiles": {0.0: 0.5, 1.0: 0.999}}, [0.0, 1.0]),
        ({"quantiles": {Fraction(1, 2): 0}}, [0.5]),
    ],
)
def test_good_targets(options, expected):
    summary = _summary(**options)
    for value in (1, 2, 3):
        summary.observe(value)
    assert list(summary.get()) == [*expected, "count", "sum"]
    assert all(type(key) is float for key in list(summary.get())[:-2])
    text = text_of(summary)
    assert [f's{{quantile="{phi}"}}' for phi in expected] == [
        line.partition(" ")[0] for line in text.splitlines() if "quantile" in line
    ]


NAN, INF = math.nan, math.inf
BAD_PAIRS = [
    *((phi, 0.1) for phi in (-0.1, -1, 1.1, 2, 50, NAN, INF, -INF, "0.5", None, 1j, 10**400)),
    *((0.5, epsilon) for epsilon in (-0.1, -1, 1, 1.0, 1.5, NAN, INF, "0.1", None, 10**400)),
]


@pytest.mark.parametrize("pair", BAD_PAIRS, ids=lambda pair: str(pair)[:20])
@pytest.mark.parametrize("form", ["quantiles", "invariants"])
def test_bad_targets(form, pair):
    registry = Registry()
    for pairs in ([pair], [(0.25, 0.1), pair]):
        targets = dict(pairs) if form == "quantiles" else pairs
        with pytest.raises(ValueError):
            Summary("s", "d", registry=registry, **{form: targets})
    assert registry.get_all() == []


@pytest.mark.parametrize(
    "options",
    [
        {"quantiles": {}},
        {"invariants": []},
        {"invariants": ()},
        {"invariants": [0.5]},
        {"invariants": [(0.5,)]},
        {"invariants": [(0.5, 0.1, 0.1)]},
        {"invariants": [()]},
        {"quantiles": "0.5"},
        {"invariants": "0.5"},
    ],
    ids=repr,
)
def test_bad_target_lists(options):
    registry = Registry()
    with pytest.raises(ValueError):
        Summary("s", "d", registry=registry, **options)
    assert registry.get_all() == []


@pytest.mark.parametrize(
    "options",
    [
        {"quantiles": 0.5},
        {"invariants": 0.5},
        {"quantiles": [0.5]},
        {"quantiles": DEFAULT, "invariants": tuple(DEFAULT.items())},
    ],
    ids=["number", "numbers", "list", "both"],
)
def test_targets_of_the_wrong_type(options):
    registry = Registry()
    with pytest.raises((TypeError, ValueError)):
        Summary("s", "d", registry=registry, **options)
    assert registry.get_all() == []


def test_changing_the_targets_later_changes_nothing():
    quantiles = {0.5: 0.1}
    summary = _summary(quantiles=quantiles)
    quantiles[0.9] = 0.1
    summary.observe(1)
    assert list(summary.get()) == [0.5, "count", "sum"]


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
    summary = _summary()
    getattr(summary, method)(*args, **kwargs)
    report = summary.get(labels)
    assert isinstance(report, OrderedDict)
    expected = [(0.5, 3.0), (0.9, 3.0), (0.99, 3.0), ("count", 1), ("sum", 3.0)]
    assert list(report.items()) == expected
    assert [type(value) for value in report.values()] == [float, float, float, int, float]
    if labels is None:
        assert summary.get() == report


@pytest.mark.parametrize("method", ["observe", "add"])
@pytest.mark.parametrize("args", [(), (A,), (None,), (A, 1, 2)])
def test_a_value_is_needed(method, args):
    summary = _summary()
    with pytest.raises(TypeError):
        getattr(summary, method)(*args)
    assert len(summary.values) == 0


@pytest.mark.parametrize("value", ["1", None, True, False, b"1", [], {}, 1j, object()])
@pytest.mark.parametrize("born", [False, True])
def test_what_is_not_a_number(value, born):
    summary = _summary()
    if born:
        summary.observe(A, 5)
    before = summary.get_all()
    with pytest.raises(TypeError) as caught:
        summary.observe(A, value)
    assert str(caught.value) == "Summary only works with digits (int, float)"
    assert summary.get_all() == before and len(before) == born


def test_nan_counts_in_count_and_sum():
    summary = _summary()
    summary.observe(1)
    summary.observe(NAN)
    assert summary.get()["count"] == 2
    assert math.isnan(summary.get()["sum"])
    only = _summary()
    only.observe(NAN)
    assert only.get()["count"] == 1
    assert "s_count 1\ns_sum nan\n" in text_of(only)


def test_infinities():
    summary = _summary(quantiles={0.0: 0, 0.5: 0, 1.0: 0})
    for value in (INF, 1, -INF):
        summary.observe(value)
    assert list(summary.get().values())[:4] == [-INF, 1.0, INF, 3]


def test_samples():
    summary = Summary("s", "d", {"z": "0"}, Registry(), quantiles={0.9: 0, 0.5: 0})
    assert summary.samples == []
    summary.observe({"y": 1, "b": "2"}, 2)
    labels = {"z": "0", "y": "1", "b": "2"}
    assert summary.samples == [
        ("s", {**labels, "quantile": "0.5"}, 2.0),
        ("s", {**labels, "quantile": "0.9"}, 2.0),
        ("s_count", labels, 1.0),
        ("s_sum", labels, 2.0),
    ]
    assert list(summary.samples[0].labels) == ["z", "y", "b", "quantile"]
    assert all(type(one) is Sample and type(one.value) is float for one in summary.samples)


def test_declared_labels():
    summary = _summary(labelnames=["method", "endpoint"])
    summary.observe({"method": "GET", "endpoint": "/"}, 1)
    with pytest.raises(ValueError, match="endpoint"):
        summary.observe({"method": "GET"}, 1)
    with pytest.raises(ValueError, match="method"):
        summary.observe(1)
    assert len(summary.values) == 1


def test_the_case_that_was_wrong():
    summary = _summary()
    for value in range(1, 101):
        summary.observe(value / 100)
    report = summary.get()
    assert (report[0.5], report[0.9], report[0.99]) == (0.5, 0.9, 0.99)


@pytest.mark.parametrize("count", [1, 2, 3, 10, 100, 300, 500])
def test_ranks_where_the_product_is_an_integer_but_for_rounding(count):
    """0.07 * 100 is 7.000000000000001 in floats, and the rank is 7."""
    quantiles = {number / 100: 0.001 for number in range(101)}
    summary = _summary(quantiles=quantiles)
    values = list(range(1, count + 1))
    random.Random(count).shuffle(values)
    for value in values:
        summary.observe(value)
    report = summary.get()
    for phi in quantiles:
        assert report[phi] == _rank(phi, count), phi


@given(
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=500),
    st.lists(st.floats(0, 1), min_size=1, max_size=5, unique=True),
)
def test_few_values_are_exact(values, phis):
    summary = _summary(quantiles=dict.fromkeys(phis, 0.1))
    for value in values:
        summary.observe(value)
    ordered, report = sorted(values), summary.get()
    for phi in phis:
        exact = max(1, math.ceil(Fraction(phi) * len(values)))
        nominal = _rank(phi, len(values))
        product = phi * len(values)
        rounded = max(1, round(product)) if abs(product - round(product)) < 1e-9 else exact
        # If the product is near an integer, any of these ranks is right. Otherwise they are equal.
        assert report[phi] in (ordered[exact - 1], ordered[nominal - 1], ordered[rounded - 1])
        if exact == nominal == rounded:
            assert report[phi] == ordered[exact - 1]
    assert repr(report["sum"]) == repr(_sum(values))


def _sum(values):
    total = 0.0
    for value in values:
        total += value
    return total


def _stream(shape, count):
    chance = random.Random(f"{shape} {count}")
    streams = {
        "uniform": (chance.random() for _ in range(count)),
        "ascending": iter(range(count)),
        "descending": iter(range(count, 0, -1)),
        "constant": itertools.repeat(7.5, count),
        "two-valued": (chance.choice((1, 2)) for _ in range(count)),
        "rarely two": (2 if chance.random() < 0.001 else 1 for _ in range(count)),
        "heavy-tailed": (chance.paretovariate(0.5) for _ in range(count)),
        "sawtooth": (number % 997 for number in range(count)),
        "outside in": (number if number % 2 else -number for number in range(count, 0, -1)),
        "inside out": (number if number % 2 else -number for number in range(count)),
        "late shift": (chance.random() + (number > count * 0.9) for number in range(count)),
    }
    return [float(value) for value in streams[shape]]


SHAPES = [
    *("uniform", "ascending", "descending", "constant", "two-valued", "rarely two"),
    *("heavy-tailed", "sawtooth", "outside in", "inside out", "late shift"),
]


@pytest.mark.parametrize("targets", TARGETS, ids=["default", "many", "one"])
@pytest.mark.parametrize("count", [1, 499, 501, 1000, 10_001])
@pytest.mark.parametrize("shape", SHAPES)
def test_rank_errors(shape, count, targets):
    summary, values = _summary(quantiles=targets), _stream(shape, count)
    for value in values:
        summary.observe(value)
    _assert_near(summary, values, targets)


@pytest.mark.parametrize("shape", SHAPES)
def test_rank_errors_of_long_streams(shape):
    summary, values = _summary(), _stream(shape, LENGTH)
    for value in values:
        summary.observe(value)
    _assert_near(summary, values, DEFAULT)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("targets", TARGETS, ids=["default", "many", "one"])
def test_queries_change_nothing(shape, targets):
    asked, left = _summary(quantiles=targets), _summary(quantiles=targets)
    values = _stream(shape, 5000)
    for number, value in enumerate(values, 1):
        asked.observe(value)
        left.observe(value)
        if number % 7 == 0:
            asked.get()
        if number % 501 == 0:
            _assert_near(asked, values[:number], targets)
            text_of(asked)
    assert asked.get() == left.get()


@given(
    st.lists(st.floats(allow_nan=False) | st.sampled_from([0.0, 1.0, 2.0]), min_size=1),
    st.integers(1, 60),
    st.dictionaries(st.floats(0, 1), st.floats(0, 0.5), min_size=1, max_size=4),
)
def test_any_stream_repeated(values, times, targets):
    summary, values = _summary(quantiles=targets), values * times
    for value in values:
        summary.observe(value)
    ordered, report = sorted(values), summary.get()
    for phi, epsilon in targets.items():
        wanted = max(1, phi * len(ordered))
        lowest = bisect_left(ordered, report[phi]) + 1
        highest = bisect_right(ordered, report[phi])
        slack = epsilon * len(ordered) + 1e-6
        assert lowest <= highest
        assert lowest - math.ceil(wanted) <= slack and math.ceil(wanted - 1e-6) - highest <= slack
    estimates = [report[phi] for phi in sorted(targets)]
    assert estimates == sorted(estimates)
