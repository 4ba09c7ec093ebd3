"""Many observations at once: ``observe_many``, and ``observe`` with a count."""

import ctypes
import itertools
import math
import struct
from array import array
from decimal import Decimal
from fractions import Fraction

import pytest

from aioprometheus import Histogram, Registry, Summary

BOUNDS = [-1.0, 0.0, 0.5, 3.0, 100.0]
KINDS = {
    "classic": lambda **options: Histogram(
        "many", "doc", registry=Registry(), buckets=BOUNDS, **options
    ),
    "native": lambda **options: Histogram(
        "many", "doc", registry=Registry(), native=True, max_buckets=8, **options
    ),
    "summary": lambda **options: Summary("many", "doc", registry=Registry(), **options),
}
VALUES = [0.1, 0.2, 0.3, 5, -3.5, 1e9, 0.7, math.inf, 0.0, -0.0, 1e-300, 3.0]


@pytest.fixture(params=KINDS)
def make(request):
    return KINDS[request.param]


def same(metric, other):
    """Whether both have observed the same, to the last bit of the sum."""
    reports = [list(each.get({"a": "1"}).items()) for each in (metric, other)]
    return repr(reports[0]) == repr(reports[1])


def one_by_one(make, values):
    metric = make()
    for value in values:
        metric.observe({"a": "1"}, value)
    return metric


def test_it_is_the_same_as_one_by_one(make):
    values = [value * factor for factor in range(1, 200) for value in VALUES]
    expected = one_by_one(make, values)
    for given in (
        values,
        tuple(values),
        iter(values),
        array("d", values),
        memoryview(array("d", values)),
    ):
        metric = make()
        metric.observe_many({"a": "1"}, given)
        assert same(metric, expected)
        child = make().labels({"a": "1"})
        assert child.observe_many(list(values)) is None
        assert repr(child.get()) == repr(expected.get({"a": "1"}))


def test_nan_counts_as_in_observe(make):
    values = [1.0, math.nan, 2.0]
    metric = make()
    metric.observe_many({"a": "1"}, array("d", values))
    assert same(metric, one_by_one(make, values))
    metric.observe_many({"a": "1"}, values)
    metric.observe({"a": "1"}, math.nan, count=3)
    assert metric.get({"a": "1"})["count"] == 9


@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
def test_buffers_of_every_format_of_array(make, code):
    values = [0, 1, 2, 3, 100] + ([-5, -100] if code in "bhilqfd" else [])
    metric = make()
    metric.observe_many({"a": "1"}, array(code, values))
    assert same(metric, one_by_one(make, values))


CTYPES = {
    "b": "byte",
    "B": "ubyte",
    "h": "int16",
    "H": "uint16",
    "i": "int32",
    "I": "uint32",
    "l": "int32",
    "L": "uint32",
    "q": "int64",
    "Q": "uint64",
    "f": "float",
    "d": "double",
}


@pytest.mark.parametrize("order", ["=", "<", ">", "!"])
@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
def test_buffers_of_either_byte_order(code, order):
    kind = getattr(ctypes, f"c_{CTYPES[code]}")
    if order in ">!":
        try:
            kind = kind.__ctype_be__
        except AttributeError:
            pytest.skip("ctypes has no such type")
    values = [0, 1, 2, 127]
    metric = KINDS["classic"]()
    metric.observe_many({"a": "1"}, (kind * 4)(*values))
    assert same(metric, one_by_one(KINDS["classic"], values))
    assert struct.calcsize(order + code)


def test_buffers_of_many_dimensions_and_with_gaps_are_read_in_the_order_of_c(make):
    values = [value / 7 for value in range(24)]
    flat = memoryview(array("d", values))
    cube = flat.cast("B").cast("d", (2, 3, 4))
    metric = make()
    metric.observe_many({"a": "1"}, cube)
    assert same(metric, one_by_one(make, values))
    for part in (slice(None, None, 2), slice(None, None, -1), slice(5, 5)):
        metric = make()
        metric.observe_many({"a": "1"}, flat[part])
        if len(flat[part]):
            assert same(metric, one_by_one(make, values[part]))
        else:
            assert metric.get({"a": "1"})["count"] == 0


