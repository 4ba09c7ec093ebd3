"""Numbers: which objects are accepted, how they are stored, and how they are written."""

import decimal
import enum
import fractions
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioprometheus import Counter, Gauge, Registry, render

try:
    import numpy
except ImportError:
    numpy = None

A = {"a": "x"}


def _gauge(**options):
    return Gauge("g", "d", registry=Registry(), **options)


def _text(gauge):
    """What the only series of a gauge without labels looks like in the text format."""
    registry = Registry()
    registry.register(gauge)
    _, name, rest = render(registry, None)[0].decode().partition("\ng ")
    assert name and rest.endswith("\n")
    return rest[:-1]


class Colour(enum.IntEnum):
    RED = 7


class MyInt(int):
    def __str__(self):
        return "MyInt"

    __repr__ = __str__


class MyFloat(float):
    def __str__(self):
        return "MyFloat"

    __repr__ = __str__


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Float:
    def __init__(self, value):
        self.value = value

    def __float__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Both(Index, Float):
    """Has __index__ and __float__, as an integer scalar of NumPy does."""

    def __float__(self):
        return float(self.value)


INT_LIKE = [
    (5, 5),
    (0, 0),
    (-3, -3),
    (2**63 - 1, 2**63 - 1),
    (-(2**63), -(2**63)),
    (Colour.RED, 7),
    (MyInt(4), 4),
    (Index(9), 9),
    (Both(9), 9),
]
FLOAT_LIKE = [
    (2**64, 2.0**64),
    (-(2**63) - 1, -(2.0**63)),
    (-(2**64), -(2.0**64)),
    (10**300, 1e300),
    (Index(2**70), 2.0**70),
    (5.0, 5.0),
    (-0.0, -0.0),
    (math.inf, math.inf),
    (-math.inf, -math.inf),
    (5e-324, 5e-324),
    (MyFloat(1.5), 1.5),
    (decimal.Decimal("1.5"), 1.5),
    (decimal.Decimal("3"), 3.0),
    (fractions.Fraction(3, 4), 0.75),
    (Float(2.5), 2.5),
    (Float(MyFloat(2.5)), 2.5),
]


def _bits(value):
    return struct.pack("d", value)


@pytest.mark.parametrize(("given_value", "expected"), INT_LIKE)
@pytest.mark.parametrize("method", ["set", "add", "inc", "set_value"])
def test_int_like(method, given_value, expected):
    gauge = _gauge()
    getattr(gauge, method)({}, given_value)
    assert type(gauge.get()) is int
    assert gauge.get() == expected
    assert _text(gauge) == str(expected)
    assert gauge.samples[0].value == float(expected)


@pytest.mark.parametrize(("given_value", "expected"), FLOAT_LIKE)
@pytest.mark.parametrize("method", ["set", "set_value"])
def test_float_like(method, given_value, expected):
    gauge = _gauge()
    getattr(gauge, method)({}, given_value)
    assert type(gauge.get()) is float
    assert _bits(gauge.get()) == _bits(expected)
    assert _text(gauge) == repr(expected)


def test_an_int_of_64_bits_without_sign_keeps_its_value():
    gauge = _gauge()
    gauge.set(2**63)
    assert gauge.get() == 2**63
    assert float(_text(gauge)) == 2.0**63


def test_sums_beyond_64_bits_become_floats():
    gauge = _gauge()
    gauge.set(2**63 - 1)
    gauge.add(2**63 - 1)
    assert (type(gauge.get()), gauge.get()) == (float, 2.0**64)
    gauge.set(-(2**63))
    gauge.dec()
    assert (type(gauge.get()), gauge.get()) == (float, -(2.0**63))
    gauge.set(0)
    gauge.sub(-(2**63))
    assert gauge.get() == 2**63


def test_a_difference_that_fits_64_bits_stays_an_int():
    """The amount, negated, does not fit; the sum does."""
    gauge = _gauge()
    gauge.set(-1)
    gauge.sub(-(2**63))
    assert (type(gauge.get()), gauge.get()) == (int, 2**63 - 1)


@pytest.mark.parametrize("value", [10**400, -(10**400), Index(10**400)])
@pytest.mark.parametrize("born", [False, True])
def test_an_int_beyond_every_float(value, born):
    """float() of it is an OverflowError, which is neither TypeError nor ValueError."""
    gauge = _gauge()
    if born:
        gauge.set(5)
    with pytest.raises(ValueError, match=f"^{gauge.name}: the value is too large"):
        gauge.set(value)
    assert gauge.get_all() == ([({}, 5)] if born else [])


