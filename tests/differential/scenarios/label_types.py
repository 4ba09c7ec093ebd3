"""Label values of other types than str: a series for each, with the text that 23.12.0 printed."""

import datetime
import enum
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

from aioprometheus import Gauge, Histogram, Registry
from record import raises, returns, step, text


class _Color(enum.Enum):
    RED = "red"
    TWO = 2
    HALF = 0.5
    NONE = None
    DAY = datetime.date(2020, 2, 29)


class _Level(enum.IntEnum):
    LOW = 1


class _Method(str, enum.Enum):
    GET = "get"


class _Bits(enum.IntFlag):
    READ = 4


class _Text(str):
    """A str that prints something else."""

    def __str__(self):
        return "printed"


class _Int(int):
    """An int of another name."""


class _Plain:
    def __str__(self):
        return "plain"


SAME = {
    "int": 5,
    "negative int": -5,
    "zero": 0,
    "large int": 2**63 - 1,
    "unsigned int": 2**64 - 1,
    "float": 1.5,
    "whole float": 5.0,
    "large float": 1e16,
    "huge float": 1e300,
    "small float": 1e-5,
    "tiny float": 5e-324,
    "negative zero": -0.0,
    "a third": 1 / 3,
    "True": True,
    "False": False,
    "None": None,
    "int subclass": _Int(7),
    "str subclass": _Text("value"),
    "enum of str": _Color.RED,
    "enum of int": _Color.TWO,
    "enum of float": _Color.HALF,
    "enum of None": _Color.NONE,
    "enum of date": _Color.DAY,
    "IntEnum": _Level.LOW,
    "str Enum": _Method.GET,
    "IntFlag": _Bits.READ,
    "date": datetime.date(2020, 2, 29),
    "datetime": datetime.datetime(2020, 2, 29, 1, 2, 3),
    "datetime with fraction": datetime.datetime(2020, 2, 29, 1, 2, 3, 4),
    "datetime in UTC": datetime.datetime(2020, 2, 29, 1, 2, 3, tzinfo=datetime.timezone.utc),
    "datetime with offset": datetime.datetime(
        2020,
        2,
        29,
        1,
        2,
        3,
        400,
        tzinfo=datetime.timezone(datetime.timedelta(hours=-5, minutes=-30)),
    ),
    "datetime in a zone": datetime.datetime(2020, 7, 1, 1, 2, 3, tzinfo=ZoneInfo("UTC")),
    "time": datetime.time(1, 2, 3),
    "time with fraction": datetime.time(1, 2, 3, 4),
    "UUID": uuid.UUID(int=2**127 + 5),
    "list": [1, "a", None, 1.5],
    "dict": {"x": 1},
}
CHANGED = {
    "Decimal": (Decimal("1.50"), "1.50"),
    "bytes": (b"raw", "b'raw'"),
    "int of 65 bits": (2**64, str(2**64)),
    "object": (_Plain(), "plain"),
    "complex": (1j, "1j"),
    "tuple": ((1, 2), "(1, 2)"),
    "nan": (float("nan"), "nan"),
    "inf": (float("inf"), "inf"),
    "timedelta": (datetime.timedelta(hours=1), "1:00:00"),
    "time with zone": (datetime.time(1, 2, 3, tzinfo=datetime.timezone.utc), "01:02:03+00:00"),
    "range": (range(3), "range(0, 3)"),
}


def same_text():
    for name, value in SAME.items():
        registry = Registry()
        gauge = Gauge("g", "doc", registry=registry)
        step(f"{name} set", gauge.set, {"a": value, "b": "x"}, 5)
        step(f"{name} inc", gauge.inc, {"b": "x", "a": value})
        step(f"{name} get", gauge.get, {"a": value, "b": "x"})
        step(f"{name} in values", lambda: {"a": value, "b": "x"} in gauge.values)
        step(f"{name} text", text, registry)
        histogram = Histogram("h", "doc", registry=registry, buckets=(1,))
        histogram.observe({"a": value}, 1)
        step(f"{name} text of both", text, registry)


def const_labels():
    for name, value in SAME.items():
        if type(value) in (str, int, float, bool, _Int):
            registry = Registry()
            gauge = Gauge("g", "doc", {"c": value}, registry)
            gauge.set({"a": "b"}, 5)
            step(f"{name} text", text, registry)


def const_labels_of_other_types():
    one = "a label value becomes text once: a str subclass and an Enum by their value"
    for value, printed in ((SAME["str subclass"], "value"), (_Color.RED, "red")):
        registry = Registry()
        Gauge("g", "doc", {"c": value}, registry).set({}, 5)
        step(
            f"{value!r}",
            lambda: text(registry).splitlines()[-1],
            differs=one,
            now=returns(f'g{{c="{printed}"}} 5'),
        )


def becomes_text():
    one = "a label value becomes text once, the text that 23.12.0 printed"
    for name, printed in (
        ("int", "5"),
        ("whole float", "5.0"),
        ("True", "True"),
        ("None", "None"),
        ("IntEnum", "1"),
    ):
        gauge = Gauge("g", "doc", registry=Registry())
        gauge.set({"a": SAME[name]}, 5)
        step(f"{name} get_all", gauge.get_all, differs=one, now=returns([({"a": printed}, 5)]))
        step(
            f"{name} key",
            lambda: list(gauge.values),
            differs=one,
            now=returns([f'{{"a":"{printed}"}}'.encode()]),
        )
        step(f"{name} by text", gauge.get, {"a": printed}, differs=one, now=returns(5))
    for name in ("str subclass", "enum of str", "str Enum", "date", "datetime in UTC", "UUID"):
        gauge = Gauge("g", "doc", registry=Registry())
        gauge.set({"a": SAME[name]}, 5)
        step(f"{name} get_all", gauge.get_all)
        step(f"{name} key", lambda: list(gauge.values))


def everything_else_by_str():
    for name, (value, printed) in CHANGED.items():
        registry = Registry()
        gauge = Gauge("g", "doc", registry=registry)

        def line():
            gauge.set({"a": value}, 5)
            return text(registry).splitlines()[-1]

        step(name, line, differs="everything else by str()", now=returns(f'g{{a="{printed}"}} 5'))


def a_value_that_cannot_be_printed():
    class Broken:
        def __str__(self):
            raise RuntimeError("no text")

    gauge = Gauge("g", "doc", registry=Registry())
    step(
        "inc",
        gauge.inc,
        {"a": Broken()},
        differs="everything else by str()",
        now=raises((RuntimeError, ValueError)),
    )
    step("nothing born", gauge.get_all)