def test_arrays_of_numpy(make):
    numpy = pytest.importorskip("numpy")
    values = numpy.arange(24.0).reshape(2, 3, 4) / 7
    for given in (
        values,
        values.T,
        values[:, ::-1, 1::2],
        numpy.asfortranarray(values),
        values.astype("f4"),
        values.astype(">f8"),
        values.astype("f2"),
        values.astype("g"),
        values.astype("u1"),
        values.astype(object).ravel(),
        numpy.broadcast_to(numpy.float64(0.5), (3,)),
        numpy.array([]),
    ):
        metric = make()
        metric.observe_many({"a": "1"}, given)
        expected = (
            one_by_one(make, [float(value) for value in given.flat]) if given.size else make()
        )
        expected.observe_many({"a": "1"}, [])
        assert same(metric, expected)
    for refused in (numpy.array(5.0), numpy.float64(5), numpy.int64(5), values > 1, values * 1j):
        metric = make()
        with pytest.raises(TypeError, match="many"):
            metric.observe_many({"a": "1"}, refused)
        assert metric.get_all() == []


def test_masked_arrays_are_refused(make):
    numpy = pytest.importorskip("numpy")
    values = numpy.ma.array([1.0, 2.0, 3.0], mask=[False, True, False])
    for metric in (make(), make().labels({"a": "1"})):
        with pytest.raises(TypeError, match=r"observe_many takes no masked array; .*compressed"):
            metric.observe_many(values)
    metric = make()
    metric.observe_many(values.compressed())
    assert metric.get()["sum"] == 4


@pytest.mark.parametrize(
    "values", [[10**400], [Decimal("sNaN")], [1.0, {"a": 1}.keys], ["x"]], ids=lambda _: ""
)
def test_refusals_name_the_metric(make, values):
    metric = make()
    with pytest.raises((TypeError, ValueError)) as caught:
        metric.observe_many(values)
    words = [str(caught.value), *getattr(caught.value, "__notes__", [])]
    assert any(word.startswith(f"{metric.name}: ") for word in words)
    assert metric.get_all() == []


class Floating:
    def __float__(self):
        return 2.5


def test_iterables_yield_all_that_observe_takes(make):
    values = [1, 2.5, Decimal("1.5"), Fraction(1, 4), Floating(), 10**30, True + 1]
    metric = make()
    metric.observe_many({"a": "1"}, values)
    assert same(metric, one_by_one(make, values))
    metric = make()
    metric.observe_many({1.0, 2.0})
    assert metric.get()["count"] == 2


@pytest.mark.parametrize(
    "values",
    [
        *(5, 5.0, True, None, "12", b"12", bytearray(b"12"), {}, {1: 2}, object(), Decimal(5)),
        *([1, "2"], [1, None], [True], ["1"], [[1]], memoryview(b"ab").cast("c")),
    ],
    ids=lambda values: type(values).__name__,  # a repr may have an address
)
def test_what_is_no_number_changes_nothing(make, values):
    metric = make()
    child = make().labels({"a": "1"})
    with pytest.raises(TypeError, match="many"):
        metric.observe_many({"a": "1"}, values)
    with pytest.raises(TypeError, match="many"):
        child.observe_many(values)
    assert metric.get_all() == [] and child.get()["count"] == 0


def test_what_an_iterable_raises_changes_nothing(make):
    def values():
        yield 1.0
        raise KeyError("on purpose")

    metric = make()
    with pytest.raises(KeyError, match="on purpose"):
        metric.observe_many({"a": "1"}, values())
    assert metric.get_all() == []
    with pytest.raises(TypeError, match=r"^many: "):
        metric.observe_many()
    with pytest.raises(ValueError):
        metric.observe_many({"1a": "x"}, [1])
    with pytest.raises(TypeError):
        metric.observe_many([1], [1])