BAD = [True, False, "1", "junk", b"1", bytearray(b"1"), 1j, [], [1], (1,), object(), int, Ellipsis]


@pytest.mark.parametrize("value", [None, *BAD])
@pytest.mark.parametrize("method", ["set", "add", "sub", "inc", "dec", "set_value"])
@pytest.mark.parametrize("born", [False, True])
def test_what_is_not_a_number(method, value, born):
    gauge = _gauge()
    if born:
        gauge.set(A, 5)
    with pytest.raises((TypeError, ValueError)):
        getattr(gauge, method)(A, value)
    assert gauge.get_all() == ([(A, 5)] if born else [])


class StrNumber(str):
    def __float__(self):
        return 1.0

    def __index__(self):
        return 1


def test_a_str_subclass_is_not_a_number():
    with pytest.raises((TypeError, ValueError)):
        _gauge().set({}, StrNumber("1"))


@pytest.mark.parametrize("value", [Index("x"), Index(1.5), Float("x"), Float(1), Float(None)])
def test_conversions_of_the_wrong_type(value):
    gauge = _gauge()
    with pytest.raises((TypeError, ValueError)):
        gauge.set({}, value)
    assert len(gauge.values) == 0


@pytest.mark.parametrize("kind", [Index, Float])
@pytest.mark.parametrize("error", [ZeroDivisionError("no"), KeyError("no"), RuntimeError("no")])
def test_conversions_that_raise(kind, error):
    gauge = _gauge()
    with pytest.raises(type(error)) as caught:
        gauge.set({}, kind(error))
    assert caught.value is error
    name = kind.__name__
    assert caught.value.__notes__[-1] == f"{gauge.name}: {name} has no value as a number"
    assert len(gauge.values) == 0


@pytest.mark.skipif(numpy is None, reason="NOT TESTED with NumPy, which is not installed")
def test_numpy_scalars():
    gauge = _gauge()
    for scalar, kind in [("int8", int), ("uint64", int), ("int64", int), ("float32", float)]:
        gauge.set(getattr(numpy, scalar)(3))
        assert (type(gauge.get()), gauge.get()) == (kind, 3)
    gauge.set(A, numpy.float64(0.1))
    gauge.inc(A, numpy.float64(0.2))
    assert (type(gauge.get(A)), gauge.get(A)) == (float, 0.1 + 0.2)
    gauge.set(numpy.uint64(2**64 - 1))
    assert gauge.get() == pytest.approx(2.0**64)
    with pytest.raises((TypeError, ValueError)):
        gauge.set(A, numpy.bool_(True))
    with pytest.raises((TypeError, ValueError)):
        gauge.set(A, numpy.str_("1"))


def test_nan():
    gauge = _gauge()
    gauge.set(math.nan)
    assert math.isnan(gauge.get()) and _text(gauge) == "nan"
    assert math.isnan(gauge.samples[0].value)
    gauge.set(1)
    gauge.add(math.nan)
    assert _text(gauge) == "nan"


def test_infinities_meet():
    gauge = _gauge()
    gauge.set(math.inf)
    gauge.sub(math.inf)
    assert _text(gauge) == "nan"


@given(st.floats())
def test_floats_are_written_as_python_does(value):
    gauge = _gauge()
    gauge.set(value)
    assert _text(gauge) == repr(value)
    assert gauge.get() == value or math.isnan(value)


@given(
    st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("d", bits.to_bytes(8, "little"))[0])
)
def test_all_bit_patterns_are_written_as_python_does(value):
    gauge = _gauge()
    gauge.set(value)
    assert _text(gauge) == repr(value)


@given(st.integers(-(2**63), 2**63 - 1))
def test_ints_are_written_as_python_does(value):
    gauge = _gauge()
    gauge.set(value)
    assert type(gauge.get()) is int
    assert _text(gauge) == str(value)


@given(st.lists(st.floats() | st.integers(-(2**40), 2**40), min_size=1))
def test_sums_are_in_the_order_of_the_calls(amounts):
    gauge, expected = _gauge(), 0
    for amount in amounts:
        gauge.add(amount)
        expected += amount
    assert type(gauge.get()) is type(expected)
    assert _text(gauge) == repr(expected)


@given(st.lists(st.floats(min_value=0) | st.integers(0, 2**40), min_size=1))
def test_sums_of_counters_are_in_the_order_of_the_calls(amounts):
    counter, expected = Counter("c", "d", registry=Registry()), 0
    for amount in amounts:
        counter.inc(amount)
        expected += amount
    assert type(counter.get()) is type(expected)
    assert repr(counter.get()) == repr(expected)
