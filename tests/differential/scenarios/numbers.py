"""Numbers: which stay ints, which become floats, and how both are written."""

from decimal import Decimal
from fractions import Fraction

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from record import returns, step, text

INTS = (
    0,
    1,
    5,
    -5,
    10,
    255,
    2**31,
    2**32,
    2**53 - 1,
    2**53,
    2**53 + 1,
    10**15,
    10**16,
    10**18,
    2**62,
    2**63 - 1,
    -(2**53) - 1,
    -(10**18),
    -(2**63) + 1,
    -(2**63),
)
FLOATS = (
    0.0,
    -0.0,
    1.0,
    5.0,
    -5.0,
    0.1,
    1 / 3,
    2 / 3,
    0.5,
    1.5,
    100.0,
    1e5,
    123456.789,
    1e15,
    999999999999999.9,
    9999999999999998.0,
    1e16,
    1.5e16,
    12345678901234567890.0,
    1e17,
    1e21,
    1e22,
    1e23,
    1e100,
    1.7976931348623157e308,
    0.001,
    0.0001,
    0.00012345,
    1e-4,
    1e-5,
    1.5e-5,
    1e-7,
    1e-10,
    1e-100,
    2.2250738585072014e-308,
    5e-324,
    4.9e-322,
    2.0**53,
    2.0**53 + 2,
    2.0**63,
    2.0**64,
    -1e16,
    -1e-5,
    5e-5,
    9.999e-5,
    0.1 + 0.2,
    1e9,
    123e-7,
    float("inf"),
    float("-inf"),
    float("nan"),
)
SUMS = (
    (5, 0.0),
    (0.0, 5),
    (5, -0.0),
    (0.1,) * 10,
    (1, 0.1, 2, 0.2, 3),
    (1e16, 1.0, 1.0),
    (1, 1, 1e16),
    (2**53, 1, 1, 1),
    (2**53, 1.0, 1.0),
    (2**53 + 1, 0.0),
    (2**62, 2**61, 0.5),
    (2**63 - 2, 1),
    (2**62 + 1, 0.0, 1),
    (1e308, 1e308),
    (1e-5,) * 7,
    (0.1, 0.2, 0.3),
    (0.3, 0.2, 0.1),
    (5e-324, 5e-324),
    (10**17, 0.1, 10**17),
    (3, 0.5, 3),
)


def _number(name, gauge, registry, value):
    step(f"{name} set", gauge.set, {}, value)
    step(f"{name} get", gauge.get, {})
    step(f"{name} get_all", gauge.get_all)
    step(f"{name} text", text, registry)


def ints():
    for value in INTS:
        registry = Registry()
        _number(repr(value), Gauge("g", "doc", registry=registry), registry, value)


def floats():
    for value in FLOATS:
        registry = Registry()
        _number(repr(value), Gauge("g", "doc", registry=registry), registry, value)


def sums():
    for index, values in enumerate(SUMS):
        for kind in (Counter, Gauge):
            registry = Registry()
            metric = kind("m", "doc", registry=registry)
            for value in values:
                metric.add({}, value)
            step(f"{index} {kind.__name__}", metric.get, {})
            step(f"{index} {kind.__name__} text", text, registry)
        gauge = Gauge("m", "doc", registry=Registry())
        for value in values:
            gauge.sub({}, value)
        step(f"{index} sub", gauge.get, {})
        gauge.inc({})
        step(f"{index} inc", gauge.get, {})
        gauge.dec({})
        step(f"{index} dec", gauge.get, {})
        for kind in (Histogram, Summary):
            registry = Registry()
            metric = kind("m", "doc", registry=registry)
            for value in values:
                metric.observe({}, value)
            step(f"{index} {kind.__name__} sum", lambda: metric.get({})["sum"])
            step(
                f"{index} {kind.__name__} text",
                lambda: [line for line in text(registry).splitlines() if "_sum" in line],
            )


def up_to_the_edge():
    gauge = Gauge("g", "doc", registry=Registry())
    gauge.set({}, 2**63 - 2)
    gauge.inc({})
    step("largest", gauge.get, {})
    gauge.set({}, -(2**63) + 1)
    gauge.dec({})
    step("smallest", gauge.get, {})
    gauge.set({}, 2**63 - 1)
    gauge.add({}, -(2**63))
    step("from end to end", gauge.get, {})
    gauge.set({}, 2**62)
    gauge.sub({}, 2**62)
    step("to zero", gauge.get, {})


def beyond_64_bits():
    beyond = "ints beyond 64 bits become floats"
    for value in (2**64, 10**20, -(10**20), 10**300):
        registry = Registry()
        gauge = Gauge("g", "doc", registry=registry)
        step(f"set {value:.0e}", gauge.set, {}, value)
        step(f"get {value:.0e}", gauge.get, {}, differs=beyond, now=returns(float(value)))
        step(
            f"text {value:.0e}",
            lambda: text(registry).splitlines()[-1],
            differs=beyond,
            now=returns(f"g {float(value)!r}"),
        )
    gauge = Gauge("g", "doc", registry=Registry())
    for _ in range(4):
        gauge.add({}, 2**63 - 1)
    step("a sum", gauge.get, {}, differs=beyond, now=returns(float(2**65)))


class _Int(int):
    """An int of another name."""


class _Float(float):
    """A float of another name."""


class _Index:
    def __index__(self):
        return 7


class _Real:
    def __float__(self):
        return 7.5


def numbers_of_other_types():
    become = "what has __index__ becomes an int, what has __float__ a float"
    rows = (
        ("int subclass", _Int(5), 5),
        ("float subclass", _Float(5.0), 5.0),
        ("Decimal", Decimal("1.50"), 1.5),
        ("Fraction", Fraction(1, 4), 0.25),
        ("index", _Index(), 7),
        ("real", _Real(), 7.5),
    )
    for name, value, number in rows:
        registry = Registry()
        gauge = Gauge("g", "doc", registry=registry)
        step(f"set {name}", gauge.set, {}, value)
        step(f"get {name}", gauge.get, {}, differs=become, now=returns(number))
    for name, value, _ in rows[:2]:
        registry = Registry()
        gauge = Gauge("g", "doc", registry=registry)
        step(f"add {name}", gauge.add, {}, value)
        step(f"sum {name}", gauge.get, {})
        step(f"set {name} for the text", gauge.set, {}, value)
        step(f"text {name}", text, registry)
    for name, value, number in rows[2:]:
        for kind in (Histogram, Summary):
            metric = kind("m", "doc", registry=Registry())
            step(
                f"{kind.__name__} {name}",
                lambda: metric.observe({}, value),
                differs=become,
                now=returns(None),
            )
            step(
                f"{kind.__name__} sum {name}",
                lambda: metric.get({})["sum"],
                differs=become,
                now=returns(float(number)),
            )