def test_a_buffer_is_not_resized_meanwhile(make):
    values = array("d", [1.0] * 10)

    class Labels(dict):
        def items(self):
            with pytest.raises(BufferError):
                values.append(1.0)
            return super().items()

    metric = make()
    metric.observe_many(Labels(a="1"), values)
    values.append(1.0)
    metric.observe_many({"a": "1"}, values)
    assert metric.get({"a": "1"})["count"] == 21


def test_an_iterable_may_use_the_metric(make):
    metric = make()

    def values():
        for number in range(3):
            metric.observe({"a": "1"}, number)
            yield number
        metric.clear()

    metric.observe_many({"a": "1"}, values())
    assert metric.get({"a": "1"})["count"] == 3


@pytest.mark.parametrize("value", [0.1, 3, -2.5, 1e300, math.inf, 0.0])
@pytest.mark.parametrize("count", [1, 2, 64, 65, 513, 5000])
def test_a_count_is_as_many_observations(make, value, count):
    expected = one_by_one(make, [0.3, *itertools.repeat(value, count), 7])
    metric = make()
    metric.observe({"a": "1"}, 0.3)
    metric.observe({"a": "1"}, value, count=count)
    metric.observe({"a": "1"}, 7)
    child = make().labels({"a": "1"})
    child.observe(0.3)
    child.observe(value, count=count)
    child.observe(7)
    assert same(metric, expected)
    assert repr(child.get()) == repr(metric.get({"a": "1"}))


def test_a_count_may_be_very_large(make):
    metric = make()
    metric.observe({"a": "1"}, 1.0, count=10**15)
    metric.observe({"a": "1"}, 2.0, count=10**15)
    report = metric.get({"a": "1"})
    assert report["count"] == 2 * 10**15 and report["sum"] == 3e15
    if make is KINDS["summary"]:
        assert (report[0.5], report[0.9]) == (1.0, 2.0)


def test_a_count_of_zero_changes_nothing(make):
    metric = make(labelnames=["a"])
    metric.observe({"a": "1"}, 5, count=0)
    assert metric.get_all() == []
    with pytest.raises(ValueError):
        metric.observe({"b": "1"}, 5, count=0)
    with pytest.raises(TypeError):
        metric.observe({"a": "1"}, "x", count=0)
    child = metric.labels("1")
    child.observe(5, count=0)
    assert child.get()["count"] == 0


@pytest.mark.parametrize(
    ("count", "error"),
    [(-1, ValueError), (2**60, ValueError), (True, TypeError), (1.0, TypeError), ("1", TypeError)],
)
def test_other_counts_are_refused(make, count, error):
    metric = make()
    with pytest.raises(error, match=r"^many: count must be"):
        metric.observe({"a": "1"}, 5, count=count)
    assert metric.get_all() == []
    child = metric.labels({"a": "1"})
    with pytest.raises(error, match=r"^many: count must be"):
        child.observe(5, count=count)
    assert child.get()["count"] == 0


@pytest.mark.parametrize("kind", [Histogram, Summary])
def test_overrides_of_observe_are_called_for_each(kind):
    class Doubled(kind):
        def observe(self, labels, value):
            super().observe(labels, 2 * value)

    metric = Doubled("many", "doc", registry=Registry())
    metric.observe_many({"a": "1"}, array("d", [1, 2]))
    metric.labels({"a": "1"}).observe_many([3])
    assert metric.get({"a": "1"})["sum"] == 12
    with pytest.raises(TypeError):
        metric.observe_many({"a": "1"}, [1, "x"])
    assert metric.get({"a": "1"})["count"] == 3


def test_exemplars_go_with_a_count():
    metric = KINDS["classic"]()
    metric.observe({"a": "1"}, 0.2, count=3, exemplar={"trace_id": "x"})
    metric.labels({"a": "1"}).observe(0.2, count=2, exemplar={"trace_id": "y"})
    assert metric.get({"a": "1"})["count"] == 5


def test_a_limit_holds_for_many(make):
    metric = make(max_series=1)
    metric.observe_many({"a": "1"}, [1])
    metric.observe_many({"a": "2"}, [1, 2])
    metric.observe({"a": "3"}, 1, count=2)
    assert metric.get({"a": "<overflow>"})["count"] == 4
